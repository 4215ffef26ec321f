#include "serve/review_server.h"

#include <cpp-httplib/httplib.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "serve/loopback.h"
#include "serve/review_page.h"
#include "serve/review_state.h"
#include "store/review_store.h"

namespace clue::serve {

std::filesystem::path ratings_file(const std::filesystem::path& run) { return run / "ratings.db"; }

namespace {

using nlohmann::json;
using store::ReviewEntry;

constexpr std::size_t kMostText = 100'000;  ///< bytes of one edited text or reason

json span_json(const Span& span, std::string_view text) {
  // The page counts in UTF-16 units; code points would differ there, so it gets the texts apart.
  if (span.end <= span.begin) return json::array({text, "", ""});
  return json::array({text.substr(0, span.begin), text.substr(span.begin, span.end - span.begin),
                      text.substr(span.end)});
}

json entry_json(const ReviewEntry& e) {
  return {{"action", e.action}, {"question", e.question}, {"answer", e.answer},
          {"reason", e.reason}, {"ratings", e.ratings},   {"at", e.at}};
}

std::string_view verdict_name(Verdict v) {
  constexpr std::string_view kNames[] = {"open", "accepted", "rejected", "disputed"};
  return kNames[static_cast<std::size_t>(v)];
}

/// A decision as the page sent it, checked. Error: what is missing, for the person.
Result<ReviewEntry> read_decision(const json& body, ReviewKind kind) {
  const auto text = [&](const char* key) {
    const auto found = body.find(key);
    return found != body.end() && found->is_string()
               ? std::string(trim(found->get_ref<const std::string&>()))
               : std::string();
  };
  ReviewEntry e;
  e.item = text("item");
  e.action = text("action");
  e.reason = text("reason");
  if (e.reason.size() > kMostText)
    return Error{ErrorCode::invalid_argument, "the reason is too long"};
  if (kind == ReviewKind::outputs) {
    if (e.action != "rate") return Error{ErrorCode::invalid_argument, "outputs are rated"};
    for (const char* scale : kRatingScales) {
      const auto ratings = body.find("ratings");
      const auto value =
          ratings == body.end() || !ratings->is_object() ? json() : ratings->value(scale, json());
      if (!value.is_number_integer() || value.get<int>() < 1 || value.get<int>() > 5) {
        return Error{ErrorCode::invalid_argument,
                     fmt::format("the scale \"{}\" needs a number from 1 to 5", scale)};
      }
      e.ratings[scale] = value.get<int>();
    }
    return e;
  }
  if (e.action == "edit") {
    e.question = text("question");
    e.answer = text("answer");
    if (e.question.empty() || e.answer.empty())
      return Error{ErrorCode::invalid_argument, "an edited pair needs a question and an answer"};
    if (e.question.size() > kMostText || e.answer.size() > kMostText)
      return Error{ErrorCode::invalid_argument, "the edited text is too long"};
  } else if (e.action == "reject") {
    if (e.reason.empty())
      return Error{ErrorCode::invalid_argument, "a rejected pair needs a reason"};
  } else if (e.action != "accept") {
    return Error{ErrorCode::invalid_argument,
                 "the action \"" + e.action + "\" is none of accept, edit, reject"};
  }
  return e;
}

/// A review file, and what its entries up to `seen` come to.
struct Log {
  store::ReviewStore store;
  store::ReviewState state = {};
  std::int64_t seen = 0;
};

}  // namespace

struct ReviewServer::Impl {
  ReviewSet set;
  ReviewOptions options;
  std::map<std::string, std::size_t> by_id;
  std::vector<std::string> tokens;  ///< a reviewer each, then the adjudicator's
  std::vector<ReviewAddress> addresses;
  httplib::Server server;
  Loopback door;
  std::mutex mutex;  ///< guards logs and now
  std::map<std::filesystem::path, Log> logs;
  store::Decisions now;  ///< of all logs, as catch_up() left it

