// clue audit and clue purge: where a run's text is and was sent, and taking it out.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/json.h"
#include "cli/page.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "core/names.h"
#include "run/audit.h"
#include "run/egress.h"

namespace clue::cli {
namespace {

using nlohmann::json;

json audit_json(const run::Audit& audit) {
  json tasks = json::array();
  for (const run::TaskAudit& t : audit.tasks) {
    json served = json::array();
    for (const run::ServedBy& s : t.served) {
      served.push_back({{"endpoints", s.endpoints},
                        {"from", s.from},
                        {"to", s.to},
                        {"sessions", s.sessions},
                        {"says", s.says}});
    }
    tasks.push_back({{"task", t.task},
                     {"use", core::name(t.use)},
                     {"model", t.model},
                     {"allow_remote", t.allow_remote},
                     {"allowed_hosts", t.allowed_hosts},
                     {"purged", t.purged},
                     {"sent", json::parse(run::egress_json(t.sent))},
                     {"served", std::move(served)}});
  }
  json copies = json::array();
  for (const run::TextCopy& c : audit.copies) {
    copies.push_back({{"path", c.path.string()}, {"state", run::name(c.state)}, {"what", c.what}});
  }
  return {{"tasks", std::move(tasks)}, {"copies", std::move(copies)}};
}

std::string copies_table(const std::vector<run::TextCopy>& copies) {
  std::vector<std::vector<std::string>> rows;
  for (const run::TextCopy& c : copies) {
    rows.push_back({c.path.string(), std::string(run::name(c.state)), c.what});
  }
  return format_table({"file", "holds", "what"}, rows, {false, false, false});
}

void print_audit(const run::Audit& audit, std::ostream& out) {
  std::vector<std::vector<std::string>> rows;
  for (const run::TaskAudit& t : audit.tasks) {
    const std::string use = std::string(core::name(t.use)) + (t.purged ? ", purged" : "");
    if (t.sent.empty()) rows.push_back({t.task, use, "nothing left this process", "", "", "", ""});
    for (const run::EgressEntry& e : t.sent) {
      const bool local = is_loopback_address(e.traffic.address);
      rows.push_back({t.task, use, e.traffic.host, e.traffic.address + (local ? "" : " REMOTE"),
                      std::to_string(e.traffic.requests), std::to_string(e.traffic.bytes_sent),
                      std::to_string(e.traffic.bytes_received)});
    }
  }
  out << format_table(
      {"task", "data", "sent to", "address", "requests", "bytes sent", "bytes received"}, rows,
      {false, false, false, false, true, true, true});
  for (const run::TaskAudit& t : audit.tasks) {
    for (const run::ServedBy& s : t.served) {
      std::string says;
      for (const auto& [key, value] : s.says) {
        const bool server = key == "server";
        says.insert(server ? 0 : says.size(), server ? value : ", " + key + " " + value);
      }
      out << t.task << ": answered by " << s.endpoints << " (" << says << ") from " << s.from
          << (s.to == s.from ? "" : " to " + s.to) << '\n';
    }
    if (!t.allow_remote.empty()) {
      out << t.task << ": --allow-remote, because: " << t.allow_remote << '\n';
    }
    if (!t.allowed_hosts.empty())
      out << t.task << ": allowed by hosts.yaml: " << t.allowed_hosts << '\n';
  }
  out << '\n' << copies_table(audit.copies);
  out << "Not seen from here: copies made by hand, backups, and what a server kept of its "
         "requests\n"
         "(a loopback address may be a tunnel: docs/howto/private-data.md).\n";
}

}  // namespace

int cmd_audit(const Args& args, Io& io) {
  Flags parser("clue audit", "Shows where a run's text was sent and where copies of it lie.",
               "clue audit runs/first");
  std::string folder;
  bool as_json = false;
  parser.app().add_option("RUN", folder, "run folder")->required();
  parser.app().add_flag("--json", as_json, "as JSON on stdout");
  if (const auto code = parser.parse(args, io)) return *code;
  const Result<run::Audit> audit = run::audit_run(folder);
  if (!audit) return fail(io, audit.error());
  if (as_json) {
    io.out << dump_json(audit_json(*audit), 1) << '\n';
  } else {
    print_audit(*audit, io.out);
  }
  return kDone;
}

int cmd_purge(const Args& args, Io& io) {
  Flags parser("clue purge",
               "Removes letters, prompts and answers from a run for good; scores stay.",
               "clue purge runs/first --text");
  std::string folder;
  bool text = false;
  parser.app().add_option("RUN", folder, "run folder")->required();
  parser.app().add_flag("--text", text, "yes, the text: it cannot be brought back or scored again");
  if (const auto code = parser.parse(args, io)) return *code;
  if (!text) {
    return fail(
        io, {ErrorCode::invalid_argument,
             "clue purge takes the text out for good: say so, clue purge " + folder + " --text"});
  }
  const Result<run::Purged> gone = run::purge_run(folder);
  if (!gone) return fail(io, gone.error());
  if (const Status page = refresh_page(folder, false); !page) {
    warn(io, "the page was not written again: " + page.error().message);
  }
  io.out << folder << ": text removed, scores kept\n";
  for (const auto& file : gone->removed) io.out << "removed from " << file.string() << '\n';
  if (!gone->left.empty()) {
    io.out << "\nLeft alone, remove by hand what is no longer needed:\n"
           << copies_table(gone->left);
  }
  return kDone;
}

}  // namespace clue::cli
