// BERT's tokenizer and ROUGE over any bytes.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "metrics/rouge.h"
#include "text/wordpiece.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace clue;
  static const auto tokenizer = text::WordPiece::from_vocab(
      {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "##b", "high", "\xC3\xA4", "##\xCC\x88"},
      {});
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  CLUE_CHECK(tokenizer->encode(all, 16).size() <= 16);
  const std::string_view left = all.substr(0, size / 2), right = all.substr(size / 2);
  for (const bool unicode : {false, true}) {
    metrics::RougeScorer scorer({.stemmer = true, .unicode = unicode});
    const auto s = scorer.score(left, right);
    CLUE_CHECK(s.rouge_l.f1 >= 0 && s.rouge_l.f1 <= 1 && s.rouge_1.recall <= 1);
  }
  return 0;
}
