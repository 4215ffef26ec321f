#include "report/run_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/names.h"
#include "report/catalogue.h"

namespace clue::report {

namespace {

using json = nlohmann::ordered_json;

std::string detail(const core::ModelInfo& model, const std::string& key) {
  const auto found = model.details.find(key);
  return found == model.details.end() ? std::string() : found->second;
}

bool checks_engine(const core::ModelInfo& model) {
  return detail(model, "random_weights") == "true" || detail(model, "engine_check") == "true" ||
         detail(model, "architecture") == "tiny" || model.kind == "mock";
}

struct Differ {
  std::string what, here, published;
};

/// Encoder and dictionary where they are not the published ones.
std::map<std::string, std::pair<std::string, std::string>> resources(const RunInput& run) {
  std::map<std::string, std::pair<std::string, std::string>> out;
  for (const PassInput& pass : run.passes) {
    for (const core::Summary& s : pass.summaries) {
      if (!s.headline || s.metric.find("_f1") == std::string::npos) continue;
      if (s.metric == "bertscore_f1") {
        if (!s.mean)
          out["Encoder"] = {"none: BERTScore not measured", "SciBERT, layer 8"};
        else if (s.signature.find("scibert") == std::string::npos)
          out["Encoder"] = {s.signature, "SciBERT, layer 8"};
      } else if (s.metric == "concept_f1") {
        const char* published = "UMLS, en_core_sci_sm";
        if (!s.mean)
          out["Dictionary"] = {"none: concepts not measured", published};
        else if (!s.signature.starts_with("UMLS F1"))
          out["Dictionary"] = {s.signature, published};
      }
    }
  }
  return out;
}

/// What stands between this run's figures and the published ones.
std::vector<Differ> differs(const RunInput& run) {
  std::vector<Differ> out;
  std::set<std::string> prompts, rules, engines;
  bool sampled = false;
  for (const PassInput& pass : run.passes) {
    const store::PassFacts& facts = pass.row.facts;
    const TaskText* text = find_task_text(facts.spec.task);
    const std::string title = text != nullptr ? std::string(text->title) : facts.spec.task;
    if (facts.examples) {
      out.push_back({"Data", title + ": shipped examples", "the real data"});
    } else if (text != nullptr &&
               facts.planned != static_cast<std::size_t>(text->published_items)) {
      out.push_back({"Data", fmt::format("{}: {} samples", title, facts.planned),
                     fmt::format("{}", text->published_items)});
    }
    if (text != nullptr && facts.spec.shots != text->shots) {
      out.push_back({"Examples", fmt::format("{}: {} shots", title, facts.spec.shots),
                     fmt::format("{}", text->shots)});
    }
    if (facts.spec.prompt_set != "clue-2024") prompts.insert(facts.spec.prompt_set);
    rules.insert(std::string(core::name(pass.rules)));
    sampled |= facts.spec.decoding.temperature > 0;
  }
  for (const auto& [what, shown] : resources(run)) out.push_back({what, shown.first, shown.second});
  std::string sets;
  for (const std::string& name : prompts) sets += (sets.empty() ? "" : ", ") + name;
  if (!sets.empty()) out.push_back({"Prompts", sets + " (own wording)", "clue-2024"});
  if (rules.contains("corrected")) out.push_back({"Rules", "corrected", "clue-2024"});
  if (sampled) out.push_back({"Decoding", "sampled", "greedy in the paper"});
  if (!run.passes.empty()) {
    const core::ModelInfo& model = run.passes.front().row.facts.model;
    for (const char* key : {"quantisation", "file_type"}) {
      const std::string value = detail(model, key);
      if (!value.empty() && value != "F16" && value != "BF16") {
        out.push_back({"Weights", value, "16 bit"});
        break;
      }
    }
  }
  return out;
}

}  // namespace

std::string without_folders(std::string_view text) {
  const auto last = [](std::string_view word) {
    const std::size_t slash = word.find_last_of('/');
    return slash == std::string_view::npos ? word : word.substr(slash + 1);
  };
  if (text.starts_with('/')) return std::string(last(text));  // one path, spaces and all
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const bool quoted = text[i] == '\'';
    const std::size_t from = quoted ? i + 1 : i;
    const std::size_t end = std::min(text.find_first_of(quoted ? "'" : " '=,:", from), text.size());
    if (quoted) out += '\'';
    out += last(text.substr(from, end - from));
    if (end < text.size() && (quoted || text[end] != '\'')) out += text[end];
    i = !quoted && end < text.size() && text[end] == '\'' ? end : end + 1;
  }
  return out;
}

