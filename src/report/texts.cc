#include "report/texts.h"

namespace clue::report {

namespace {
constexpr std::size_t kLiteral = 200;  ///< shorter texts are not worth a reference
constexpr std::size_t kShort = 16;     ///< shorter lines are repeated rather than break a range
}  // namespace

TextTable::TextTable(Emit emit, std::size_t part_bytes)
    : emit_(std::move(emit)), part_bytes_(part_bytes) {}

TextTable::Mark TextTable::mark(std::string_view line) {
  // Two independent 64-bit hashes: with 128 bits a wrong match is out of the question.
  std::uint64_t a = 0xcbf29ce484222325ULL;
  std::uint64_t b = 0x9e3779b97f4a7c15ULL ^ line.size();
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    a = (a ^ byte) * 0x100000001b3ULL;
    b = (b + byte) * 0xff51afd7ed558ccdULL;
    b ^= b >> 29;
  }
  return {a, b};
}

void TextTable::append(std::string_view line, const Mark& m) {
  latest_[m.a] = marks_.size();
  marks_.push_back(m);
  part_.emplace_back(line);
  part_size_ += line.size() + 4;
  if (part_size_ >= part_bytes_) flush();
}

void TextTable::flush() {
  if (part_.empty()) return;
  emit_(part_first_, part_);
  part_first_ += part_.size();
  part_.clear();
  part_size_ = 0;
}

void TextTable::finish() { flush(); }

std::vector<Piece> TextTable::add(std::string_view text) {
  if (text.size() < kLiteral) return {std::string(text)};
  std::vector<Piece> out;
  // Line by line: go on in the range we are in when its next line is the same; else look the line
  // up; else add it. Right after an added line short lines are added again, which keeps a letter
  // one range.
  bool added = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const std::string_view line =
        text.substr(at, end == std::string_view::npos ? text.size() - at : end - at + 1);
    at += line.size();
    const Mark m = mark(line);
    auto* range = out.empty() ? nullptr : std::get_if<1>(&out.back());
    const std::size_t next = range != nullptr ? range->first + range->second : marks_.size();
    if (range != nullptr && next < marks_.size() && marks_[next] == m) {
      ++range->second;
      added = false;
      continue;
    }
    std::size_t index = marks_.size();
    const auto found = latest_.find(m.a);
    const bool known = found != latest_.end() && marks_[found->second] == m;
    if (known && !(added && line.size() < kShort)) {
      index = found->second;
      added = false;
    } else {
      append(line, m);
      added = true;
    }
    if (range != nullptr && next == index) {
      ++range->second;
    } else {
      out.emplace_back(std::pair<std::size_t, std::size_t>(index, 1));
    }
  }
  return out;
}

}  // namespace clue::report
