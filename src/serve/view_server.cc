#include "serve/view_server.h"

#include <cpp-httplib/httplib.h>
#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <mutex>
#include <random>
#include <thread>

#include "report/compare.h"
#include "report/report.h"

namespace clue::serve {

namespace {

std::string random_token() {
  std::random_device device;  // the system's generator: a secret, not a reproducible draw
  std::string out;
  for (int i = 0; i < 4; ++i) out += fmt::format("{:08x}", device());
  return out;
}

/// Compares without telling by its time how many characters were right.
bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    different |= static_cast<unsigned>(a[i] ^ b[i]);
  }
  return different == 0;
}

/// Changes whenever a run's database or its write-ahead log does.
long revision_of(const std::vector<std::filesystem::path>& runs) {
  std::size_t mix = 17;
  for (const std::filesystem::path& run : runs) {
    for (const char* name : {"run.db", "run.db-wal"}) {
      std::error_code none;
      const auto size = std::filesystem::file_size(run / name, none);
      const auto time = std::filesystem::last_write_time(run / name, none);
      if (none) continue;
      mix = mix * 1000003 + static_cast<std::size_t>(size);
      mix = mix * 1000003 + static_cast<std::size_t>(time.time_since_epoch().count());
    }
  }
  return static_cast<long>(mix % 2000000000);
}

}  // namespace

struct ViewServer::Impl {
  ViewOptions options;
  httplib::Server server;
  std::thread thread;
  int port = 0;
  std::string url;
  std::mutex mutex;  ///< guards report, revision, built
  report::Report report;
  long revision = -1;
  std::chrono::steady_clock::time_point built;

  /// Builds anew when the runs changed, at most every three seconds. Requires: mutex held.
  Status refresh() {
    const long now = revision_of(options.runs);
    const auto clock = std::chrono::steady_clock::now();
    if (now == revision) return {};
    if (revision != -1 && clock - built < std::chrono::seconds(3)) return {};
    std::vector<report::RunInput> runs;
    for (const auto& path : options.runs) {
      CLUE_TRY(report::RunInput run, report::read_run(path));
      runs.push_back(std::move(run));
    }
    report::ReportOptions wish;
    wish.title = options.title;
    wish.generator = options.generator;
    const auto second = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto day = std::chrono::floor<std::chrono::days>(second);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(second - day);
    wish.generated = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", int(date.year()),
                                 unsigned(date.month()), unsigned(date.day()), time.hours().count(),
                                 time.minutes().count(), time.seconds().count());
    wish.with_text = options.with_text;
    wish.revision = now;
    CLUE_TRY(wish.comparisons, report::compare_runs(runs));
    CLUE_TRY(report, report::build_report(runs, wish));
    revision = now;
    built = clock;
    return {};
  }

  bool allowed(const httplib::Request& request) const {
    const std::string host = request.get_header_value("Host");
    return host == fmt::format("127.0.0.1:{}", port) || host == fmt::format("localhost:{}", port);
  }

  void routes();
};

void ViewServer::Impl::routes() {
  using httplib::Request;
  using httplib::Response;
  server.set_pre_routing_handler([this](const Request& request, Response& response) {
    response.set_header("Cache-Control", "no-store");
    response.set_header("X-Content-Type-Options", "nosniff");
    response.set_header("Referrer-Policy", "no-referrer");
    response.set_header("Cross-Origin-Resource-Policy", "same-origin");
    if (!allowed(request) || !same(request.get_param_value("token"), options.token)) {
      response.status = 403;
      response.set_content("Open the address that clue view printed, with its token.\n",
                           "text/plain; charset=utf-8");
      return httplib::Server::HandlerResponse::Handled;
    }
    return httplib::Server::HandlerResponse::Unhandled;
  });
  server.Get("/", [this](const Request&, Response& response) {
    response.set_content(report::render_html({}, options.token), "text/html; charset=utf-8");
  });
  const auto answer = [this](Response& response, const std::function<void()>& fill) {
    const std::lock_guard lock(mutex);
    // A failed refresh (a run being moved, say) keeps showing the last good state.
    if (const Status done = refresh(); !done.ok() && revision == -1) {
      response.status = 500;
      response.set_content(done.error().message, "text/plain; charset=utf-8");
      return;
    }
    fill();
  };
  server.Get("/revision", [this, answer](const Request&, Response& response) {
    answer(response, [&] {
      response.set_content(fmt::format("{{\"revision\":{}}}", revision), "application/json");
    });
  });
  server.Get("/report", [this, answer](const Request&, Response& response) {
    answer(response, [&] { response.set_content(report.core, "application/json"); });
  });
  server.Get("/chunk/:id", [this](const Request& request, Response& response) {
    const std::lock_guard lock(mutex);
    response.status = 404;
    for (const report::Chunk& chunk : report.chunks) {
      if (chunk.id != request.path_params.at("id")) continue;
      response.status = 200;
      response.set_content(chunk.packed, "text/plain; charset=utf-8");
    }
  });
}

ViewServer::ViewServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ViewServer::~ViewServer() {
  stop();
  wait();
}

Result<std::unique_ptr<ViewServer>> ViewServer::start(const ViewOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  if (impl->options.token.empty()) impl->options.token = random_token();
  {
    const std::lock_guard lock(impl->mutex);
    CLUE_OK(impl->refresh());
  }
  impl->routes();
  if (options.port == 0) {
    impl->port = impl->server.bind_to_any_port("127.0.0.1");
  } else if (impl->server.bind_to_port("127.0.0.1", options.port)) {
    impl->port = options.port;
  }
  if (impl->port <= 0) {
    return Error{ErrorCode::io, fmt::format("cannot listen on 127.0.0.1:{}: the port is taken; "
                                            "leave --port out for a free one",
                                            options.port)};
  }
  impl->url = fmt::format("http://127.0.0.1:{}/?token={}", impl->port, impl->options.token);
  impl->thread = std::thread([server = &impl->server] { server->listen_after_bind(); });
  impl->server.wait_until_ready();
  return std::unique_ptr<ViewServer>(new ViewServer(std::move(impl)));
}

const std::string& ViewServer::url() const { return impl_->url; }
int ViewServer::port() const { return impl_->port; }

void ViewServer::wait() {
  if (impl_->thread.joinable()) impl_->thread.join();
}

void ViewServer::stop() { impl_->server.stop(); }

}  // namespace clue::serve
