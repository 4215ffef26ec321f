// Ranges of numeric flags in words. CLI11's own checks let "nan" through and print the largest
// double digit by digit.
#pragma once

#include <CLI/CLI.hpp>
#include <cmath>
#include <string>

namespace clue::cli {

/// A number in [low, high]; `name` stands in the help text, `words` in the message.
inline CLI::Validator number_check(double low, double high, const std::string& name,
                                   const std::string& words) {
  return CLI::Validator(
      [=](const std::string& text) -> std::string {
        double value = 0;
        const bool number = CLI::detail::lexical_cast(text, value) && std::isfinite(value);
        if (number && value >= low && value <= high) return "";
        return "\"" + text + "\" is not " + words;
      },
      name);
}

/// 0 and up; no more than a 64-bit count holds.
inline CLI::Validator non_negative() {
  return number_check(0, 18446744073709549568.0, "NONNEGATIVE", "a number from 0 up");
}
inline CLI::Validator positive() {
  return number_check(1e-9, 1e18, "POSITIVE", "a number above 0");
}
inline CLI::Validator share() { return number_check(0, 1, "[0 - 1]", "a number from 0 to 1"); }
inline CLI::Validator threads_check() {
  return number_check(0, 4096, "NONNEGATIVE", "a number of threads from 0 (all cores) to 4096");
}
inline CLI::Validator port_check() {
  return number_check(0, 65535, "PORT", "a port from 0 (any free one) to 65535");
}

}  // namespace clue::cli
