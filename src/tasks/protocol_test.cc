// The protocol against the reference's own numbers (read from the shared folder where it is there).
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/files.h"
#include "base/json.h"
#include "base/py_random.h"
#include "base/test_paths.h"
#include "base/text.h"
#include "models/token_counters.h"
#include "tasks/dataset.h"
#include "tasks/library.h"
#include "tasks/longhealth.h"
#include "tasks/render.h"

namespace clue::tasks {
namespace {

using nlohmann::json;

Task task_named(std::string_view name) { return find_task(name, load_library().value()).value(); }

std::vector<core::Prompt> all_prompts(const Task& task, const core::Dataset& data,
                                      const PromptOptions& options,
                                      models::TokenCounter* counter = nullptr) {
  std::vector<core::Prompt> out;
  const Status s = build_prompts(task, data, options, counter, [&](core::Prompt p) -> Status {
    out.push_back(std::move(p));
    return {};
  });
  EXPECT_TRUE(s.ok()) << (s.ok() ? "" : s.error().message);
  return out;
}

std::vector<json> lines_of(const std::filesystem::path& path) {
  std::vector<json> out;
  const std::string text = read_file(path).value();
  for (const std::string_view line : split_lines(text)) out.push_back(json::parse(line));
  return out;
}

TEST(Protocol, MeqsumOrderIsTheReferences) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const Task task = task_named("meqsum");
  const auto data = load_dataset(
      task,
      {.path =
           (*shared / "data/meqsum" / "MeQSum_ACL2019_BenAbacha_Demner-Fushman.xlsx").string()});
  ASSERT_TRUE(data.ok()) << data.error().message;
  EXPECT_TRUE(data->warnings.empty());
  const json golden = read_json(*shared / "golden/metrics/meqsum_order.json").value();
  std::vector<std::string> order;
  for (const core::Sample& s : data->shots) order.push_back(s.id);
  for (const core::Sample& s : data->samples) order.push_back(s.id);
  std::vector<std::string> wanted;
  for (const json& row : golden["order"]) wanted.push_back(std::to_string(row.get<int>()));
  ASSERT_EQ(order.size(), 1000U);
  order.resize(wanted.size());  // the golden file holds the first 303
  EXPECT_EQ(order, wanted);
  const auto prompts = all_prompts(task, *data, {});
  ASSERT_EQ(prompts.size(), 997U);
  ASSERT_EQ(prompts[0].messages.size(), 8U);  // system, three examples, the item
  EXPECT_EQ(prompts[0].messages[2].content, data->shots[0].targets[0]);
}

/// A wording of our own with exactly the published template's token counts (golden README).
PromptSet measured_set(const std::string& tokenizer) {
  PromptSet set;
  set.name = "measured";
  const std::string frame = "<<<{documents}>>> {question_text} {options} ";
  if (tokenizer == "char") {
    set.system.assign(938, 's');
    set.user = frame + std::string(606 - frame.size(), 't');
  } else {
    for (int i = 0; i < 132; ++i) set.system += "word ";
    set.user = frame;
    for (int i = 3; i < 95; ++i) set.user += "word ";
  }
  return set;
}

void check_longhealth_run(const json& run, const std::vector<json>& rows, const std::string& path) {
  const std::string tokenizer =
      run["tokenizer"].get<std::string>().substr(0, run["tokenizer"].get<std::string>().find(':'));
  auto counter = models::open_token_counter(tokenizer).value();
  const PromptSet set = measured_set(tokenizer);
  const PromptOptions options{.prompts = &set,
                              .rules = core::RuleSet::clue_2024,
                              .seed = run["seed"].get<std::uint64_t>(),
                              .limit = 0,
                              .repeats = 1,
                              .model_context = run["model_context"].get<int>(),
                              .longhealth_limit = run["max_len_argument"].get<int>()};
  for (int variant = 1; variant <= 3; ++variant) {
    const Task task = task_named("longhealth-" + std::to_string(variant));
    const core::Dataset data = load_dataset(task, {.path = path}).value();
    const auto prompts = all_prompts(task, data, options, counter.get());
    std::size_t next = 0;
    for (const json& row : rows) {
      if (row["run"] != run["run"] || row["task"] != variant) continue;
      ASSERT_LT(next, prompts.size());
      const core::Prompt& p = prompts[next++];
      const std::string where =
          row["run"].get<std::string>() + std::to_string(row["seq"].get<int>());
      EXPECT_EQ(p.sample, row["patient"].get<std::string>() + "/" +
                              std::to_string(row["question"].get<int>()));
      EXPECT_EQ(p.info.at("max_len"), std::to_string(row["max_len"].get<int>())) << where;
      EXPECT_EQ(p.target, row["gt"].is_null() ? "" : row["gt"].get<std::string>()) << where;
      const std::string& user = p.messages[1].content;
      const std::size_t end = user.rfind(">>> ");
      EXPECT_EQ(user.substr(3, end - 3), row["documents"].get<std::string>()) << where;
      const json places = json::parse(p.info.at("answer_location"));
      EXPECT_EQ(places, row["answer_location"]) << where;
    }
    EXPECT_EQ(next, prompts.size());
  }
}

TEST(Protocol, LongHealthPromptsAreTheReferences) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  const auto dir = *shared / "golden/longhealth";
  const std::vector<json> rows = lines_of(dir / "longhealth_prompts.jsonl");
  const json runs = read_json(dir / "longhealth_runs.json").value();
  for (const json& run : runs) {
    check_longhealth_run(run, rows, (dir / "longhealth_data.json").string());
  }
}

