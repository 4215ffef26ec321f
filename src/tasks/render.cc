#include "tasks/render.h"

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "core/names.h"
#include "tasks/dataset.h"

namespace clue::tasks {

std::string prompt_json(const std::string& task, const core::Prompt& prompt) {
  nlohmann::ordered_json j;
  j["task"] = task;
  j["sample"] = prompt.sample;
  j["repeat"] = prompt.repeat;
  j["messages"] = nlohmann::ordered_json::array();
  for (const core::Message& message : prompt.messages) {
    j["messages"].push_back({{"role", core::name(message.role)}, {"content", message.content}});
  }
  if (!prompt.prefill.empty()) j["prefill"] = prompt.prefill;
  j["max_tokens"] = prompt.max_tokens;
  j["stop"] = prompt.stop;
  j["cuts"] = nlohmann::ordered_json::array();
  for (const core::Cut& cut : prompt.cuts) {
    j["cuts"].push_back({{"what", cut.what},
                         {"tokens_before", cut.tokens_before},
                         {"tokens_after", cut.tokens_after}});
  }
  return dump_json(j);
}

Status render_prompts(const Task& task, const core::Dataset& data, const PromptOptions& options,
                      models::TokenCounter* counter,
                      const std::function<void(const std::string&)>& line) {
  return build_prompts(task, data, options, counter, [&](core::Prompt prompt) -> Status {
    line(prompt_json(data.task, prompt));
    return {};
  });
}

}  // namespace clue::tasks
