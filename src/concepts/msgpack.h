// A bounded MessagePack reader for spaCy's model files. Used by the spaCy readers. Values view the
// bytes they were read from, which must outlive them.
//
//   CLUE_TRY(MsgValue root, parse_msgpack(bytes, "ner/model"));
//   if (const MsgValue* nodes = root.find("nodes")) use(nodes->array);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace clue::concepts {

struct MsgValue {
  enum class Kind { nil, boolean, integer, real, text, binary, array, map };
  Kind kind = Kind::nil;
  bool boolean = false;
  bool negative = false;      ///< the integer is -(~integer) - 1 in two's complement
  std::uint64_t integer = 0;  ///< two's complement when negative
  double real = 0;
  std::string_view bytes;  ///< of text and binary
  std::vector<MsgValue> array;
  std::vector<std::pair<MsgValue, MsgValue>> map;

  [[nodiscard]] bool is(Kind k) const { return kind == k; }
  /// Member of a map by a text or binary key; null: not a map, or not there.
  [[nodiscard]] const MsgValue* find(std::string_view key) const;
  /// Member of a map by an integer key.
  [[nodiscard]] const MsgValue* find(std::uint64_t key) const;
  /// The integer as a signed number; 0 for other kinds.
  [[nodiscard]] std::int64_t as_int() const {
    return kind == Kind::integer ? static_cast<std::int64_t>(integer) : 0;
  }
};

/// Exactly one value. Error: data, naming place and byte offset (cut, nested too deeply, unknown
/// type, bytes behind the value).
[[nodiscard]] Result<MsgValue> parse_msgpack(std::string_view bytes, std::string_view place);

}  // namespace clue::concepts
