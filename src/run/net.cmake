# The data catalogue (`clue data`) and the egress guard.
target_sources(clue_run PRIVATE audit.cc catalogue.cc egress.cc served.cc)
target_link_libraries(clue_run PRIVATE PkgConfig::YAML)
if(CLUE_TESTS)
  target_sources(clue_run_test PRIVATE catalogue_test.cc egress_test.cc audit_test.cc served_test.cc)
  target_link_libraries(clue_run_test PRIVATE clue_test_server)
endif()
