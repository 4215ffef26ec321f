// The profiles and prompt sets inside the program, by file name ("mimic-iv.yaml", "prompts/en.yaml").
// Private to src/datagen; the functions are generated (cmake/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace clue::datagen::shipped {

/// Empty: no such file.
std::string_view embedded(std::string_view name);
std::span<const std::string_view> embedded_names();

}  // namespace clue::datagen::shipped
