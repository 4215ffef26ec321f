#include "models/family.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.h"

namespace clue::models {
namespace {

struct Mark {
  std::string_view word;  ///< in the lower-case name
  std::string_view family;
};

/// Names of families, and of biomedical fine-tunes whose name hides what they were made from.
constexpr std::array<Mark, 38> kMarks = {{
    {"llama", "llama"},          {"vicuna", "llama"},       {"alpaca", "llama"},
    {"meditron", "llama"},       {"med42", "llama"},        {"openbiollm", "llama"},
    {"biomedgpt-lm", "llama"},   {"clinicalcamel", "llama"}, {"medalpaca", "llama"},
    {"pmc_llama", "llama"},      {"internist", "mistral"},  {"mistral", "mistral"},
    {"mixtral", "mistral"},      {"zephyr", "mistral"},     {"biomistral", "mistral"},
    {"ministral", "mistral"},    {"magistral", "mistral"},  {"leo-hessianai", "llama"},
    {"qwen", "qwen"},            {"qwq", "qwen"},           {"huatuogpt", "qwen"},
    {"gemma", "gemma"},          {"gemini", "gemini"},      {"phi-", "phi"},
    {"phi3", "phi"},             {"phi4", "phi"},           {"deepseek", "deepseek"},
    {"gpt-oss", "gpt"},          {"gpt-4", "gpt"},          {"gpt-3", "gpt"},
    {"gpt-5", "gpt"},            {"claude", "claude"},      {"command-r", "command"},
    {"falcon", "falcon"},        {"internlm", "internlm"},  {"yi-", "yi"},
    {"glm-", "glm"},             {"apollo", "qwen"},
}};

}  // namespace

std::vector<std::string> model_families(std::string_view name) {
  const std::string lower = ascii_lower(name);
  std::vector<std::string> out;
  for (const Mark& mark : kMarks) {
    const std::size_t at = lower.find(mark.word);
    if (at == std::string::npos) continue;
    const bool inside = at > 0 && is_ascii_alpha(lower[at - 1]) && mark.word.size() < 4;
    if (!inside) out.emplace_back(mark.family);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<std::string> shared_families(std::string_view a, std::string_view b) {
  const std::vector<std::string> left = model_families(a);
  const std::vector<std::string> right = model_families(b);
  std::vector<std::string> out;
  std::set_intersection(left.begin(), left.end(), right.begin(), right.end(),
                        std::back_inserter(out));
  if (out.empty() && !a.empty() && ascii_lower(a) == ascii_lower(b)) out.emplace_back(a);
  return out;
}

}  // namespace clue::models
