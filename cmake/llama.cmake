# llama.cpp: pinned sources, built once per machine folder, uninstrumented, shared by all presets.
#
# Sources, first that is there: CLUE_LLAMA_SOURCE_DIR (a checkout), CLUE_LLAMA_SDIST (a kept archive),
# the archive kept in CLUE_DEPS_DIR, pip (hash checked twice). Targets: clue::llama (libllama + ggml),
# clue::jinja (llama.cpp's chat template engine), clue::httplib (its cpp-httplib).
include(llama_version)

if(DEFINED ENV{CLUE_DEPS_DIR})
  set(_deps_default $ENV{CLUE_DEPS_DIR})
else()
  set(_deps_default ${CMAKE_SOURCE_DIR}/.deps)
endif()
set(CLUE_DEPS_DIR ${_deps_default} CACHE PATH "Where third-party sources and builds are kept")
set(CLUE_LLAMA_SOURCE_DIR "$ENV{CLUE_LLAMA_SOURCE_DIR}" CACHE PATH "A llama.cpp checkout to use instead")
set(CLUE_LLAMA_SDIST "$ENV{CLUE_LLAMA_SDIST}" CACHE FILEPATH "A kept sdist of ${CLUE_LLAMA_PACKAGE}")
option(CLUE_NATIVE "Use this machine's instruction set (off for binaries that travel)" ON)
option(CLUE_LLAMA_SERVER "Build llama-server too, the tests' real peer" OFF)
file(MAKE_DIRECTORY ${CLUE_DEPS_DIR})

if(CLUE_LLAMA_SOURCE_DIR)
  set(CLUE_LLAMA_SRC ${CLUE_LLAMA_SOURCE_DIR})
else()
  set(CLUE_LLAMA_SRC ${CLUE_DEPS_DIR}/llama.cpp-${CLUE_LLAMA_VERSION})
  file(LOCK ${CLUE_DEPS_DIR}/lock)
  if(NOT EXISTS ${CLUE_LLAMA_SRC}/.complete)
    include(fetch_llama)
    clue_fetch_llama(${CLUE_LLAMA_SRC})
  endif()
  file(LOCK ${CLUE_DEPS_DIR}/lock RELEASE)
endif()

set(_variant "${CMAKE_CXX_COMPILER_ID}-${CMAKE_CXX_COMPILER_VERSION}-native_${CLUE_NATIVE}-cuda_${CLUE_CUDA}-server_${CLUE_LLAMA_SERVER}")
# Unset: ggml asks for this machine's GPU, or with CLUE_NATIVE off builds for all common ones.
string(REPLACE ";" "," _cuda_archs "${CMAKE_CUDA_ARCHITECTURES}")
if(CLUE_CUDA AND _cuda_archs)
  string(APPEND _variant "-archs_${_cuda_archs}")
endif()
string(SHA256 _hash "${_variant}-${CLUE_LLAMA_SRC}-${CLUE_LLAMA_VERSION}")
string(SUBSTRING ${_hash} 0 10 _hash)
set(CLUE_LLAMA_BUILD ${CLUE_DEPS_DIR}/llama-build-${_hash})
set(_libs llama ggml ggml-cpu ggml-base clue_jinja clue_httplib)
if(CLUE_CUDA)
  list(INSERT _libs 2 ggml-cuda)
endif()
set(_archives "")
foreach(lib IN LISTS _libs)
  list(APPEND _archives ${CLUE_LLAMA_BUILD}/lib/lib${lib}.a)
endforeach()

add_custom_command(
  OUTPUT ${_archives}
  COMMAND ${CMAKE_COMMAND} -DSUPER=${CMAKE_SOURCE_DIR}/cmake/llama -DLLAMA_SRC=${CLUE_LLAMA_SRC}
          -DBUILD=${CLUE_LLAMA_BUILD} -DNATIVE=${CLUE_NATIVE} -DCUDA=${CLUE_CUDA}
          -DCUDA_ARCHS=${_cuda_archs} -DSERVER=${CLUE_LLAMA_SERVER} -DLAUNCHER=${CCACHE_PROGRAM} -DCOMMIT=${CLUE_LLAMA_COMMIT}
          -DCC=${CMAKE_C_COMPILER} -DCXX=${CMAKE_CXX_COMPILER}
          -P ${CMAKE_SOURCE_DIR}/cmake/build_llama.cmake
  DEPENDS ${CMAKE_SOURCE_DIR}/cmake/llama/CMakeLists.txt ${CMAKE_SOURCE_DIR}/cmake/build_llama.cmake
  COMMENT "llama.cpp (once, in ${CLUE_LLAMA_BUILD})" USES_TERMINAL VERBATIM)
add_custom_target(clue_llama_build DEPENDS ${_archives})

find_package(OpenMP REQUIRED COMPONENTS CXX)
function(_clue_imported name)
  cmake_parse_arguments(A "" "" "ARCHIVES;INCLUDES;LINK" ${ARGN})
  add_library(clue_third_${name} INTERFACE)
  add_library(clue::${name} ALIAS clue_third_${name})
  add_dependencies(clue_third_${name} clue_llama_build)
  target_include_directories(clue_third_${name} SYSTEM INTERFACE ${A_INCLUDES})
  foreach(a IN LISTS A_ARCHIVES)
    target_link_libraries(clue_third_${name} INTERFACE ${CLUE_LLAMA_BUILD}/lib/lib${a}.a)
  endforeach()
  target_link_libraries(clue_third_${name} INTERFACE ${A_LINK})
endfunction()
set(_ggml_libs ggml ggml-cpu)
if(CLUE_CUDA)
  if(NOT TARGET CUDA::nvToolsExt)  # CMake 3.25 expects it, CUDA 13 no longer has it
    add_library(CUDA::nvToolsExt INTERFACE IMPORTED)
  endif()
  find_package(CUDAToolkit REQUIRED)
  list(APPEND _ggml_libs ggml-cuda)
  set(_cuda_link CUDA::cudart CUDA::cublas CUDA::cuda_driver)
endif()
_clue_imported(ggml ARCHIVES ${_ggml_libs} ggml-base INCLUDES ${CLUE_LLAMA_SRC}/ggml/include
               LINK OpenMP::OpenMP_CXX Threads::Threads ${CMAKE_DL_LIBS} ${_cuda_link})
_clue_imported(llama ARCHIVES llama INCLUDES ${CLUE_LLAMA_SRC}/include LINK clue::ggml)
_clue_imported(jinja ARCHIVES clue_jinja LINK clue::ggml)
# Its headers bring a JSON library of another version than ours: only the one file that needs them may
# see them (COMPILE_OPTIONS of that file), or two versions meet at link time.
set(CLUE_JINJA_INCLUDES -isystem ${CLUE_LLAMA_SRC}/common -isystem ${CLUE_LLAMA_SRC}/vendor)
# Only cpp-httplib of the vendor folder, for the same reason.
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/vendor)
file(CREATE_LINK ${CLUE_LLAMA_SRC}/vendor/cpp-httplib ${CMAKE_BINARY_DIR}/vendor/cpp-httplib SYMBOLIC)
_clue_imported(httplib ARCHIVES clue_httplib INCLUDES ${CMAKE_BINARY_DIR}/vendor LINK Threads::Threads)
