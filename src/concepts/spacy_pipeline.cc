#include "concepts/spacy_pipeline.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/text.h"
#include "concepts/spacy_transitions.h"

namespace clue::concepts {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxCharacters = 1'000'000;

/// The folder with meta.json and tokenizer at or up to two levels below `folder`.
Result<fs::path> find_model(const fs::path& folder) {
  std::error_code ec;
  if (!fs::exists(folder, ec)) {
    return Error{ErrorCode::not_found, folder.string() +
                                           ": no such folder; give the folder of the "
                                           "installed pipeline (for one, en_core_sci_sm-0.5.4)"};
  }
  const auto is_model = [&](const fs::path& p) {
    return fs::is_regular_file(p / "meta.json", ec) && fs::exists(p / "tokenizer", ec);
  };
  std::vector<fs::path> level{folder};
  for (int depth = 0; depth < 3; ++depth) {
    std::vector<fs::path> next;
    for (const fs::path& p : level) {
      if (is_model(p)) return p;
      for (fs::directory_iterator it(p, ec), end; !ec && it != end; it.increment(ec)) {
        if (it->is_directory(ec)) next.push_back(it->path());
      }
    }
    std::sort(next.begin(), next.end());
    level = std::move(next);
  }
  return Error{ErrorCode::not_found, folder.string() +
                                         ": no spaCy pipeline here (a folder with "
                                         "meta.json and tokenizer)"};
}

/// spacy_version is a range like ">=3.7.4,<3.8.0"; anything but major version 3 is refused.
Status check_version(const nlohmann::json& meta, const std::string& place) {
  const auto it = meta.find("spacy_version");
  if (it == meta.end() || !it->is_string()) return {};
  const auto version = it->get<std::string>();
  const std::size_t digit = version.find_first_of("0123456789");
  if (digit == std::string::npos || version[digit] == '3') return {};
  return Error{ErrorCode::data,
               place + ": made for spaCy " + version + "; this program runs pipelines of spaCy 3"};
}

}  // namespace

Result<SpacyPipeline> SpacyPipeline::open(const fs::path& folder) {
  CLUE_TRY(const fs::path model, find_model(folder));
  SpacyPipeline p;
  CLUE_TRY(const nlohmann::json meta, read_json(model / "meta.json"));
  const std::string place = (model / "meta.json").string();
  if (!meta.is_object()) return Error{ErrorCode::data, place + ": not a JSON object"};
  CLUE_OK(check_version(meta, place));
  const auto text = [&](const char* key) {
    const auto it = meta.find(key);
    return it != meta.end() && it->is_string() ? it->get<std::string>() : std::string();
  };
  p.name_ = text("lang").empty() ? text("name") : text("lang") + "_" + text("name");
  if (const std::string version = text("version"); !version.empty()) p.name_ += " " + version;
  CLUE_TRY(SpacyTokenizer tokenizer,
           SpacyTokenizer::open(model / "tokenizer", model / "vocab" / "lookups.bin"));
  p.tokenizer_ = std::make_unique<SpacyTokenizer>(std::move(tokenizer));
  std::error_code ec;
  for (const char* part : {"parser", "ner"}) {
    if (fs::exists(model / part / "model", ec)) continue;
    return Error{ErrorCode::data, model.string() + ": the pipeline has no component \"" + part +
                                      "\"; entities need parser and ner"};
  }
  if (fs::exists(model / "tok2vec" / "model", ec)) {
    CLUE_TRY(const ThincModel m, ThincModel::open(model / "tok2vec" / "model"));
    CLUE_TRY(p.shared_, Tok2Vec::from_model(m));
  }
  CLUE_OK(p.load_component(model, "parser", kParserFeatures, p.parser_));
  CLUE_OK(p.load_component(model, "ner", kNerFeatures, p.ner_));
  return p;
}

Status SpacyPipeline::load_component(const fs::path& folder, const char* part, std::size_t features,
                                     Component& out) {
  CLUE_TRY(out.moves, open_moves(folder / part / "moves"));
  CLUE_TRY(const ThincModel m, ThincModel::open(folder / part / "model"));
  CLUE_TRY(out.scorer, TransitionScorer::from_model(m, out.moves.size(), features));
  if (!m.named("extract_features").empty()) {
    CLUE_TRY(out.encoder, Tok2Vec::from_model(m));
  }
  const std::size_t width = out.encoder ? out.encoder->width() : shared_ ? shared_->width() : 0;
  if (width != out.scorer->input_width()) {
    return Error{ErrorCode::data, m.place() + ": expects token vectors of width " +
                                      std::to_string(out.scorer->input_width()) +
                                      ", tok2vec gives " + std::to_string(width)};
  }
  return {};
}

const std::vector<float>& SpacyPipeline::vectors_for(Component& c, const SpacyDoc& doc) {
  if (c.encoder) {
    std::vector<float>& out = &c == &ner_ ? ner_vectors_ : parser_vectors_;
    c.encoder->encode(doc.tokens, *tokenizer_, out);
    return out;
  }
  if (!shared_done_) shared_->encode(doc.tokens, *tokenizer_, shared_vectors_);
  shared_done_ = true;
  return shared_vectors_;
}

Result<SpacyDoc> SpacyPipeline::run(std::string_view text) {
  if (text.size() > kMaxCharacters && count_code_points(text) > kMaxCharacters) {
    return Error{ErrorCode::invalid_argument,
                 "a text of more than 1,000,000 characters, spaCy's limit; split it"};
  }
  SpacyDoc doc;
  doc.tokens = tokenizer_->tokenize(text);
  shared_done_ = false;
  ner_vectors_.clear();
  shared_vectors_.clear();
  if (doc.tokens.empty()) return doc;
  std::vector<char> is_space;
  for (const SpacyToken& t : doc.tokens) is_space.push_back(lexeme(t).is_space ? 1 : 0);
  const std::size_t n = doc.tokens.size();
  parser_.scorer->start(vectors_for(parser_, doc).data(), n);
  parse_dependencies(*parser_.scorer, parser_.moves, is_space, doc.tokens);
  ner_.scorer->start(vectors_for(ner_, doc).data(), n);
  doc.entities = recognise_entities(*ner_.scorer, ner_.moves, is_space, doc.tokens);
  return doc;
}

}  // namespace clue::concepts
