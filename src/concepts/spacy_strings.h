// String numbers and hashes as spaCy computes them. Used by the spaCy tokenizer and tok2vec. Pure
// functions; constant tables.
//
//   std::uint64_t id = string_id("cc");            // 407: a symbol
//   std::uint64_t id = string_id("pneumonia");     // a 64-bit hash
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace clue::concepts {

/// 0 for "", the number of a spaCy 3.7 symbol of that name, else MurmurHash64A with seed 1.
[[nodiscard]] std::uint64_t string_id(std::string_view text);

/// The four 32-bit row keys of a hash embedding: MurmurHash3 x86-128's mix of one 64-bit number.
[[nodiscard]] std::array<std::uint32_t, 4> embedding_keys(std::uint64_t value, std::uint32_t seed);

/// Norm of a punctuation or currency spelling ("--" gives "-"); nullopt: it has none of its own.
[[nodiscard]] std::optional<std::string_view> base_norm(std::string_view text);

/// spaCy's word shape: "Xxxx", "dd-X", runs cut at four; "LONG" from 100 code points on.
[[nodiscard]] std::string word_shape(std::u32string_view text);

}  // namespace clue::concepts
