// clue model info | tiny | import-bert.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/json.h"
#include "cli/number_checks.h"
#include "cli/verbs.h"
#include "metrics/bert_import.h"
#include "models/gguf_model.h"
#include "models/tiny_model.h"

namespace clue::cli {
namespace {

int info(const std::string& file, bool as_json, Io& io) {
  const Result<models::GgufSummary> s = models::summarize_gguf(file, "", interrupted());
  if (!s) return fail(io, s.error());
  if (as_json) {
    const nlohmann::json document = {
        {"file", s->path},
        {"sha256", s->sha256},
        {"name", s->name},
        {"architecture", s->architecture},
        {"quantisation", s->quantisation},
        {"parameters", s->parameters},
        {"bytes", s->bytes},
        {"context", s->context_length},
        {"layers", s->layers},
        {"embedding", s->embedding},
        {"vocabulary", s->vocabulary},
        {"tokenizer", s->tokenizer},
        {"chat_template", s->chat_template.empty() ? nlohmann::json(nullptr)
                                                   : nlohmann::json(s->chat_template_hash)}};
    io.out << dump_json(document) << '\n';
    return kDone;
  }
  io.out << "file           " << s->path << "\nsha256         " << s->sha256 << "\nname           "
         << s->name << "\narchitecture   " << s->architecture << "\nquantisation   "
         << s->quantisation << "\nparameters     " << s->parameters << "\nbytes          "
         << s->bytes << "\ncontext        " << s->context_length << "\nlayers         " << s->layers
         << "\nembedding      " << s->embedding << "\nvocabulary     " << s->vocabulary
         << "\ntokenizer      " << s->tokenizer << "\nchat template  "
         << (s->chat_template.empty() ? "none" : s->chat_template_hash) << '\n';
  return kDone;
}

int tiny(const std::string& out, const models::TinyOptions& options, Io& io) {
  const Result<models::TinyFacts> facts = models::write_tiny_model(out, options);
  if (!facts) return fail(io, facts.error());
  io.out << out << ": " << facts->parameters << " random parameters, " << facts->layers
         << " layers of " << facts->embedding << ", vocabulary " << facts->vocabulary << '\n';
  return kDone;
}

}  // namespace

int cmd_model(const Args& args, Io& io) {
  Flags parser("clue model",
               "info FILE: what a GGUF file holds; tiny -o FILE: a small random model for trying\n"
               "the engine; import-bert DIR -o FILE: a Hugging Face encoder as GGUF.",
               "clue model tiny -o tiny.gguf");
  std::string word, file, out;
  bool json = false, base = false;
  models::TinyOptions options;
  int layer = 0;
  CLI::App& app = parser.app();
  app.add_option("WORD", word, "info, tiny or import-bert")->required();
  app.add_option("FILE", file, "GGUF file, or folder of an encoder");
  app.add_option("-o", out, "file to write");
  app.add_option("--params", options.parameters, "tiny: about so many parameters (default 500000)");
  app.add_option("--scripted", options.scripted, "tiny: answer every prompt with this text");
  app.add_option("--type", options.type, "of the weights: f32 (default of import-bert), f16 or q8_0")
      ->check(CLI::IsMember({"f32", "f16", "q8_0"}));
  app.add_option("--layer", layer, "import-bert: BERTScore's layer, kept in the file")
      ->check(positive());
  app.add_option("--seed", options.seed, "tiny: seed of the weights (default 1)");
  app.add_flag("--no-chat-template", base, "tiny: as a base model has none");
  app.add_flag("--json", json, "info: as JSON");
  if (const auto code = parser.parse(args, io)) return *code;
  options.chat_template = !base;
  if (word == "info" && !file.empty()) return info(file, json, io);
  if (word == "tiny" && !out.empty()) return tiny(out, options, io);
  if (word == "import-bert" && !file.empty() && !out.empty()) {
    metrics::BertPrecision precision = metrics::BertPrecision::f32;
    for (const auto p : {metrics::BertPrecision::f16, metrics::BertPrecision::q8_0}) {
      if (app.count("--type") > 0 && options.type == metrics::name(p)) precision = p;
    }
    if (const Status done = metrics::import_bert(file, out, precision, layer); !done)
      return fail(io, done.error());
    io.out << out << '\n';
    return kDone;
  }
  return fail(io, {ErrorCode::invalid_argument,
                   "use: clue model info FILE, clue model tiny -o FILE, or clue model import-bert "
                   "DIR -o FILE"});
}

}  // namespace clue::cli
