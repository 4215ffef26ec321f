#include "report/run_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "report/catalogue.h"

namespace clue::report {

namespace {

using json = nlohmann::ordered_json;

std::string detail(const core::ModelInfo& model, const std::string& key) {
  const auto found = model.details.find(key);
  return found == model.details.end() ? std::string() : found->second;
}

const char* overflow_name(core::Overflow overflow) {
  switch (overflow) {
    case core::Overflow::error:
      return "error";
    case core::Overflow::skip:
      return "skip";
    case core::Overflow::cut_documents:
      return "cut-documents";
    case core::Overflow::cut_middle:
      return "cut-middle";
  }
  return "";
}

struct Differ {
  std::string what, here, published;
};

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
    rules.insert(rules_name(pass.rules));
    sampled |= facts.spec.decoding.temperature > 0;
  }
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

const char* rules_name(core::RuleSet rules) {
  return rules == core::RuleSet::clue_2024 ? "clue-2024" : "corrected";
}

const char* use_name(core::DataUse use) {
  switch (use) {
    case core::DataUse::open:
      return "open";
    case core::DataUse::credentialed:
      return "credentialed";
    case core::DataUse::private_:
      return "private";
  }
  return "";
}

json spec_json(const core::RunSpec& s) {
  return {{"task", s.task},
          {"task_version", s.task_version},
          {"model_hash", s.model_hash},
          {"template_hash", s.template_hash},
          {"engine", s.engine},
          {"prompt_set", s.prompt_set},
          {"prompt_hash", s.prompt_hash},
          {"data_hash", s.data_hash},
          {"shots", s.shots},
          {"decoding",
           {{"temperature", s.decoding.temperature},
            {"top_p", s.decoding.top_p},
            {"min_p", s.decoding.min_p},
            {"top_k", s.decoding.top_k},
            {"seed", s.decoding.seed},
            {"max_tokens", s.decoding.max_tokens},
            {"max_reasoning_tokens", s.decoding.max_reasoning_tokens}}},
          {"prompt_seed", s.prompt_seed},
          {"overflow", overflow_name(s.overflow)},
          {"max_context", s.max_context},
          {"longhealth_limit", s.longhealth_limit},
          {"repeats", s.repeats},
          {"extra", s.extra}};
}

TextChoice choose_text(const std::vector<RunInput>& runs, std::optional<bool> asked) {
  bool open = true;
  for (const RunInput& run : runs) {
    for (const PassInput& pass : run.passes) {
      open &= pass.row.facts.use == core::DataUse::open || pass.row.facts.examples;
    }
  }
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
    if (seen[out[i]] > 1) {
      out[i] += fmt::format(" ({})", std::filesystem::path(runs[i].folder).filename().string());
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> run_marks(const RunInput& run) {
  std::vector<std::pair<std::string, std::string>> out;
  bool examples = false, subset = false, engine = false, floor = false, estimate = false;
  std::size_t missing = 0;
  std::size_t errors = 0;
  for (const PassInput& pass : run.passes) {
    const store::PassFacts& facts = pass.row.facts;
    examples |= facts.examples;
    subset |= facts.limit > 0;
    floor |= facts.model.kind == "baseline";
    engine |= detail(facts.model, "random_weights") == "true" ||
              detail(facts.model, "engine_check") == "true" ||
              detail(facts.model, "architecture") == "tiny" || facts.model.kind == "mock";
    estimate |= facts.extra.contains("token_estimate");
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
  if (estimate) {
    out.emplace_back("estimate", "Prompt lengths were estimated, not counted by the model.");
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
  const std::string folder = std::filesystem::path(run.folder).filename().string();
  return {{"id", id},
          {"name", name},
          {"folder", with_text ? run.folder : folder},
          {"model",
           {{"spec", model.spec},
            {"kind", model.kind},
            {"name", model.name},
            {"content_hash", model.content_hash},
            {"template_hash", model.template_hash},
            {"context_length", model.context_length},
            {"details", model.details}}},
          {"marks", marks},
          {"differs", list}};
}

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
                      {"title", metric_title(s->metric)},
                      {"headline", s->headline},
                      {"unit", is_share(s->metric) ? "percent" : "number"},
                      {"better", is_share(s->metric) ? "higher" : ""},
                      {"about", ""}});
    }
    out.push_back({{"name", name},
                   {"title", text != nullptr ? std::string(text->title) : name},
                   {"level", text != nullptr ? text->level : 0},
                   {"kind", text != nullptr ? std::string(text->kind) : "text"},
                   {"data_use", use_name(any->row.facts.use)},
                   {"about", text != nullptr ? std::string(text->about) : "A task of your own."},
                   {"board", text != nullptr ? std::string(text->board) : ""},
                   {"metrics", list}});
  }
  return out;
}

}  // namespace clue::report