TEST(Protocol, LongHealthRightLetterBothRules) {
  using core::RuleSet;
  // The published rule takes the first option that contains the right text.
  EXPECT_EQ(right_letter({"No aspirin", "aspirin"}, "aspirin", RuleSet::clue_2024), "A");
  EXPECT_EQ(right_letter({"No aspirin", "aspirin"}, "aspirin", RuleSet::corrected), "B");
  EXPECT_EQ(right_letter({"1. yes", "yes"}, "yes ", RuleSet::clue_2024), "");
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  for (const json& row : lines_of(*shared / "golden/longhealth/longhealth_correct_answer.jsonl")) {
    std::vector<std::string> options;
    for (const json& key : row["keys_in_order"]) {
      const std::string name = key.get<std::string>();
      if (name.starts_with("answer_") && name != "answer_location") {
        options.push_back(row["question"][name].get<std::string>());
      }
    }
    EXPECT_EQ(
        right_letter(options, row["question"]["correct"].get<std::string>(), RuleSet::clue_2024),
        row["answer"].is_null() ? "" : row["answer"].get<std::string>());
  }
}

TEST(Protocol, DistractorsAreTheReferences) {
  const auto shared = shared_dir();
  if (!shared) GTEST_SKIP() << kNoShared;
  for (const json& row :
       lines_of(*shared / "golden/longhealth/longhealth_sample_distractions.jsonl")) {
    std::vector<std::string> pool;
    for (int p = 0; p < 5; ++p) {
      if ("p" + std::to_string(p) == row["patient"]) continue;
      for (int t = 0; t < 4; ++t) {
        pool.push_back("text " + std::to_string(p) + "." + std::to_string(t));
      }
    }
    PyRandom random(row["seed"].get<std::uint64_t>());
    std::vector<std::string> got;
    const std::size_t n = std::min(row["n"].get<std::size_t>(), pool.size());
    for (const std::size_t i : random.sample(pool.size(), n)) got.push_back(pool[i]);
    EXPECT_EQ(json(got), row["result"]);
  }
}

