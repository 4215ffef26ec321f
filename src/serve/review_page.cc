#include "serve/review_page.h"

#include "report/report.h"

namespace clue::serve {

namespace page {
std::string_view embedded(std::string_view name);  // generated (cmake/embed.cmake)
}

std::string review_page(std::string_view token) {
  return report::live_page(std::string(page::embedded("review.html")), token);
}

}  // namespace clue::serve
