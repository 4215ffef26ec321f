#include <cstdint>
#include <string_view>

#include "concepts/msgpack.h"
#include "concepts/spacy_model.h"

// The bytes as any value, as a model file and as a list of moves: errors, never a crash.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clue::concepts;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!parse_msgpack(bytes, "f").ok()) return 0;
  const auto model = ThincModel::parse(bytes, "f");
  if (model.ok()) static_cast<void>(model->check_supported());
  static_cast<void>(parse_moves(bytes, "f"));
  return 0;
}
