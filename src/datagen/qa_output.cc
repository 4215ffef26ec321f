// The files of a question set (docs/formats.md).
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "base/json.h"
#include "core/names.h"
#include "datagen/qa_set.h"
#include "models/family.h"

namespace clue::datagen {
namespace {

using nlohmann::ordered_json;

ordered_json number(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

/// The question set itself: an array with a record on each line.
std::string set_json(const QaSet& set) {
  std::string out = "[";
  for (const Choice& c : set.chosen) {
    const QaPair& pair = set.pairs[c.pair];
    const QaLetter& letter = set.letters[pair.letter];
    out += out.size() == 1 ? "\n" : ",\n";
    out += dump_json(ordered_json{{"id", pair.id},
                                  {"note_id", letter.id},
                                  {"discharge_summary", letter.evaluated},
                                  {"Question", pair.question},
                                  {"Answer", pair.answer},
                                  {"generator", set.model.name}});
  }
  return out + "\n]\n";
}

ordered_json scores_json(const QaPair& pair, ordered_json& why) {
  if (!pair.bertscore) why["bertscore"] = pair.bertscore_why;
  if (!pair.concepts) why["concept"] = pair.concepts_why;
  return {{"rouge_l", number(pair.rouge_l)},
          {"bertscore", number(pair.bertscore)},
          {"concept", number(pair.concepts)}};
}

std::string items_jsonl(const QaSet& set) {
  std::map<std::size_t, std::vector<std::size_t>> places;  // pair -> places in the set
  for (std::size_t i = 0; i < set.chosen.size(); ++i) places[set.chosen[i].pair].push_back(i);
  std::string out;
  for (std::size_t i = 0; i < set.pairs.size(); ++i) {
    const QaPair& pair = set.pairs[i];
    const QaLetter& letter = set.letters[pair.letter];
    const auto place = places.find(i);
    const bool chosen = place != places.end();
    ordered_json item{
        {"id", pair.id},
        {"note_id", letter.id},
        {"Question", pair.question},
        {"Answer", pair.answer},
        {"generator", set.model.name},
        {"letter_sha256", letter.sha256},
        {"statement", pair.statement ? ordered_json(*pair.statement) : ordered_json(nullptr)},
        {"status", chosen ? "selected" : pair.why.empty() ? "not selected" : "dropped"}};
    if (chosen) {
      item["position"] = place->second.front();
      item["chosen_by"] = std::string(set.chosen[place->second.front()].by);
      if (place->second.size() > 1) item["positions"] = place->second;
    } else {
      item["why"] = pair.why.empty() ? "pairs with less overlap came first" : pair.why;
    }
    if (pair.why.empty()) {
      ordered_json why = ordered_json::object();
      item["scores"] = scores_json(pair, why);
      if (!why.empty()) item["scores_why"] = std::move(why);
      item["evidence"] = {{"source", evidence_line(letter.source, pair.answer)},
                          {"letter", evidence_line(letter.evaluated, pair.answer)}};
    }
    item["prompts"] = {{"statements", letter.statements_prompt},
                       {"questions", letter.questions_prompt}};
    out += dump_json(item) + "\n";
  }
  return out;
}

std::string letters_jsonl(const QaSet& set) {
  std::string out;
  for (const QaLetter& letter : set.letters) {
    ordered_json dropped = ordered_json::array();
    for (const StatementLine& line : letter.dropped) {
      dropped.push_back({{"text", line.text}, {"why", line.why}});
    }
    ordered_json row{{"note_id", letter.id},
                     {"subject_id", letter.patient},
                     {"hadm_id", letter.admission},
                     {"row", letter.row},
                     {"letter_sha256", letter.sha256},
                     {"discharge_summary", letter.evaluated},
                     {"source", letter.source},
                     {"statements", letter.statements},
                     {"dropped", std::move(dropped)},
                     {"status", letter.status},
                     {"cut", letter.cut}};
    if (!letter.error.empty()) row["error"] = letter.error;
    out += dump_json(row) + "\n";
  }
  return out;
}

std::string generation_json(const QaOptions& options, const QaSet& set) {
  ordered_json counts = ordered_json::object();
  for (const auto& [name, n] : count_set(set)) counts[name] = n;
  ordered_json all{
      {"task", "medisumqa"},
      {"program", "clue " CLUE_VERSION},
      {"command", options.command_line},
      {"created", options.created},
      {"complete", set.complete()},
      {"rules", core::name(options.rules)},
      {"seed", options.seed},
      {"max_notes", options.max_notes},
      {"top_k", options.top_k},
      {"notes", options.notes.string()},
      {"profile", {{"name", options.profile.name}, {"sha256", options.profile.hash}}},
      {"language", options.profile.language},
      {"model",
       {{"name", set.model.name},
        {"spec", set.model.spec},
        {"families", models::model_families(set.model.name)},
        {"sha256", set.model.content_hash}}},
      {"prompt_set", {{"name", options.wording.name}, {"sha256", options.wording.hash}}},
      {"example_note", options.example_note},
      {"signatures",
       {{"rouge_l", "rouge_score 0.1.2, question against answer, F1"},
        {"bertscore", set.bertscore_signature},
        {"concept", set.concepts_signature}}},
      {"counts", std::move(counts)},
      {"problems", set.notes.problems},
      {"warnings", set.warnings}};
  return dump_json(all, 1) + "\n";
}

}  // namespace

std::vector<std::pair<std::string, std::size_t>> count_set(const QaSet& set) {
  std::vector<std::pair<std::string, std::size_t>> out = {
      {"letters read", set.notes.letters},
      {"rows that cannot be read", set.notes.bad_rows},
      {"letters read as cp1252", set.notes.guessed},
      {"letters the profile's filter takes", set.admitted},
      {"of those looked at, without source text", set.no_source},
      {"letters asked about", set.letters.size()}};
  std::map<std::string, std::size_t> status;
  std::map<std::string, std::size_t> lines;
  std::map<std::string, std::size_t> cut;
  std::size_t statements = 0;
  for (const QaLetter& letter : set.letters) {
    if (letter.status != "ok") ++status["letters: " + letter.status];
    for (const StatementLine& line : letter.dropped) ++lines["lines dropped: " + line.why];
    for (const std::string& step : letter.cut) ++cut["answers cut at the token limit: " + step];
    statements += letter.statements.size();
  }
  std::map<std::string, std::size_t> pairs;
  std::size_t usable = 0;
  for (const QaPair& pair : set.pairs) {
    usable += pair.why.empty() ? 1 : 0;
    if (!pair.why.empty()) ++pairs["pairs dropped: " + pair.why];
  }
  out.insert(out.end(), status.begin(), status.end());
  out.insert(out.end(), cut.begin(), cut.end());
  out.emplace_back("statements", statements);
  out.insert(out.end(), lines.begin(), lines.end());
  out.emplace_back("usable pairs", usable);
  out.insert(out.end(), pairs.begin(), pairs.end());
  out.emplace_back("pairs selected", set.chosen.size());
  return out;
}

Status write_set(const QaOptions& options, const QaSet& set) {
  CLUE_OK(make_dirs(options.out));
  const auto put = [&](const char* name, const std::string& bytes) {
    return write_file_atomic(options.out / name, bytes, kPrivateFile);
  };
  CLUE_OK(put("MeDiSumQA.letters.jsonl", letters_jsonl(set)));
  CLUE_OK(put("MeDiSumQA.items.jsonl", items_jsonl(set)));
  CLUE_OK(put("MeDiSumQA.generation.json", generation_json(options, set)));
  return put("MeDiSumQA.json", set_json(set));
}

}  // namespace clue::datagen
