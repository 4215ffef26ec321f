// Which family a model belongs to, told from its name: a model that is asked questions written by
// its own family starts with an advantage. Used by `clue generate` and `clue run`. Pure functions.
//
//   if (!shared_families("Llama-3-70B-Instruct", "OpenBioLLM-8B").empty()) warn(...);
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace clue::models {

/// Families named in a model's name, file or repository ("llama", "mistral", "qwen", ...); several
/// for a mixture ("DeepSeek-R1-Distill-Llama-8B"), none for an unknown name. Sorted.
[[nodiscard]] std::vector<std::string> model_families(std::string_view name);

/// Families that both names belong to; equal names share themselves.
[[nodiscard]] std::vector<std::string> shared_families(std::string_view a, std::string_view b);

}  // namespace clue::models
