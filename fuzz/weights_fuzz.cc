// Files of weights that come from anywhere: safetensors and PyTorch's pickles. Every tensor that is
// accepted must lie inside its storage.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/check.h"
#include "metrics/bert_import.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clue::metrics;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto inside = [bytes](const RawTensor& t) {
    return t.data.empty() || (t.data.data() >= bytes.data() &&
                              t.data.data() + t.data.size() <= bytes.data() + bytes.size());
  };
  if (const auto tensors = parse_safetensors(bytes)) {
    for (const auto& [name, t] : *tensors) CLUE_CHECK(inside(t));
  }
  const auto tensors =
      parse_torch_pickle(bytes, [bytes](std::string_view) { return std::optional(bytes); });
  if (tensors) {
    for (const auto& [name, t] : *tensors) CLUE_CHECK(inside(t));
  }
  return 0;
}
