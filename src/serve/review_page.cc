#include "serve/review_page.h"

#include "base/check.h"

namespace clue::serve {

namespace page {
std::string_view embedded(std::string_view name);  // generated (cmake/embed.cmake)
}

namespace {

void replace(std::string& text, std::string_view mark, const std::string& with) {
  const std::size_t at = text.find(mark);
  CLUE_CHECK(at != std::string::npos);
  text.replace(at, mark.size(), with);
}

}  // namespace

std::string review_page(std::string_view token) {
  std::string text(page::embedded("review.html"));
  CLUE_CHECK(!text.empty());
  // The token passed the door, so it is our own hexadecimal text.
  replace(text, "<html ", "<html data-live=\"" + std::string(token) + "\" ");
  replace(text, "connect-src 'none'", "connect-src 'self'");
  return text;
}

}  // namespace clue::serve
