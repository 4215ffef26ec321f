// Small gz files, zips and xlsx workbooks made in tests.
//
//   write_file_atomic(path, gz("a,b\n1,2\n"));   xlsx({{"xl/worksheets/sheet1.xml", sheet}})
#pragma once

#include <zip.h>
#include <zlib.h>

#include <map>
#include <string>
#include <string_view>

#include "base/check.h"

namespace clue {

/// One gz member.
inline std::string gz(std::string_view text) {
  z_stream z{};
  CLUE_CHECK(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&z, static_cast<uLong>(text.size())) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  CLUE_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

/// A zip of the given parts.
inline std::string zip_of(const std::map<std::string, std::string>& parts) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* memory = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(memory);
  zip_t* z = zip_open_from_source(memory, ZIP_TRUNCATE, &error);
  CLUE_CHECK(z != nullptr);
  for (const auto& [name, text] : parts) {
    zip_file_add(z, name.c_str(), zip_source_buffer(z, text.data(), text.size(), 0),
                 ZIP_FL_ENC_UTF_8);
  }
  CLUE_CHECK(zip_close(z) == 0);
  zip_stat_t info;
  CLUE_CHECK(zip_source_stat(memory, &info) == 0);
  std::string out(info.size, '\0');
  CLUE_CHECK(zip_source_open(memory) == 0);
  CLUE_CHECK(zip_source_read(memory, out.data(), out.size()) ==
             static_cast<zip_int64_t>(out.size()));
  zip_source_close(memory);
  zip_source_free(memory);
  return out;
}

/// A workbook of the given parts over a minimal skeleton (one sheet, shared strings).
inline std::string xlsx(std::map<std::string, std::string> parts) {
  parts.try_emplace("xl/workbook.xml",
                    R"(<workbook xmlns:r="x"><sheets><sheet name="S" sheetId="1" r:id="rId7"/>)"
                    R"(</sheets></workbook>)");
  parts.try_emplace(
      "xl/_rels/workbook.xml.rels",
      R"(<Relationships><Relationship Id="rId1" Type="http://x/sharedStrings" Target="sharedStrings.xml"/>)"
      R"(<Relationship Id="rId7" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>)");
  parts.try_emplace("xl/sharedStrings.xml", "<sst/>");
  return zip_of(parts);
}

}  // namespace clue
