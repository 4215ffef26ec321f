#include "run/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "core/json.h"
#include "metrics/icd.h"
#include "models/answer_stream.h"
#include "tasks/longhealth.h"

namespace clue::run {
namespace {

using core::Prompt;
using core::Sample;
using models::Prediction;
using models::PredictionFile;
using models::PredictionForm;

constexpr std::size_t kShown = 60;  // bytes of a text in a message

/// White space does not tell two references apart.
std::string squeezed(std::string_view text) {
  std::string out;
  for (const std::string_view word : py_split(text)) {
    out += (out.empty() ? "" : " ") + std::string(word);
  }
  return out;
}

std::string shown(std::string_view text) {
  const std::string one_line = squeezed(text);
  if (one_line.size() <= kShown) return one_line;
  return to_valid_utf8(std::string_view(one_line).substr(0, kShown)) + "...";
}

/// The codes of a joined list as a set-like text: order kept, dots dropped.
std::string dotless(std::string_view codes) {
  std::string out;
  for (const std::string_view code : split(codes, ',')) {
    out += (out.empty() ? "" : ",") + metrics::normal_icd(trim(code));
  }
  return out;
}

class Joiner {
 public:
  Joiner(const PredictionFile& file, const tasks::Task& task, const core::Dataset& data,
         std::span<const Prompt> prompts)
      : file_(file), task_(task), data_(data), prompts_(prompts) {
    for (const Sample& s : data.samples) samples_.emplace(s.id, &s);
  }

  Result<std::vector<const Prediction*>> join(std::vector<std::string>& warnings) {
    switch (file_.form) {
      case PredictionForm::by_id:
        return by_id(file_.rows);
      case PredictionForm::lm_eval:
        return by_doc(warnings);
      case PredictionForm::plain:
        warnings.push_back(fmt::format(
            "{}: the texts name no samples and no references: they are joined by evaluation order, "
            "and nothing could be checked",
            file_.path));
        return by_order();
      case PredictionForm::published:
      case PredictionForm::published_choice:
        return by_order();
    }
    return by_order();
  }

 private:
  using Key = std::pair<std::string, int>;

  [[nodiscard]] bool of_this_task(const Prediction& row) const {
    return row.task.empty() || row.task == data_.task || row.task == task_.file.name;
  }

  /// References may be written as this sample has them under either rule set.
  [[nodiscard]] bool same_reference(const Prediction& row, const Sample& sample,
                                    const Prompt& prompt) const {
    const std::string& given = *row.reference;
    if (task_.file.family == "longhealth") {
      for (const core::RuleSet rules : {core::RuleSet::clue_2024, core::RuleSet::corrected}) {
        if (given == tasks::longhealth_letter(sample, task_.file.variant, rules)) return true;
      }
      return false;
    }
    const std::string own = prompt.target.empty() ? join_texts(sample.targets) : prompt.target;
    if (given == own || squeezed(given) == squeezed(own)) return true;
    if (task_.file.kind == tasks::AnswerKind::label) return ascii_lower(given) == ascii_lower(own);
    return task_.file.kind == tasks::AnswerKind::codes && dotless(given) == dotless(own);
  }

  static std::string join_texts(const std::vector<std::string>& parts) {
    return clue::join(parts, ", ");
  }

  Status check(const Prediction& row, const Prompt& prompt) const {
    const Sample& sample = *samples_.at(prompt.sample);
    const auto misfit = [&](const char* what, std::string_view theirs, std::string_view ours) {
      // Texts of data that is not open do not belong into messages.
      const bool open = data_.use == core::DataUse::open;
      const std::string pair =
          open ? fmt::format(" (\"{}\" against \"{}\")", shown(theirs), shown(ours)) : "";
      return Error{
          ErrorCode::data,
          fmt::format("{}: its {} is not that of sample {} in {}{}; was the file made "
                      "from other data, in another order, or with another number of "
                      "examples (--shots; here {})?",
                      file_.place(row), what, sample.id, data_.path, pair, data_.shots.size())};
    };
    if (row.reference && !same_reference(row, sample, prompt)) {
      return misfit("ground truth", *row.reference,
                    prompt.target.empty() ? join_texts(sample.targets) : prompt.target);
    }
    const auto question = sample.fields.find("question");
    if (!row.question.empty() && question != sample.fields.end() &&
        squeezed(row.question) != squeezed(question->second)) {
      return misfit("question", row.question, question->second);
    }
    return {};
  }

