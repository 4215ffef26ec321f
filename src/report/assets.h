// Files inside the program: the built page and the published board. Defined by clue_embed.
#pragma once

#include <string_view>

namespace clue::report {

/// "published_results.json", "models.json"; empty view: not there.
std::string_view embedded(std::string_view name);

}  // namespace clue::report

namespace clue::report::page {

/// "report.html", the built page of web/.
std::string_view embedded(std::string_view name);

}  // namespace clue::report::page
