# Script: configures and builds cmake/llama in the shared folder, one builder at a time.
# The super project is copied beside its build, so that every checkout on the machine shares the build.
file(LOCK ${DEPS}/lock-build)
set(home ${BUILD}-super)
file(MAKE_DIRECTORY ${home})
file(COPY_FILE ${SUPER}/CMakeLists.txt ${home}/CMakeLists.txt ONLY_IF_DIFFERENT)
if(EXISTS ${BUILD}/CMakeCache.txt)
  file(STRINGS ${BUILD}/CMakeCache.txt cached REGEX "^CMAKE_HOME_DIRECTORY:")
  if(NOT cached MATCHES "=${home}$")
    file(REMOVE ${BUILD}/CMakeCache.txt)
  endif()
endif()
set(args -G Ninja -S ${home} -B ${BUILD} -DCMAKE_BUILD_TYPE=Release -DCLUE_LLAMA_SRC=${LLAMA_SRC}
    -DGGML_NATIVE=${NATIVE} -DGGML_CUDA=${CUDA} -DCLUE_LLAMA_SERVER=${SERVER}
    -DLLAMA_BUILD_COMMIT=${COMMIT} -DCMAKE_C_COMPILER=${CC} -DCMAKE_CXX_COMPILER=${CXX})
if(LAUNCHER)
  list(APPEND args -DCMAKE_C_COMPILER_LAUNCHER=${LAUNCHER} -DCMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER})
endif()
execute_process(COMMAND ${CMAKE_COMMAND} ${args} OUTPUT_FILE ${BUILD}.log ERROR_FILE ${BUILD}.log
                RESULT_VARIABLE rc)
if(rc)
  message(FATAL_ERROR "Configuring llama.cpp failed; see ${BUILD}.log")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --build ${BUILD} RESULT_VARIABLE rc)
file(GLOB archives ${BUILD}/lib/*.a)
file(TOUCH ${archives})  # newer than this checkout's files: not built again
file(LOCK ${DEPS}/lock-build RELEASE)
if(rc)
  message(FATAL_ERROR "Building llama.cpp failed (see above).")
endif()