TextChoice choose_text(const std::vector<RunInput>& runs, std::optional<bool> asked) {
  bool open = true, purged = false;
  for (const RunInput& run : runs) {
    for (const PassInput& pass : run.passes) {
      purged |= pass.row.facts.extra.contains("text_purged");
      open &= pass.row.facts.use == core::DataUse::open || pass.row.facts.examples;
    }
  }
  if (purged) return {false, "Text was purged from a run: scores and aggregates only."};
  if (asked.has_value() && *asked) {
    return {true, open ? ""
                       : "This report was written with --with-text and holds letters, prompts and "
                         "outputs of data that is not open. Do not pass it on."};
  }
  if (asked.has_value()) {
    return {false, "Written with --no-text: scores and aggregates only."};
  }
  return {open, open ? ""
                     : "Some of the data is credentialed or private, so letters, prompts, outputs "
                       "and references are left out; --with-text puts them in."};
}

std::vector<std::string> run_names(const std::vector<RunInput>& runs) {
  std::vector<std::string> out;
  std::map<std::string, int> seen;
  for (const RunInput& run : runs) {
    std::string name = run.passes.empty() ? "" : run.passes.front().row.facts.model.name;
    if (name.empty()) name = std::filesystem::path(run.folder).filename().string();
    out.push_back(name);
    ++seen[name];
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::string folder = std::filesystem::path(runs[i].folder).filename().string();
    if (seen[out[i]] > 1 && !folder.empty()) out[i] += fmt::format(" ({})", folder);
  }
  return out;
}

