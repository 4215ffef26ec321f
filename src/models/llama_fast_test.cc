// The two modes against each other and against their goals: same answers, each shared prefix
// computed about once, full steps.
#include <gtest/gtest.h>
#include <llama.h>

#include <functional>

#include "models/gguf_model.h"
#include "models/llama_engine.h"
#include "models/llama_test_kit.h"

namespace clue::models {
namespace {

struct Mode {
  const char* name;
  const char* engine;
  std::size_t kv_memory;
};

ModelOptions with(const Mode& mode) {
  ModelOptions out = options();
  out.engine = mode.engine;
  out.kv_memory = mode.kv_memory;
  return out;
}

std::string sentence(unsigned seed) {
  static const char* const kWords[] = {"patient", "fever", "cough", "stable", "wound",
                                       "kidney",  "pain",  "mild",  "chronic"};
  std::string out = "The";
  for (int i = 0; i < 9; ++i) {
    seed = (seed * 1103515245U + 12345U) & 0x7fffffffU;
    out += std::string(" ") + kWords[(seed >> 8) % 9];
  }
  return out + ".";
}

/// As a few-shot task asks: one system text and five examples for all, three hypotheses for each
/// premise.
std::vector<core::Prompt> few_shot(int premises) {
  std::vector<core::Prompt> out;
  for (int i = 0; i < premises * 3; ++i) {
    std::vector<std::string> turns;
    for (int shot = 0; shot < 5; ++shot) {
      turns.push_back("Premise: " + sentence(shot) + " Hypothesis: " + sentence(100 + shot));
      turns.emplace_back("neutral");
    }
    turns.push_back("Premise: " + sentence(1000 + i / 3) + " Hypothesis: " + sentence(5000 + i));
    out.push_back(chat("Answer with one word.", turns));
    out.back().max_tokens = 6 + i % 3;
  }
  // As data files do: not in the order of the trie.
  for (std::size_t i = 0; i < out.size(); ++i) std::swap(out[i], out[(i * 37) % out.size()]);
  return out;
}

/// As LongHealth asks: letters of a patient in a few orders, several questions under each.
std::vector<core::Prompt> long_letters(int patients, int orders, int questions) {
  std::vector<core::Prompt> out;
  for (int p = 0; p < patients; ++p) {
    for (int o = 0; o < orders; ++o) {
      std::string letters;
      for (int d = 0; d < 3; ++d) {
        for (int s = 0; s < 12; ++s) letters += sentence(p * 100 + (d + o) % 3 * 20 + s) + " ";
      }
      for (int q = 0; q < questions; ++q) {
        out.push_back(chat("Answer from the letters.",
                           {letters + "Question: " + sentence(9000 + p * 50 + q)}));
        out.back().max_tokens = 5 + q % 4;
      }
    }
  }
  return out;
}

std::int64_t bytes_of(int tokens) {  // KV cells of the tiny model: see EngineOptions
  const auto model = open(tiny());
  return tokens * std::stoll(model->info().details.at("kv_token_bytes"));
}

const Mode kModes[] = {{"exact", "exact", 0}, {"fast", "fast", 0}};

TEST(LlamaGoals, FewShotPrefixesAreComputedOnce) {
  const std::vector<core::Prompt> prompts = few_shot(70);
  for (const Mode& mode : kModes) {
    const auto model = open(tiny(), with(mode));
    ask(*model, prompts);
    const EngineStats stats = model->stats();
    EXPECT_LE(over_lower_bound(stats), most_computed(*model, 1.05)) << mode.name;
    EXPECT_GE(over_lower_bound(stats), 1.0) << mode.name;
    EXPECT_EQ(stats.prompt_tokens, stats.computed_tokens + stats.reused_tokens) << mode.name;
    EXPECT_LT(static_cast<double>(stats.computed_tokens) * 3,
              static_cast<double>(stats.prompt_tokens) * most_computed(*model, 1))
        << mode.name;
    if (mode.engine == std::string("fast")) {
      EXPECT_GT(stats.streams, 3);
      EXPECT_GT(occupancy(stats), 0.9);
      EXPECT_GT(stats.decode_places, 0);
    }
  }
}

TEST(LlamaGoals, LongLettersStayNearTheBoundWithinTheBudget) {
  const std::vector<core::Prompt> prompts = long_letters(4, 3, 5);
  const std::int64_t budget = bytes_of(6 * 1024);
  for (const Mode& mode : {kModes[0], Mode{"fast, 2 GiB", "fast", 0},
                           Mode{"fast, small", "fast", static_cast<std::size_t>(budget)}}) {
    const auto model = open(tiny(), with(mode));
    ask(*model, prompts);
    const EngineStats stats = model->stats();
    EXPECT_LE(over_lower_bound(stats), most_computed(*model, 1.15)) << mode.name;
    if (mode.kv_memory > 0) {
      EXPECT_GT(stats.streams, 1);
      EXPECT_LT(stats.streams, 12);
      EXPECT_GT(occupancy(stats), 0.9);
    }
  }
}

TEST(LlamaModes, WindingDownKeepsWhatIsInTheStreams) {
  const std::vector<core::Prompt> prompts = few_shot(20);
  std::vector<Request> requests;
  for (const core::Prompt& prompt : prompts) requests.push_back({.prompt = &prompt});
  for (const Mode& mode : kModes) {
    const auto model = open(tiny(), with(mode));
    std::size_t done = 0;
    const Status status = model->generate(requests,
                                          [&](std::size_t, const core::Generation& g) {
                                            EXPECT_EQ(g.error, "");
                                            if (++done != 5) return;
                                            EXPECT_TRUE(model->wind_down());
                                          },
                                          {});
    ASSERT_TRUE(status) << status.error().message;
    const bool fast = mode.engine == std::string("fast");
    const auto streams = static_cast<std::size_t>(model->stats().streams);
    EXPECT_GE(done, fast ? 6U : 5U) << mode.name << ": the others' answers are not thrown away";
    EXPECT_LE(done, 5 + streams - 1) << mode.name;
    EXPECT_EQ(model->stats().differing, 0) << "only what was answered is checked";
    ask(*model, prompts);  // the next call takes all
  }
}

TEST(LlamaFast, SameTokensAsExactOnF32) {
  std::vector<core::Prompt> prompts = mixed_prompts();
  for (const core::Prompt& prompt : few_shot(10)) prompts.push_back(prompt);
  for (const core::Prompt& prompt : long_letters(2, 2, 3)) prompts.push_back(prompt);
  const auto exact = open(tiny());
  const std::vector<core::Generation> expected = ask(*exact, prompts);
  for (const int tokens : {0, 3 * 1024, 9 * 1024, 20 * 1024}) {
    const auto fast = open(tiny(), with({"", "fast", static_cast<std::size_t>(bytes_of(tokens))}));
    const std::vector<core::Generation> got = ask(*fast, prompts);
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      EXPECT_EQ(got[i].text, expected[i].text) << i << " with room for " << tokens;
    }
    const EngineStats stats = fast->stats();
    EXPECT_GT(stats.checked, 0);
    EXPECT_EQ(stats.differing, 0);
  }
}

/// The engine itself, set up as on a GPU though it computes here; texts by job, and what it
/// counted.
std::pair<std::vector<std::string>, EngineStats> run_engine(
    const std::vector<core::Prompt>& prompts, const std::function<void(EngineOptions&)>& set) {
  Result<ModelHandle> model = load_gguf(tiny(), /*vocab_only=*/false, 0);
  EXPECT_TRUE(model.ok());
  const Vocabulary vocabulary(llama_model_get_vocab(model->get()));
  const Result<ChatTemplate> chat = ChatTemplate::open(
      "", summarize_loaded(tiny(), **model).chat_template, vocabulary.chat_tokens());
  EXPECT_TRUE(chat.ok());
  std::vector<Job> jobs;
  for (const core::Prompt& prompt : prompts) {
    Job job;
    job.id = jobs.size();
    job.tokens = vocabulary.encode_chat(*chat->render(prompt));
    job.decoding.max_tokens = prompt.max_tokens;
    jobs.push_back(std::move(job));
  }
  EngineOptions how;
  how.context_limit = 4096;
  how.threads = 1;
  how.kv_token_bytes = static_cast<std::size_t>(bytes_of(1));
  how.weight_bytes = std::size_t{1} << 20;
  how.parameters = 300'000;
  set(how);
  Engine engine(model->get(), how);
  std::vector<std::string> texts(jobs.size(), "never finished");
  const FinishJob finish = [&](const Job& job, const JobResult& result) {
    EXPECT_EQ(texts[job.id], "never finished");
    texts[job.id] = result.generation.text + result.generation.error;
  };
  EXPECT_TRUE((how.fast ? engine.run_fast(jobs, finish, {}) : engine.run_exact(jobs, finish, {})));
  return {texts, engine.stats()};
}

TEST(LlamaFast, PromptsComputedTogetherGiveTheSame) {
  std::vector<core::Prompt> prompts = few_shot(20);
  for (const core::Prompt& prompt : mixed_prompts()) prompts.push_back(prompt);
  for (std::size_t i = 0; i < 7; ++i) prompts[i * 5].max_tokens = 1;  // done with the first token
  const auto fast = [](bool gpu) {
    return [gpu](EngineOptions& how) {
      how.fast = true;
      how.gpu = gpu;
      how.kv_memory = static_cast<std::size_t>(bytes_of(16 * 1024));
    };
  };
  const auto [alone, single] = run_engine(prompts, fast(false));
  const auto [together, grouped] = run_engine(prompts, fast(true));
  EXPECT_EQ(together, alone);
  EXPECT_EQ(single.padding_tokens, 0);
  EXPECT_GT(grouped.padding_tokens, 0);
  EXPECT_LT(grouped.padding_tokens, grouped.computed_tokens);
  EXPECT_LE(over_lower_bound(grouped), 1.1);
  EXPECT_EQ(grouped.prompt_tokens, single.prompt_tokens);
  EXPECT_EQ(grouped.output_tokens, single.output_tokens);
}

TEST(LlamaGoals, FixedCutsLoseLittle) {
  for (const std::vector<core::Prompt>& prompts : {few_shot(40), long_letters(4, 3, 5)}) {
    const auto [plain, anywhere] = run_engine(prompts, [](EngineOptions&) {});
    const auto [cut, fixed] = run_engine(prompts, [](EngineOptions& how) { how.gpu = true; });
    EXPECT_EQ(cut, plain);
    EXPECT_GT(fixed.computed_tokens, anywhere.computed_tokens);
    EXPECT_LT(over_lower_bound(fixed), 1.6);
  }
}

TEST(LlamaFast, LongPromptsLeaveNoPlaceEmpty) {
  std::vector<core::Prompt> prompts;
  for (int i = 0; i < 16; ++i) {
    std::string text;
    for (int s = 0; s < (i % 2 == 0 ? 1 : 80); ++s) text += sentence(i * 100 + s) + " ";
    prompts.push_back(chat("s", {text}));
    prompts.back().max_tokens = 20;
  }
  const auto exact = open(tiny());
  const std::vector<core::Generation> expected = ask(*exact, prompts);
  const auto fast = open(tiny(), with({"", "fast", static_cast<std::size_t>(bytes_of(8 * 1024))}));
  const std::vector<core::Generation> got = ask(*fast, prompts);
  EXPECT_GT(fast->stats().streams, 1);
  EXPECT_GT(occupancy(fast->stats()), 0.99);
  EXPECT_GT(fast->stats().decode_places, 0);
  for (std::size_t i = 0; i < prompts.size(); ++i) EXPECT_EQ(got[i].text, expected[i].text) << i;
}

TEST(LlamaFast, BudgetTooSmallForOneIsAnError) {
  ModelOptions small = with({"", "fast", static_cast<std::size_t>(bytes_of(100))});
  const auto model = open(tiny(), small);
  const core::Prompt prompt = mixed_prompts()[3];
  const Request request{.prompt = &prompt};
  const Status status = model->generate({&request, 1}, [](std::size_t, core::Generation) {}, {});
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("--kv-memory"), std::string::npos);
}

}  // namespace
}  // namespace clue::models