  /// Where decisions on an item are kept: an answer that several runs gave, in each of them.
  std::vector<std::filesystem::path> files_of(const ReviewItem& item) const {
    if (set.kind == ReviewKind::pairs) return {options.log};
    std::vector<std::filesystem::path> files;
    for (const std::string& run : item.runs) files.push_back(ratings_file(run));
    return files;
  }
  Status open_logs() {
    for (const ReviewItem& item : set.items) {
      for (const auto& file : files_of(item)) {
        if (logs.contains(file)) continue;
        CLUE_TRY(store::ReviewStore store, store::ReviewStore::open(file));
        logs.emplace(file, Log{std::move(store)});
      }
    }
    return catch_up();
  }
  /// Takes in what was appended since, by us or by another process at the same file.
  Status catch_up() {
    std::set<std::string> changed;
    for (auto& [file, log] : logs) {
      CLUE_TRY(std::vector<ReviewEntry> fresh, log.store.entries(log.seen));
      for (ReviewEntry& entry : fresh) {
        log.seen = entry.id;
        changed.insert(entry.item);
        log.state.add(std::move(entry));
      }
    }
    for (const std::string& item : changed) {
      now.erase(item);
      for (const auto& [file, log] : logs) {
        const auto found = log.state.in_force().find(item);
        if (found == log.state.in_force().end()) continue;
        now[item].insert(found->second.begin(), found->second.end());
      }
    }
    return {};
  }

  bool adjudicator(const httplib::Request& request) const {
    return match_token(request.get_param_value("token"), tokens) ==
           static_cast<int>(options.reviewers.size());
  }
  std::string who(const httplib::Request& request) const {
    const int at = match_token(request.get_param_value("token"), tokens);
    return adjudicator(request) ? "adjudicator" : options.reviewers[static_cast<std::size_t>(at)];
  }

