#include <nlohmann/json.hpp>

#include "metrics/bert_import.h"

namespace clue::metrics {
namespace {

std::size_t width(std::string_view dtype) {
  if (dtype == "F64" || dtype == "I64") return 8;
  if (dtype == "F32" || dtype == "I32") return 4;
  if (dtype == "F16" || dtype == "BF16" || dtype == "I16") return 2;
  if (dtype == "I8" || dtype == "U8" || dtype == "BOOL") return 1;
  return 0;
}

Error bad(const std::string& what) { return {ErrorCode::data, "safetensors: " + what}; }

}  // namespace

// Layout: 8 bytes length of the header (little endian), the header (JSON), the data.
Result<std::map<std::string, RawTensor>> parse_safetensors(std::string_view bytes) {
  if (bytes.size() < 8) return bad("the file is shorter than its header length");
  std::uint64_t header = 0;
  for (int i = 7; i >= 0; --i)
    header = header << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  if (header > bytes.size() - 8 || header > 100'000'000) {
    return bad("the header claims " + std::to_string(header) + " bytes, the file has " +
               std::to_string(bytes.size()));
  }
  const std::string_view text = bytes.substr(8, header);
  const std::string_view data = bytes.substr(8 + header);
  const auto json = nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object()) return bad("the header is not a JSON object");
  std::map<std::string, RawTensor> out;
  for (const auto& [name, t] : json.items()) {
    if (name == "__metadata__") continue;
    const std::string place = "tensor \"" + name + "\": ";
    if (!t.is_object() || !t.contains("dtype") || !t["dtype"].is_string() || !t.contains("shape") ||
        !t["shape"].is_array() || !t.contains("data_offsets") || !t["data_offsets"].is_array() ||
        t["data_offsets"].size() != 2 || !t["data_offsets"][0].is_number_unsigned() ||
        !t["data_offsets"][1].is_number_unsigned()) {
      return bad(place + "needs dtype, shape and data_offsets");
    }
    RawTensor raw;
    raw.dtype = t["dtype"].get<std::string>();
    std::uint64_t count = 1;
    for (const auto& d : t["shape"]) {
      if (!d.is_number_unsigned() || d.get<std::uint64_t>() > (std::uint64_t{1} << 31))
        return bad(place + "odd shape");
      raw.shape.push_back(d.get<std::int64_t>());
      if (__builtin_mul_overflow(count, d.get<std::uint64_t>(), &count))
        return bad(place + "odd shape");
    }
    const auto begin = t["data_offsets"][0].get<std::uint64_t>();
    const auto end = t["data_offsets"][1].get<std::uint64_t>();
    if (begin > end || end > data.size())
      return bad(place + "lies outside the file (is it cut off?)");
    const std::size_t w = width(raw.dtype);
    if (w != 0 && (count > data.size() || count * w != end - begin))
      return bad(place + "size and shape disagree");
    raw.data = data.substr(begin, end - begin);
    out.emplace(name, std::move(raw));
  }
  return out;
}

}  // namespace clue::metrics
