#include "concepts/msgpack.h"

#include <bit>

namespace clue::concepts {
namespace {

constexpr int kMaxDepth = 64;

class Reader {
 public:
  Reader(std::string_view bytes, std::string_view place) : bytes_(bytes), place_(place) {}

  Result<MsgValue> run() {
    MsgValue v;
    CLUE_OK(value(v, 0));
    if (at_ != bytes_.size()) return fail("unexpected bytes behind the value");
    return v;
  }

 private:
  Error fail(const std::string& what) const {
    return {ErrorCode::data, std::string(place_) + ": byte " + std::to_string(at_) + ": " + what +
                                 "; the file is cut off, damaged or not MessagePack"};
  }

  /// Big-endian unsigned of n bytes.
  Result<std::uint64_t> number(std::size_t n) {
    if (bytes_.size() - at_ < n) return fail("cut inside a number");
    std::uint64_t v = 0;
    for (std::size_t i = 0; i < n; ++i) v = v << 8 | static_cast<unsigned char>(bytes_[at_++]);
    return v;
  }

  Status take(MsgValue& v, MsgValue::Kind kind, std::uint64_t n) {
    if (bytes_.size() - at_ < n)
      return fail("cut inside a text of " + std::to_string(n) + " bytes");
    v.kind = kind;
    v.bytes = bytes_.substr(at_, n);
    at_ += n;
    return {};
  }

  Status list(MsgValue& v, std::uint64_t n, int depth) {
    if (bytes_.size() - at_ < n) return fail("a list longer than the file");
    v.kind = MsgValue::Kind::array;
    v.array.resize(n);
    for (MsgValue& item : v.array) CLUE_OK(value(item, depth + 1));
    return {};
  }

  Status table(MsgValue& v, std::uint64_t n, int depth) {
    if ((bytes_.size() - at_) / 2 < n) return fail("a map longer than the file");
    v.kind = MsgValue::Kind::map;
    v.map.resize(n);
    for (auto& [key, item] : v.map) {
      CLUE_OK(value(key, depth + 1));
      CLUE_OK(value(item, depth + 1));
    }
    return {};
  }

  static void set_integer(MsgValue& v, std::uint64_t n, bool negative) {
    v.kind = MsgValue::Kind::integer;
    v.integer = n;
    v.negative = negative;
  }

  Status value(MsgValue& v, int depth) {
    if (depth > kMaxDepth) return fail("nested more than 64 deep");
    if (at_ >= bytes_.size()) return fail("cut where a value should start");
    const auto t = static_cast<unsigned char>(bytes_[at_++]);
    if (t < 0x80) return set_integer(v, t, false), Status{};
    if (t < 0x90) return table(v, t & 15U, depth);
    if (t < 0xA0) return list(v, t & 15U, depth);
    if (t < 0xC0) return take(v, MsgValue::Kind::text, t & 31U);
    if (t >= 0xE0)
      return set_integer(v, static_cast<std::uint64_t>(std::int64_t{t} - 256), true), Status{};
    return tagged(v, t, depth);
  }

  Status tagged(MsgValue& v, unsigned char t, int depth) {
    using Kind = MsgValue::Kind;
    switch (t) {
      case 0xC0:
        return {};
      case 0xC2:
      case 0xC3:
        v.kind = Kind::boolean;
        v.boolean = t == 0xC3;
        return {};
      case 0xCA:
      case 0xCB: {
        CLUE_TRY(const std::uint64_t bits, number(t == 0xCA ? 4 : 8));
        v.kind = Kind::real;
        v.real = t == 0xCA
                     ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
                     : std::bit_cast<double>(bits);
        return {};
      }
      default:
        break;
    }
    if (t >= 0xCC && t <= 0xCF) {
      CLUE_TRY(const std::uint64_t n, number(std::size_t{1} << (t - 0xCC)));
      return set_integer(v, n, false), Status{};
    }
    if (t >= 0xD0 && t <= 0xD3) {
      const std::size_t size = std::size_t{1} << (t - 0xD0);
      CLUE_TRY(std::uint64_t n, number(size));
      const bool negative = (n >> (size * 8 - 1)) != 0;
      if (negative && size < 8) n |= ~std::uint64_t{0} << (size * 8);
      return set_integer(v, n, negative), Status{};
    }
    if (t >= 0xC4 && t <= 0xC6) {
      CLUE_TRY(const std::uint64_t n, number(std::size_t{1} << (t - 0xC4)));
      return take(v, Kind::binary, n);
    }
    if (t >= 0xD9 && t <= 0xDB) {
      CLUE_TRY(const std::uint64_t n, number(std::size_t{1} << (t - 0xD9)));
      return take(v, Kind::text, n);
    }
    if (t >= 0xDC) {
      CLUE_TRY(const std::uint64_t n, number(t % 2 == 0 ? 2 : 4));
      return t <= 0xDD ? list(v, n, depth) : table(v, n, depth);
    }
    return fail("an extension type, which spaCy does not write");
  }

  std::string_view bytes_;
  std::string_view place_;
  std::size_t at_ = 0;
};

}  // namespace

const MsgValue* MsgValue::find(std::string_view key) const {
  for (const auto& [k, v] : map) {
    if ((k.is(Kind::text) || k.is(Kind::binary)) && k.bytes == key) return &v;
  }
  return nullptr;
}

const MsgValue* MsgValue::find(std::uint64_t key) const {
  for (const auto& [k, v] : map) {
    if (k.is(Kind::integer) && k.integer == key) return &v;
  }
  return nullptr;
}

Result<MsgValue> parse_msgpack(std::string_view bytes, std::string_view place) {
  return Reader(bytes, place).run();
}

}  // namespace clue::concepts
