// A letter taken apart by its profile, and the text that language models return in the question
// steps. Pure functions; the profile mimic-iv reproduces the published scripts (golden:
// medisumqa_letters.jsonl, medisumqa_llm_text.jsonl).
//
//   Letter l = take_apart(text, profile);
//   if (l.admitted && !l.source.empty()) ask(l.source);
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
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

/// The filter alone, without taking the letter apart.
[[nodiscard]] bool is_admitted(std::string_view text, const LetterProfile& profile);
[[nodiscard]] Letter take_apart(std::string_view text, const LetterProfile& profile);

/// What the model's two answers are joined to: a prefill stands in front unless the model began anew
/// (servers that cannot go on from a given start). A list item gets its blank where it is missing.
[[nodiscard]] std::string with_prefill(std::string_view prefill, std::string_view answer);

/// A line of a model's answer and what became of it.
struct StatementLine {
  std::string text;
  std::string why;  ///< empty: it is a statement; else why not
};

/// Lines that open with "- " or "* " and hold no anonymisation mark are statements. `corrected`
/// also drops empty and repeated ones.
[[nodiscard]] std::vector<StatementLine> read_statements(std::string_view answer,
                                                         const LetterProfile& profile,
                                                         core::RuleSet rules);
/// The statements alone.
[[nodiscard]] std::vector<std::string> parse_statements(std::string_view answer,
                                                        const LetterProfile& profile,
                                                        core::RuleSet rules);

/// How the model marks its pairs.
struct PairLabels {
  std::string question = "Question:";
  std::string answer = "Answer:";
};

struct QuestionAnswer {
  std::string question;
  std::string answer;
  std::optional<std::size_t> statement;  ///< which statement the answer is; none: not usable
  std::string why;                       ///< empty: usable
};

/// Every "Question: ...\nAnswer: ...\n" pair and what became of it; usable when the answer is one
/// of the statements. `clue_2024` loses a last pair without a new line, as published; `corrected`
/// keeps it, and drops empty questions and repeated pairs.
[[nodiscard]] std::vector<QuestionAnswer> read_questions(std::string_view answer,
                                                         const std::vector<std::string>& statements,
                                                         core::RuleSet rules,
                                                         const PairLabels& labels = {});
/// The usable ones alone.
[[nodiscard]] std::vector<QuestionAnswer> parse_questions(
    std::string_view answer, const std::vector<std::string>& statements, core::RuleSet rules);

}  // namespace clue::datagen