TEST(Examples, EveryTaskLoadsAndRenders) {
  const auto dir = source_dir() / "examples";
  auto counter = models::open_token_counter("ws").value();
  const std::vector<Task> tasks = select_tasks("all", load_library().value()).value();
  for (const Task& task : tasks) {
    const auto place = find_data(task, {.files = {}, .dirs = {}, .examples = dir});
    ASSERT_TRUE(place.ok()) << place.error().message;
    EXPECT_TRUE(place->examples);
    const auto data = load_dataset(task, {.path = place->path, .examples = true});
    ASSERT_TRUE(data.ok()) << data.error().message;
    EXPECT_TRUE(data->warnings.empty()) << task.file.name << ": " << data->warnings[0];
    EXPECT_GE(data->rows, 24U) << task.file.name;
    for (const PromptSet& set : task.file.prompts) {
      PromptOptions options;
      options.prompts = &set;
      const auto prompts = all_prompts(task, *data, options, counter.get());
      const std::size_t draws = task.file.variants > 0 ? 5 : 1;
      EXPECT_EQ(prompts.size(), data->samples.size() * draws) << task.file.name;
    }
  }
}

TEST(Examples, NoShotIsEverScored) {
  const auto dir = source_dir() / "examples";
  const std::vector<Task> tasks = select_tasks("all", load_library().value()).value();
  for (const Task& task : tasks) {
    if (task.file.variants > 0) continue;
    const auto place = find_data(task, {.files = {}, .dirs = {}, .examples = dir}).value();
    for (const int shots : {0, 1, 3, 5}) {
      const auto data = load_dataset(task, {.path = place.path, .shots = shots}).value();
      std::set<std::string> seen;
      for (const core::Sample& s : data.shots) seen.insert(s.id);
      EXPECT_EQ(seen.size(), static_cast<std::size_t>(shots));
      for (const core::Sample& s : data.samples) EXPECT_TRUE(seen.insert(s.id).second) << s.id;
      for (const core::Prompt& p : all_prompts(task, data, {})) {
        for (const core::Sample& s : data.shots) EXPECT_NE(p.sample, s.id);
      }
    }
  }
}

TEST(Examples, PartOfALongHealthTaskIsThePartOfTheWhole) {
  auto counter = models::open_token_counter("char").value();
  const std::string path = (source_dir() / "examples/LongHealth/benchmark_v5.json").string();
  const Task task = task_named("longhealth-2");
  const auto data = load_dataset(task, {.path = path}).value();
  PromptOptions options;
  options.model_context = 9000;
  const auto whole = all_prompts(task, data, options, counter.get());
  options.limit = 7;
  const auto part = all_prompts(task, data, options, counter.get());
  ASSERT_EQ(part.size(), 7U);
  for (std::size_t i = 0; i < part.size(); ++i) {
    EXPECT_EQ(prompt_json("t", part[i]), prompt_json("t", whole[i]));
  }
}

TEST(Examples, LongHealthLeavesRoomForTheAnswer) {
  auto counter = models::open_token_counter("ws").value();
  const std::string path = (source_dir() / "examples/LongHealth/benchmark_v5.json").string();
  for (const char* name : {"longhealth-1", "longhealth-3"}) {
    const Task task = task_named(name);
    const auto data = load_dataset(task, {.path = path}).value();
    PromptOptions options;
    options.model_context = 700;
    options.answer_room = 100;
    bool cut = false;
    for (const core::Prompt& p : all_prompts(task, data, options, counter.get())) {
      int tokens = 0;
      for (const core::Message& m : p.messages) tokens += *counter->count(m.content);
      EXPECT_LE(tokens, 600 + 20) << name;  // the separator counted is not the one inserted
      cut = cut || !p.cuts.empty();
    }
    EXPECT_TRUE(cut) << name;
  }
}

