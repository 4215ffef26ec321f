#include "tasks/longhealth.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/json.h"
#include "base/py_random.h"
#include "models/token_counters.h"
#include "tasks/scoring.h"
#include "tasks/template.h"

namespace clue::tasks {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kDistractors = 10;
constexpr int kProtocolLimit = 8140;  // tokens, task 1
constexpr int kUnlimited = 1 << 30;
constexpr int kDrawsTask1 = 5;
constexpr int kDrawsTask23 = 10;
// What the reference counts between two letters; what it inserts is shorter.
constexpr std::string_view kCountedSeparator = "\n\n-------------- NEW DOCUMENT --------------\n\n";
constexpr std::string_view kSeparator = "\n\n--------------\n\n";

std::string options_text(const std::vector<std::string>& options, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += (i == 0 ? "" : "\n") + std::string(1, static_cast<char>('A' + i)) + ": " + options[i];
  }
  return text;
}

/// Member of an object that must be a text.
Result<std::string> text_of(const ordered_json& object, const char* key, const std::string& place) {
  const auto it = object.find(key);
  if (it == object.end() || !it->is_string()) {
    return Error{ErrorCode::data,
                 place + ": \"" + key + "\" is " + (it == object.end() ? "missing" : "not a text")};
  }
  return it->get<std::string>();
}

Status read_locations(const ordered_json& question, const ordered_json& texts,
                      const std::string& place) {
  const auto it = question.find("answer_location");
  if (it == question.end() || !it->is_object()) {
    return Error{ErrorCode::data, place + ": \"answer_location\" is missing or not an object"};
  }
  for (const auto& [name, spans] : it->items()) {
    if (!texts.contains(name)) {
      return Error{ErrorCode::data, place + ": answer_location names \"" + name +
                                        "\", which is not among the patient's texts"};
    }
    const auto numbers = [&](const char* key) {
      return spans.is_object() && spans.contains(key) && spans[key].is_array() &&
             std::all_of(spans[key].begin(), spans[key].end(),
                         [](const ordered_json& n) { return n.is_number(); });
    };
    if (!numbers("start") || !numbers("end")) {
      return Error{ErrorCode::data, place + ": answer_location." + name +
                                        ": lists of numbers \"start\" and \"end\" are wanted"};
    }
  }
  return {};
}

Result<core::Sample> read_question(const Task& task, const std::string& patient, std::size_t index,
                                   const ordered_json& question, const ordered_json& texts,
                                   const std::string& path) {
  core::Sample sample;
  sample.id = patient + "/" + std::to_string(index);
  sample.cluster = patient;
  const std::string place = path + ": " + patient + ": question " + std::to_string(index);
  if (!question.is_object()) return Error{ErrorCode::data, place + ": an object is wanted"};
  CLUE_TRY(sample.fields["question"], text_of(question, "question", place));
  std::vector<std::string> options;
  for (const char* key : {"answer_a", "answer_b", "answer_c", "answer_d", "answer_e"}) {
    CLUE_TRY(std::string option, text_of(question, key, place));
    options.push_back(std::move(option));
  }
  if (task.file.variant != 1) options.emplace_back(kLongHealthAbstain);
  for (std::size_t i = 0; i < options.size(); ++i) {
    sample.fields[std::string("option_") + static_cast<char>('A' + i)] = options[i];
  }
  sample.fields["question_text"] = sample.fields["question"];
  sample.fields["options"] = options_text(options, options.size());
  CLUE_TRY(sample.fields["_correct"], text_of(question, "correct", place));
  CLUE_OK(read_locations(question, texts, place));
  sample.fields["_answer_location"] = dump_json(question["answer_location"]);
  const std::string letter = longhealth_letter(sample, task.file.variant, core::RuleSet::corrected);
  if (!letter.empty()) sample.targets = {letter};
  return sample;
}

/// Everything needed to build prompts, with token counts taken once.
class Builder {
 public:
  Builder(const Task& task, const core::Dataset& data, const PromptOptions& options,
          models::TokenCounter& counter, const EmitPrompt& emit)
      : task_(task),
        data_(data),
        options_(options),
        counter_(counter),
        emit_(emit),
        random_(options.seed) {}

