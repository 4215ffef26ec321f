#include "datagen/profile_check.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace clue::datagen {
namespace {

/// First line, up to the colon where one comes early, at most 60 bytes.
std::string heading_of(std::string_view part) {
  constexpr std::size_t kLongest = 60;
  std::string_view line = py_lstrip(part);
  line = line.substr(0, line.find('\n'));
  if (const std::size_t colon = line.find(':'); colon < kLongest) line = line.substr(0, colon + 1);
  line = py_rstrip(line);
  if (line.size() <= kLongest) return std::string(line);
  std::size_t size = kLongest;
  while (size > 0 && (static_cast<unsigned char>(line[size]) & 0xC0U) == 0x80U) --size;
  return std::string(line.substr(0, size)) + "...";
}

CheckedLetter describe(const Note& note, const Letter& letter, const LetterProfile& profile) {
  CheckedLetter out;
  out.id = note.id;
  out.bytes = note.text.size();
  out.source = letter.source;
  for (const std::string& part : letter.parts) {
    if (py_strip(part).empty()) continue;
    const bool taken = std::find(letter.instructions.begin(), letter.instructions.end(), part) !=
                       letter.instructions.end();
    out.parts.push_back({heading_of(part), part.size(), taken});
  }
  if (!letter.admitted) {
    out.verdict = "not taken: holds none of the texts under \"require\"";
  } else if (letter.instructions.empty()) {
    out.verdict = "not taken: no part opens with a heading under \"instructions\"";
  } else if (py_strip(letter.source).empty()) {
    out.verdict = profile.cut_at.empty()
                      ? "not taken: its source parts are empty"
                      : "not taken: nothing is left of its source parts before a \"cut_at\" mark";
  } else {
    out.verdict = "taken";
  }
  return out;
}

}  // namespace

Result<ProfileCheck> check_profile(const std::filesystem::path& notes,
                                   const LetterProfile& profile,
                                   const ProfileCheckOptions& options) {
  ProfileCheck out;
  std::vector<CheckedLetter> taken;
  std::vector<CheckedLetter> dropped;
  std::vector<std::size_t> sizes;
  std::map<std::string, std::size_t> headings;
  CLUE_TRY(out.notes, for_each_note(notes, profile, [&](Note& note) {
             const Letter letter = take_apart(note.text, profile);
             CheckedLetter checked = describe(note, letter, profile);
             const bool good = checked.verdict == "taken";
             out.admitted += letter.admitted ? 1 : 0;
             if (good) sizes.push_back(letter.source.size());
             for (const CheckedPart& part : checked.parts) {
               if (!part.taken) ++headings[part.heading];
             }
             std::vector<CheckedLetter>& to = good ? taken : dropped;
             if (to.size() < options.examples) to.push_back(std::move(checked));
             return note.index + 1 < options.max_notes;
           }));
  out.with_source = sizes.size();
  if (!sizes.empty()) {
    const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
    std::nth_element(sizes.begin(), middle, sizes.end());
    out.median_source = *middle;
  }
  out.other_headings.assign(headings.begin(), headings.end());
  std::stable_sort(out.other_headings.begin(), out.other_headings.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  constexpr std::size_t kHeadings = 20;
  if (out.other_headings.size() > kHeadings) out.other_headings.resize(kHeadings);
  // Two fifths of the place for what is not taken, more where the other kind is short.
  const std::size_t few = std::min(dropped.size(), options.examples * 2 / 5);
  const std::size_t most = std::min(taken.size(), options.examples - few);
  const std::size_t rest = std::min(dropped.size(), options.examples - most);
  std::move(taken.begin(), taken.begin() + static_cast<std::ptrdiff_t>(most),
            std::back_inserter(out.letters));
  std::move(dropped.begin(), dropped.begin() + static_cast<std::ptrdiff_t>(rest),
            std::back_inserter(out.letters));
  return out;
}

}  // namespace clue::datagen
