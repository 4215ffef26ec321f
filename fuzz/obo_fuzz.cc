#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "concepts/kb_source.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto source = clue::concepts::parse_obo(text, "f");
  if (!source.ok()) return 0;
  for (const auto& c : source->concepts) CLUE_CHECK(!c.id.empty() && !c.name.empty());
  return 0;
}
