// RunStore: reading.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/files.h"
#include "base/json.h"
#include "core/json.h"
#include "core/names.h"
#include "store/run_store.h"
#include "store/run_store_impl.h"

namespace clue::store {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// Member of a JSON column; a null for what an older writer did not know.
const json& member(const json& object, const char* key) {
  static const json kNull;
  if (!object.is_object()) return kNull;
  const auto it = object.find(key);
  return it == object.end() ? kNull : *it;
}

template <typename T>
Result<T> read_struct(std::string_view text, std::string_view column) {
  CLUE_TRY(const json value, parse_json(text, column));
  return core::from_json<T>(value);
}

Result<PassFacts> read_facts(std::string_view spec, std::string_view model, std::string_view rest) {
  PassFacts facts;
  CLUE_TRY(facts.spec, read_struct<core::RunSpec>(spec, "run.db passes.spec"));
  CLUE_TRY(facts.model, read_struct<core::ModelInfo>(model, "run.db passes.model"));
  CLUE_TRY(const json j, parse_json(rest, "run.db passes.facts"));
  const auto text = [&](const char* key, std::string& out) {
    if (const json& v = member(j, key); v.is_string()) out = v.get<std::string>();
  };
  text("dataset_path", facts.dataset_path);
  text("command_line", facts.command_line);
  text("created", facts.created);
  std::string use;
  text("use", use);
  // A class this program does not know is treated as the strictest.
  facts.use = core::from_name<core::DataUse>(use).value_or(core::DataUse::private_);
  if (const json& v = member(j, "examples"); v.is_boolean()) facts.examples = v.get<bool>();
  if (const json& v = member(j, "planned"); v.is_number_unsigned()) {
    facts.planned = v.get<std::size_t>();
  }
  if (const json& v = member(j, "limit"); v.is_number_integer()) facts.limit = v.get<int>();
  return facts;
}

Status read_sample(TextPool& texts, std::string_view body, core::Sample& sample) {
  CLUE_TRY(const json j, parse_json(body, "run.db samples.body"));
  if (const json& v = member(j, "cluster"); v.is_string()) sample.cluster = v.get<std::string>();
  for (const auto& [name, reference] : member(j, "fields").items()) {
    CLUE_TRY(sample.fields[name], texts.get(reference));
  }
  for (const json& reference : member(j, "targets")) {
    CLUE_TRY(std::string target, texts.get(reference));
    sample.targets.push_back(std::move(target));
  }
  return {};
}

Result<core::Prompt> read_prompt(TextPool& texts, std::string_view body,
                                 const ReadOptions& options) {
  CLUE_TRY(json j, parse_json(body, "run.db generations.prompt"));
  if (member(j, "messages").is_array()) {
    for (json& message : j["messages"]) {
      if (!message.is_object()) continue;
      std::string content;
      if (options.prompt_text) {
        CLUE_TRY(content, texts.get(member(message, "content")));
      }
      message["content"] = std::move(content);
    }
  }
  return core::from_json<core::Prompt>(j);
}

Status read_scores(std::string_view text, std::vector<core::Score>& scores) {
  CLUE_TRY(const json list, parse_json(text, "run.db answers.scores"));
  for (const json& item : list) {
    CLUE_TRY(core::Score score, core::from_json<core::Score>(item));
    scores.push_back(std::move(score));
  }
  return {};
}

/// Columns: s.sample, s.body, g.position, g.prompt, g.text, g.reasoning, g.error, g.body, a.answer,
/// a.scores
Result<SampleRow> read_row(const Statement& s, TextPool& texts, const ReadOptions& options) {
  SampleRow row;
  row.sample.id = s.text(0);
  CLUE_OK(read_sample(texts, s.text(1), row.sample));
  row.position = s.integer(2);
  CLUE_TRY(row.prompt, read_prompt(texts, s.text(3), options));
  CLUE_TRY(row.generation, read_struct<core::Generation>(s.text(7), "run.db generations.body"));
  row.generation.text = s.text(4);
  row.generation.reasoning = s.text(5);
  row.generation.error = s.text(6);
  if (!s.text(8).empty()) {
    CLUE_TRY(row.answer, read_struct<core::Answer>(s.text(8), "run.db answers.answer"));
    CLUE_OK(read_scores(s.text(9), row.scores));
  }
  return row;
}

}  // namespace

