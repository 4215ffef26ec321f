#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "concepts/kb_source.h"

// Four files in one input, separated by lines of "===".
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::array<std::string, 4> parts;
  for (std::string& part : parts) {
    const std::size_t end = rest.find("===\n");
    part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 4);
  }
  const clue::concepts::RrfTexts texts{parts[0], parts[1], parts[2], parts[3]};
  static_cast<void>(clue::concepts::parse_rrf(texts));
  return 0;
}