  json set_json(const httplib::Request& request);
  Result<json> item_json(const httplib::Request& request, const std::string& id);
  json summary_json();
  Result<json> decide(const httplib::Request& request);
  Result<json> undo(const httplib::Request& request);
  Status append(const std::filesystem::path& file, ReviewEntry entry);
  void routes();
};

/// Durable first, then in memory.
Status ReviewServer::Impl::append(const std::filesystem::path& file, ReviewEntry entry) {
  entry.at = iso8601_utc(options.clock());
  CLUE_TRY([[maybe_unused]] const std::int64_t id, logs.at(file).store.append(entry));
  return catch_up();
}

json ReviewServer::Impl::set_json(const httplib::Request& request) {
  const bool all = adjudicator(request);
  const std::string name = who(request);
  const std::vector<Settled> settled = all ? settle(set, now) : std::vector<Settled>{};
  json items = json::array();
  for (std::size_t i = 0; i < set.items.size(); ++i) {
    const ReviewItem& item = set.items[i];
    json one = {{"id", item.id}, {"question", item.question}, {"state", ""}};
    if (set.kind == ReviewKind::outputs) one["question"] = fmt::format("{}", i + 1);
    const auto found = now.find(item.id);
    if (found != now.end()) {
      const auto own = found->second.find(name);
      if (own != found->second.end()) one["state"] = own->second.action;
    }
    if (all) one["verdict"] = verdict_name(settled[i].verdict);
    items.push_back(std::move(one));
  }
  return {{"kind", set.kind == ReviewKind::pairs ? "pairs" : "outputs"},
          {"title", set.title},
          {"who", name},
          {"adjudicator", all},
          {"language", options.language},
          {"scales", kRatingScales},
          {"items", std::move(items)}};
}

Result<json> ReviewServer::Impl::item_json(const httplib::Request& request, const std::string& id) {
  const auto at = by_id.find(id);
  if (at == by_id.end()) return Error{ErrorCode::not_found, "there is no item " + id};
  const ReviewItem& item = set.items[at->second];
  json out = {{"id", item.id},
              {"letter", span_json(item.letter_evidence, item.letter)},
              {"source", span_json(item.source_evidence, item.source)},
              {"question", item.question},
              {"answer", item.answer},
              {"reference", item.reference},
              {"own", nullptr},
              {"others", json::array()}};
  if (const auto found = now.find(id); found != now.end()) {
    for (const auto& [name, entry] : found->second) {
      if (name == who(request)) {
        out["own"] = entry_json(entry);
      } else if (adjudicator(request)) {
        json other = entry_json(entry);
        other["who"] = name;
        out["others"].push_back(std::move(other));
      }
    }
  }
  return out;
}

json ReviewServer::Impl::summary_json() {
  const std::vector<Settled> settled = settle(set, now);
  std::map<std::string, std::size_t> counts;
  json disputed = json::array();
  for (std::size_t i = 0; i < settled.size(); ++i) {
    ++counts[std::string(verdict_name(settled[i].verdict))];
    if (settled[i].verdict == Verdict::disputed) disputed.push_back(set.items[i].id);
  }
  json progress = json::object();
  for (const std::string& name : options.reviewers) {
    progress[name] = std::ranges::count_if(now, [&](const auto& item) {
      return item.second.contains(name) && by_id.contains(item.first);
    });
  }
  json pairs = json::array();
  for (const PairAgreement& a : agreement(now)) {
    pairs.push_back({{"a", a.a},
                     {"b", a.b},
                     {"scale", a.scale},
                     {"n", a.n},
                     {"share", a.share},
                     {"kappa", a.kappa ? json(*a.kappa) : json()}});
  }
  return {{"items", set.items.size()},
          {"counts", counts},
          {"disputed", disputed},
          {"progress", progress},
          {"agreement", pairs}};
}

Result<json> ReviewServer::Impl::decide(const httplib::Request& request) {
  CLUE_TRY(const json body, parse_json(request.body, "request"));
  CLUE_TRY(ReviewEntry entry, read_decision(body, set.kind));
  const auto at = by_id.find(entry.item);
  if (at == by_id.end()) return Error{ErrorCode::not_found, "there is no item " + entry.item};
  entry.reviewer = who(request);
  entry.final_word = adjudicator(request);
  for (const auto& file : files_of(set.items[at->second])) CLUE_OK(append(file, entry));
  return json{{"item", entry.item}, {"state", entry.action}};
}

Result<json> ReviewServer::Impl::undo(const httplib::Request& request) {
  const bool final_word = adjudicator(request);
  std::optional<ReviewEntry> last;
  for (const auto& [path, log] : logs) {
    const ReviewEntry* const one = log.state.last_entry(who(request), final_word);
    if (one != nullptr && by_id.contains(one->item) && (!last || one->at > last->at)) last = *one;
  }
  if (!last) return Error{ErrorCode::not_found, "there is nothing to take back"};
  for (const auto& file : files_of(set.items[by_id.at(last->item)])) {
    const ReviewEntry* const here = logs.at(file).state.last_entry(who(request), final_word);
    if (here == nullptr || here->item != last->item) continue;
    ReviewEntry entry;
    entry.item = here->item;
    entry.reviewer = here->reviewer;
    entry.action = "undo";
    entry.undone = here->id;
    entry.final_word = final_word;
    CLUE_OK(append(file, entry));
  }
  return json{{"item", last->item}};
}

void ReviewServer::Impl::routes() {
  using httplib::Request;
  using httplib::Response;
  server.set_payload_max_length(1 << 20);
  const auto send = [](Response& response, const Result<json>& body) {
    if (body) {
      response.set_content(dump_json(*body), "application/json");
      return;
    }
    const ErrorCode code = body.error().code;
    response.status = code == ErrorCode::not_found ? 404 : code == ErrorCode::io ? 507 : 400;
    response.set_content(dump_json(json{{"error", body.error().message}}), "application/json");
  };
  server.Get("/", [this](const Request& request, Response& response) {
    response.set_content(review_page(request.get_param_value("token")), "text/html; charset=utf-8");
  });
  server.Get("/set", [this, send](const Request& request, Response& response) {
    const std::lock_guard lock(mutex);
    if (const Status read = catch_up(); !read) return send(response, read.error());
    send(response, set_json(request));
  });
  server.Get("/item/:id", [this, send](const Request& request, Response& response) {
    const std::lock_guard lock(mutex);
    if (const Status read = catch_up(); !read) return send(response, read.error());
    send(response, item_json(request, request.path_params.at("id")));
  });
  const auto for_adjudicator = [this, send](const Request& request, Response& response) {
    if (adjudicator(request)) return true;
    response.status = 403;
    response.set_content(R"({"error":"only the adjudicator's address shows this"})",
                         "application/json");
    return false;
  };
  server.Get("/summary", [this, send, for_adjudicator](const Request& request, Response& response) {
    const std::lock_guard lock(mutex);
    if (!for_adjudicator(request, response)) return;
    if (const Status read = catch_up(); !read) return send(response, read.error());
    send(response, summary_json());
  });
  server.Get("/export", [this, send, for_adjudicator](const Request& request, Response& response) {
    const std::lock_guard lock(mutex);
    if (!for_adjudicator(request, response)) return;
    if (set.kind == ReviewKind::outputs) {
      send(response, Error{ErrorCode::invalid_argument, "ratings stay in their runs"});
      return;
    }
    if (const Status read = catch_up(); !read) return send(response, read.error());
    const auto text = accepted_json(set, settle(set, now));
    if (!text) return send(response, text.error());
    response.set_header("Content-Disposition", "attachment; filename=\"MeDiSumQA.json\"");
    response.set_content(*text, "application/json");
  });
  const auto post = [this, send](Result<json> (Impl::*action)(const Request&)) {
    return [this, send, action](const Request& request, Response& response) {
      if (!request.get_header_value("Content-Type").starts_with("application/json")) {
        response.status = 415;  // a form of a foreign page cannot send this
        return;
      }
      const std::lock_guard lock(mutex);
      if (const Status read = catch_up(); !read) return send(response, read.error());
      send(response, (this->*action)(request));
    };
  };
  server.Post("/decide", post(&Impl::decide));
  server.Post("/undo", post(&Impl::undo));
}

ReviewServer::ReviewServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ReviewServer::~ReviewServer() {
  stop();
  wait();
}

Result<std::unique_ptr<ReviewServer>> ReviewServer::start(ReviewSet set,
                                                          const ReviewOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->set = std::move(set);
  impl->options = options;
  if (impl->options.reviewers.empty()) impl->options.reviewers = {"reviewer"};
  for (std::size_t i = 0; i < impl->set.items.size(); ++i) impl->by_id[impl->set.items[i].id] = i;
  CLUE_OK(impl->open_logs());
  for (std::size_t i = 0; i <= impl->options.reviewers.size(); ++i)
    impl->tokens.push_back(random_token());
  impl->door.guard(impl->server, impl->tokens,
                   "Open the address that clue review printed, with its token.\n");
  impl->routes();
  CLUE_OK(impl->door.listen(impl->server, options.port));
  for (std::size_t i = 0; i < impl->tokens.size(); ++i) {
    const bool reviewer = i < impl->options.reviewers.size();
    impl->addresses.push_back(
        {reviewer ? impl->options.reviewers[i] : "adjudicator", impl->door.url(impl->tokens[i])});
  }
  return std::unique_ptr<ReviewServer>(new ReviewServer(std::move(impl)));
}

const std::vector<ReviewAddress>& ReviewServer::addresses() const { return impl_->addresses; }
void ReviewServer::wait() { impl_->door.wait(); }
void ReviewServer::stop() { impl_->server.stop(); }

}  // namespace clue::serve
