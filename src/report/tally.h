// What build.cc gathers from one walk over a pass's samples: status counts, score histograms,
// per-sample task scores with clusters, and the breakdowns of the task view. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/types.h"
#include "store/run_store.h"

namespace clue::report {

/// A sample's status: the answer's, else "error" where the generation failed.
[[nodiscard]] core::AnswerStatus status_of(const store::SampleRow& row);

struct Estimate {
  std::optional<double> value, low, high;
  std::size_t n = 0;
  std::optional<double> error = {};  ///< standard error
};

/// One sample's value. Equal clusters are one draw, also across tasks: LongHealth's three tasks ask
/// about the same patients.
struct Scored {
  std::string sample;
  int repeat = 0;
  std::string cluster;
  double value = 0;
};

/// A weighted part of a composite score; the parts of a whole weigh 1 together.
struct Part {
  const std::vector<Scored>* values = nullptr;
  double weight = 1;
};

/// Weighted mean of the parts' means with a 95 % interval by linearisation (Student's t, clusters
/// less one degrees of freedom): each cluster's influence is summed over all parts, so shared
/// patients and questions count once.
[[nodiscard]] Estimate clustered_mean(const std::vector<Part>& parts);
[[nodiscard]] Estimate clustered_mean(const std::vector<Scored>& values);
/// Ends kept within 0..1.
[[nodiscard]] Estimate as_share(Estimate estimate);

/// a - b over the samples both have, in a's order.
[[nodiscard]] std::vector<Scored> paired(const std::vector<Scored>& a,
                                         const std::vector<Scored>& b);

struct Term {
  std::string term;
  std::size_t a = 0, b = 0;
};

struct PassTally {
  std::string task;  ///< set before the first add()
  std::array<std::size_t, 6> status{};
  double prompt_tokens = 0, reused_tokens = 0, output_tokens = 0, seconds = 0;
  std::map<std::string, std::array<std::size_t, 20>> histograms;
  /// Mean of the headline metrics of each sample, for the interval of the task's score.
  std::vector<Scored> task_scores;
  bool task_score_complete = true;  ///< false: some sample lacks a headline metric
  struct Point {
    int prompt_tokens;
    double score;
    std::optional<double> position;  ///< of the answer in the prompt, 0..1
  };
  std::vector<Point> points;
  std::map<std::string, std::map<std::string, std::size_t>> confusion;  ///< gold -> predicted -> n
  std::map<std::string, Term> codes;     ///< code -> a: missed, b: invented
  std::map<std::string, Term> concepts;  ///< concept name -> a: missed, b: added
  std::map<std::string, Term> chapters;  ///< chapter -> a: reference codes, b: found exactly
  std::array<std::size_t, 3> coding{};   ///< letters with fewer, as many, more codes than wanted

  /// `headline`: names of the headline metrics; `kind`: label, choice, text, codes.
  void add(const store::SampleRow& row, const std::vector<std::string>& headline,
           std::string_view kind);

 private:
  void add_codes(const store::SampleRow& row);
  void add_concepts(const core::Score& score);
};

/// "A00-B99": the ICD-10 chapter of a code by its first three characters.
[[nodiscard]] std::string icd_chapter(std::string_view code);

}  // namespace clue::report
