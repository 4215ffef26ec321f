// Messages about guarded data (credentialed, private) give place and length in place of text. Used
// where a message is about to leave the code that knows the data. Pure functions.
//
//   error.message = withhold_quoted(error.message, is_a_column_name);
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace clue {

/// Each quoted text ("..." or '...') becomes its length, unless `harmless` knows it. From the first
/// to the last quote that is not harmless everything goes: a text may hold quotes itself.
[[nodiscard]] std::string withhold_quoted(
    std::string_view message, const std::function<bool(std::string_view)>& harmless);

/// Each word (letters, digits, '_', bytes over 0x7f) that `harmless` does not know goes; runs of
/// them become "[3 words withheld]". Words come in ASCII lower case.
[[nodiscard]] std::string withhold_words(std::string_view message,
                                         const std::function<bool(std::string_view)>& harmless);

}  // namespace clue
