#include <algorithm>
#include <array>

#include "base/text.h"
#include "metrics/choice.h"
#include "metrics/icd.h"
#include "metrics/label.h"
#include "tasks/scoring.h"

namespace clue::tasks {
namespace {

using core::Answer;
using core::AnswerStatus;
using core::Generation;

/// How a declining answer begins, lower case, with the plain apostrophe.
constexpr std::array<std::string_view, 26> kRefusals = {"i'm sorry, but i can",
                                                        "i am sorry, but i can",
                                                        "i'm sorry, i can",
                                                        "i am sorry, i can",
                                                        "sorry, but i can",
                                                        "sorry, i can",
                                                        "i'm sorry, but i'm",
                                                        "i apologize, but i",
                                                        "i apologise, but i",
                                                        "i cannot ",
                                                        "i can't ",
                                                        "i can not ",
                                                        "i'm unable to",
                                                        "i am unable to",
                                                        "i'm not able to",
                                                        "i am not able to",
                                                        "as an ai",
                                                        "as a language model",
                                                        "as a large language",
                                                        "i won't ",
                                                        "i must decline",
                                                        "i'm not comfortable",
                                                        "i am not comfortable",
                                                        "i will not ",
                                                        "unfortunately, i can",
                                                        "i do not feel comfortable"};
constexpr std::size_t kRefusalLength = 700;  // bytes; longer texts say something after all

/// What the generation's end says before anything is read: error, cut in reasoning, or go on.
bool ended_early(const Generation& generation, Answer& answer) {
  if (!generation.error.empty()) {
    answer.status = AnswerStatus::error;
    answer.note = generation.error;
    return true;
  }
  if (generation.overflow) {
    answer.status = AnswerStatus::cut;
    answer.note = "the prompt does not fit into the context and was skipped";
    return true;
  }
  if (trim(generation.text).empty() && !generation.reasoning.empty() &&
      generation.stop == core::StopReason::length) {
    answer.status = AnswerStatus::cut_reasoning;
    answer.note = "the token limit was reached inside the reasoning";
    return true;
  }
  return false;
}

/// Nothing could be read: says why.
void mark_unread(const Generation& generation, Answer& answer) {
  if (is_refusal(generation.text)) {
    answer.status = AnswerStatus::refused;
  } else if (generation.stop == core::StopReason::length) {
    answer.status = AnswerStatus::cut;
  } else {
    answer.status = AnswerStatus::none;
  }
}

}  // namespace

bool is_refusal(std::string_view text) {
  text = trim(text);
  if (text.empty() || text.size() > kRefusalLength) return false;
  std::string head = replace_all(ascii_lower(text.substr(0, 120)), "\xE2\x80\x99", "'");
  for (const std::string_view filler : {"well, ", "hello! ", "hello, ", "hi! ", "thank you. "}) {
    if (head.starts_with(filler)) head.erase(0, filler.size());
  }
  return std::any_of(kRefusals.begin(), kRefusals.end(),
                     [&](std::string_view start) { return head.starts_with(start); });
}

std::vector<std::string> option_texts(const core::Sample& sample) {
  std::vector<std::string> out;
  for (char letter = 'A'; letter <= 'Z'; ++letter) {
    const auto it = sample.fields.find(std::string("option_") + letter);
    if (it == sample.fields.end()) break;
    out.push_back(it->second);
  }
  return out;
}

Answer parse_text(const Task&, const core::Sample&, const Generation& generation, core::RuleSet) {
  Answer answer;
  if (ended_early(generation, answer)) return answer;
  answer.value = generation.text;
  answer.end = generation.text.size();
  if (trim(generation.text).empty() || is_refusal(generation.text) ||
      generation.stop == core::StopReason::length) {
    mark_unread(generation, answer);
  }
  return answer;
}

Answer parse_label_answer(const Task& task, const core::Sample&, const Generation& generation,
                          core::RuleSet) {
  Answer answer;
  if (ended_early(generation, answer)) return answer;
  answer = metrics::parse_label(generation.text, task.file.labels);
  if (answer.status == AnswerStatus::none) mark_unread(generation, answer);
  return answer;
}

Answer parse_choice_answer(const Task&, const core::Sample& sample, const Generation& generation,
                           core::RuleSet rules) {
  Answer answer;
  if (ended_early(generation, answer)) return answer;
  answer = rules == core::RuleSet::clue_2024
               ? metrics::parse_choice_strict(generation.text)
               : metrics::parse_choice(generation.text, option_texts(sample));
  if (answer.status == AnswerStatus::none) mark_unread(generation, answer);
  return answer;
}

std::shared_ptr<const metrics::IcdTable> code_table(const Task& task, core::RuleSet rules) {
  if (task.codes != nullptr) return task.codes;
  return metrics::builtin_icd_table(metrics::icd_table_for(rules));
}

Answer parse_codes_answer(const Task& task, const core::Sample&, const Generation& generation,
                          core::RuleSet rules) {
  Answer answer;
  if (ended_early(generation, answer)) return answer;
  answer = metrics::parse_icd_answer(generation.text, rules, *code_table(task, rules));
  if (answer.status == AnswerStatus::none) mark_unread(generation, answer);
  return answer;
}

}  // namespace clue::tasks