  Result<std::vector<const Prediction*>> by_order() const {
    if (file_.rows.size() > prompts_.size()) {
      const std::size_t records = data_.samples.size() + data_.shots.size();
      const std::size_t spare = records - std::min(records, file_.rows.size());
      const std::string hint =
          spare < data_.shots.size() && prompts_.size() == data_.samples.size()
              ? fmt::format("; with --shots {} there would be as many", spare)
              : std::string("; is it of this task, and is this the data it was made from?");
      return Error{
          ErrorCode::data,
          fmt::format("{}: {} predictions, but {} has {} to be asked (after {} examples){}",
                      file_.path, file_.rows.size(), data_.path, prompts_.size(),
                      data_.shots.size(), hint)};
    }
    std::vector<const Prediction*> rows(prompts_.size(), nullptr);
    for (std::size_t i = 0; i < file_.rows.size(); ++i) {
      CLUE_OK(check(file_.rows[i], prompts_[i]));
      rows[i] = &file_.rows[i];
    }
    return rows;
  }

  Result<std::vector<const Prediction*>> by_id(const std::vector<Prediction>& all) const {
    std::map<Key, const Prediction*> found;
    for (const Prediction& row : all) {
      if (!of_this_task(row)) continue;
      CLUE_OK(known(row, row.sample));
      const auto [it, added] = found.emplace(Key(row.sample, row.repeat), &row);
      if (!added) {
        return Error{ErrorCode::data,
                     fmt::format("{}: sample {} (repeat {}) is there twice, first "
                                 "in line {}",
                                 file_.place(row), row.sample, row.repeat, it->second->line)};
      }
    }
    if (found.empty()) {
      return Error{ErrorCode::data, fmt::format("{}: no prediction of task {}; the first record is "
                                                "of task {}",
                                                file_.path, data_.task, all.front().task)};
    }
    return lookup(found);
  }

  /// lm-eval's records: by our own sample id, else by what was asked about, else by order.
  Result<std::vector<const Prediction*>> by_doc(std::vector<std::string>& warnings) const {
    std::map<Key, const Prediction*> found;
    std::map<std::string, std::vector<std::string>> ids;  // fields of a sample -> its ids
    for (const Sample& s : data_.samples) ids[fields_key(s.fields)].push_back(s.id);
    std::set<std::string> examples;
    for (const Sample& s : data_.shots) examples.insert(fields_key(s.fields));
    examples.erase("");
    std::map<std::string, int> seen;
    std::size_t unmatched = 0, shown = 0;
    for (const Prediction& row : file_.rows) {
      const std::string id = id_of(row, ids);
      if (id.empty()) {
        // Its own tasks ask about the whole file.
        ++(examples.contains(fields_key(row.doc)) ? shown : unmatched);
        continue;
      }
      CLUE_OK(known(row, id));
      // A new record about the same sample is its next draw; a repeat inside a record is, too.
      found.emplace(Key(id, seen[id]++), &row);
    }
    if (shown > 0) {
      warnings.push_back(
          fmt::format("{}: {} records are about the examples that prompts show here; "
                      "they are left out (--shots)",
                      file_.path, shown));
    }
    if (unmatched == file_.rows.size()) return by_order();
    if (unmatched > 0) {
      return Error{ErrorCode::data,
                   fmt::format("{}: {} of {} records are about documents that {} does not have",
                               file_.path, unmatched, file_.rows.size(), data_.path)};
    }
    return lookup(found);
  }

  [[nodiscard]] std::string fields_key(const std::map<std::string, std::string>& fields) const {
    std::string key;
    for (const auto& [name, source] : task_.file.fields) {
      auto it = fields.find(name);
      for (auto c = source.columns.begin(); it == fields.end() && c != source.columns.end(); ++c) {
        it = fields.find(*c);
      }
      if (it == fields.end()) return "";
      key += name + "\n" + squeezed(it->second) + "\n";
    }
    return key;
  }

  [[nodiscard]] std::string id_of(
      const Prediction& row, const std::map<std::string, std::vector<std::string>>& ids) const {
    const auto own = row.doc.find("sample");
    if (own != row.doc.end()) return own->second;
    const auto same = ids.find(fields_key(row.doc));
    if (same == ids.end() || same->first.empty()) return "";
    return same->second.front();
  }

