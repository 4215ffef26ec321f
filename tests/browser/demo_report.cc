// Writes a report of invented runs through the real store and the real writer, for the browser
// tests and the pictures in the docs. Not a user's program.
//
//   clue_demo_report OUT.html [--samples N] [--letter-words N] [--private] [--json FILE]
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/compare.h"
#include "report/report.h"
#include "store/run_store.h"

namespace {

using namespace clue;  // NOLINT: one small program

/// splitmix64: small, the same everywhere.
struct Dice {
  std::uint64_t state;
  std::uint64_t next() {
    std::uint64_t z = state += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  std::size_t below(std::size_t n) { return next() % n; }
};

const std::vector<std::string> kWords = {
    "patient", "admitted", "with",    "dyspnoea",  "and",      "oedema",     "of",
    "both",    "legs",     "started", "on",        "diuretic", "potassium",  "stable",
    "chest",   "film",     "showed",  "no",        "new",      "infiltrate", "creatinine",
    "fell",    "from",     "1.9",     "to",        "1.3",      "mg/dl",      "walks",
    "without", "aid",      "Müller",  "übrig",     "family",   "informed",   "discharged",
    "home",    "in",       "good",    "condition", "follow-up"};

std::string words(Dice& dice, std::size_t n) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) {
    if (i > 0) out += i % 14 == 0 ? (i % 70 == 0 ? "\n\n" : ".\n") : " ";
    out += kWords[dice.below(kWords.size())];
  }
  return out + ".";
}

const std::vector<std::string> kNasty = {
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">",
    "</script><!-- <b>unclosed <style>*{display:none}",
    "\xE2\x80\xAE"
    "desrever si siht\xE2\x80\xA8next\xE2\x80\xA9line \x01\x7F & &amp; &#60;",
    "javascript:alert(1) \" onfocus=alert(1) autofocus x=\"",
};

struct Demo {
  std::string task;
  std::string kind;
  std::vector<std::string> metrics;
  std::size_t n;
  int shots;
  double skill;
};

struct Model {
  std::string name, kind, base;
  double skill;
  std::map<std::string, std::string> details;
};

/// As the concept scorer explains itself: what it found on both sides.
std::string explain(const std::string& output, const std::string& reference) {
  nlohmann::ordered_json out = {{"shared", nlohmann::ordered_json::array()},
                                {"missed", nlohmann::ordered_json::array()},
                                {"added", nlohmann::ordered_json::array()}};
  const auto side = [](const std::string& text) {
    auto found = nlohmann::ordered_json::array();
    for (const char* word : {"dyspnoea", "oedema", "diuretic", "potassium", "creatinine"}) {
      const std::size_t at = text.find(word);
      if (at == std::string::npos) continue;
      found.push_back({{"begin", at}, {"end", at + std::string(word).size()}, {"name", word}});
    }
    return found;
  };
  out["prediction"] = side(output);
  out["reference"] = side(reference);
  const auto has = [](const nlohmann::ordered_json& list, const nlohmann::ordered_json& one) {
    for (const auto& m : list) {
      if (m["name"] == one["name"]) return true;
    }
    return false;
  };
  for (const auto& m : out["reference"]) {
    out[has(out["prediction"], m) ? "shared" : "missed"].push_back(m["name"]);
  }
  for (const auto& m : out["prediction"]) {
    if (!has(out["reference"], m)) out["added"].push_back(m["name"]);
  }
  return out.dump();
}

core::Summary summary(const std::string& metric, const std::vector<double>& values) {
  core::Summary s;
  s.metric = metric;
  s.headline = true;
  s.signature = metric.starts_with("concept")
                    ? "Concept F1, Invented terms 1 (0a1b2c3d), dictionary matcher"
                : metric.starts_with("bertscore") ? "bertscore|model:scibert|layer:8"
                                                  : "rules corrected; version 1";
  s.n = values.size();
  double sum = 0, squares = 0;
  for (const double v : values) sum += v;
  const double n = static_cast<double>(values.size());
  s.mean = sum / n;
  for (const double v : values) squares += (v - *s.mean) * (v - *s.mean);
  const double half = 1.96 * std::sqrt(squares / n / n);
  s.ci_low = std::max(0.0, *s.mean - half);
  s.ci_high = std::min(1.0, *s.mean + half);
  s.ci_method = "bootstrap-percentile, 2000 draws, seed 1";
  return s;
}

