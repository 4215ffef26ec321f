// What a spaCy pipeline says about a text, as plain values. Filled by SpacyPipeline.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace clue::concepts {

struct SpacyToken {
  std::uint32_t begin = 0;  ///< code points in the text
  std::uint32_t end = 0;
  std::uint32_t begin_byte = 0;
  std::uint32_t end_byte = 0;
  std::uint32_t lexeme = 0;  ///< number in the tokenizer's table
  bool space_after = false;
  int sent_start = 0;      ///< 1: starts a sentence, -1: does not
  std::uint32_t head = 0;  ///< token number; its own: a root
  std::string dep;
};

struct SpacyEntity {
  std::uint32_t first = 0;  ///< tokens [first, last)
  std::uint32_t last = 0;
  std::string label;
};

struct SpacyDoc {
  std::vector<SpacyToken> tokens;
  std::vector<SpacyEntity> entities;
};

}  // namespace clue::concepts
