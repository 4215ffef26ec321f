#include "models/answer_stream.h"

#include <algorithm>
#include <array>
#include <utility>

namespace clue::models {
namespace {

struct ReasoningMarks {
  std::string_view open;
  std::string_view close;
};

constexpr std::array<ReasoningMarks, 3> kMarks = {
    {{"<think>", "</think>"}, {"<thinking>", "</thinking>"}, {"<reasoning>", "</reasoning>"}}};

constexpr std::string_view kSpace = " \t\r\n";

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// Bytes of the sequence that starts with this lead byte; 0: not a lead byte.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
}

/// No surrogates, no overlong forms, nothing above U+10FFFF (Unicode, table 3-7).
bool second_byte_fits(unsigned char lead, unsigned char second) {
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  return second >= low && second <= high;
}

}  // namespace

std::string mend_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[at + i]); };
    const std::size_t length = sequence_length(byte(0));
    std::size_t good = length == 0 ? 0 : 1;
    while (good > 0 && good < length && at + good < bytes.size() && (byte(good) & 0xC0) == 0x80 &&
           (good > 1 || second_byte_fits(byte(0), byte(1)))) {
      ++good;
    }
    if (length > 0 && good == length) {
      out += bytes.substr(at, length);
    } else if (length > 0 && at + good == bytes.size()) {
      break;  // cut at the end
    } else {
      out += "\xEF\xBF\xBD";
    }
    at += std::max<std::size_t>(good, 1);
  }
  return out;
}

AnswerStream::AnswerStream(std::vector<std::string> stop, bool in_reasoning)
    : stop_(std::move(stop)), in_reasoning_(in_reasoning), decided_(in_reasoning) {
  std::erase(stop_, "");
  for (const std::string& text : stop_) longest_stop_ = std::max(longest_stop_, text.size());
}

void AnswerStream::follow_marks() {
  if (!decided_) {
    const std::string_view start = trim(bytes_);
    bool may_open = false;
    for (const ReasoningMarks& marks : kMarks) {
      if (start.starts_with(marks.open)) {
        in_reasoning_ = decided_ = true;
        return;
      }
      may_open = may_open || marks.open.starts_with(start);
    }
    decided_ = !may_open;
  }
}

void AnswerStream::add(std::string_view bytes) {
  const std::size_t before = bytes_.size();
  bytes_ += bytes;
  follow_marks();
  if (in_reasoning_) {
    std::size_t end = std::string::npos;
    for (const ReasoningMarks& marks : kMarks) {
      const std::size_t at = bytes_.find(marks.close);
      if (at != std::string::npos) end = std::min(end, at + marks.close.size());
    }
    if (end == std::string::npos) return;
    in_reasoning_ = false;
    text_begin_ = end;
  }
  if (text_begin_ > 0) {  // the blank lines after a reasoning block are not the answer's
    text_begin_ = std::min(bytes_.find_first_not_of(kSpace, text_begin_), bytes_.size());
  }
  const std::size_t reach = longest_stop_ > 0 ? longest_stop_ - 1 : 0;
  const std::size_t from = std::max(text_begin_, before > reach ? before - reach : 0);
  std::size_t cut = std::string::npos;
  for (const std::string& text : stop_) cut = std::min(cut, bytes_.find(text, from));
  if (cut == std::string::npos) return;
  bytes_.resize(cut);
  stopped_ = true;
}

void AnswerStream::finish(core::Generation& out) const {
  const std::string_view all = bytes_;
  if (!in_reasoning_ && text_begin_ == 0) {
    out.text = mend_utf8(all);
    return;
  }
  std::string_view reasoning = in_reasoning_ ? all : all.substr(0, text_begin_);
  std::string_view text = in_reasoning_ ? std::string_view() : all.substr(text_begin_);
  reasoning = trim(reasoning);
  for (const ReasoningMarks& marks : kMarks) {
    if (reasoning.starts_with(marks.open)) reasoning.remove_prefix(marks.open.size());
    if (reasoning.ends_with(marks.close)) reasoning.remove_suffix(marks.close.size());
  }
  out.reasoning = mend_utf8(trim(reasoning));
  const std::size_t begin = text.find_first_not_of(kSpace);
  out.text = begin == std::string_view::npos ? "" : mend_utf8(text.substr(begin));
}

void read_answer(std::string_view text, core::Generation& out) {
  AnswerStream stream({}, /*in_reasoning=*/false);
  stream.add(text);
  stream.finish(out);
  if (stream.in_reasoning()) out.stop = core::StopReason::length;
}

}  // namespace clue::models
