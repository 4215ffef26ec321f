// Time as a value that is passed in, so that tests stand still and nothing hashed holds the hour.
//
//   std::string stamp = iso8601_utc(clock());     // "2026-01-31T08:15:30Z"
#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace clue {

/// What time it is. Thread-safe as long as the function behind it is; system_clock() is.
using Clock = std::function<std::chrono::system_clock::time_point()>;

/// The machine's clock.
[[nodiscard]] Clock system_clock();
/// A clock that always says the same, for tests.
[[nodiscard]] Clock fixed_clock(std::chrono::system_clock::time_point time);

/// "YYYY-MM-DDThh:mm:ssZ", whole seconds, UTC.
[[nodiscard]] std::string iso8601_utc(std::chrono::system_clock::time_point time);

}  // namespace clue