  Status run() {
    CLUE_OK(count_fixed());
    for (const core::Sample& sample : data_.samples) {
      for (int draw = 0; draw < kDrawsTask1 && !finished(); ++draw) {
        CLUE_OK(prompt(sample, 1, draw, own_answer_docs(sample), own_other_docs(sample)));
      }
    }
    if (task_.file.variant == 1) return {};
    for (const core::Sample& sample : data_.samples) {
      for (int draw = 0; draw < kDrawsTask23 && !finished(); ++draw) {
        CLUE_TRY(const std::vector<std::size_t> others, distractors(sample));
        const bool with_answer = draw % 2 == 1;
        CLUE_OK(prompt(sample, with_answer ? 2 : 3, draw / 2,
                       with_answer ? own_answer_docs(sample) : std::vector<std::size_t>(), others));
      }
    }
    return {};
  }

 private:
  struct Chosen {
    std::size_t document = 0;
    bool answer = false;
    int length = 0;  ///< tokens counted for it; below 0 when nothing was left
    bool cut = false;
    int keep = 0;
  };

  [[nodiscard]] bool finished() const { return options_.limit > 0 && emitted_ >= options_.limit; }

  /// Tokens of system prompt and user turn. Unknown context: nothing is cut here, and the back
  /// end's overflow policy decides. Task 1 has a limit of its own, which a small model may not
  /// hold.
  [[nodiscard]] int limit(int variant) const {
    const int context =
        options_.model_context > 0 ? options_.model_context - options_.answer_room : kUnlimited;
    if (variant != 1) return context;
    return options_.answer_room > 0 ? std::min(options_.longhealth_limit, context)
                                    : options_.longhealth_limit;
  }

  Result<int> count(const std::string& text) {
    const auto it = counts_.find(text);
    if (it != counts_.end()) return it->second;
    CLUE_TRY(const int n, counter_.count(text));
    counts_[text] = n;
    return n;
  }

  Status count_fixed() {
    CLUE_TRY(system_, count(options_.prompts->system));
    CLUE_TRY(template_, count(options_.prompts->user));
    CLUE_TRY(separator_, count(std::string(kCountedSeparator)));
    for (const core::Document& document : data_.documents) {
      CLUE_TRY(const int n, counter_.count(document.text));
      lengths_.push_back(n);
    }
    return {};
  }

  static const ordered_json& locations(const core::Sample& sample, ordered_json& keep) {
    keep = ordered_json::parse(sample.fields.at("_answer_location"), nullptr, false);
    return keep;
  }

  std::size_t document(const std::string& cluster, const std::string& name) const {
    for (std::size_t i = 0; i < data_.documents.size(); ++i) {
      if (data_.documents[i].cluster == cluster && data_.documents[i].id == name) return i;
    }
    return data_.documents.size();
  }

