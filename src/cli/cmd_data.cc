// clue data list | check | get: the catalogue of data files.
#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/json.h"
#include "cli/places.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/names.h"
#include "run/catalogue.h"
#include "tasks/dataset.h"

namespace clue::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char* kExample = "clue data get meqsum longhealth --data data";

/// Reads a line from the terminal without showing it.
Result<std::string> ask_password(const std::string& user) {
  const int tty = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (tty < 0) {
    return Error{ErrorCode::denied,
                 "the server asks for the password of " + user +
                     ", and there is no terminal to type it: put it into ~/.netrc (machine, login, "
                     "password; chmod 600)"};
  }
  const std::string prompt = "Password of " + user + " (not shown): ";
  std::string typed;
  bool good = ::write(tty, prompt.data(), prompt.size()) >= 0;
  termios shown{};
  good = good && tcgetattr(tty, &shown) == 0;
  termios hidden = shown;
  hidden.c_lflag &= static_cast<tcflag_t>(~ECHO);
  good = good && tcsetattr(tty, TCSAFLUSH, &hidden) == 0;
  for (char c = 0; good && ::read(tty, &c, 1) == 1 && c != '\n';) typed += c;
  if (good) tcsetattr(tty, TCSAFLUSH, &shown);
  good = ::write(tty, "\n", 1) == 1 && good;
  ::close(tty);
  if (!good) return Error{ErrorCode::io, "cannot read a password from the terminal"};
  return typed;
}

