# Models behind a network: OpenAI-compatible servers and the hub's cache.
target_sources(clue_models PRIVATE hf_hub.cc openai_errors.cc openai_http.cc openai_loop.cc openai_protocol.cc
                                   request_pace.cc server_probe.cc server_tokens.cc
                                   server_written.cc)
if(CLUE_TESTS)
  target_sources(clue_models_test PRIVATE hf_hub_test.cc openai_http_test.cc openai_protocol_test.cc
                                          request_pace_test.cc testing/fault_server.cc)
  target_link_libraries(clue_models_test PRIVATE clue_test_server)
endif()
