// Shared by the tests of the llama back end: tiny models written once, prompts, asking.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "models/model.h"
#include "models/test_files.h"
#include "models/tiny_model.h"

namespace clue::models {

inline const TempDir& temp() {
  static const TempDir dir;
  return dir;
}

/// Written once for all tests of this program.
inline const std::string& tiny() {
  static const std::string path = [] {
    std::string file = temp().file("tiny.gguf");
    EXPECT_TRUE(write_tiny_model(file, {.parameters = 300'000}).ok());
    return file;
  }();
  return path;
}

inline std::string scripted(const std::string& text) {
  const std::string file = temp().file("scripted" + std::to_string(text.size()) + ".gguf");
  const Result<TinyFacts> facts = write_tiny_model(file, {.scripted = text});
  EXPECT_TRUE(facts.ok()) << (facts.ok() ? "" : facts.error().message);
  return file;
}

inline ModelOptions options() {
  ModelOptions out;
  out.threads = 1;
  out.environment["CLUE_CACHE"] = temp().file("cache");
  return out;
}

inline std::unique_ptr<Model> open(const std::string& path, const ModelOptions& with = options()) {
  Result<std::unique_ptr<Model>> model = open_model("gguf:" + path, with);
  EXPECT_TRUE(model.ok()) << (model.ok() ? "" : model.error().message);
  return std::move(model).value();
}

/// Computed prompt tokens over the trie's, at most: exact passes on a GPU reuse up to fixed cuts
/// only, up to 31 tokens less of each prompt.
inline double most_computed(const Model& model, double usual) {
  const auto& details = model.info().details;
  const bool cut = details.at("gpu_layers") != "0" && details.at("engine") == "exact";
  return cut ? 2 * usual : usual;
}

inline core::Prompt chat(const std::string& system, const std::vector<std::string>& turns) {
  core::Prompt prompt;
  prompt.sample = "s";
  prompt.messages.push_back({core::Role::system, system});
  for (std::size_t i = 0; i < turns.size(); ++i) {
    prompt.messages.push_back({i % 2 == 0 ? core::Role::user : core::Role::assistant, turns[i]});
  }
  prompt.max_tokens = 24;
  return prompt;
}

inline std::vector<core::Generation> ask(Model& model, const std::vector<core::Prompt>& prompts,
                                         const core::Decoding& decoding = {}) {
  std::vector<Request> requests;
  for (const core::Prompt& prompt : prompts) {
    requests.push_back({.prompt = &prompt, .decoding = decoding});
  }
  std::vector<core::Generation> out(prompts.size());
  std::vector<int> seen(prompts.size(), 0);
  const Status status = model.generate(requests,
                                       [&](std::size_t i, core::Generation g) {
                                         out[i] = std::move(g);
                                         ++seen[i];
                                       },
                                       {});
  EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error().message);
  EXPECT_EQ(seen, std::vector<int>(prompts.size(), 1));
  return out;
}

/// Prompts that share stretches of very different length, duplicates and prefixes among them.
inline std::vector<core::Prompt> mixed_prompts() {
  const std::string letter =
      "The patient was admitted with chest pain and shortness of breath after three days. ";
  std::vector<core::Prompt> out;
  for (int i = 0; i < 14; ++i) {
    std::string text;
    for (int k = 0; k < 3 + (i % 4) * 9; ++k) text += letter;
    out.push_back(chat(i % 3 == 0 ? "Answer briefly." : "Answer with one letter.",
                       {"Which one?", "A", text, "B", "Question " + std::to_string(i / 2)}));
  }
  out.push_back(chat("", {"x"}));
  out.push_back(out[3]);
  return out;
}

}  // namespace clue::models
