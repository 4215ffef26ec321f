#include "store/text_pool.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace clue::store {
namespace {

std::string document(int n) {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    text += "Document " + std::to_string(n) + " line " + std::to_string(i * 7919 % 1000) +
            ": the patient reports no complaints.\n";
  }
  return text;
}

TEST(TextPieces, JoinedTheyAreTheText) {
  for (const std::string& text :
       {std::string(), std::string("x"), std::string("\n\n\n"), std::string(100000, 'a'),
        document(1), document(1) + "no newline at the end", std::string("a\0b\n", 4)}) {
    std::string joined;
    for (const std::string_view piece : text_pieces(text)) joined += piece;
    EXPECT_EQ(joined, text);
  }
}

TEST(TextPieces, DocumentsInAnotherOrderShareTheirPieces) {
  const std::string bar = "\n\n--------------\n\n";
  const std::string a = document(1) + bar + document(2) + bar + document(3) + bar;
  const std::string b = document(3) + bar + document(1) + bar + document(2) + bar;
  std::set<std::string_view> seen;
  for (const std::string_view piece : text_pieces(a)) seen.insert(piece);
  std::size_t new_bytes = 0;
  for (const std::string_view piece : text_pieces(b)) {
    if (!seen.contains(piece)) new_bytes += piece.size();
  }
  EXPECT_LT(new_bytes, b.size() / 4);
}

}  // namespace
}  // namespace clue::store
