#include "serve/view_server.h"

#include <cpp-httplib/httplib.h>
#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <mutex>

#include "base/clock.h"
#include "report/compare.h"
#include "report/report.h"
#include "serve/loopback.h"

namespace clue::serve {

namespace {

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
  Loopback door;
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
    wish.generated = iso8601_utc(system_clock()());
    wish.with_text = options.with_text;
    wish.revision = now;
    CLUE_TRY(wish.comparisons, report::compare_runs(runs));
    CLUE_TRY(report, report::build_report(runs, wish));
    revision = now;
    built = clock;
    return {};
  }

  void routes();
};

void ViewServer::Impl::routes() {
  using httplib::Request;
  using httplib::Response;
  door.guard(server, {options.token}, "Open the address that clue view printed, with its token.\n");
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
  CLUE_OK(impl->door.listen(impl->server, options.port));
  impl->url = impl->door.url(impl->options.token);
  return std::unique_ptr<ViewServer>(new ViewServer(std::move(impl)));
}

const std::string& ViewServer::url() const { return impl_->url; }
int ViewServer::port() const { return impl_->door.port(); }

void ViewServer::wait() { impl_->door.wait(); }

void ViewServer::stop() { impl_->server.stop(); }

}  // namespace clue::serve
