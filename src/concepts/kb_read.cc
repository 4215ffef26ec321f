#include "concepts/kb_read.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "base/files.h"

namespace clue::concepts {

Result<std::string> gunzip(std::string_view bytes, std::string_view place) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return Error{ErrorCode::internal, "zlib failed"};
  std::string out;
  std::string buffer(std::size_t{1} << 18, '\0');
  std::size_t at = 0;
  int state = Z_OK;
  while (state != Z_STREAM_END || at < bytes.size() || stream.avail_in > 0) {
    if (stream.avail_in == 0) {
      if (at == bytes.size()) break;
      const std::size_t n = std::min<std::size_t>(bytes.size() - at, std::size_t{1} << 30);
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + at));
      stream.avail_in = static_cast<uInt>(n);
      at += n;
    }
    if (state == Z_STREAM_END) {  // another member follows
      if (inflateReset(&stream) != Z_OK) break;
    }
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    state = inflate(&stream, Z_NO_FLUSH);
    if (state != Z_OK && state != Z_STREAM_END) break;
    out.append(buffer, 0, buffer.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END) {
    return Error{ErrorCode::data, std::string(place) + ": gzip data damaged or cut off after " +
                                      std::to_string(out.size()) + " bytes; fetch the file again"};
  }
  return out;
}

Result<std::string> read_source(const std::filesystem::path& path) {
  CLUE_TRY(std::string bytes, read_file(path));
  if (bytes.starts_with("\x1f\x8b")) return gunzip(bytes, path.string());
  return bytes;
}

}  // namespace clue::concepts
