#include "base/clock.h"

#include <fmt/format.h>

namespace clue {

Clock system_clock() {
  return [] { return std::chrono::system_clock::now(); };
}

Clock fixed_clock(std::chrono::system_clock::time_point time) {
  return [time] { return time; };
}

std::string iso8601_utc(std::chrono::system_clock::time_point time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace clue
