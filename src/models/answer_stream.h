// What becomes of a model's bytes: stop strings (also across token borders), reasoning blocks taken
// out, broken UTF-8 mended. Pure; one object per answer. Used by the llama back end and for answers
// made elsewhere.
//
//   AnswerStream stream({"\n["}, /*in_reasoning=*/false);
//   while (!stream.stopped()) stream.add(piece);
//   stream.finish(generation);
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/types.h"

namespace clue::models {

class AnswerStream {
 public:
  /// `in_reasoning`: the prompt already opened a reasoning block (its last mark is "<think>").
  AnswerStream(std::vector<std::string> stop, bool in_reasoning);

  /// Appends a token's bytes; looks for stop strings outside of reasoning.
  void add(std::string_view bytes);
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] bool in_reasoning() const { return in_reasoning_; }

  /// Writes text and reasoning; an unfinished reasoning block is all reasoning, text empty.
  void finish(core::Generation& out) const;

 private:
  void follow_marks();

  std::vector<std::string> stop_;
  std::string bytes_;           ///< everything, as it came
  std::size_t text_begin_ = 0;  ///< where the answer proper begins
  std::size_t longest_stop_ = 0;
  bool in_reasoning_ = false;
  bool decided_ = false;  ///< whether a block opens the answer is known
  bool stopped_ = false;
};

/// A whole answer made elsewhere: a reasoning block that opens it is set apart; one without an end
/// means that the token limit was reached inside it.
void read_answer(std::string_view text, core::Generation& out);

/// Replaces what is not UTF-8 (a sequence cut at the end, stray bytes) by U+FFFD; an incomplete
/// sequence at the very end is dropped.
[[nodiscard]] std::string mend_utf8(std::string_view bytes);

}  // namespace clue::models
