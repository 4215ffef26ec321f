// A concept dictionary with its search index, as one memory-mapped file (.kbi): opening costs
// nothing per concept. Used by the linker, the dictionary matcher and `kb info`. Immutable, safe
// from several threads.
//
//   CLUE_TRY(Kb kb, Kb::open("umls.kbi"));
//   for (std::uint32_t c : kb.row_concepts(row)) use(kb.concept_id(c), kb.concept_name(c));
//
// Words: a *row* is a unique alias string, verbatim. A *group* is all rows with the same text but
// for case and blanks: they share one vector. Groups [0, vectors()) have a vector and are sorted
// by (class of highest trigram count, length of the vector).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "concepts/kb_source.h"

namespace clue::concepts {

/// A stretch of groups whose postings lie together: their local numbers fit 16 bits and their
/// counters a first-level cache.
struct KbBlock {
  std::uint32_t first = 0;  ///< group
  std::uint32_t count = 0;
  std::uint32_t max_repeats = 0;  ///< highest count of one trigram in one of its groups
  float min_norm = 0;             ///< length of the tf-idf vectors, before normalising
  float max_norm = 0;
};

inline constexpr std::uint32_t kBlockGroups = 16384;
/// Postings repeat a group at most so often; only blocks over this limit are affected.
inline constexpr std::uint32_t kMaxPostingRepeats = 8;

class Kb {
 public:
  /// Error: not_found/io; data for a foreign, cut or newer file, saying which.
  [[nodiscard]] static Result<Kb> open(const std::filesystem::path& path);
  /// Takes the bytes build_kb() made. Error: data.
  [[nodiscard]] static Result<Kb> from_bytes(std::string bytes, std::string_view place);

  [[nodiscard]] const KbMeta& meta() const { return *meta_; }
  [[nodiscard]] std::string signature() const;  ///< "ICD-10-CM 2025 (1a2b3c4d)"
  [[nodiscard]] std::size_t concepts() const { return concept_ids_.size(); }
  [[nodiscard]] std::size_t rows() const { return row_text_.size(); }
  [[nodiscard]] std::size_t groups() const { return group_rows_.size() - 1; }
  [[nodiscard]] std::size_t vectors() const { return norms_.size(); }
  [[nodiscard]] std::size_t terms() const { return keys_.size(); }
  [[nodiscard]] std::size_t bytes() const { return size_; }

  /// Concepts are numbered in ascending order of their id strings.
  [[nodiscard]] std::string_view concept_id(std::uint32_t c) const { return concept_ids_[c]; }
  [[nodiscard]] std::string_view concept_name(std::uint32_t c) const { return names_[c]; }
  [[nodiscard]] std::optional<std::string_view> definition(std::uint32_t c) const;
  [[nodiscard]] std::vector<std::string_view> types(std::uint32_t c) const;
  [[nodiscard]] std::optional<std::uint32_t> find_concept(std::string_view id) const;
  [[nodiscard]] std::size_t type_count() const { return type_names_.size(); }

  [[nodiscard]] std::string_view row_text(std::uint32_t row) const { return row_text_[row]; }
  [[nodiscard]] std::span<const std::uint32_t> row_concepts(std::uint32_t row) const {
    return slice(row_concepts_, row_concept_start_, row);
  }
  /// [first, last) row of a group; rows are in order of first appearance.
  [[nodiscard]] std::pair<std::uint32_t, std::uint32_t> group_rows(std::uint32_t g) const {
    return {group_rows_[g], group_rows_[g + 1]};
  }
  [[nodiscard]] std::uint32_t group_order(std::uint32_t g) const { return group_order_[g]; }

  /// Term numbers go from frequent to rare; rank is the place in code-point order.
  [[nodiscard]] std::optional<std::uint32_t> find_term(std::uint64_t key) const;
  [[nodiscard]] std::uint64_t rank_key(std::uint32_t rank) const { return keys_[rank]; }
  [[nodiscard]] std::uint32_t term_rank(std::uint32_t term) const { return ranks_[term]; }
  [[nodiscard]] float idf(std::uint32_t term) const { return idf_[term]; }
  [[nodiscard]] std::uint32_t frequency(std::uint32_t term) const { return frequency_[term]; }
  [[nodiscard]] float norm(std::uint32_t group) const { return norms_[group]; }
  /// Terms of a group in rank order, each as often as it occurs, two units over 65,534.
  [[nodiscard]] std::span<const std::uint16_t> forward(std::uint32_t group) const {
    return slice(forward_, forward_start_, group);
  }
  [[nodiscard]] std::span<const KbBlock> blocks() const { return blocks_; }
  /// Local numbers of the groups of a block that hold a term, ascending, repeated as it occurs.
  [[nodiscard]] std::span<const std::uint16_t> postings(std::uint32_t term, std::size_t b) const {
    return slice(postings_, posting_start_, static_cast<std::size_t>(term) * blocks_.size() + b);
  }
  /// Rows whose words (word_key) are exactly these.
  [[nodiscard]] std::vector<std::uint32_t> find_words(std::string_view key) const;

 private:
  struct Strings {
    std::span<const std::uint32_t> start;
    std::string_view text;
    [[nodiscard]] std::size_t size() const { return start.empty() ? 0 : start.size() - 1; }
    std::string_view operator[](std::size_t i) const {
      return text.substr(start[i], start[i + 1] - start[i]);
    }
  };
  template <typename T>
  static std::span<const T> slice(std::span<const T> all, std::span<const std::uint32_t> start,
                                  std::size_t i) {
    return all.subspan(start[i], start[i + 1] - start[i]);
  }
  Kb() = default;
  Status attach(std::string_view bytes, std::string_view place);

  std::shared_ptr<const void> owner_;  ///< the mapping or the bytes
  std::size_t size_ = 0;
  std::shared_ptr<KbMeta> meta_;
  Strings concept_ids_, names_, definitions_, type_names_, row_text_;
  std::span<const std::uint8_t> defined_;
  std::span<const std::uint32_t> type_start_, row_concept_start_, row_concepts_, group_rows_,
      group_order_, ids_, ranks_, frequency_, forward_start_, posting_start_, words_;
  std::span<const std::uint16_t> types_, forward_, postings_;
  std::span<const std::uint64_t> keys_;
  std::span<const float> norms_;
  std::span<const KbBlock> blocks_;
  std::vector<float> idf_;
};

/// FNV-1a, the hash of the word table.
[[nodiscard]] std::uint64_t word_hash(std::string_view key);

}  // namespace clue::concepts
