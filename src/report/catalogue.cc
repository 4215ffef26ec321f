#include "report/catalogue.h"

#include <algorithm>
#include <array>

namespace clue::report {

namespace {

constexpr std::array<MetricText, 1> kAccuracy = {{{"accuracy", "Accuracy", "accuracy"}}};
constexpr std::array<MetricText, 4> kText = {{{"rouge_l_f1", "ROUGE-L", "rouge_l"},
                                              {"rouge_1_f1", "ROUGE-1", "rouge_1"},
                                              {"rouge_2_f1", "ROUGE-2", "rouge_2"},
                                              {"bertscore_f1", "BERTScore", "bertscore_f1"}}};
constexpr std::array<MetricText, 5> kConcepts = {{{"rouge_l_f1", "ROUGE-L", "rouge_l"},
                                                  {"rouge_1_f1", "ROUGE-1", "rouge_1"},
                                                  {"rouge_2_f1", "ROUGE-2", "rouge_2"},
                                                  {"bertscore_f1", "BERTScore", "bertscore_f1"},
                                                  {"concept_f1", "Concept F1", "umls_f1"}}};
constexpr std::array<MetricText, 3> kCodes = {{{"em_f1", "Exact F1", "em_f1"},
                                               {"ap_f1", "Category F1", "ap_f1"},
                                               {"valid_codes", "Valid codes", "valid_codes"}}};
constexpr std::array<MetricText, 1> kLong1 = {{{"accuracy", "Task 1", "task1_accuracy"}}};
constexpr std::array<MetricText, 1> kLong2 = {{{"accuracy", "Task 2", "task2_accuracy"}}};
constexpr std::array<MetricText, 1> kLong3 = {{{"accuracy", "Task 3", "task3_accuracy"}}};

constexpr std::array<TaskText, 8> kTasks = {{
    {"mednli", "MedNLI", 1, "label", "MedNLI",
     "Does one clinical sentence follow from another, contradict it, or neither?", kAccuracy, 1419,
     3},
    {"meqsum", "MeQSum", 1, "text", "MeQSum",
     "A patient's long inquiry, rewritten as one short question.", kText, 997, 3},
    {"problemsummary", "ProblemSummary", 1, "text", "ProblemSummary",
     "The list of problems and diagnoses that led to a stay, from an excerpt of a progress note.",
     kConcepts, 234, 3},
    {"medisumcode", "MeDiSumCode", 2, "codes", "MeDiSumCode",
     "The ICD-10 codes of all diagnoses in a discharge letter.", kCodes, 499, 1},
    {"medisumqa", "MeDiSumQA", 2, "text", "MeDiSumQA",
     "A lay person's question about a discharge letter, answered briefly.", kConcepts, 452, 1},
    {"longhealth-1", "LongHealth 1", 2, "choice", "LongHealth",
     "Multiple choice over one patient's many letters; the answer is there.", kLong1, 2000, 0},
    {"longhealth-2", "LongHealth 2", 2, "choice", "LongHealth",
     "Multiple choice with other patients' letters as distractors; half the time the answer is "
     "missing.",
     kLong2, 2000, 0},
    {"longhealth-3", "LongHealth 3", 2, "choice", "LongHealth",
     "As task 2, counting whether the model says so when the answer is missing.", kLong3, 2000, 0},
}};

struct Title {
  std::string_view name;
  std::string_view title;
};

constexpr std::array<Title, 45> kTitles = {{
    {"accuracy", "Accuracy"},
    {"accuracy_strict", "Accuracy, strict pattern"},
    {"contradiction", "Contradicts itself"},
    {"macro_f1", "Macro-F1"},
    {"rouge_l_f1", "ROUGE-L"},
    {"rouge_1_f1", "ROUGE-1"},
    {"rouge_2_f1", "ROUGE-2"},
    {"rouge_l_p", "ROUGE-L precision"},
    {"rouge_l_r", "ROUGE-L recall"},
    {"rouge_1_p", "ROUGE-1 precision"},
    {"rouge_1_r", "ROUGE-1 recall"},
    {"rouge_2_p", "ROUGE-2 precision"},
    {"rouge_2_r", "ROUGE-2 recall"},
    {"bertscore_f1", "BERTScore"},
    {"bertscore_p", "BERTScore precision"},
    {"bertscore_r", "BERTScore recall"},
    {"concept_f1", "Concept F1"},
    {"concept_p", "Concept precision"},
    {"concept_r", "Concept recall"},
    {"em_f1", "Exact F1"},
    {"em_p", "Exact precision"},
    {"em_r", "Exact recall"},
    {"ap_f1", "Category F1"},
    {"ap_p", "Category precision"},
    {"ap_r", "Category recall"},
    {"valid_codes", "Valid codes"},
    {"exact_match", "Exact match"},
    {"token_f1", "Token F1"},
    {"chapter_f1", "Chapter F1"},
    {"block_f1", "Block F1"},
    {"category_f1", "Category F1, of hierarchy"},
    {"full_f1", "Full code F1"},
    {"token_p", "Token precision"},
    {"abstained", "Said that no answer is there"},
    {"hallucinated", "Answered though none is there"},
    {"micro_p", "Micro precision"},
    {"micro_r", "Micro recall"},
    {"micro_f1", "Micro F1"},
    {"macro_p", "Macro precision, by code"},
    {"macro_r", "Macro recall, by code"},
    {"invalid_codes", "Answered codes that do not exist"},
    {"not_billable", "Answered codes that are categories"},
    {"near_miss", "Answered codes: wrong, right category"},
    {"over_coded", "Answered codes: category not wanted"},
    {"under_coded", "Wanted codes: category not answered"},
}};

}  // namespace

std::span<const TaskText> task_texts() { return kTasks; }

const TaskText* find_task_text(std::string_view name) {
  for (const TaskText& task : kTasks) {
    if (task.name == name) return &task;
  }
  return nullptr;
}

namespace {

/// "Concept F1, ICD-10-CM 2025 (1a2b3c4d), dictionary matcher" -> "ICD-10-CM 2025, dictionary";
/// "" when the signature does not name a dictionary.
std::string dictionary_of(std::string_view signature) {
  const std::size_t start = signature.find(", ");
  // The dictionary's hash in brackets ends its name, which may hold commas itself.
  const std::size_t hash = signature.find(" (", start == std::string_view::npos ? 0 : start);
  const std::size_t end = signature.find("), ", hash == std::string_view::npos ? 0 : hash);
  if (start == std::string_view::npos || hash == std::string_view::npos ||
      end == std::string_view::npos) {
    return "";
  }
  std::string_view recogniser = signature.substr(end + 3);
  recogniser = recogniser.substr(0, recogniser.find(", "));
  if (recogniser == "dictionary matcher") recogniser = "dictionary";
  return std::string(signature.substr(start + 2, hash - start - 2)) + ", " +
         std::string(recogniser);
}

}  // namespace

std::string metric_title(std::string_view name, std::string_view signature) {
  for (const Title& title : kTitles) {
    if (title.name != name) continue;
    const std::string dictionary =
        name.starts_with("concept") ? dictionary_of(signature) : std::string();
    if (dictionary.empty()) return std::string(title.title);
    // The published name is kept for what it means: the published dictionary.
    const bool umls = signature.starts_with("UMLS F1") && name == "concept_f1";
    return (umls ? "UMLS F1" : std::string(title.title)) + " (" + dictionary + ")";
  }
  return std::string(name);
}

std::string_view pinned(std::string_view signature) {
  return signature.substr(0, signature.find("|cut:"));
}

std::string task_title(std::string_view name) {
  const TaskText* text = find_task_text(name);
  return std::string(text != nullptr ? text->title : name);
}

bool lower_is_better(std::string_view metric) {
  static constexpr std::array<std::string_view, 7> kMistakes = {
      "contradiction", "hallucinated", "invalid_codes", "not_billable",
      "near_miss",     "over_coded",   "under_coded"};
  return std::find(kMistakes.begin(), kMistakes.end(), metric) != kMistakes.end();
}

bool is_share(std::string_view metric) {
  return metric != "codes" && !metric.starts_with("n_") && !metric.ends_with("_count") &&
         !metric.starts_with("concepts_");
}

}  // namespace clue::report
