// Letters of multiple-choice answers (LongHealth and user tasks of kind `choice`): the published
// strict pattern and a flexible reader, and whether letter and quoted option disagree. Pure
// functions.
//
//   core::Answer a = parse_choice(text, {"aspirin", "heparin"});   // "The answer is **(B)**." ->
//   "B"
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/types.h"

namespace clue::metrics {

/// First match of `The correct answer is (\w):`, case-sensitive, \w as Python's (any letter, digit
/// or underscore of any script). Status none without a match. The span is that of the letter.
[[nodiscard]] core::Answer parse_choice_strict(std::string_view output);

/// The last explicit statement of a letter: "answer is B", "Answer: (b)", "option **C**", else a
/// line that starts with "B:", "(B)", "B." or is the letter alone, else an answer that is nothing
/// but the text of one option. Negated statements do not count; "A or B" is none. Letters start at
/// A; `options` are the option texts in order (F of LongHealth included where it is offered).
/// `note` starts with "contradiction" when the text quoted behind the letter is another option's.
[[nodiscard]] core::Answer parse_choice(std::string_view output,
                                        std::span<const std::string> options);

/// As parse_choice, for when only the number of options is known.
[[nodiscard]] core::Answer parse_choice(std::string_view output, std::size_t option_count);

/// True when parse_choice or the strict reader found that letter and quoted text disagree.
[[nodiscard]] bool choice_contradicts(const core::Answer& answer);

}  // namespace clue::metrics
