#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <ostream>

#include "base/suggest.h"

namespace clue::cli {

namespace {

/// A message may repeat a file name or a server's words: what would steer the terminal is written
/// out.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F) {
      constexpr std::string_view kHex = "0123456789ABCDEF";
      out += {'\\', 'x', kHex[byte >> 4U], kHex[byte & 15U]};
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

int run_sub_verb(std::string_view verb, std::span<const SubVerb> table, std::string_view usage,
                 const Args& args, Io& io) {
  const std::string name = args.empty() ? "" : args[0];
  std::vector<std::string_view> names;
  for (const SubVerb& one : table) {
    if (one.name == name) return one.run(Args(args.begin() + 1, args.end()), io);
    names.push_back(one.name);
  }
  if (name == "--help" || name == "-h") {
    io.out << usage;
    return kDone;
  }
  io.err << "error: clue " << verb;
  if (name.empty()) {
    io.err << " needs a verb\n";
  } else {
    io.err << " has no verb \"" << printable(name) << '"'
           << did_you_mean(name, std::span<const std::string_view>(names)) << '\n';
  }
  io.err << usage;
  return kUsage;
}

int fail(Io& io, const Error& error) {
  io.err << "error: " << printable(error.message) << '\n';
  switch (error.code) {
    case ErrorCode::invalid_argument:
      return kUsage;
    case ErrorCode::cancelled:
      return kIncomplete;
    default:
      return kFailed;
  }
}

void warn(Io& io, std::string_view message) { io.err << "warning: " << printable(message) << '\n'; }

std::string env(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::map<std::string, std::string> model_environment() {
  std::map<std::string, std::string> found;
  for (const char* name :
       {"CLUE_CACHE", "HF_ENDPOINT", "HF_TOKEN", "HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE",
        "OPENAI_API_KEY", "HOME", "XDG_CACHE_HOME", "http_proxy", "https_proxy", "HTTPS_PROXY",
        "all_proxy", "no_proxy", "NO_PROXY"}) {
    if (const std::string value = env(name); !value.empty()) found[name] = value;
  }
  return found;
}

std::string command_line_of(std::string_view verb, const Args& args) {
  std::string line(verb);
  for (const std::string& a : args) {
    line += a.find_first_of(" '\"") == std::string::npos ? " " + a : " '" + a + "'";
  }
  return line;
}

Args normalise_flags(const Args& args) {
  Args out;
  bool flags = true;
  for (std::string arg : args) {
    if (arg == "--") flags = false;
    if (flags && arg.size() > 2 && arg.starts_with("--")) {
      const std::size_t end = std::min(arg.find('='), arg.size());
      std::replace(arg.begin(), arg.begin() + static_cast<std::ptrdiff_t>(end), '_', '-');
    }
    out.push_back(std::move(arg));
  }
  return out;
}

Flags::Flags(const std::string& usage, const std::string& about, const std::string& example)
    : app_(std::make_unique<CLI::App>(about, usage)) {
  app_->footer("Example:\n  " + example);
  app_->get_formatter()->column_width(34);
}

Flags::~Flags() = default;

std::optional<int> Flags::parse(const Args& args, Io& io) {
  Args normal = normalise_flags(args);
  std::reverse(normal.begin(), normal.end());  // CLI11 takes its vector from the back
  try {
    app_->parse(normal);
  } catch (const CLI::CallForHelp&) {
    io.out << app_->help();
    return kDone;
  } catch (const CLI::ExtrasError&) {
    std::vector<std::string> known;
    for (const CLI::Option* option : app_->get_options())
      known.push_back("--" + option->get_single_name());
    for (const std::string& word : app_->remaining()) {
      io.err << "error: " << app_->get_name() << ": unknown argument \"" << word << '"'
             << did_you_mean(word.substr(0, word.find('=')), std::span<const std::string>(known))
             << "\n  see " << app_->get_name() << " --help\n";
      break;
    }
    return kUsage;
  } catch (const CLI::ParseError& e) {
    io.err << "error: " << app_->get_name() << ": " << printable(e.what()) << "\n  see "
           << app_->get_name() << " --help\n";
    return kUsage;
  }
  return std::nullopt;
}

}  // namespace clue::cli