Status write_run(const std::filesystem::path& dir, const Model& model,
                 const std::vector<Demo>& tasks, std::size_t letter_words, bool is_private) {
  CLUE_TRY(store::RunStore store, store::RunStore::create_or_open(dir, false));
  for (const Demo& demo : tasks) {
    store::PassFacts facts;
    facts.spec.task = demo.task;
    facts.spec.model_hash = facts.model.content_hash = fmt::format("{:064x}", model.name.size());
    facts.spec.engine = "exact";
    facts.spec.prompt_set = "default";
    facts.spec.prompt_hash = "5d41402abc4b2a76b9719d911017c592";
    facts.spec.data_hash = "7d793037a0760186574b0282f2f435e7";
    facts.spec.shots = demo.shots;
    facts.model.spec =
        model.kind == "baseline" ? "baseline:lexical" : "gguf:" + model.name + ".gguf";
    facts.model.kind = model.kind;
    facts.model.name = model.name;
    facts.model.context_length = 8192;
    facts.model.details = model.details;
    if (!model.base.empty()) facts.model.details["base_model"] = model.base;
    facts.dataset_path = "data/" + demo.task;
    facts.use = is_private ? core::DataUse::private_ : core::DataUse::open;
    facts.planned = demo.n;
    facts.command_line =
        fmt::format("clue run -m {} -t {} -o runs/{}", facts.model.spec, demo.task, model.name);
    facts.created = "2026-01-15T09:30:00Z";
    facts.extra = {{"hardware", "2 cores, 24 GiB"}, {"engine version", "exact 1"}};
    CLUE_TRY(store::PassId pass, store.begin_pass(facts));
    std::map<std::string, std::vector<double>> values;
    for (std::size_t i = 0; i < demo.n; ++i) {
      Dice hard{i * 7919 + demo.task.size()};
      Dice own{i * 104729 + model.name.size() * 31 + demo.task.size()};
      const double difficulty = hard.unit();
      core::Sample sample;
      sample.id = std::to_string(i);
      if (demo.kind == "choice") {
        sample.id = fmt::format("patient_{:02}/{}", i / 20 % 20 + 1, i % 20);
        sample.cluster = fmt::format("patient_{:02}", i / 20 % 20 + 1);
      }
      core::Prompt prompt;
      prompt.sample = sample.id;
      prompt.repeat = demo.kind == "choice" ? static_cast<int>(i / 400) : 0;
      Dice letter{demo.kind == "choice" ? i / 20 % 20 : i + 17};
      prompt.messages = {
          {core::Role::system, "You are a careful clinician. Answer briefly."},
          {core::Role::user, "Letter:\n\n" + words(letter, letter_words) + "\n\nQuestion " +
                                 sample.id + ": what was the reason for the stay?"}};
      core::Generation g;
      g.prompt_tokens = static_cast<int>(static_cast<double>(letter_words) * (1.1 + hard.unit()));
      g.output_tokens = 8 + static_cast<int>(own.below(30));
      g.seconds = 0.2 + own.unit();
      core::Answer answer;
      std::vector<core::Score> scores;
      const double roll = own.unit();
      answer.status = roll < 0.02    ? core::AnswerStatus::none
                      : roll < 0.03  ? core::AnswerStatus::cut
                      : roll < 0.035 ? core::AnswerStatus::refused
                                     : core::AnswerStatus::answered;
      const bool ok = answer.status == core::AnswerStatus::answered;
      const double p = std::clamp(model.skill * demo.skill * (1.5 - difficulty), 0.02, 0.98);
      const bool right = ok && own.unit() < p;
      if (demo.kind == "label") {
        static const char* kLabels[] = {"entailment", "neutral", "contradiction"};
        const std::size_t gold = hard.below(3);
        sample.targets = {kLabels[gold]};
        answer.value = kLabels[right ? gold : (gold + 1 + own.below(2)) % 3];
        g.text = "The relation is: " + answer.value;
        answer.begin = 17;
        answer.end = g.text.size();
      } else if (demo.kind == "choice") {
        sample.targets = {"B"};
        answer.value = right ? "B" : "D";
        g.text = "The correct answer is " + answer.value + ": see the letter of day 4.";
        prompt.info["answer_position"] = fmt::format("{:.3f}", hard.unit());
      } else if (demo.kind == "codes") {
        static const char* kCodes[] = {"I500", "N179", "E119", "J189", "I10",
                                       "K219", "E785", "Z794", "A419", "F329"};
        for (std::size_t k = 0; k < 3 + hard.below(3); ++k)
          sample.targets.push_back(kCodes[(hard.below(10) + k) % 10]);
        for (const std::string& code : sample.targets) {
          if (own.unit() < p) answer.codes.push_back(code);
        }
        if (own.unit() > 0.5) answer.codes.push_back(kCodes[own.below(10)]);
        for (const std::string& code : answer.codes)
          g.text += (g.text.empty() ? "ICD-10 Codes: " : ", ") + code;
      } else {
        sample.targets = {words(hard, 14)};
        Dice same{i * 7919 + demo.task.size()};
        (void)same.unit();
        g.text = right ? sample.targets[0].substr(0, 30) + " " + words(own, 7) : words(own, 12);
      }
      if (i % 97 < kNasty.size()) g.text = kNasty[i % 97];
      if (i == 50) g.text = std::string(1000000, 'x');
      for (const std::string& metric : demo.metrics) {
        core::Score s;
        s.metric = metric;
        const bool binary = metric == "accuracy";
        s.value = binary ? (right ? 1.0 : 0.0)
                         : (ok ? std::clamp(p * 0.7 + (own.unit() - 0.5) * 0.5, 0.0, 1.0) : 0.0);
        if (metric == "concept_f1") s.why = explain(g.text, sample.targets.front());
        values[metric].push_back(*s.value);
        scores.push_back(s);
      }
      CLUE_OK(store.put_generation(pass, static_cast<std::int64_t>(i), sample, prompt, g));
      CLUE_OK(store.put_scores(pass, core::RuleSet::corrected, sample.id, prompt.repeat, answer,
                               scores));
    }
    std::vector<core::Summary> summaries;
    for (const std::string& metric : demo.metrics)
      summaries.push_back(summary(metric, values[metric]));
    CLUE_OK(store.put_summaries(pass, core::RuleSet::corrected, summaries));
    CLUE_OK(store.commit());
  }
  return {};
}

