// A spaCy v3 pipeline of the scispaCy kind (tok2vec, parser, ner), run from its model folder
// without spaCy: tokens, sentence starts and entities. Used by the concept metric. One per thread.
//
//   CLUE_TRY(SpacyPipeline nlp, SpacyPipeline::open("en_core_sci_sm-0.5.4"));
//   CLUE_TRY(SpacyDoc doc, nlp.run("Fever, no chills."));
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "concepts/spacy_doc.h"
#include "concepts/spacy_scorer.h"
#include "concepts/spacy_tok2vec.h"
#include "concepts/spacy_tokenizer.h"

namespace clue::concepts {

class SpacyPipeline {
 public:
  /// `folder`: the one with config.cfg and meta.json, or the package folder above it. Error:
  /// not_found, io, data; names the file and the part that is missing or not supported.
  [[nodiscard]] static Result<SpacyPipeline> open(const std::filesystem::path& folder);

  /// Requires: text is valid UTF-8. Error: invalid_argument over spaCy's 1,000,000 characters.
  [[nodiscard]] Result<SpacyDoc> run(std::string_view text);

  [[nodiscard]] const Lexeme& lexeme(const SpacyToken& t) const {
    return tokenizer_->lexeme(t.lexeme);
  }
  [[nodiscard]] SpacyTokenizer& tokenizer() { return *tokenizer_; }
  /// "en_core_sci_sm 0.5.4".
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Vectors of the last run(), for tests: [token][width].
  [[nodiscard]] const std::vector<float>& ner_vectors() const { return ner_vectors_; }
  [[nodiscard]] const std::vector<float>& shared_vectors() const { return shared_vectors_; }

 private:
  struct Component {
    std::vector<Move> moves;
    std::optional<Tok2Vec> encoder;  ///< its own; else the shared one
    std::optional<TransitionScorer> scorer;
  };
  SpacyPipeline() = default;
  Status load_component(const std::filesystem::path& folder, const char* part, std::size_t features,
                        Component& out);
  const std::vector<float>& vectors_for(Component& c, const SpacyDoc& doc);

  std::string name_;
  std::unique_ptr<SpacyTokenizer> tokenizer_;
  std::optional<Tok2Vec> shared_;
  Component parser_, ner_;
  bool shared_done_ = false;
  std::vector<float> shared_vectors_, parser_vectors_, ner_vectors_;
};

}  // namespace clue::concepts
