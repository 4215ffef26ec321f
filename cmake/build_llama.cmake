# Script: configures and builds cmake/llama in the shared folder, one builder at a time.
file(LOCK ${DEPS}/lock-build)
set(args -G Ninja -S ${SUPER} -B ${BUILD} -DCMAKE_BUILD_TYPE=Release -DCLUE_LLAMA_SRC=${LLAMA_SRC}
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
file(LOCK ${DEPS}/lock-build RELEASE)
if(rc)
  message(FATAL_ERROR "Building llama.cpp failed (see above).")
endif()