Result<RunStore> RunStore::open_read(const fs::path& dir) {
  const fs::path file = dir / "run.db";
  std::error_code ec;
  if (!fs::exists(file, ec)) {
    if (ec) return file_error("read", file, ec.value());
    return Error{ErrorCode::not_found,
                 fmt::format("{}: is not a run folder (there is no run.db in it)", dir.string())};
  }
  auto impl = std::make_unique<Impl>(dir);
  CLUE_TRY(impl->db, Database::open_to_read(file));
  CLUE_OK(impl->check_schema(false));
  return RunStore(std::move(impl));
}

Result<std::vector<PassRow>> RunStore::passes() {
  CLUE_TRY(Statement s,
           impl_->db.prepare("SELECT id, key, spec, model, facts, (SELECT count(*) FROM "
                             "generations g WHERE g.pass = passes.id), (SELECT count(*) FROM "
                             "generations g WHERE g.pass = passes.id AND error <> '') FROM passes "
                             "ORDER BY id"));
  CLUE_TRY(Statement extra,
           impl_->db.prepare("SELECT name, value FROM facts WHERE pass = ? ORDER BY name"));
  std::vector<PassRow> rows;
  while (true) {
    CLUE_TRY(const bool more, s.step());
    if (!more) return rows;
    PassRow row;
    row.id = s.integer(0);
    row.key = s.text(1);
    CLUE_TRY(row.facts, read_facts(s.text(2), s.text(3), s.text(4)));
    row.done = static_cast<std::size_t>(s.integer(5));
    row.errors = static_cast<std::size_t>(s.integer(6));
    extra.bind(1, row.id);
    while (true) {
      CLUE_TRY(const bool fact, extra.step());
      if (!fact) break;
      row.facts.extra[std::string(extra.text(0))] = extra.text(1);
    }
    extra.reset();
    rows.push_back(std::move(row));
  }
}

Status RunStore::samples(PassId pass, core::RuleSet rules,
                         const std::function<bool(const SampleRow&)>& visit,
                         const ReadOptions& options) {
  CLUE_TRY(Statement s,
           impl_->db.prepare("SELECT s.sample, s.body, g.position, g.prompt, g.text, g.reasoning, "
                             "g.error, g.body, a.answer, a.scores FROM generations g JOIN samples "
                             "s ON s.id = g.sample LEFT JOIN answers a ON a.generation = g.id AND "
                             "a.rules = ? WHERE g.pass = ? ORDER BY g.position, g.id"));
  s.bind(1, core::name(rules));
  s.bind(2, pass);
  while (true) {
    CLUE_TRY(const bool more, s.step());
    if (!more) return {};
    CLUE_TRY(const SampleRow row, read_row(s, impl_->texts, options));
    if (!visit(row)) return {};
  }
}

Result<std::vector<core::Summary>> RunStore::summaries(PassId pass, core::RuleSet rules) {
  CLUE_TRY(Statement s, impl_->db.prepare("SELECT body FROM summaries WHERE pass = ? AND rules = ? "
                                          "ORDER BY position"));
  s.bind(1, pass);
  s.bind(2, core::name(rules));
  std::vector<core::Summary> list;
  while (true) {
    CLUE_TRY(const bool more, s.step());
    if (!more) return list;
    CLUE_TRY(core::Summary summary, read_struct<core::Summary>(s.text(0), "run.db summaries.body"));
    list.push_back(std::move(summary));
  }
}

}  // namespace clue::store
