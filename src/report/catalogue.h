// What the report knows about tasks and metrics: titles, headline metrics, and which figure of the
// published table each stands beside. One constexpr table; unknown names are shown as they are.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace clue::report {

struct MetricText {
  std::string_view name;  ///< as in core::Score
  std::string_view title;
  std::string_view published;  ///< key in published_results.json, "" for none
};

struct TaskText {
  std::string_view name;
  std::string_view title;
  int level;
  std::string_view kind;
  std::string_view board;  ///< task key in published_results.json
  std::string_view about;
  std::span<const MetricText> headline;
  int published_items;
  int shots;
};

/// A board column: one published task, made of one or more of our tasks.
[[nodiscard]] std::span<const TaskText> task_texts();
[[nodiscard]] const TaskText* find_task_text(std::string_view name);
/// "rouge_l_f1" -> "ROUGE-L"; an unknown name comes back unchanged. Concept metrics carry what
/// their signature names: "Concept F1 (ICD-10-CM 2025, dictionary)".
[[nodiscard]] std::string metric_title(std::string_view name, std::string_view signature = "");
/// A signature without what it counts ("|cut:3"): equal for figures that were computed alike.
[[nodiscard]] std::string_view pinned(std::string_view signature);
/// "meqsum" -> "MeQSum"; own tasks come back unchanged.
[[nodiscard]] std::string task_title(std::string_view name);
/// Counts and lengths are plain numbers, everything else is a share shown in percent.
[[nodiscard]] bool is_share(std::string_view metric);
/// Shares of mistakes.
[[nodiscard]] bool lower_is_better(std::string_view metric);

}  // namespace clue::report