std::string size_text(std::uint64_t bytes) {
  if (bytes == 0) return "?";
  if (bytes < 1'000'000) return fmt::format("{} kB", (bytes + 999) / 1000);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

/// Records in a file that a task reads; nullopt: not a task's file, or unreadable (`note` says
/// why).
std::optional<std::size_t> rows_found(const run::Source& source, const fs::path& path,
                                      const tasks::Library& library, std::string& note) {
  if (source.rows == 0 || source.task.empty()) return std::nullopt;
  for (const tasks::Task& task : library.tasks) {
    if (task.file.name != source.task &&
        !task.file.name.starts_with(std::string(source.task) + "-"))
      continue;
    const auto data = task.def->load(task, path.string());
    if (data) return data->rows;
    note = data.error().message;
    return std::nullopt;
  }
  return std::nullopt;
}

ordered_json source_json(const run::Source& s) {
  return {{"name", s.name},
          {"file", s.file},
          {"task", s.task},
          {"use", core::name(s.use)},
          {"licence", s.licence},
          {"page", s.page},
          {"url", s.url},
          {"sha256", s.sha256},
          {"git_blob", s.git_blob},
          {"rows_expected", s.rows},
          {"how", s.how}};
}

int list(bool json, Io& io) {
  if (json) {
    auto all = ordered_json::array();
    for (const run::Source& s : run::catalogue()) all.push_back(source_json(s));
    io.out << dump_json(all, 2) << '\n';
    return kDone;
  }
  std::vector<std::vector<std::string>> rows;
  for (const run::Source& s : run::catalogue()) {
    rows.push_back({std::string(s.name), std::string(s.file), std::string(core::name(s.use)),
                    s.rows == 0 ? "-" : std::to_string(s.rows), std::string(s.licence),
                    std::string(s.page)});
  }
  io.out << format_table({"name", "file below the data folder", "use", "rows", "licence", "page"},
                         rows, {false, false, false, true});
  return kDone;
}

int check(const std::vector<const run::Source*>& chosen, const std::vector<fs::path>& folders,
          bool json, Io& io) {
  const Result<tasks::Library> library = task_library();
  if (!library) return fail(io, library.error());
  auto all = ordered_json::array();
  std::vector<std::vector<std::string>> rows;
  int code = kDone;
  for (const run::Source* s : chosen) {
    run::SourceCheck found = run::check_source(*s, folders);
    std::optional<std::size_t> count;
    if (!found.path.empty()) {
      std::string broken;
      count = rows_found(*s, found.path, *library, broken);
      if (!broken.empty()) {
        found.state = run::SourceState::unreadable;
        found.note = broken;
      } else if (count && *count != s->rows) {
        found.note += fmt::format("{}{} rows, the published file has {}",
                                  found.note.empty() ? "" : "; ", *count, s->rows);
      }
    }
    if (found.state == run::SourceState::changed || found.state == run::SourceState::unreadable)
      code = kFailed;
    if (json) {
      ordered_json one = source_json(*s);
      one["state"] = run::name(found.state);
      one["path"] = found.path.string();
      one["rows_found"] = count ? ordered_json(*count) : ordered_json();
      one["note"] = found.note;
      all.push_back(std::move(one));
    }
    rows.push_back({std::string(s->name), std::string(run::name(found.state)),
                    count ? std::to_string(*count) : "-", found.path.string(), found.note});
  }
  if (json) {
    io.out << dump_json(all, 2) << '\n';
  } else {
    io.out << format_table({"name", "state", "rows", "where", "note"}, rows, {false, false, true});
  }
  return code;
}

/// "12.3 of 216.3 kB" on one line of a terminal; elsewhere a line every ten seconds.
class DownloadLine {
 public:
  DownloadLine(std::string name, Io& io) : name_(std::move(name)), io_(io) {}
  void operator()(std::uint64_t done, std::uint64_t total) {
    const auto now = std::chrono::steady_clock::now();
    const auto pause = std::chrono::milliseconds(io_.terminal ? 100 : 10'000);
    if (now - shown_ < pause && done != total) return;
    shown_ = now;
    const int percent =
        total == 0
            ? 0
            : static_cast<int>(100.0 * static_cast<double>(done) / static_cast<double>(total));
    io_.err << (io_.terminal ? "\r\033[K" : "") << name_ << ": " << size_text(done);
    if (total != 0) {
      io_.err << " of " << size_text(total);
      if (io_.terminal) {
        const auto filled = static_cast<std::size_t>(percent / 5);
        io_.err << " [" << std::string(filled, '#') << std::string(20 - filled, '.') << "] ";
      }
      io_.err << ' ' << percent << " %";
    }
    io_.err << (io_.terminal ? "" : "\n") << std::flush;
    drawn_ = true;
  }
  void end() {
    if (drawn_ && io_.terminal) io_.err << '\n';
  }

 private:
  std::string name_;
  Io& io_;
  std::chrono::steady_clock::time_point shown_{};
  bool drawn_ = false;
};

int get(const std::vector<const run::Source*>& chosen, run::FetchOptions options, Io& io) {
  int code = kDone;
  for (const run::Source* s : chosen) {
    DownloadLine line(std::string(s->name), io);
    options.progress = [&line](std::uint64_t done, std::uint64_t total) { line(done, total); };
    options.stop = interrupted();
    const auto fetched = run::fetch_source(*s, options);
    line.end();
    if (!fetched) {
      code = std::max(code, fail(io, fetched.error()));
      if (fetched.error().code == ErrorCode::cancelled) {
        io.err << "What was loaded is kept; the same command goes on from there.\n";
        return code;
      }
      continue;  // one file that cannot be had does not stop the others
    }
    io.out << s->name << ": " << fetched->path.string() << " ("
           << (fetched->downloaded ? "downloaded" : "was there") << ", "
           << (fetched->checked ? "checksum right" : "no published checksum") << ")\n";
    if (!s->how.empty() && s->how.starts_with("then ")) io.out << "  " << s->how << '\n';
  }
  return code;
}

/// The sources that NAME means: itself and its parts ("scibert" also takes scibert-vocab, ...).
Result<std::vector<const run::Source*>> choose(const std::vector<std::string>& names) {
  std::vector<const run::Source*> chosen;
  for (const run::Source& s : run::catalogue()) {
    bool wanted = names.empty();
    for (const std::string& n : names)
      wanted = wanted || s.name == n || s.name.starts_with(n + "-");
    if (wanted) chosen.push_back(&s);
  }
  for (const std::string& n : names) CLUE_OK(run::find_source(n));
  return chosen;
}

}  // namespace

int cmd_data(const Args& args, Io& io) {
  Flags parser(
      "clue data",
      "list: every data file, where it comes from, its licence; check: what of it is here\n"
      "and right; get NAME...: download, resumed and checked.",
      kExample);
  std::string word = "list", user, url;
  std::vector<std::string> names, data;
  bool json = false;
  CLI::App& app = parser.app();
  app.add_option("WORD", word, "list (default), check or get")
      ->check(CLI::IsMember({"list", "check", "get"}));
  app.add_option("NAME", names, "files by their names in the list");
  app.add_option("--data", data, "data folder (default: CLUE_DATA, else ./data)")->take_all();
  app.add_option("--physionet-user", user,
                 "get: account for credentialed files; the password is asked for, or read from "
                 "~/.netrc");
  app.add_option("--url", url, "get: fetch the one file from here, e.g. a mirror in the house");
  app.add_flag("--json", json, "list, check: as JSON");
  if (const auto code = parser.parse(args, io)) return *code;
  if (word == "list") return list(json, io);
  const auto chosen = choose(names);
  if (!chosen) return fail(io, chosen.error());
  const auto folders = data_folders(data);
  if (word == "check") {
    if (!folders) return fail(io, folders.error());
    return check(*chosen, folders->dirs, json, io);
  }
  if (names.empty()) {
    return fail(io, {ErrorCode::invalid_argument,
                     "clue data get needs a name, as in: " + std::string(kExample)});
  }
  if (!url.empty() && chosen->size() != 1) {
    return fail(io, {ErrorCode::invalid_argument, "--url goes with exactly one name"});
  }
  run::FetchOptions options;
  options.folder = !data.empty() ? data[0] : !env("CLUE_DATA").empty() ? env("CLUE_DATA") : "data";
  options.user = user;
  options.url = url;
  options.environment = model_environment();
  if (!user.empty()) options.password = [user] { return ask_password(user); };
  return get(*chosen, std::move(options), io);
}

}  // namespace clue::cli