  /// In the order in which answer_location names them.
  std::vector<std::size_t> own_answer_docs(const core::Sample& sample) const {
    ordered_json keep;
    std::vector<std::size_t> out;
    for (const auto& [name, spans] : locations(sample, keep).items()) {
      out.push_back(document(sample.cluster, name));
    }
    return out;
  }
  std::vector<std::size_t> own_other_docs(const core::Sample& sample) const {
    const std::vector<std::size_t> answer = own_answer_docs(sample);
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < data_.documents.size(); ++i) {
      if (data_.documents[i].cluster == sample.cluster &&
          std::find(answer.begin(), answer.end(), i) == answer.end()) {
        out.push_back(i);
      }
    }
    return out;
  }

  Result<std::vector<std::size_t>> distractors(const core::Sample& sample) {
    std::vector<std::size_t> pool;
    for (std::size_t i = 0; i < data_.documents.size(); ++i) {
      if (data_.documents[i].cluster != sample.cluster) pool.push_back(i);
    }
    if (pool.empty()) {
      return Error{ErrorCode::data, data_.path +
                                        ": tasks 2 and 3 need letters of at least one other "
                                        "patient; the file has only one patient"};
    }
    std::vector<std::size_t> out;
    for (const std::size_t i : random_.sample(pool.size(), std::min(kDistractors, pool.size()))) {
      out.push_back(pool[i]);
    }
    return out;
  }

  /// Adds one group while it fits; the first that does not fit is cut to what is left.
  void add(const std::vector<std::size_t>& group, bool answer, int max_len, int& total,
           std::vector<Chosen>& chosen) const {
    for (const std::size_t i : group) {
      const int length = lengths_[i];
      if (total + length <= max_len) {
        chosen.push_back({i, answer, length, false, length});
        total += length + separator_;
        continue;
      }
      const int left = max_len - total;
      chosen.push_back({i, answer, left, true, std::max(left, 0)});
      total = max_len;
      return;
    }
  }

  Status prompt(const core::Sample& sample, int variant, int repeat,
                const std::vector<std::size_t>& answer, const std::vector<std::size_t>& other) {
    std::vector<std::string> options = option_texts(sample);
    options.resize(5);
    if (variant != 1) options.emplace_back(kLongHealthAbstain);
    const std::string shown = options_text(options, options.size());
    const int max_len = limit(variant) - system_;
    CLUE_TRY(const int question_tokens, count(sample.fields.at("question")));
    CLUE_TRY(const int options_tokens, count(shown));
    int total = question_tokens + options_tokens + template_;
    std::vector<Chosen> chosen;
    add(answer, true, max_len, total, chosen);
    add(other, false, max_len, total, chosen);
    random_.shuffle(chosen);
    if (variant != task_.file.variant || finished()) return {};

    core::Prompt out;
    out.sample = sample.id;
    out.repeat = repeat;
    out.max_tokens = task_.file.max_tokens;
    out.prefill = options_.prompts->prefill;
    out.stop = options_.prompts->stop;
    out.target =
        variant == 3 ? "F" : right_letter(options, sample.fields.at("_correct"), options_.rules);
    out.info["max_len"] = std::to_string(max_len);
    out.info["documents"] = std::to_string(chosen.size());
    out.info["counter"] = counter_.name();
    if (!counter_.exact()) out.info["counter"] += " (estimate)";
    CLUE_OK(fill(sample, shown, chosen, out));
    ++emitted_;
    return emit_(std::move(out));
  }

  Status fill(const core::Sample& sample, const std::string& shown,
              const std::vector<Chosen>& chosen, core::Prompt& out) {
    Fields fields = sample.fields;
    fields["options"] = shown;
    std::string& joined = fields["documents"];
    for (std::size_t k = 0; k < chosen.size(); ++k) {
      const core::Document& document = data_.documents[chosen[k].document];
      if (k > 0) joined += kSeparator;
      if (!chosen[k].cut) {
        joined += document.text;
        continue;
      }
      if (chosen[k].keep > 0) {
        CLUE_TRY(const std::string head, counter_.first(document.text, chosen[k].keep));
        joined += head;
      }
      out.cuts.push_back(
          {document.cluster + "/" + document.id, lengths_[chosen[k].document], chosen[k].keep});
    }
    add_positions(sample, chosen, out);
    const std::string place = task_.file.path + ": prompts: " + options_.prompts->name;
    if (!options_.prompts->system.empty()) {
      out.messages.push_back({core::Role::system, options_.prompts->system});
    }
    CLUE_TRY(std::string user, render_template(options_.prompts->user, fields, place + ": user"));
    out.messages.push_back({core::Role::user, std::move(user)});
    return {};
  }

  /// Where the answer spans lie in the joined letters, 0..1, as the reference estimates it.
  void add_positions(const core::Sample& sample, const std::vector<Chosen>& chosen,
                     core::Prompt& out) const {
    long total = 0;
    for (const Chosen& c : chosen) total += c.length;
    ordered_json places = ordered_json::object();
    ordered_json keep;
    const ordered_json& where = locations(sample, keep);
    double first = -1;
    long start = 0;
    for (const Chosen& c : chosen) {
      const std::string& name = data_.documents[c.document].id;
      if (c.answer && total > 0) {
        ordered_json& list = places[name] = ordered_json::array();
        const ordered_json& spans = where[name];
        const std::size_t n = std::min(spans["start"].size(), spans["end"].size());
        for (std::size_t k = 0; k < n; ++k) {
          const auto at = [&](const char* key) {
            return (static_cast<double>(start) +
                    spans[key][k].get<double>() * static_cast<double>(c.length)) /
                   static_cast<double>(total);
          };
          list.push_back({{"start", at("start")}, {"end", at("end")}});
          if (first < 0) first = at("start");
        }
      }
      start += c.length;
    }
    out.info["answer_location"] = dump_json(places);
    out.info["document_tokens"] = std::to_string(total);
    if (first >= 0) out.info["answer_position"] = dump_json(nlohmann::json(first));
  }

  const Task& task_;
  const core::Dataset& data_;
  const PromptOptions& options_;
  models::TokenCounter& counter_;
  const EmitPrompt& emit_;
  PyRandom random_;
  std::unordered_map<std::string, int> counts_;  // looked up only, never walked
  std::vector<int> lengths_;
  int system_ = 0, template_ = 0, separator_ = 0;
  int emitted_ = 0;
};

}  // namespace

