# clue_library(name SOURCES a.cc... TESTS a_test.cc... DEPS core metrics... LIBS third::party...)
#
# One static library clue_<name> for the folder src/<name>, and one test program clue_<name>_test
# registered as unit.<name>. DEPS are our own folders (checked by tools/check_layers), LIBS are third
# party and stay private unless listed under PUBLIC_LIBS.
add_library(clue_options INTERFACE)
target_compile_options(clue_options INTERFACE -Wall -Wextra -Wshadow -Wconversion -Werror
                       # false alarms of GCC 12 on string concatenation (GCC bug 105329)
                       $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(CLUE_SANITIZE)
  target_compile_options(clue_options INTERFACE -fsanitize=${CLUE_SANITIZE} -fno-omit-frame-pointer
                                                -fno-sanitize-recover=all -O1 -g1)
  target_link_options(clue_options INTERFACE -fsanitize=${CLUE_SANITIZE})
endif()

# ggml's threads spin at barriers; passive waiting and one thread keep tests quick on a shared machine.
set(CLUE_TEST_ENVIRONMENT "OMP_WAIT_POLICY=passive" "OMP_NUM_THREADS=1"
    "CLUE_SOURCE_DIR=${CMAKE_SOURCE_DIR}" "CLUE_BUILD_DIR=${CMAKE_BINARY_DIR}"
    "ASAN_OPTIONS=detect_stack_use_after_return=1" "UBSAN_OPTIONS=print_stacktrace=1"
    "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/cmake/tsan.supp")

# All programs that the sanitizers run: unit tests, corpus replays, golden BERTScore.
add_custom_target(clue_unit_tests)

function(clue_library name)
  cmake_parse_arguments(A "" "" "SOURCES;TESTS;DEPS;LIBS;PUBLIC_LIBS;TEST_LIBS" ${ARGN})
  add_library(clue_${name} STATIC ${A_SOURCES})
  target_include_directories(clue_${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(clue_${name} PRIVATE clue_options ${A_LIBS} PUBLIC ${A_PUBLIC_LIBS})
  foreach(dep IN LISTS A_DEPS)
    target_link_libraries(clue_${name} PUBLIC clue_${dep})
  endforeach()
  if(CLUE_TESTS AND A_TESTS)
    add_executable(clue_${name}_test ${A_TESTS})
    target_link_libraries(clue_${name}_test PRIVATE clue_options clue_${name} ${A_LIBS}
                                                    ${A_TEST_LIBS} GTest::gmock GTest::gtest_main)
    add_dependencies(clue_unit_tests clue_${name}_test)
    add_test(NAME unit.${name} COMMAND clue_${name}_test)
    set_tests_properties(unit.${name} PROPERTIES LABELS unit ENVIRONMENT
                                                 "${CLUE_TEST_ENVIRONMENT}" TIMEOUT 300)
  endif()
endfunction()