Status make(const std::string& out, std::size_t samples, std::size_t letter_words, bool is_private,
            const std::string& json) {
  const std::filesystem::path dir = out + ".runs";
  std::filesystem::remove_all(dir);
  const std::vector<std::string> text = {"rouge_l_f1", "rouge_1_f1", "rouge_2_f1", "bertscore_f1"};
  std::vector<std::string> concepts = text;
  concepts.push_back("concept_f1");
  const auto n = [&](std::size_t real) { return samples > 0 ? samples : real; };
  std::vector<Demo> all = {
      {"mednli", "label", {"accuracy"}, n(1419), 3, 0.95},
      {"meqsum", "text", text, n(997), 3, 0.7},
      {"problemsummary", "text", concepts, n(234), 3, 0.55},
      {"medisumcode", "codes", {"em_f1", "ap_f1", "valid_codes"}, n(499), 1, 0.6},
      {"medisumqa", "text", concepts, n(452), 1, 0.6},
      {"longhealth-1", "choice", {"accuracy"}, n(2000), 0, 0.9},
      {"longhealth-2", "choice", {"accuracy"}, n(2000), 0, 0.85},
      {"longhealth-3", "choice", {"accuracy"}, n(2000), 0, 0.6}};
  if (samples > 0) all = {{"medisumqa", "text", concepts, samples, 1, 0.6}};
  std::vector<Model> models = {
      {"Aurelia-8B-instruct",
       "llama",
       "",
       0.86,
       {{"quantisation", "Q8_0"}, {"family", "Aurelia"}, {"domain", "general"}}},
      {"Aurelia-8B-med",
       "llama",
       "Aurelia-8B-instruct",
       0.93,
       {{"quantisation", "Q8_0"}, {"family", "Aurelia"}, {"domain", "biomedical"}}},
      {"lexical", "baseline", "", 0.42, {}},
      {"tiny", "llama", "", 0.1, {{"random_weights", "true"}}}};
  if (samples > 0) models.resize(1);
  std::vector<report::RunInput> runs;
  for (const Model& model : models) {
    std::vector<Demo> tasks = all;
    if (model.name == "lexical") tasks.resize(2);
    if (model.name == "tiny") tasks = {{"meqsum", "text", {"rouge_l_f1"}, 24, 3, 0.2}};
    CLUE_OK(write_run(dir / model.name, model, tasks, letter_words, is_private));
    CLUE_TRY(report::RunInput run, report::read_run(dir / model.name));
    runs.push_back(std::move(run));
  }
  report::ReportOptions options;
  options.title = "Invented runs";
  options.generator = "clue";
  options.generated = "2026-01-15T12:00:00Z";
  if (samples == 0) {
    CLUE_TRY(options.comparisons, report::compare_runs(runs));
  }
  CLUE_TRY(report::Report made, report::build_report(runs, options));
  if (!json.empty()) std::ofstream(json) << made.core;
  CLUE_OK(report::write_html(out, made));
  std::filesystem::remove_all(dir);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  std::string out, json;
  std::size_t samples = 0;
  std::size_t letter_words = 220;
  bool is_private = false;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const auto number = [&] {
      std::size_t value = 0;
      const std::string text = i + 1 < argc ? argv[++i] : "";
      std::from_chars(text.data(), text.data() + text.size(), value);
      return value;
    };
    if (arg == "--samples") {
      samples = number();
    } else if (arg == "--letter-words") {
      letter_words = number();
    } else if (arg == "--private") {
      is_private = true;
    } else if (arg == "--json") {
      json = i + 1 < argc ? argv[++i] : "";
    } else {
      out = arg;
    }
  }
  if (out.empty()) return 2;
  const clue::Status done = make(out, samples, letter_words, is_private, json);
  if (done.ok()) return 0;
  std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return 1;
}