std::string pass_marks(const PassInput& pass) {
  const store::PassFacts& facts = pass.row.facts;
  const std::size_t answered = pass.row.done - std::min(pass.row.done, pass.row.errors);
  const std::pair<bool, std::string> marks[] = {
      {checks_engine(facts.model), "ENGINE CHECK"},
      {facts.model.kind == "baseline", "FLOOR"},
      {facts.examples, "EXAMPLES"},
      {facts.limit > 0, "SUBSET"},
      {answered < facts.planned, fmt::format("INCOMPLETE {}/{}", answered, facts.planned)},
      {facts.extra.contains("token_estimate"), "ESTIMATED TOKENS"}};
  std::string out;
  for (const auto& [holds, mark] : marks) {
    if (holds) out += (out.empty() ? "" : ", ") + mark;
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> run_marks(const RunInput& run) {
  std::vector<std::pair<std::string, std::string>> out;
  bool examples = false, subset = false, engine = false, floor = false, estimate = false;
  std::string remote;
  bool untested = false;
  std::size_t missing = 0;
  std::size_t errors = 0;
  for (const PassInput& pass : run.passes) {
    const store::PassFacts& facts = pass.row.facts;
    examples |= facts.examples;
    subset |= facts.limit > 0;
    floor |= facts.model.kind == "baseline";
    engine |= checks_engine(facts.model);
    estimate |= facts.extra.contains("token_estimate");
    if (const auto why = facts.extra.find("allow_remote"); why != facts.extra.end()) {
      remote = why->second;
    }
    const auto cuts = facts.extra.find("document_cuts");
    if (cuts != facts.extra.end()) untested |= cuts->second.starts_with("untested");
    missing += facts.planned > pass.row.done ? facts.planned - pass.row.done : 0;
    errors += pass.row.errors;
  }
  if (engine) {
    out.emplace_back("engine-check",
                     "Random weights: this checks that the engine runs. It is not a model, and its "
                     "scores mean nothing.");
  }
  if (floor) {
    out.emplace_back("floor", "No language model: a floor that any model should beat.");
  }
  if (examples) {
    out.emplace_back("examples", "Ran on the shipped invented examples, not on the real data.");
  }
  if (subset) {
    out.emplace_back("subset", "Ran with --limit: figures are of a part of the data.");
  }
  if (missing + errors > 0) {
    out.emplace_back("incomplete",
                     fmt::format("{} samples have no generation yet, {} failed. The same command "
                                 "goes on where it stopped.",
                                 missing, errors));
  }
  if (!remote.empty()) {
    out.emplace_back("remote", "Text was allowed to go to another machine: " + remote);
  }
  if (estimate) {
    out.emplace_back("estimate", "Prompt lengths were estimated, not counted by the model.");
  } else if (untested) {
    out.emplace_back("estimate",
                     "LongHealth: lengths are the model's own tokens; the text of cut documents is "
                     "not tested against the reference for this tokenizer.");
  }
  return out;
}

json run_json(const RunInput& run, const std::string& id, const std::string& name, bool with_text) {
  const core::ModelInfo model =
      run.passes.empty() ? core::ModelInfo{} : run.passes.front().row.facts.model;
  json marks = json::array();
  for (const auto& [kind, text] : run_marks(run)) {
    marks.push_back({{"kind", kind}, {"text", text}});
  }
  json list = json::array();
  for (const Differ& d : differs(run)) {
    list.push_back({{"what", d.what}, {"here", d.here}, {"published", d.published}});
  }
  json details = json::object();
  for (const auto& [key, value] : model.details) {
    details[key] = with_text ? value : without_folders(value);
  }
  return {{"id", id},
          {"name", name},
          {"folder", with_text ? run.folder : without_folders(run.folder)},
          {"model",
           {{"spec", with_text ? model.spec : without_folders(model.spec)},
            {"kind", model.kind},
            {"name", model.name},
            {"content_hash", model.content_hash},
            {"template_hash", model.template_hash},
            {"context_length", model.context_length},
            {"details", details}}},
          {"marks", marks},
          {"differs", list}};
}

namespace {

/// A metric's title over all runs: with its dictionary only where they agree on it.
std::string shared_title(const std::vector<RunInput>& runs, const std::string& task,
                         const core::Summary& metric) {
  std::string out;
  for (const RunInput& run : runs) {
    for (const PassInput& pass : run.passes) {
      if (pass.row.facts.spec.task != task) continue;
      for (const core::Summary& s : pass.summaries) {
        if (s.metric != metric.metric || !s.mean) continue;
        const std::string title = metric_title(s.metric, s.signature);
        if (!out.empty() && title != out) return metric_title(s.metric) + " (dictionaries differ)";
        out = title;
      }
    }
  }
  return out.empty() ? metric_title(metric.metric) : out;
}

}  // namespace

json tasks_json(const std::vector<RunInput>& runs) {
  json out = json::array();
  std::vector<std::string> names;
  for (const TaskText& text : task_texts()) names.emplace_back(text.name);
  for (const RunInput& run : runs) {
    for (const PassInput& pass : run.passes) {
      const std::string& task = pass.row.facts.spec.task;
      if (std::ranges::find(names, task) == names.end()) names.push_back(task);
    }
  }
  for (const std::string& name : names) {
    const TaskText* text = find_task_text(name);
    const PassInput* any = nullptr;
    std::vector<const core::Summary*> metrics;
    for (const RunInput& run : runs) {
      for (const PassInput& pass : run.passes) {
        if (pass.row.facts.spec.task != name) continue;
        if (any == nullptr) any = &pass;
        for (const core::Summary& s : pass.summaries) {
          if (std::ranges::none_of(metrics, [&](const auto* m) { return m->metric == s.metric; })) {
            metrics.push_back(&s);
          }
        }
      }
    }
    if (any == nullptr) continue;
    std::ranges::stable_sort(metrics, {}, [](const auto* m) { return !m->headline; });
    json list = json::array();
    for (const core::Summary* s : metrics) {
      list.push_back({{"name", s->metric},
                      {"title", shared_title(runs, name, *s)},
                      {"headline", s->headline},
                      {"unit", is_share(s->metric) ? "percent" : "number"},
                      {"better", lower_is_better(s->metric) ? "lower"
                                 : is_share(s->metric)      ? "higher"
                                                            : ""},
                      {"about", ""}});
    }
    out.push_back({{"name", name},
                   {"title", text != nullptr ? std::string(text->title) : name},
                   {"level", text != nullptr ? text->level : 0},
                   {"kind", text != nullptr ? std::string(text->kind) : "text"},
                   {"data_use", core::name(any->row.facts.use)},
                   {"about", text != nullptr ? std::string(text->about) : "A task of your own."},
                   {"board", text != nullptr ? std::string(text->board) : ""},
                   {"metrics", list}});
  }
  return out;
}

}  // namespace clue::report
