# Models behind a network: OpenAI-compatible servers and the hub's cache.
target_sources(clue_models PRIVATE guarded_words.cc hf_hub.cc openai_errors.cc openai_http.cc openai_loop.cc openai_protocol.cc
                                   request_pace.cc server_probe.cc server_ranking.cc server_tokens.cc
                                   server_written.cc)
if(CLUE_TESTS)
  target_sources(clue_models_test PRIVATE guarded_words_test.cc hf_hub_test.cc openai_http_test.cc openai_protocol_test.cc
                                          request_pace_test.cc server_ranking_test.cc testing/fault_server.cc)
  target_link_libraries(clue_models_test PRIVATE clue_test_server)
  # The same misbehaving server as a program, for the command line cases.
  add_executable(clue_test_peer testing/peer_main.cc testing/fault_server.cc)
  target_link_libraries(clue_test_peer PRIVATE clue_options clue_test_server nlohmann_json::nlohmann_json)
endif()
