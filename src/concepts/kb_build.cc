#include "concepts/kb_build.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <unordered_map>

#include "base/files.h"
#include "base/json.h"
#include "concepts/kb.h"
#include "concepts/kb_format.h"
#include "concepts/trigrams.h"

namespace clue::concepts {
namespace {

using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
constexpr u32 kNone = std::numeric_limits<u32>::max();

/// Everything on its way from the source to the sections, in the order the steps fill it.
struct Build {
  std::vector<const SourceConcept*> concepts;  // ascending id, of equal ids the last
  std::vector<std::string_view> rows;          // unique aliases in order of first appearance
  std::vector<std::vector<u32>> row_concepts;  // filled for rows with several concepts
  std::vector<u32> row_first_concept;
  std::vector<u32> row_group;
  std::vector<u32> group_first_row;
  std::vector<u32> group_size;
  std::vector<u32> group_start;  // into occurrences
  std::vector<u32> occurrences;  // trigram numbers of a group, first by first sight, then terms
  std::vector<u64> trigram_keys;
  std::vector<u32> trigram_frequency;
  std::vector<u32> term_of;  // trigram -> term, kNone below the minimum frequency
  std::vector<u64> keys;     // of terms, by rank
  std::vector<u32> ids, ranks, frequency;
  std::vector<float> idf;
  std::vector<float> norms;      // by old group number
  std::vector<u32> max_repeats;  // by old group number
  std::vector<u32> order;        // new group number -> old
  std::size_t vectors = 0;
  std::vector<KbBlock> blocks;
};

/// Writes sections behind each other; finish() puts header and table in front.
class Writer {
 public:
  Writer() : bytes_(aligned(sizeof(format::Header) + sizeof(table_)), '\0') {}

  void text(format::Section s, std::string_view data) {
    table_[s] = {bytes_.size(), data.size()};
    bytes_.append(data);
    bytes_.resize(aligned(bytes_.size()), '\0');
  }
  template <typename T>
  void array(format::Section s, const std::vector<T>& data) {
    text(s, {reinterpret_cast<const char*>(data.data()), data.size() * sizeof(T)});
  }
  /// Two sections: starts and bytes. False: over 4 GiB.
  template <typename Each>
  bool strings(format::Section start_section, format::Section text_section, std::size_t n,
               const Each& each) {
    std::vector<u32> start{0};
    start.reserve(n + 1);
    std::string all;
    for (std::size_t i = 0; i < n; ++i) {
      all.append(each(i));
      if (all.size() > kNone) return false;
      start.push_back(static_cast<u32>(all.size()));
    }
    array(start_section, start);
    text(text_section, all);
    return true;
  }
  std::string finish(u64 documents) {
    format::Header header;
    header.size = bytes_.size();
    header.documents = documents;
    const std::string_view raw(reinterpret_cast<const char*>(table_.data()), sizeof(table_));
    header.check = word_hash(raw);
    std::memcpy(bytes_.data(), &header, sizeof(header));
    std::memcpy(bytes_.data() + sizeof(header), raw.data(), raw.size());
    return std::move(bytes_);
  }

