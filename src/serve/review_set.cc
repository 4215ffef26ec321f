#include "serve/review_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/py_random.h"
#include "base/text.h"
#include "core/names.h"
#include "datagen/qa_set.h"
#include "store/review_store.h"
#include "store/run_store.h"

namespace clue::serve {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

Span place_of(std::string_view text, std::string_view line) {
  const std::size_t at = line.empty() ? std::string_view::npos : text.find(line);
  return at == std::string_view::npos ? Span{} : Span{at, at + line.size()};
}

Span found_in(std::string_view text, std::string_view answer) {
  return place_of(text, datagen::evidence_line(text, answer));
}

/// Calls `use` for each object of an array or of JSON Lines.
Status each_record(
    const fs::path& file,
    const std::function<Status(const ordered_json&, const std::string& place)>& use) {
  CLUE_TRY(const std::string text, read_file(file));
  const std::string name = file.string();
  const std::string_view body = trim(without_bom(text));
  if (body.empty()) return Error{ErrorCode::data, name + ": empty, question records are needed"};
  const auto one = [&](const ordered_json& record, const std::string& place) -> Status {
    if (!record.is_object()) return Error{ErrorCode::data, place + ": a JSON object is needed"};
    return use(record, place);
  };
  if (body.front() == '[') {
    CLUE_TRY(const ordered_json all, parse_ordered_json(text, name));
    for (std::size_t i = 0; i < all.size(); ++i)
      CLUE_OK(one(all[i], fmt::format("{}: record {}", name, i + 1)));
    return {};
  }
  std::size_t line_number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++line_number;
    if (trim(line).empty()) continue;
    CLUE_TRY(const ordered_json record, parse_ordered_json(line, name, line_number));
    CLUE_OK(one(record, fmt::format("{}:{}", name, line_number)));
  }
  return {};
}

std::string text_of(const ordered_json& record, std::string_view key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<std::string> needed(const ordered_json& record, std::initializer_list<const char*> keys,
                           const std::string& place) {
  for (const char* key : keys) {
    if (record.contains(key)) {
      if (record[key].is_string()) return record[key].get<std::string>();
      return Error{ErrorCode::data, place + ": " + key + ": text is needed"};
    }
  }
  std::string names;
  for (const char* key : keys) names += (names.empty() ? "\"" : " or \"") + std::string(key) + '"';
  return Error{ErrorCode::data, place + ": no " + names +
                                    "; a question set has discharge_summary, "
                                    "Question and Answer"};
}

/// What the generator wrote beside the set: evidence by item, source section by letter.
struct Sidecars {
  std::map<std::string, std::pair<std::string, std::string>> evidence;  // letter line, source line
  std::map<std::string, std::string> source;
};

Result<Sidecars> read_sidecars(const fs::path& file) {
  Sidecars out;
  std::error_code ec;
  const fs::path stem = file.parent_path() / file.stem();
  if (const fs::path items = stem.string() + ".items.jsonl"; fs::exists(items, ec)) {
    CLUE_OK(each_record(items, [&](const ordered_json& r, const std::string&) -> Status {
      if (const auto e = r.find("evidence"); e != r.end() && e->is_object())
        out.evidence[text_of(r, "id")] = {text_of(*e, "letter"), text_of(*e, "source")};
      return {};
    }));
  }
  if (const fs::path letters = stem.string() + ".letters.jsonl"; fs::exists(letters, ec)) {
    CLUE_OK(each_record(letters, [&](const ordered_json& r, const std::string&) -> Status {
      out.source[text_of(r, "note_id")] = text_of(r, "source");
      return {};
    }));
  }
  return out;
}

std::string short_hash(std::string_view bytes) { return sha256_hex(bytes).substr(0, 16); }

std::string last_user_turn(const core::Prompt& prompt) {
  for (auto m = prompt.messages.rbegin(); m != prompt.messages.rend(); ++m) {
    if (m->role == core::Role::user) return m->content;
  }
  return "";
}

ReviewItem output_item(const store::SampleRow& row, const std::string& task, const fs::path& run) {
  ReviewItem item;
  item.runs = {run.string()};
  item.group = fmt::format("{} {}", task, row.sample.id);
  item.letter = last_user_turn(row.prompt);
  item.answer = row.generation.text;
  item.reference = row.prompt.target.empty() ? join(row.sample.targets, ", ") : row.prompt.target;
  item.id = store::output_id(task, row.sample.id, row.prompt.repeat, row.generation.text);
  item.letter_evidence = found_in(item.letter, item.reference);
  return item;
}

}  // namespace

