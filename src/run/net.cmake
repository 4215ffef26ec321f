# The data catalogue: what `clue data` lists, checks and fetches.
target_sources(clue_run PRIVATE catalogue.cc)
if(CLUE_TESTS)
  target_sources(clue_run_test PRIVATE catalogue_test.cc)
  target_link_libraries(clue_run_test PRIVATE clue_test_server)
endif()