  Status known(const Prediction& row, const std::string& id) const {
    if (samples_.contains(id)) return {};
    const bool shot = std::any_of(data_.shots.begin(), data_.shots.end(),
                                  [&](const Sample& s) { return s.id == id; });
    return Error{
        ErrorCode::data,
        fmt::format("{}: {} has no sample {} to be asked{}", file_.place(row), data_.path, id,
                    shot ? "; it is one of the examples that the prompts show (--shots)"
                         : "; was the file made from other data?")};
  }

  Result<std::vector<const Prediction*>> lookup(
      const std::map<Key, const Prediction*>& found) const {
    std::vector<const Prediction*> rows;
    for (const Prompt& prompt : prompts_) {
      const auto it = found.find({prompt.sample, prompt.repeat});
      rows.push_back(it == found.end() ? nullptr : it->second);
      if (rows.back() != nullptr) CLUE_OK(check(*rows.back(), prompt));
    }
    return rows;
  }

  const PredictionFile& file_;
  const tasks::Task& task_;
  const core::Dataset& data_;
  std::span<const Prompt> prompts_;
  std::unordered_map<std::string_view, const Sample*> samples_;
};

core::Generation generation_of(const Prediction* row, const PredictionFile& file,
                               const Prompt& prompt) {
  core::Generation g;
  if (row == nullptr || !row->text) {
    g.stop = core::StopReason::error;
    g.error = row == nullptr
                  ? fmt::format("{} has no prediction for sample {}, repeat {}", file.path,
                                prompt.sample, prompt.repeat)
                  : fmt::format("{}: the answer was lost when the file was made", file.place(*row));
    return g;
  }
  models::read_answer(*row->text, g);
  if (file.form == PredictionForm::published_choice) {
    // The scripts keep the letter only; this is the shortest answer they read it from.
    if (!g.text.empty()) g.text = "The correct answer is " + g.text + ":";
    g.extra["imported"] = "only the letter is known";
  }
  return g;
}

/// What the model was asked is known only where the file tells.
void only_what_is_known(const Prediction* row, Prompt& prompt) {
  prompt.messages = row == nullptr ? std::vector<core::Message>() : row->messages;
  if (!prompt.messages.empty()) return;
  prompt.cuts.clear();
  prompt.prefill.clear();
  prompt.info = {{"prompt", "not in the imported file"}};
}

}  // namespace

Result<std::vector<const Prediction*>> join_predictions(const PredictionFile& file,
                                                        const tasks::Task& task,
                                                        const core::Dataset& data,
                                                        std::span<const Prompt> prompts,
                                                        std::vector<std::string>& warnings) {
  return Joiner(file, task, data, prompts).join(warnings);
}

Result<ImportResult> import_pass(const ImportRequest& request, const PredictionFile& file,
                                 store::RunStore& store) {
  // Order, repeats and targets are what counts; the texts (hundreds of MB for LongHealth) are not
  // what the model was asked.
  std::vector<Prompt> prompts;
  CLUE_OK(request.task->def->prompts(*request.task, *request.data, request.prompts, nullptr,
                                     [&](Prompt prompt) -> Status {
                                       prompt.messages.clear();
                                       prompts.push_back(std::move(prompt));
                                       return {};
                                     }));
  ImportResult result;
  result.planned = prompts.size();
  CLUE_TRY(const std::vector<const Prediction*> rows,
           join_predictions(file, *request.task, *request.data, prompts, result.warnings));
  store::PassFacts facts = request.facts;
  facts.planned = prompts.size();
  facts.spec.engine = "imported";
  facts.spec.extra["imported"] = models::name(file.form);
  facts.spec.extra["predictions"] = file.sha256;
  CLUE_TRY(result.pass, store.begin_pass(facts));
  std::unordered_map<std::string_view, const Sample*> samples;
  for (const Sample& s : request.data->samples) samples.emplace(s.id, &s);
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const core::Generation generation = generation_of(rows[i], file, prompts[i]);
    result.done += generation.error.empty() ? 1 : 0;
    only_what_is_known(rows[i], prompts[i]);
    CLUE_TRY(const bool have,
             store.has_generation(result.pass, prompts[i].sample, prompts[i].repeat,
                                  core::prompt_hash(prompts[i])));
    if (have) continue;  // the same file once more
    CLUE_OK(store.put_generation(result.pass, static_cast<std::int64_t>(i),
                                 *samples.at(prompts[i].sample), prompts[i], generation));
  }
  CLUE_OK(store.commit());
  return result;
}

}  // namespace clue::run