Result<ReviewSet> read_pairs(const fs::path& file) {
  ReviewSet set;
  set.title = file.filename().string();
  CLUE_TRY(const Sidecars beside, read_sidecars(file));
  std::map<std::string, int> seen;
  CLUE_OK(each_record(file, [&](const ordered_json& record, const std::string& place) -> Status {
    ReviewItem item;
    CLUE_TRY(item.letter,
             needed(record, {"discharge_summary", "without_discharge_summary", "without_summary"},
                    place));
    CLUE_TRY(item.question, needed(record, {"Question"}, place));
    CLUE_TRY(item.answer, needed(record, {"Answer"}, place));
    item.group = text_of(record, "note_id");
    item.id = text_of(record, "id");
    if (item.id.empty())
      item.id = short_hash(item.letter + '\0' + item.question + '\0' + item.answer);
    if (const auto s = beside.source.find(item.group); s != beside.source.end())
      item.source = s->second;
    const auto e = beside.evidence.find(item.id);
    item.letter_evidence = e != beside.evidence.end() ? place_of(item.letter, e->second.first)
                                                      : found_in(item.letter, item.answer);
    item.source_evidence = e != beside.evidence.end() ? place_of(item.source, e->second.second)
                                                      : found_in(item.source, item.answer);
    item.record = dump_json(record);
    // The published selection can take a pair twice; each is decided for itself.
    if (const int again = seen[item.id]++; again > 0) item.id += fmt::format("-{}", again + 1);
    set.items.push_back(std::move(item));
    return {};
  }));
  return set;
}

Result<ReviewSet> read_outputs(const std::vector<fs::path>& runs, const OutputOptions& options) {
  ReviewSet set;
  set.kind = ReviewKind::outputs;
  set.title = options.task.empty() ? "model outputs" : options.task;
  std::map<std::string, std::vector<ReviewItem>> by_sample;  // task + sample: all runs' answers
  std::map<std::string, std::vector<std::string>> samples;   // task: its samples, in order
  bool text_gone = false;
  for (const fs::path& run : runs) {
    CLUE_TRY(store::RunStore store, store::RunStore::open_read(run));
    CLUE_TRY(const auto passes, store.passes());
    for (const store::PassRow& pass : passes) {
      const std::string& task = pass.facts.spec.task;
      if (!options.task.empty() && task != options.task) continue;
      CLUE_OK(store.samples(pass.id, core::RuleSet::corrected, [&](const store::SampleRow& row) {
        if (!row.generation.error.empty()) return true;
        ReviewItem item = output_item(row, task, run);
        text_gone = text_gone || item.letter.empty();
        std::vector<ReviewItem>& all = by_sample[item.group];
        auto& order = samples[task];
        if (all.empty()) order.push_back(item.group);
        const auto same = std::ranges::find(all, item.id, &ReviewItem::id);
        if (same == all.end()) {
          all.push_back(std::move(item));
        } else if (same->runs.back() != run.string()) {
          same->runs.push_back(run.string());
        }
        return true;
      }));
    }
  }
  if (samples.empty()) {
    return Error{ErrorCode::data, "no answers to rate" +
                                      (options.task.empty() ? "" : " of task " + options.task) +
                                      " in these runs"};
  }
  if (text_gone) {
    return Error{ErrorCode::data,
                 "the run holds no prompt text (it was purged), so its answers cannot be rated"};
  }
  PyRandom random(options.seed);
  for (auto& [task, order] : samples) {
    if (options.limit > 0 && order.size() > options.limit) {
      random.shuffle(order);
      order.resize(options.limit);
    }
    for (const std::string& group : order) {
      for (ReviewItem& item : by_sample[group]) set.items.push_back(std::move(item));
    }
  }
  random.shuffle(set.items);
  return set;
}

}  // namespace clue::serve
