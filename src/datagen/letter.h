// A letter taken apart by its profile, and the text that language models return in the question
// steps. Pure functions; the profile mimic-iv reproduces the published scripts (golden:
// medisumqa_letters.jsonl, medisumqa_llm_text.jsonl).
//
//   Letter l = take_apart(text, profile);
//   if (l.admitted && !l.source.empty()) ask(l.source);
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/types.h"
#include "datagen/profile.h"

namespace clue::datagen {

struct Letter {
  bool admitted = false;                  ///< holds one of the profile's `require` texts
  std::vector<std::string> parts;         ///< in order
  std::vector<std::string> instructions;  ///< the parts that open with an `instructions` heading
  std::string rest;                       ///< the letter without them: what is evaluated against
  std::string source;  ///< instructions without heading, cut at the marks: what is asked about
};

[[nodiscard]] Letter take_apart(std::string_view text, const LetterProfile& profile);

/// Statements in a model's answer: lines that open with "- " or "* " and hold no anonymisation
/// mark.
[[nodiscard]] std::vector<std::string> parse_statements(std::string_view answer,
                                                        const LetterProfile& profile);

struct QuestionAnswer {
  std::string question;
  std::string answer;  ///< one of the statements
};

/// "Question: ...\nAnswer: ...\n" pairs whose answer is one of the statements. `clue_2024` loses a
/// last pair without a new line, as published; `corrected` keeps it and drops empty questions.
[[nodiscard]] std::vector<QuestionAnswer> parse_questions(
    std::string_view answer, const std::vector<std::string>& statements, core::RuleSet rules);

}  // namespace clue::datagen
