#include "base/zip_parts.h"

#include <zip.h>

#include <pugixml.hpp>
#include <utility>
#include <vector>

#include "base/text.h"

namespace clue {
namespace {

constexpr std::size_t kMaxPart = std::size_t{512} << 20;  // unpacked; a zip bomb ends here

struct CloseZip {
  void operator()(zip_t* z) const { zip_discard(z); }
};
struct CloseEntry {
  void operator()(zip_file_t* f) const { zip_fclose(f); }
};

}  // namespace

struct ZipParts::Archive {
  std::string place;
  std::string what;
  std::unique_ptr<zip_t, CloseZip> zip;
  std::size_t unpacked = 0;

  [[nodiscard]] Error bad(const std::string& words) const {
    return {ErrorCode::data, place + ": " + words};
  }
};

ZipParts::ZipParts(std::unique_ptr<Archive> archive) : archive_(std::move(archive)) {}
ZipParts::ZipParts(ZipParts&&) noexcept = default;
ZipParts& ZipParts::operator=(ZipParts&&) noexcept = default;
ZipParts::~ZipParts() = default;

Result<ZipParts> ZipParts::open(std::string_view bytes, std::string place, std::string what) {
  auto archive = std::make_unique<Archive>();
  archive->place = std::move(place);
  archive->what = std::move(what);
  if (bytes.empty()) return archive->bad("empty, not " + archive->what);
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source != nullptr) {
    archive->zip.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
    if (!archive->zip) zip_source_free(source);
  }
  const std::string why = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (!archive->zip) {
    return archive->bad("not " + archive->what + " (" + why + "); save it again in its program");
  }
  return ZipParts(std::move(archive));
}

Result<std::string> ZipParts::part(const std::string& name) {
  Archive& a = *archive_;
  const std::string part_name = "part \"" + to_valid_utf8(name) + "\" of the file";
  std::unique_ptr<zip_file_t, CloseEntry> file(
      zip_fopen(a.zip.get(), name.c_str(), ZIP_FL_NOCASE));
  if (!file) {
    return a.bad(part_name + " cannot be read (" + zip_strerror(a.zip.get()) + ")");
  }
  std::string out;
  std::vector<char> block(std::size_t{1} << 16);
  while (true) {
    const zip_int64_t n = zip_fread(file.get(), block.data(), block.size());
    if (n < 0) return a.bad(part_name + " is broken");
    if (n == 0) return out;
    out.append(block.data(), static_cast<std::size_t>(n));
    a.unpacked += static_cast<std::size_t>(n);
    if (a.unpacked > kMaxPart) return a.bad("unpacks to more than 512 MiB");
  }
}

Status ZipParts::load(const std::string& name, pugi::xml_document& xml) {
  CLUE_TRY(const std::string text, part(name));
  const pugi::xml_parse_result ok = xml.load_buffer(
      text.data(), text.size(), pugi::parse_default | pugi::parse_ws_pcdata, pugi::encoding_auto);
  if (ok) return {};
  return archive_->bad("part \"" + to_valid_utf8(name) + "\" of the file is not valid XML at byte " +
                       std::to_string(ok.offset) + ": " +
                       ok.description());
}

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const std::size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

void append_text(const pugi::xml_node& node, std::string& out) {
  for (const pugi::xml_node& part : node.children()) {
    if (part.type() == pugi::node_pcdata || part.type() == pugi::node_cdata) out += part.value();
  }
}

}  // namespace clue
