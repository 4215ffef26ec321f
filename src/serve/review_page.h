// The review page (web/dist/review.html, embedded). Used by the review server.
#pragma once

#include <string>
#include <string_view>

namespace clue::serve {

/// The page with a reviewer's token; it may talk to its own server and to nothing else.
[[nodiscard]] std::string review_page(std::string_view token);

}  // namespace clue::serve