std::string right_letter(const std::vector<std::string>& options, std::string_view correct,
                         core::RuleSet rules) {
  const auto letter = [](std::size_t i) { return std::string(1, static_cast<char>('A' + i)); };
  for (std::size_t i = 0; rules == core::RuleSet::corrected && i < options.size(); ++i) {
    if (options[i] == correct) return letter(i);
  }
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (options[i].find(correct) != std::string::npos) return letter(i);
  }
  return "";
}

std::string longhealth_letter(const core::Sample& sample, int variant, core::RuleSet rules) {
  if (variant == 3) return "F";
  return right_letter(option_texts(sample), sample.fields.at("_correct"), rules);
}

Result<core::Dataset> load_longhealth(const Task& task, const std::string& path) {
  CLUE_TRY(const ordered_json benchmark, read_ordered_json(path));
  if (!benchmark.is_object()) {
    return Error{ErrorCode::data, path + ": an object PATIENT -> {texts, questions} is wanted"};
  }
  core::Dataset data;
  for (const auto& [patient, record] : benchmark.items()) {
    if (!record.is_object()) continue;  // a canary string at the top level
    const std::string place = path + ": " + patient;
    if (!record.contains("texts") || !record["texts"].is_object() ||
        !record.contains("questions") || !record["questions"].is_array()) {
      return Error{ErrorCode::data,
                   place + ": \"texts\" (object) and \"questions\" (list) are wanted"};
    }
    for (const auto& [name, text] : record["texts"].items()) {
      if (!text.is_string())
        return Error{ErrorCode::data, place + ": " + name + ": a text is wanted"};
      data.documents.push_back({name, patient, text.get<std::string>()});
    }
    std::size_t index = 0;
    for (const ordered_json& question : record["questions"]) {
      CLUE_TRY(core::Sample sample,
               read_question(task, patient, index++, question, record["texts"], path));
      if (sample.targets.empty()) {
        data.warnings.push_back(path + ": " + sample.id + ": no option holds the right text \"" +
                                sample.fields["_correct"] + "\"; the question is always wrong");
      }
      data.samples.push_back(std::move(sample));
    }
  }
  data.rows = data.samples.size();
  return data;
}

Status longhealth_prompts(const Task& task, const core::Dataset& data, const PromptOptions& options,
                          models::TokenCounter* counter, const EmitPrompt& emit) {
  std::unique_ptr<models::TokenCounter> estimate;  // back ends without a tokenizer: flagged in info
  if (counter == nullptr) {
    CLUE_TRY(estimate, models::open_token_counter("estimate"));
    counter = estimate.get();
  }
  PromptOptions resolved = options;
  if (resolved.prompts == nullptr) resolved.prompts = &task.file.prompts.front();
  if (resolved.longhealth_limit <= 0) resolved.longhealth_limit = kProtocolLimit;
  return Builder(task, data, resolved, *counter, emit).run();
}

}  // namespace clue::tasks
