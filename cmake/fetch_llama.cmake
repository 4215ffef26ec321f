# clue_fetch_llama(destination): the pinned sdist, from a kept file or pip, unpacked (code only).
function(clue_fetch_llama dest)
  string(REPLACE "-" "_" file ${CLUE_LLAMA_PACKAGE})
  set(archive ${CLUE_DEPS_DIR}/${file}-${CLUE_LLAMA_VERSION}.tar.gz)
  if(CLUE_LLAMA_SDIST)
    set(archive ${CLUE_LLAMA_SDIST})
  elseif(NOT EXISTS ${archive})
    find_program(PYTHON3 python3 REQUIRED)
    set(req ${CLUE_DEPS_DIR}/llama-requirements.txt)
    file(WRITE ${req} "${CLUE_LLAMA_PACKAGE}==${CLUE_LLAMA_VERSION} --hash=sha256:${CLUE_LLAMA_SHA256}\n")
    message(STATUS "Fetching the llama.cpp sources (${CLUE_LLAMA_PACKAGE} ${CLUE_LLAMA_VERSION}, 77 MB)")
    execute_process(
      COMMAND ${PYTHON3} -m pip download --quiet --no-deps --no-binary ${CLUE_LLAMA_PACKAGE}
              --require-hashes -d ${CLUE_DEPS_DIR} -r ${req}
      RESULT_VARIABLE rc)
    if(rc)
      message(FATAL_ERROR "pip could not fetch ${CLUE_LLAMA_PACKAGE} ${CLUE_LLAMA_VERSION}. Without a "
        "network: set CLUE_LLAMA_SDIST to a kept archive or CLUE_LLAMA_SOURCE_DIR to a checkout of "
        "llama.cpp at ${CLUE_LLAMA_COMMIT}.")
    endif()
  endif()
  file(SHA256 ${archive} got)
  if(NOT got STREQUAL CLUE_LLAMA_SHA256)
    message(FATAL_ERROR "${archive}: SHA-256 is ${got}, expected ${CLUE_LLAMA_SHA256}. Remove the file and configure again.")
  endif()
  set(tmp ${CLUE_DEPS_DIR}/unpack)
  file(REMOVE_RECURSE ${tmp} ${dest})
  file(ARCHIVE_EXTRACT INPUT ${archive} DESTINATION ${tmp} PATTERNS "*/vendor/llama.cpp/*")
  file(GLOB top ${tmp}/*/vendor/llama.cpp)
  file(REMOVE ${top}/.git)
  file(RENAME ${top} ${dest})
  file(REMOVE_RECURSE ${tmp})
  file(WRITE ${dest}/.complete "${CLUE_LLAMA_VERSION}\n")
endfunction()
