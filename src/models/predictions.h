// Predictions made elsewhere, in the forms people have them. Used by replay:FILE, `clue score
// --predictions` and `clue import`. Reading only: which sample an order belongs to is decided in
// run/import.h. Pure but for reading the file.
//
//   CLUE_TRY(PredictionFile file, read_predictions("MeQSum/Mistral-7B/predictions.json"));
//   for (const Prediction& p : file.rows) use(p.sample, p.text);
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/types.h"

namespace clue::models {

enum class PredictionForm {
  by_id,             ///< "sample" or "id", and a text; samples_TASK.jsonl, CSV exports
  published,         ///< the published scripts' predictions.json: "Model Answer", by order
  published_choice,  ///< their predictions_task1.json: the answer is a letter, by order
  lm_eval,           ///< samples_*.jsonl of lm-evaluation-harness: "doc", "resps"
  plain,             ///< texts alone, by order
};
/// "samples_TASK.jsonl", "predictions.json of the published scripts", ... for people.
[[nodiscard]] std::string_view name(PredictionForm form);

struct Prediction {
  std::size_t line = 0;                  ///< in the file, for messages
  std::string task;                      ///< "": any
  std::string sample;                    ///< id; "": by order or by `doc`
  int repeat = 0;                        ///< with an id
  std::optional<std::string> text;       ///< none: the model's answer was lost there
  std::optional<std::string> reference;  ///< ground truth as the file has it; lists joined by ", "
  std::string question;                  ///< published_choice
  std::map<std::string, std::string> doc;  ///< lm_eval: the record that was asked about
  std::vector<core::Message> messages;     ///< what the model was asked, where the file tells
};

struct PredictionFile {
  std::string path;
  std::string sha256;  ///< of its bytes
  PredictionForm form = PredictionForm::by_id;
  std::vector<Prediction> rows;  ///< in file order; an lm_eval record with repeats gives several

  [[nodiscard]] std::string place(const Prediction& row) const;  ///< "path:12"
};

/// Reads JSON Lines, one JSON array, or CSV (by the file name's ending). Keys of the text: output,
/// text, prediction, "Model Answer"; of the id: sample, id; of the reference: reference, target,
/// "Ground Truth Answer". Error: not_found/io, or data naming file:line and key.
[[nodiscard]] Result<PredictionFile> read_predictions(const std::string& path);

}  // namespace clue::models
