#include "models/openai_loop.h"

#include <algorithm>
#include <cmath>

#include "models/server_ranking.h"

namespace clue::models {
namespace {

using namespace std::chrono_literals;
using std::chrono::duration;
using Clock = std::chrono::steady_clock;

constexpr int kDownAfterConnect = 2;  ///< failures in a row to a server that does not even answer
constexpr int kDownAfterErrors = 16;  ///< failures in a row of one that answers with errors
constexpr int kTrialRequests = 8;     ///< at once to a down server that answers
constexpr double kLongestWait = 30;
constexpr double kLongestRetryAfter = 3600;

Clock::duration seconds(double s) {
  return std::chrono::duration_cast<Clock::duration>(duration<double>(s));
}

}  // namespace

RequestLoop::RequestLoop(HttpClient& client, std::vector<Endpoint>& endpoints,
                         ServerDialect& dialect, const LoopSettings& settings)
    : client_(client),
      endpoints_(endpoints),
      dialect_(dialect),
      settings_(settings),
      random_(settings.seed * 2654435761U + 1) {}

// Full jitter over the upper half, so that a burst of failures does not come back as a burst.
double RequestLoop::backoff(int tries) {
  random_ = random_ * 6364136223846793005U + 1442695040888963407U;
  const double u = static_cast<double>(random_ >> 11U) * 0x1p-53;
  const double full = settings_.retry_wait * std::pow(2.0, std::min(tries, 12));
  return std::min(full, kLongestWait) * (0.5 + 0.5 * u);
}

Endpoint* RequestLoop::pick(Time now) {
  Endpoint* best = nullptr;
  double best_load = 1;
  for (Endpoint& e : endpoints_) {
    if (now < e.not_before) continue;
    const int trial = e.answers ? std::min(kTrialRequests, e.pace.limit()) : 1;
    const int limit = e.down ? trial : e.pace.limit();
    const double load = static_cast<double>(e.in_flight) / limit;
    if (load < best_load) {
      best = &e;
      best_load = load;
    }
  }
  return best;
}

bool RequestLoop::ranks(const Flight& flight) const {
  return !flight.ranked && !requests_[flight.index].choices.empty();
}

Result<Request> RequestLoop::question(const Flight& flight, core::Prompt& begun) const {
  Request asked = requests_[flight.index];
  if (!ranks(flight)) {
    asked.choices = {};
    return asked;
  }
  CLUE_TRY(begun, ranking_prompt(asked, dialect_, settings_.write != nullptr));
  asked.prompt = &begun;
  asked.decoding = {.seed = asked.decoding.seed, .max_tokens = 1};
  return asked;
}

void RequestLoop::start(Flight flight, Endpoint& endpoint) {
  flight.endpoint = static_cast<std::size_t>(&endpoint - endpoints_.data());
  flight.version = dialect_.version;
  core::Prompt begun;
  const Result<Request> request = question(flight, begun);
  if (!request) {
    fatal_.push_back(request.error());
    return;
  }
  HttpRequest http;
  http.url = endpoint.url + (settings_.write ? "/completions" : "/chat/completions");
  if (settings_.write) {
    const Result<WrittenPrompt> written = settings_.write(*request->prompt);
    if (!written) {
      core::Generation failed;
      failed.stop = core::StopReason::error;
      failed.error = written.error().message;
      return give(flight, std::move(failed));
    }
    http.body = request_body(*request, settings_.model, dialect_, &*written);
  } else {
    http.body = request_body(*request, settings_.model, dialect_, nullptr);
  }
  http.headers = {"Content-Type: application/json"};
  http.bearer = settings_.api_key;
  http.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(settings_.timeout * 1000));
  http.max_response_bytes = response_limit(*request);
  ++endpoint.in_flight;
  flights_.emplace(next_id_, flight);
  client_.start(std::move(http), next_id_++);
}

bool RequestLoop::start_ready(Time now) {
  bool started = false;
  while (fatal_.empty() && !winding_down_) {
    const bool due = !waiting_.empty() && waiting_.begin()->first <= now;
    if (!due && next_ >= requests_.size()) break;
    Endpoint* endpoint = pick(now);
    if (endpoint == nullptr) break;
    Flight flight;
    if (due) {
      flight = waiting_.begin()->second;
      waiting_.erase(waiting_.begin());
    } else {
      flight.index = next_++;
    }
    start(flight, *endpoint);
    started = true;
  }
  return started;
}

void RequestLoop::give(const Flight& flight, core::Generation generation) {
  if (const auto ranking = rankings_.find(flight.index); ranking != rankings_.end()) {
    generation.extra.merge(ranking->second);
    rankings_.erase(ranking);
  }
  if (flight.tries > 0) generation.extra["retries"] = std::to_string(flight.tries);
  ++done_;
  (*on_done_)(flight.index, std::move(generation));
}

void RequestLoop::try_again(Flight flight, double wait, Time now) {
  ++retries_;
  waiting_.emplace(now + seconds(wait), flight);
}

void RequestLoop::praise(Endpoint& endpoint, const HttpResponse& response, Time now) {
  endpoint.failures = endpoint.trials = 0;
  endpoint.down = false;
  endpoint.pace.success(response.seconds, now);
  any_success_ = true;
  rejected_in_a_row_ = 0;
}