TEST(Data, OwnSetsGetTheirOwnName) {
  const auto dir = source_dir() / "examples";
  const Task qa = task_named("medisumqa");
  const std::string path = (dir / "MeDiSumQA/MeDiSumQA.json").string();
  EXPECT_EQ(load_dataset(qa, {.path = path})->task, "medisumqa");
  const auto own = load_dataset(qa, {.path = path, .own = true}).value();
  EXPECT_EQ(own.task, "medisumqa:" + own.sha256.substr(0, 8));
  // The published number of records is not enough: the file must carry the published name too.
  TempDir tmp;
  std::string lines;
  for (int i = 0; i < 453; ++i) {
    lines += "{\"discharge_summary\":\"L\",\"Question\":\"q" + std::to_string(i) +
             "\",\"Answer\":\"a\"}\n";
  }
  for (const char* name : {"mine.json", "MeDiSumQA.json"}) {
    ASSERT_TRUE(write_file_atomic(tmp / name, lines).ok());
    const auto set = load_dataset(qa, {.path = (tmp / name).string(), .own = true}).value();
    EXPECT_EQ(set.task.find(':') != std::string::npos, std::string(name) == "mine.json");
  }
}

TEST(Data, RowCountsThatDifferAreWarnings) {
  const Task task = task_named("mednli");
  const auto data =
      load_dataset(task, {.path = (source_dir() / "examples/MedNLI/mli_test_v1.jsonl").string()});
  ASSERT_TRUE(data.ok());
  ASSERT_EQ(data->warnings.size(), 1U);
  EXPECT_NE(data->warnings[0].find("expected 1422 records, found 27"), std::string::npos);
}

TEST(Data, WildFilesLoad) {
  TempDir tmp;
  const auto put = [&](const std::string& name, const std::string& text) {
    EXPECT_TRUE(write_file_atomic(tmp / name, text).ok());
    return (tmp / name).string();
  };
  const Task qa = task_named("medisumqa");
  const auto mixed = load_dataset(
      qa, {.path = put(
               "a.jsonl",
               "{\"discharge_summary\":\"L1\",\"Question\":\"q\",\"Answer\":\"a\"}\n"
               "{\"without_summary\":\"L2\",\"Question\":\"q\",\"Answer\":\"a\"}\n"
               "{\"without_discharge_summary\":\"L3\",\"Question\":\"q\",\"Answer\":\"a\"}\n")});
  ASSERT_TRUE(mixed.ok()) << mixed.error().message;
  std::set<std::string> letters;
  for (const auto* list : {&mixed->shots, &mixed->samples}) {
    for (const core::Sample& s : *list) letters.insert(s.fields.at("discharge_summary"));
  }
  EXPECT_EQ(letters, (std::set<std::string>{"L1", "L2", "L3"}));

  const Task problems = task_named("problemsummary");
  const auto csv = load_dataset(
      problems, {.path = put("p.csv",
                             "\xEF\xBB\xBF"
                             "Summary,File ID,Assessment,Subjectives\r\n"
                             "a; b;,1.txt,A,\"S,\r\nx\"\r\nc,2.txt,,\r\n,3.txt,A,S\r\n"),
                 .shots = 0});
  ASSERT_TRUE(csv.ok()) << csv.error().message;
  ASSERT_EQ(csv->samples.size(), 2U);  // the one without a reference is left out, and said so
  ASSERT_EQ(csv->warnings.size(), 2U);
  std::set<std::string> targets;
  for (const core::Sample& s : csv->samples) targets.insert(s.targets[0]);
  EXPECT_EQ(targets, (std::set<std::string>{"a,  b, ", "c"}));

  // Guarded data: a misspelt label is shown, another word may be a name and is not.
  for (const auto& [word, shown] : {std::pair("netural", "\"netural\""),
                                    std::pair("Mustermann", "\"[10 bytes withheld]\"")}) {
    const auto label = load_dataset(
        task_named("mednli"),
        {.path = put("m.jsonl", R"({"sentence1":"a","sentence2":"b","gold_label":")" +
                                    std::string(word) + "\"}\n")});
    ASSERT_FALSE(label.ok());
    EXPECT_NE(label.error().message.find(std::string("m.jsonl:1: gold_label: ") + shown),
              std::string::npos)
        << label.error().message;
  }
}

}  // namespace
}  // namespace clue::tasks
