// spaCy's rule tokenizer, read from a model folder's `tokenizer` and `vocab/lookups.bin`. Used by
// SpacyPipeline. Remembers chunks it has seen: one per thread.
//
//   CLUE_TRY(SpacyTokenizer t, SpacyTokenizer::open("model/tokenizer", "model/vocab/lookups.bin"));
//   std::vector<SpacyToken> tokens = t.tokenize("Fever, no chills.");
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "concepts/regex.h"
#include "concepts/spacy_doc.h"

namespace clue::concepts {

/// Features of a token that depend on its text and norm only.
struct Lexeme {
  std::string text;
  std::string norm_text;
  std::uint32_t length = 0;  ///< code points
  std::uint32_t word = 0;    ///< number of the text alone, whatever its norm
  bool is_space = false;
  std::uint64_t orth = 0, norm = 0, lower = 0, prefix = 0, suffix = 0, shape = 0;
};

class SpacyTokenizer {
 public:
  /// Error: not_found, io, data (not a spaCy tokenizer, an unsupported pattern).
  [[nodiscard]] static Result<SpacyTokenizer> open(const std::filesystem::path& tokenizer,
                                                   const std::filesystem::path& lookups);

  [[nodiscard]] std::vector<SpacyToken> tokenize(std::string_view text);
  [[nodiscard]] const Lexeme& lexeme(std::uint32_t number) const { return lexemes_[number]; }
  [[nodiscard]] std::size_t lexemes() const { return lexemes_.size(); }
  /// The number of a lexeme, new if need be.
  [[nodiscard]] std::uint32_t intern(const std::string& text,
                                     const std::optional<std::string>& norm);

 private:
  struct Piece {
    std::uint32_t lexeme = 0;
    bool space_after = false;
  };
  using Pieces = std::vector<Piece>;

  SpacyTokenizer() = default;
  Status load(std::string_view bytes, std::string_view place);
  Status load_norms(const std::filesystem::path& path);
  void find_special_sequences();
  [[nodiscard]] Pieces runs(std::u32string_view text, bool specials);
  void chunk(std::u32string_view text, bool specials, Pieces& out);
  void cut_chunk(std::u32string_view text, bool specials, Pieces& out);
  [[nodiscard]] const Pieces* rule(std::u32string_view text) const;
  void add(std::u32string_view text, Pieces& out);
  void infixes(std::u32string_view text, Pieces& out);
  [[nodiscard]] Pieces apply_special_sequences(Pieces pieces);
  [[nodiscard]] std::size_t affix(const std::optional<Regex>& pattern, std::u32string_view text);
  [[nodiscard]] std::string base_norm_of(const std::string& text) const;

  std::optional<Regex> prefix_, suffix_, infix_, token_match_, url_match_;
  bool faster_heuristics_ = true;
  std::unordered_map<std::u32string, Pieces> rules_;
  std::vector<std::u32string> rule_keys_;                 // in file order
  std::map<std::vector<std::uint32_t>, bool> sequences_;  // by word numbers
  std::unordered_set<std::uint32_t> sequence_heads_;
  std::size_t longest_sequence_ = 0;
  std::unordered_map<std::uint64_t, std::string> lexeme_norms_;
  std::vector<Lexeme> lexemes_;
  std::unordered_map<std::string, std::uint32_t> lexeme_numbers_;  // text '\0' norm
  std::unordered_map<std::string, std::uint32_t> words_;
  std::unordered_map<std::u32string, Pieces> memo_;
};

}  // namespace clue::concepts