// A failure in a row with others says more about the server than about the request.
void RequestLoop::blame(Endpoint& endpoint, const Verdict& verdict, Time now) {
  endpoint.last_words = verdict.words;
  endpoint.answers = !verdict.connection;
  ++endpoint.failures;
  if (endpoint.down) {
    if (now < endpoint.not_before) return;  // an older request, not the trial
    ++endpoint.trials;
    // One that has worked and still answers is more likely in a burst of errors than dead.
    const int patience = endpoint.answers && any_success_ ? 2 : 1;
    endpoint.gone = endpoint.trials >= patience * std::max(1, settings_.max_retries);
  } else if (endpoint.failures >= (verdict.connection ? kDownAfterConnect : kDownAfterErrors)) {
    endpoint.down = true;
  } else {
    return;
  }
  endpoint.not_before = now + seconds(backoff(endpoint.trials));
}

void RequestLoop::failed(Flight flight, const Verdict& verdict, Endpoint& endpoint, Time now) {
  blame(endpoint, verdict, now);
  // The trouble of a server that is down is not the sample's: it keeps its tries, the loop ends
  // when every endpoint is gone.
  if (!verdict.connection && !endpoint.down) ++flight.tries;
  if (flight.tries <= settings_.max_retries) {
    return try_again(flight, verdict.connection ? 0 : backoff(flight.tries - 1), now);
  }
  core::Generation generation;
  generation.stop = core::StopReason::error;
  generation.error = verdict.words + " (tried " + std::to_string(flight.tries) + " times)";
  give(flight, std::move(generation));
}

// 400 and the like: the first request of all shows a wrong set-up, a later one a special sample.
void RequestLoop::reject(const Flight& flight, const Verdict& verdict) {
  if (!any_success_ || ++rejected_in_a_row_ >= 20) {
    fatal_.push_back({verdict.code, verdict.words});
    return;
  }
  core::Generation generation;
  generation.stop = core::StopReason::error;
  generation.error = verdict.words;
  give(flight, std::move(generation));
}

// The answer is asked of the same endpoint at once: it has the prompt in its cache.
void RequestLoop::take_ranking(Flight flight, core::Generation generation, Endpoint& endpoint) {
  ranking_cost_.prompt_tokens += generation.prompt_tokens;
  ranking_cost_.reused_tokens += generation.reused_tokens;
  ranking_cost_.output_tokens += generation.output_tokens;
  rankings_[flight.index] = std::move(generation.extra);
  flight.ranked = true;
  start(flight, endpoint);
}

void RequestLoop::finished(Flight flight, const HttpResponse& response, Time now) {
  Endpoint& endpoint = endpoints_[flight.endpoint];
  --endpoint.in_flight;
  const Request& request = requests_[flight.index];
  const bool ranking = ranks(flight);
  Verdict v = (ranking ? read_ranking : read_response)(response, request, dialect_, flight.version);
  switch (v.kind) {
    case Verdict::Kind::answer:
      praise(endpoint, response, now);
      if (ranking) return take_ranking(flight, std::move(v.generation), endpoint);
      return give(flight, std::move(v.generation));
    case Verdict::Kind::overflow:
      endpoint.failures = 0;
      return give(flight, std::move(v.generation));
    case Verdict::Kind::adapt:
      return try_again(flight, 0, now);
    case Verdict::Kind::bad_request:
      return reject(flight, v);
    case Verdict::Kind::fatal:
      fatal_.push_back({v.code, v.words});
      return;
    case Verdict::Kind::busy: {
      endpoint.pace.busy(now);
      const double asked = std::min(v.wait_seconds, kLongestRetryAfter);
      if (asked > 0) endpoint.not_before = std::max(endpoint.not_before, now + seconds(asked));
      if (++flight.waits <= 10 * std::max(1, settings_.max_retries)) {
        return try_again(flight, asked >= 0 ? asked : backoff(flight.waits - 1), now);
      }
      return failed(flight, v, endpoint, now);
    }
    case Verdict::Kind::retry:
      return failed(flight, v, endpoint, now);
  }
}

bool RequestLoop::all_gone() const {
  return std::all_of(endpoints_.begin(), endpoints_.end(),
                     [](const Endpoint& e) { return e.gone; });
}

std::chrono::milliseconds RequestLoop::wait_time(Time now) const {
  Time until = now + 500ms;
  if (!waiting_.empty()) until = std::min(until, waiting_.begin()->first);
  for (const Endpoint& e : endpoints_) {
    if (e.not_before > now) until = std::min(until, e.not_before);
  }
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - now);
  return std::clamp<std::chrono::milliseconds>(wait, 1ms, 500ms);
}

Status RequestLoop::run(std::span<const Request> requests, const OnDone& on_done,
                        const std::stop_token& stop) {
  requests_ = requests;
  on_done_ = &on_done;
  for (Endpoint& e : endpoints_) {
    e.in_flight = e.failures = e.trials = 0;
    e.gone = e.down = false;
  }
  const std::stop_callback wake(stop, [this] { client_.wake(); });
  while (done_ < requests_.size()) {
    if (stop.stop_requested() || !fatal_.empty() || all_gone()) break;
    if (winding_down_ && flights_.empty()) return {};
    start_ready(Clock::now());
    client_.poll(wait_time(Clock::now()), [&](std::uint64_t id, const HttpResponse& response) {
      const auto found = flights_.find(id);
      const Flight flight = found->second;
      flights_.erase(found);
      if (!stop.stop_requested()) finished(flight, response, Clock::now());
    });
  }
  client_.abort_all();
  if (done_ == requests_.size() || stop.stop_requested()) return {};
  if (!fatal_.empty()) return fatal_.front();
  std::string words;
  for (const Endpoint& e : endpoints_) words += (words.empty() ? "" : "; ") + e.last_words;
  return Error{ErrorCode::unavailable, "the server is gone (" + words + ")"};
}

}  // namespace clue::models
