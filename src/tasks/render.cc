#include "tasks/render.h"

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "core/names.h"

namespace clue::tasks {

std::string prompt_json(const std::string& task, const core::Prompt& prompt,
                        const RenderExtras& extras) {
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
  if (!extras.prompts.empty()) j["prompts"] = extras.prompts;
  if (extras.tokens) j["tokens"] = *extras.tokens;
  return dump_json(j);
}

}  // namespace clue::tasks
