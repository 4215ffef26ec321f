// The event loop of one generate() call against servers: who is asked next, where, when a failed
// request is tried again, and when a server is given up. Used by openai_http.cc; one thread.
//
//   RequestLoop loop(client, endpoints, dialect, settings);
//   CLUE_OK(loop.run(requests, on_done, stop));
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/http_client.h"
#include "models/model.h"
#include "models/openai_protocol.h"
#include "models/request_pace.h"

namespace clue::models {

/// One server address and what is known of its health. Lives as long as the model.
struct Endpoint {
  using Time = std::chrono::steady_clock::time_point;
  std::string url;
  RequestPace pace{0};
  int in_flight = 0;
  int failures = 0;      ///< in a row, of the line or the server, none of a single request's own
  bool down = false;     ///< gets a few trial requests at a time, after `not_before`
  bool answers = false;  ///< the last failure was an answer, not a silent line
  int trials = 0;        ///< rounds of a down endpoint that failed in a row
  bool gone = false;     ///< the trials failed; when all endpoints are gone, the call ends
  Time not_before{};     ///< Retry-After, or the next trial
  std::string last_words;
};

struct LoopSettings {
  std::string model;
  std::string api_key;
  double timeout = 600;
  int max_retries = 5;
  double retry_wait = 0.5;
  std::uint64_t seed = 1;  ///< of the jitter
  WritePrompt write;       ///< null: chat
};

class RequestLoop {
 public:
  using Time = Endpoint::Time;
  RequestLoop(HttpClient& client, std::vector<Endpoint>& endpoints, ServerDialect& dialect,
              const LoopSettings& settings);
  /// As Model::generate. A stop leaves what is in flight unreported.
  [[nodiscard]] Status run(std::span<const Request> requests, const OnDone& on_done,
                           const std::stop_token& stop);
  /// From inside on_done: as Model::wind_down. What waits to be tried again is not asked either.
  void wind_down() { winding_down_ = true; }
  [[nodiscard]] std::int64_t retries() const { return retries_; }
  /// Tokens that ranking options took, beside the answers'.
  [[nodiscard]] const EngineStats& ranking_cost() const { return ranking_cost_; }

 private:
  /// One sample on its way: kept from its first try to its answer.
  struct Flight {
    std::size_t index = 0;
    std::size_t endpoint = 0;
    int tries = 0;  ///< failed so far
    int waits = 0;  ///< times the server was busy; these have a limit of their own
    unsigned version = 0;
    bool ranked = false;  ///< its options were asked for; the answer is next
  };

  bool start_ready(Time now);
  Endpoint* pick(Time now);
  void start(Flight flight, Endpoint& endpoint);
  [[nodiscard]] bool ranks(const Flight& flight) const;
  /// What a flight asks next: the first token with its likeliest alternatives, or the answer.
  [[nodiscard]] Result<Request> question(const Flight& flight, core::Prompt& begun) const;
  void take_ranking(Flight flight, core::Generation generation, Endpoint& endpoint);
  void finished(Flight flight, const HttpResponse& response, Time now);
  void give(const Flight& flight, core::Generation generation);
  void try_again(Flight flight, double wait, Time now);
  void blame(Endpoint& endpoint, const Verdict& verdict, Time now);
  void praise(Endpoint& endpoint, const HttpResponse& response, Time now);
  void failed(Flight flight, const Verdict& verdict, Endpoint& endpoint, Time now);
  void reject(const Flight& flight, const Verdict& verdict);
  [[nodiscard]] bool all_gone() const;
  [[nodiscard]] std::chrono::milliseconds wait_time(Time now) const;
  [[nodiscard]] double backoff(int tries);

  HttpClient& client_;
  std::vector<Endpoint>& endpoints_;
  ServerDialect& dialect_;
  const LoopSettings& settings_;
  std::span<const Request> requests_;
  const OnDone* on_done_ = nullptr;
  std::size_t next_ = 0, done_ = 0;
  std::unordered_map<std::uint64_t, Flight> flights_;
  std::multimap<Time, Flight> waiting_;  ///< retries by their time
  /// Generation::extra of what was ranked, by index, until the answer is there.
  std::unordered_map<std::size_t, std::map<std::string, std::string>> rankings_;
  EngineStats ranking_cost_;
  std::uint64_t next_id_ = 0;
  std::uint64_t random_;
  std::int64_t retries_ = 0;
  int rejected_in_a_row_ = 0;
  bool any_success_ = false;
  bool winding_down_ = false;
  std::vector<Error> fatal_;
};

}  // namespace clue::models
