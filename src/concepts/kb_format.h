// Layout of a .kbi file: a header, a table of sections, then the sections, each aligned to 64
// bytes, little endian. Shared by kb.cc (reads) and kb_build.cc (writes) only.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace clue::concepts::format {

static_assert(std::endian::native == std::endian::little, ".kbi files are little endian");

inline constexpr std::array<char, 8> kMagic = {'C', 'L', 'U', 'E', 'K', 'B', 'I', '\n'};
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kAlign = 64;

enum Section : std::uint32_t {
  kMeta,  // JSON
  kConceptIdStart,
  kConceptIds,
  kNameStart,
  kNames,
  kDefinitionStart,
  kDefinitions,
  kDefined,  // u8 per concept: has a definition (it may be the empty text)
  kTypeNameStart,
  kTypeNames,
  kTypeStart,
  kTypes,
  kRowTextStart,
  kRowText,
  kRowConceptStart,
  kRowConcepts,
  kGroupRows,
  kGroupOrder,
  kTermKeys,
  kTermIds,
  kTermRanks,
  kTermFrequency,
  kForwardStart,
  kForward,
  kNorms,
  kBlocks,
  kPostingStart,
  kPostings,
  kWordTable,
  kSections
};

struct Header {
  std::array<char, 8> magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t sections = kSections;
  std::uint64_t size = 0;       // of the whole file
  std::uint64_t documents = 0;  // rows, also those without a vector: n of the idf formula
  std::uint64_t check = 0;      // FNV-1a of the section table
};

struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

}  // namespace clue::concepts::format
