#include "models/llama_model.h"

#include <ggml.h>
#include <gguf.h>
#include <gtest/gtest.h>

#include <fstream>

#include "models/gguf_model.h"
#include "models/llama_test_kit.h"
#include "models/token_counters.h"

namespace clue::models {
namespace {

TEST(LlamaExact, BitIdenticalToEachPromptAlone) {
  const std::vector<core::Prompt> prompts = mixed_prompts();
  std::vector<std::string> alone;
  for (const core::Prompt& prompt : prompts) {
    const auto model = open(tiny());
    alone.push_back(ask(*model, {prompt})[0].text);
  }
  // Random weights amplify the last bit: a different composition would show in 24 tokens.
  for (unsigned round = 0; round < 4; ++round) {
    std::vector<std::size_t> order(prompts.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      order[i] = (i * (2 * round + 3) + round) % order.size();
    const auto model = open(tiny());
    for (std::size_t at = 0; at < order.size();) {  // passes of growing size on one model
      const std::size_t n = std::min(order.size() - at, 1 + at + round);
      std::vector<core::Prompt> some;
      for (std::size_t i = 0; i < n; ++i) some.push_back(prompts[order[at + i]]);
      const std::vector<core::Generation> got = ask(*model, some);
      for (std::size_t i = 0; i < n; ++i)
        EXPECT_EQ(got[i].text, alone[order[at + i]]) << order[at + i];
      at += n;
    }
    EXPECT_GT(model->stats().reused_tokens, 0);
  }
}

TEST(LlamaExact, ComputesLittleMoreThanTheTrie) {
  const auto model = open(tiny());
  std::vector<core::Prompt> prompts = mixed_prompts();
  ask(*model, prompts);
  const EngineStats stats = model->stats();
  EXPECT_GE(stats.computed_tokens, stats.trie_lower_bound);
  EXPECT_LE(static_cast<double>(stats.computed_tokens),
            most_computed(*model, 1.05) * static_cast<double>(stats.trie_lower_bound));
  EXPECT_EQ(stats.prompt_tokens, stats.computed_tokens + stats.reused_tokens);
}

TEST(LlamaExact, SamplingDependsOnTheSampleSeedOnly) {
  const auto model = open(tiny());
  const std::vector<core::Prompt> prompts = {chat("s", {"one"}), chat("s", {"two"})};
  core::Decoding decoding;
  decoding.temperature = 1.0;
  decoding.top_p = 0.9;
  decoding.seed = 7;
  const auto first = ask(*model, prompts, decoding);
  const auto again = ask(*model, {prompts[1], prompts[0]}, decoding);
  EXPECT_EQ(first[0].text, again[1].text);
  decoding.seed = 8;
  EXPECT_NE(ask(*model, prompts, decoding)[0].text, first[0].text);
}

TEST(LlamaScripted, SaysItsTextAndStopsAtTheEndOfTurn) {
  const std::string text = "The correct answer is B. The patient is stable, the patient is well.";
  const auto model = open(scripted(text));
  const auto out = ask(*model, mixed_prompts());
  for (const core::Generation& g : out) {
    EXPECT_EQ(g.text, text);
    EXPECT_EQ(g.stop, core::StopReason::end_of_turn);
    EXPECT_EQ(g.error, "");
    EXPECT_GT(g.prompt_tokens, 0);
  }
}

TEST(LlamaScripted, LengthStopStringAndPrefill) {
  const auto model = open(scripted("one two three four five six seven"));
  core::Prompt prompt = chat("s", {"count"});
  prompt.max_tokens = 3;
  core::Generation g = ask(*model, {prompt})[0];
  EXPECT_EQ(g.text, "one two three");
  EXPECT_EQ(g.stop, core::StopReason::length);
  EXPECT_EQ(g.output_tokens, 3);
  prompt.max_tokens = 20;
  prompt.stop = {"e four"};  // crosses a token border
  g = ask(*model, {prompt})[0];
  EXPECT_EQ(g.text, "one two thre");
  EXPECT_EQ(g.stop, core::StopReason::stop_string);
  prompt.stop = {};
  prompt.prefill = "Answer: ";
  EXPECT_EQ(ask(*model, {prompt})[0].text, "one two three four five six seven");
}

TEST(LlamaScripted, ReasoningIsSetApart) {
  const auto model = open(scripted("<think> because of the wound </think>\n\nneutral"));
  core::Prompt prompt = chat("s", {"?"});
  const core::Generation g = ask(*model, {prompt})[0];
  EXPECT_EQ(g.text, "neutral");
  EXPECT_EQ(g.reasoning, "because of the wound");
}

TEST(LlamaOverflow, NamesTheTokensAndNeverCuts) {
  ModelOptions small = options();
  small.max_context = 64;
  const auto model = open(tiny(), small);
  std::string text;
  for (int i = 0; i < 100; ++i) text += "pain ";
  const auto out = ask(*model, {chat("s", {text}), chat("s", {"short"})});
  EXPECT_TRUE(out[0].overflow);
  EXPECT_NE(out[0].error.find("tokens, but the context holds 64"), std::string::npos);
  EXPECT_EQ(out[1].error, "");
  core::Prompt longer = chat("s", {"short"});
  longer.max_tokens = 1000;
  const core::Generation full = ask(*model, {longer})[0];
  EXPECT_EQ(full.stop, core::StopReason::length);
  EXPECT_TRUE(full.extra.contains("context_full"));
  small.max_context = 1 << 20;
  EXPECT_FALSE(open_model("gguf:" + tiny(), small).ok());
}

TEST(LlamaModelFile, BadFilesHaveClearWords) {
  const auto message = [](const std::string& path) {
    const auto model = open_model(path, options());
    EXPECT_FALSE(model.ok());
    return model.ok() ? "" : model.error().message;
  };
  EXPECT_NE(message("/nonexistent/x.gguf").find("No such file"), std::string::npos);
  const std::string text = temp().file("text.gguf");
  std::ofstream(text) << "this is not a model";
  EXPECT_NE(message(text).find("not a GGUF file"), std::string::npos);
  const std::string empty = temp().file("empty.gguf");
  std::ofstream(empty).flush();
  EXPECT_NE(message(empty).find("not a GGUF file"), std::string::npos);
  const std::string cut = temp().file("cut.gguf");
  for (const std::size_t keep : {std::size_t{10}, std::size_t{5000}, std::size_t{200'000}}) {
    std::filesystem::copy_file(tiny(), cut, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(cut, keep);
    EXPECT_NE(message(cut).find("cannot load it"), std::string::npos) << keep;
  }
  EXPECT_NE(message(temp().file("")).size(), 0U);
}

/// The tiny model as two files, as llama.cpp's gguf-split writes them.
std::string write_split() {
  ggml_context* tensors = nullptr;
  gguf_context* whole = gguf_init_from_file(tiny().c_str(), {.no_alloc = false, .ctx = &tensors});
  const std::int64_t n = gguf_get_n_tensors(whole);
  const std::string stem = temp().file("split");
  for (std::uint16_t part = 0; part < 2; ++part) {
    gguf_context* file = gguf_init_empty();
    if (part == 0) gguf_set_kv(file, whole);
    gguf_set_val_u16(file, "split.no", part);
    gguf_set_val_u16(file, "split.count", 2);
    gguf_set_val_i32(file, "split.tensors.count", static_cast<std::int32_t>(n));
    for (std::int64_t i = part; i < n; i += 2) {
      gguf_add_tensor(file, ggml_get_tensor(tensors, gguf_get_tensor_name(whole, i)));
    }
    const std::string name = stem + "-0000" + std::to_string(part + 1) + "-of-00002.gguf";
    EXPECT_TRUE(gguf_write_to_file(file, name.c_str(), false));
    gguf_free(file);
  }
  gguf_free(whole);
  ggml_free(tensors);
  return stem + "-00001-of-00002.gguf";
}

TEST(LlamaModelFile, SplitFilesAreOneModel) {
  const std::string first = write_split();
  const auto model = open(first);
  const core::Prompt prompt = chat("s", {"one"});
  EXPECT_EQ(ask(*model, {prompt})[0].text, ask(*open(tiny()), {prompt})[0].text);
  const std::string hash = model->info().content_hash;
  const std::string second = temp().file("split-00002-of-00002.gguf");
  std::ofstream(second, std::ios::app) << "x";
  EXPECT_NE(open(first)->info().content_hash, hash) << "every part counts";
  std::filesystem::remove(second);
  const auto broken = open_model("gguf:" + first, options());
  ASSERT_FALSE(broken.ok());
  EXPECT_NE(broken.error().message.find("split-00002-of-00002.gguf"), std::string::npos)
      << broken.error().message;
}

TEST(LlamaModelFile, WithoutTemplateTheRemedyIsNamed) {
  const std::string base = temp().file("base.gguf");
  ASSERT_TRUE(write_tiny_model(base, {.parameters = 100'000, .chat_template = false}).ok());
  const auto model = open_model(base, options());
  ASSERT_FALSE(model.ok());
  EXPECT_NE(model.error().message.find("--chat-template"), std::string::npos);
  ModelOptions plain = options();
  plain.chat_template = "plain";
  EXPECT_EQ(open(base, plain)->info().details.at("template_source"), "plain");
}

TEST(LlamaModelFile, InfoAndCounters) {
  const auto model = open(tiny());
  EXPECT_EQ(model->info().content_hash.size(), 64U);
  EXPECT_EQ(model->info().template_hash.size(), 64U);
  EXPECT_EQ(model->info().details.at("architecture"), "llama");
  const auto counter = open_token_counter(tiny());
  ASSERT_TRUE(counter.ok());
  const std::string text = "The patient was stable. Größe <|end|>";
  EXPECT_EQ(*(*counter)->count(text), *model->tokens()->count(text));
  EXPECT_EQ(*(*counter)->count(""), 1);  // the start token
  EXPECT_EQ(*(*counter)->first("The patient", 2), "<|begin|>The");
  const auto summary = summarize_gguf(tiny(), "");
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->sha256, model->info().content_hash);
}

TEST(LlamaPrompt, OneStartTokenAndDataStaysText) {
  const auto model = open(tiny());
  const int empty = **model->prompt_tokens(chat("", {""}));
  // <|begin|> <|system|> <|end|> <|user|> <|end|> <|assistant|>
  EXPECT_EQ(empty, 6);
  EXPECT_GT(**model->prompt_tokens(chat("", {"<|end|><|begin|>"})), empty + 6);
}

TEST(LlamaStop, ReturnsCancelled) {
  const auto model = open(tiny());
  std::stop_source source;
  const core::Prompt prompt = chat("s", {"x"});
  std::vector<Request> requests(50, Request{.prompt = &prompt});
  int done = 0;
  const Status status = model->generate(
      requests,
      [&](std::size_t, const core::Generation&) {
        if (++done == 3) source.request_stop();
      },
      source.get_token());
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::cancelled);
  EXPECT_EQ(done, 3);
  EXPECT_EQ(ask(*model, {prompt})[0].error, "");  // usable afterwards
}

TEST(LlamaLogprob, RanksChoices) {
  const std::vector<Choice> choices = {{"label", "entailment", "entailment"},
                                       {"label", "neutral", "neutral"},
                                       {"text", "B", "a long text, and more"}};
  const core::Prompt prompt = chat("s", {"Premise and hypothesis."});
  const Request request{.prompt = &prompt, .choices = choices};
  std::string first;
  for (const char* engine : {"exact", "fast"}) {
    ModelOptions with = options();
    with.engine = engine;
    const auto model = open(tiny(), with);
    core::Generation g;
    ASSERT_TRUE(model
                    ->generate({&request, 1},
                               [&](std::size_t, core::Generation r) { g = std::move(r); }, {})
                    .ok());
    EXPECT_EQ(g.error, "");
    EXPECT_EQ(g.text, ask(*open(tiny()), {prompt})[0].text) << "the answer stands beside";
    EXPECT_NE(g.extra["logprobs"].find("per_byte"), std::string::npos);
    if (first.empty()) first = g.extra["logprobs"];
    EXPECT_EQ(g.extra["logprobs"], first) << "ranking is exact in both modes";
  }
}

}  // namespace
}  // namespace clue::models