 private:
  static std::size_t aligned(std::size_t n) {
    return (n + format::kAlign - 1) / format::kAlign * format::kAlign;
  }
  std::array<format::Extent, format::kSections> table_{};
  std::string bytes_;
};

void sort_concepts(const KbSource& source, Build& b) {
  for (const SourceConcept& c : source.concepts) b.concepts.push_back(&c);
  std::stable_sort(b.concepts.begin(), b.concepts.end(),
                   [](const auto* x, const auto* y) { return x->id < y->id; });
  // Of equal ids the last entity wins, as in a dictionary; the aliases of all count (collect_rows).
  std::vector<const SourceConcept*> unique;
  for (const SourceConcept* c : b.concepts) {
    if (!unique.empty() && unique.back()->id == c->id) unique.pop_back();
    unique.push_back(c);
  }
  b.concepts = std::move(unique);
}

void collect_rows(const KbSource& source, Build& b) {
  std::unordered_map<std::string_view, u32> seen;
  std::size_t expected = 0;
  for (const SourceConcept& c : source.concepts) expected += c.aliases.size() + 1;
  seen.reserve(expected);
  b.rows.reserve(expected);
  const auto add = [&](std::string_view alias, u32 concept_number) {
    const auto [it, fresh] = seen.try_emplace(alias, static_cast<u32>(b.rows.size()));
    if (fresh) {
      b.rows.push_back(alias);
      b.row_first_concept.push_back(concept_number);
      b.row_concepts.emplace_back();
      return;
    }
    auto& more = b.row_concepts[it->second];
    if (more.empty()) {
      if (b.row_first_concept[it->second] == concept_number) return;
      more.push_back(b.row_first_concept[it->second]);
    }
    if (std::find(more.begin(), more.end(), concept_number) == more.end()) {
      more.push_back(concept_number);
    }
  };
  for (const SourceConcept& c : source.concepts) {
    const auto at = std::lower_bound(b.concepts.begin(), b.concepts.end(), c.id,
                                     [](const auto* x, const auto& id) { return x->id < id; });
    const auto number = static_cast<u32>(at - b.concepts.begin());
    add(c.name, number);
    for (const std::string& alias : c.aliases) add(alias, number);
  }
  for (auto& list : b.row_concepts) std::sort(list.begin(), list.end());
}

void group_rows(Build& b) {
  std::unordered_map<std::string, u32> groups;
  groups.reserve(b.rows.size());
  b.row_group.resize(b.rows.size());
  for (std::size_t r = 0; r < b.rows.size(); ++r) {
    const auto [it, fresh] =
        groups.try_emplace(normalise_blanks(b.rows[r]), static_cast<u32>(b.group_first_row.size()));
    if (fresh) {
      b.group_first_row.push_back(static_cast<u32>(r));
      b.group_size.push_back(0);
    }
    b.row_group[r] = it->second;
    ++b.group_size[it->second];
  }
}

/// Cuts every group into trigrams and counts in how many rows each occurs.
Status count_trigrams(Build& b) {
  std::unordered_map<u64, u32> numbers;
  std::vector<u64> keys;
  std::vector<u32> last_group;
  b.group_start.push_back(0);
  for (std::size_t g = 0; g < b.group_first_row.size(); ++g) {
    keys.clear();
    trigrams(b.rows[b.group_first_row[g]], keys);
    for (const u64 key : keys) {
      const auto [it, fresh] = numbers.try_emplace(key, static_cast<u32>(b.trigram_keys.size()));
      if (fresh) {
        b.trigram_keys.push_back(key);
        b.trigram_frequency.push_back(0);
        last_group.push_back(kNone);
      }
      b.occurrences.push_back(it->second);
      if (last_group[it->second] != g) {
        last_group[it->second] = static_cast<u32>(g);
        b.trigram_frequency[it->second] += b.group_size[g];
      }
    }
    if (b.occurrences.size() > kNone - 2) {
      return Error{ErrorCode::data, "the dictionary has more than 4 billion trigrams; split it"};
    }
    b.group_start.push_back(static_cast<u32>(b.occurrences.size()));
  }
  return {};
}

void choose_terms(Build& b, u32 min_frequency) {
  std::vector<u32> kept;
  for (u32 t = 0; t < b.trigram_keys.size(); ++t) {
    if (b.trigram_frequency[t] >= min_frequency) kept.push_back(t);
  }
  std::sort(kept.begin(), kept.end(),
            [&](u32 x, u32 y) { return b.trigram_keys[x] < b.trigram_keys[y]; });
  std::vector<u32> by_frequency(kept.size());  // term -> rank
  std::iota(by_frequency.begin(), by_frequency.end(), 0U);
  std::stable_sort(by_frequency.begin(), by_frequency.end(), [&](u32 x, u32 y) {
    return b.trigram_frequency[kept[x]] > b.trigram_frequency[kept[y]];
  });
  b.term_of.assign(b.trigram_keys.size(), kNone);
  b.ids.resize(kept.size());
  b.ranks = by_frequency;
  for (u32 term = 0; term < kept.size(); ++term) {
    const u32 trigram = kept[by_frequency[term]];
    b.ids[by_frequency[term]] = term;
    b.term_of[trigram] = term;
    b.frequency.push_back(b.trigram_frequency[trigram]);
    b.idf.push_back(smooth_idf(b.rows.size(), b.frequency.back()));
  }
  for (const u32 trigram : kept) b.keys.push_back(b.trigram_keys[trigram]);
}

/// Replaces trigram numbers by terms in rank order, in place; measures each vector.
void make_vectors(Build& b) {
  const std::size_t groups = b.group_first_row.size();
  b.norms.resize(groups);
  b.max_repeats.resize(groups);
  std::size_t out = 0;
  for (std::size_t g = 0; g < groups; ++g) {
    const std::size_t begin = out;
    const std::size_t from = b.group_start[g];
    const std::size_t to = b.group_start[g + 1];
    for (std::size_t i = from; i < to; ++i) {
      if (const u32 term = b.term_of[b.occurrences[i]]; term != kNone) b.occurrences[out++] = term;
    }
    std::sort(b.occurrences.begin() + static_cast<std::ptrdiff_t>(begin),
              b.occurrences.begin() + static_cast<std::ptrdiff_t>(out),
              [&](u32 x, u32 y) { return b.ranks[x] < b.ranks[y]; });
    double sum = 0;
    for (std::size_t i = begin; i < out;) {
      std::size_t j = i;
      while (j < out && b.occurrences[j] == b.occurrences[i]) ++j;
      const float w = static_cast<float>(j - i) * b.idf[b.occurrences[i]];
      sum += static_cast<double>(w * w);
      b.max_repeats[g] = std::max(b.max_repeats[g], static_cast<u32>(j - i));
      i = j;
    }
    b.norms[g] = static_cast<float>(std::sqrt(sum));
    b.group_start[g] = static_cast<u32>(begin);
  }
  b.group_start[groups] = static_cast<u32>(out);
}

u32 repeat_class(u32 repeats) {
  return repeats == 0   ? 99U
         : repeats <= 4 ? repeats
                        : static_cast<u32>(std::bit_width(repeats - 1)) + 2;
}

/// New group numbers: by class of repeats, then length; groups without a vector last.
void order_groups(Build& b) {
  b.order.resize(b.group_first_row.size());
  std::iota(b.order.begin(), b.order.end(), 0U);
  std::stable_sort(b.order.begin(), b.order.end(), [&](u32 x, u32 y) {
    const u32 cx = repeat_class(b.max_repeats[x]);
    const u32 cy = repeat_class(b.max_repeats[y]);
    return cx != cy ? cx < cy : b.norms[x] < b.norms[y];
  });
  while (b.vectors < b.order.size() && b.max_repeats[b.order[b.vectors]] > 0) ++b.vectors;
  for (u32 g = 0; g < b.vectors; ++g) {
    const u32 old = b.order[g];
    const bool fresh =
        b.blocks.empty() || b.blocks.back().count == kBlockGroups ||
        repeat_class(b.blocks.back().max_repeats) != repeat_class(b.max_repeats[old]);
    if (fresh) b.blocks.push_back({g, 0, 0, b.norms[old], b.norms[old]});
    KbBlock& block = b.blocks.back();
    ++block.count;
    block.max_repeats = std::max(block.max_repeats, b.max_repeats[old]);
    block.max_norm = b.norms[old];
  }
}

Status write_index(Build& b, Writer& w) {
  std::vector<u32> forward_start{0};
  std::vector<u16> forward;
  const std::size_t nb = b.blocks.size();
  std::vector<u64> counts(b.keys.size() * nb + 1, 0);
  const auto occurrences = [&](std::size_t g) {
    const u32 old = b.order[g];
    return std::span<const u32>(b.occurrences)
        .subspan(b.group_start[old], b.group_start[old + 1] - b.group_start[old]);
  };
  /// Calls use(term) for each posting of a group: a term at most kMaxPostingRepeats times.
  const auto each_posting = [&](std::size_t g, const auto& use) {
    u32 last = kNone;
    u32 seen = 0;
    for (const u32 term : occurrences(g)) {
      seen = term == last ? seen + 1 : 1;
      last = term;
      if (seen <= kMaxPostingRepeats) use(term);
    }
  };
  for (std::size_t block = 0; block < nb; ++block) {
    for (u32 i = 0; i < b.blocks[block].count; ++i) {
      const std::size_t g = b.blocks[block].first + i;
      for (const u32 term : occurrences(g)) {
        if (term < 0xFFFF) {
          forward.push_back(static_cast<u16>(term));
        } else {
          forward.push_back(0xFFFF);
          forward.push_back(static_cast<u16>(term - 0xFFFF));
        }
      }
      forward_start.push_back(static_cast<u32>(forward.size()));
      each_posting(g, [&](u32 term) { ++counts[term * nb + block]; });
    }
  }
  if (forward.size() > kNone) return Error{ErrorCode::data, "the dictionary is too large"};
  w.array(format::kForwardStart, forward_start);
  w.array(format::kForward, forward);
  std::vector<u32> start(counts.size());
  std::exclusive_scan(counts.begin(), counts.end(), start.begin(), 0U,
                      [](u32 a, u64 n) { return static_cast<u32>(a + n); });
  std::vector<u32> next = start;
  std::vector<u16> postings(start.back());
  for (std::size_t block = 0; block < nb; ++block) {
    for (u32 i = 0; i < b.blocks[block].count; ++i) {
      each_posting(b.blocks[block].first + i,
                   [&](u32 term) { postings[next[term * nb + block]++] = static_cast<u16>(i); });
    }
  }
  w.array(format::kPostingStart, start);
  w.array(format::kPostings, postings);
  return {};
}

std::span<const u32> concepts_of(const Build& b, u32 row) {
  const auto& more = b.row_concepts[row];
  return more.empty() ? std::span<const u32>(&b.row_first_concept[row], 1) : more;
}

/// Rows sorted by new group; the table of word keys points at them.
Status write_rows(Build& b, Writer& w) {
  std::vector<u32> group_new(b.order.size());
  for (u32 g = 0; g < b.order.size(); ++g) group_new[b.order[g]] = g;
  std::vector<u32> rows(b.rows.size());
  std::iota(rows.begin(), rows.end(), 0U);
  std::stable_sort(rows.begin(), rows.end(), [&](u32 x, u32 y) {
    return group_new[b.row_group[x]] < group_new[b.row_group[y]];
  });
  std::vector<u32> group_rows{0};
  for (const u32 old : b.order) group_rows.push_back(group_rows.back() + b.group_size[old]);
  if (!w.strings(format::kRowTextStart, format::kRowText, rows.size(),
                 [&](std::size_t i) { return b.rows[rows[i]]; })) {
    return Error{ErrorCode::data, "the aliases take more than 4 GiB; split the dictionary"};
  }
  w.array(format::kGroupRows, group_rows);
  w.array(format::kGroupOrder, b.order);  // old numbers are in order of first appearance
  std::vector<u32> start{0};
  std::vector<u32> concept_list;
  for (const u32 row : rows) {
    const auto list = concepts_of(b, row);
    concept_list.insert(concept_list.end(), list.begin(), list.end());
    start.push_back(static_cast<u32>(concept_list.size()));
  }
  w.array(format::kRowConceptStart, start);
  w.array(format::kRowConcepts, concept_list);

  std::vector<u32> table(std::bit_ceil(rows.size() + rows.size() / 2 + 2), 0);
  for (u32 i = 0; i < rows.size(); ++i) {
    const std::string key = word_key(b.rows[rows[i]]);
    if (key.empty()) continue;
    std::size_t at = word_hash(key) & (table.size() - 1);
    bool known = false;  // case variants of one concept need one entry only
    for (; table[at] != 0; at = (at + 1) & (table.size() - 1)) {
      const u32 other = rows[table[at] - 1];
      known = known || (std::ranges::equal(concepts_of(b, other), concepts_of(b, rows[i])) &&
                        word_key(b.rows[other]) == key);
    }
    if (!known) table[at] = i + 1;
  }
  w.array(format::kWordTable, table);
  return {};
}

Status write_concepts(const Build& b, Writer& w) {
  const std::size_t n = b.concepts.size();
  std::vector<u32> type_start{0};
  std::vector<u16> types;
  std::vector<std::string_view> type_names;
  std::unordered_map<std::string_view, u16> numbers;
  std::vector<std::uint8_t> defined;
  for (const SourceConcept* c : b.concepts) {
    for (const std::string& t : c->types) {
      const auto [it, fresh] = numbers.try_emplace(t, static_cast<u16>(type_names.size()));
      if (fresh) type_names.push_back(t);
      if (type_names.size() > 0xFFFF) {
        return Error{ErrorCode::data, "more than 65,535 semantic types; check the source"};
      }
      types.push_back(it->second);
    }
    type_start.push_back(static_cast<u32>(types.size()));
    defined.push_back(c->definition.has_value() ? 1 : 0);
  }
  const bool fits =
      w.strings(format::kConceptIdStart, format::kConceptIds, n,
                [&](std::size_t i) -> std::string_view { return b.concepts[i]->id; }) &&
      w.strings(format::kNameStart, format::kNames, n,
                [&](std::size_t i) -> std::string_view { return b.concepts[i]->name; }) &&
      w.strings(format::kDefinitionStart, format::kDefinitions, n,
                [&](std::size_t i) -> std::string_view {
                  const auto& d = b.concepts[i]->definition;
                  return d ? std::string_view(*d) : std::string_view();
                }) &&
      w.strings(format::kTypeNameStart, format::kTypeNames, type_names.size(),
                [&](std::size_t i) { return type_names[i]; });
  if (!fits) return Error{ErrorCode::data, "names or definitions take more than 4 GiB"};
  w.array(format::kDefined, defined);
  w.array(format::kTypeStart, type_start);
  w.array(format::kTypes, types);
  return {};
}

std::string meta_json(const KbMeta& m) {
  return dump_json(nlohmann::json{{"kind", m.kind},
                                  {"name", m.name},
                                  {"version", m.version},
                                  {"source", m.source},
                                  {"licence", m.licence},
                                  {"hash", m.hash},
                                  {"need_definition", m.need_definition},
                                  {"notes", m.notes}});
}

}  // namespace

Result<std::string> build_kb(const KbSource& source, const KbBuildOptions& options) {
  if (source.concepts.empty()) {
    return Error{ErrorCode::data,
                 source.meta.source + ": no concepts found; is it the right file?"};
  }
  Build b;
  sort_concepts(source, b);
  collect_rows(source, b);
  group_rows(b);
  CLUE_OK(count_trigrams(b));
  choose_terms(b, options.min_frequency);
  if (b.keys.size() > 2 * std::size_t{0xFFFF}) {
    return Error{ErrorCode::data, "more than 131,070 different trigrams; raise min_frequency"};
  }
  make_vectors(b);
  order_groups(b);
  Writer w;
  w.text(format::kMeta, meta_json(source.meta));
  CLUE_OK(write_concepts(b, w));
  CLUE_OK(write_rows(b, w));
  w.array(format::kTermKeys, b.keys);
  w.array(format::kTermIds, b.ids);
  w.array(format::kTermRanks, b.ranks);
  w.array(format::kTermFrequency, b.frequency);
  std::vector<float> norms;
  for (std::size_t g = 0; g < b.vectors; ++g) norms.push_back(b.norms[b.order[g]]);
  w.array(format::kNorms, norms);
  w.array(format::kBlocks, b.blocks);
  CLUE_OK(write_index(b, w));
  return w.finish(b.rows.size());
}

Status write_kb(const KbSource& source, const std::filesystem::path& path,
                const KbBuildOptions& options) {
  CLUE_TRY(const std::string bytes, build_kb(source, options));
  return write_file_atomic(path, bytes);
}

}  // namespace clue::concepts
