// Expected failures as values: Result<T> holds a T or an Error. Used everywhere; no thread state.
//
//   Result<Table> t = read_csv(path);
//   if (!t) return t.error();
//   use(t->rows);
//
// or, inside a function that returns a Result:  CLUE_TRY(Table t, read_csv(path));
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace clue {

/// What kind of failure; decides retry and exit code, never shown to people.
enum class ErrorCode {
  invalid_argument,  ///< the caller or the command line asked for something impossible (exit 2)
  not_found,         ///< a file, host, model or name that is not there
  data,              ///< a file that is there but wrong: message names file, place, field, value
  io,                ///< the system refused: permission, full disk, broken pipe
  unavailable,       ///< a back end that failed and might work later (connection, 5xx)
  denied,            ///< refused by policy or by a server (401, 403, egress guard)
  cancelled,         ///< the user or a budget stopped it
  internal,          ///< a third-party library failed in a way we cannot name better
};

/// A failure. Contract: `message` is one sentence or two: what, where (file:line, field), the
/// value, and what to do.
struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;

  /// The same error with "prefix: " in front, for adding the place on the way up.
  [[nodiscard]] Error in(const std::string& prefix) const {
    return {code, prefix + ": " + message};
  }
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return CLUE_CHECK(ok()), std::get<0>(state_); }
  const T& value() const& { return CLUE_CHECK(ok()), std::get<0>(state_); }
  T&& value() && { return CLUE_CHECK(ok()), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const { return CLUE_CHECK(!ok()), std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

  [[nodiscard]] bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return CLUE_CHECK(!ok()), *error_; }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace clue

#define CLUE_CONCAT_IMPL(a, b) a##b
#define CLUE_CONCAT(a, b) CLUE_CONCAT_IMPL(a, b)

/// CLUE_TRY(auto x, expr): x = value of expr, or return its error from this function.
#define CLUE_TRY(decl, expr) CLUE_TRY_IMPL(CLUE_CONCAT(clue_try_, __LINE__), decl, expr)
#define CLUE_TRY_IMPL(tmp, decl, expr) \
  auto tmp = (expr);                   \
  if (!tmp.ok()) return tmp.error();   \
  decl = std::move(tmp).value()

/// CLUE_OK(expr): return the error of a Status (or any Result whose value is not needed).
#define CLUE_OK(expr)                                                    \
  do {                                                                   \
    if (auto clue_ok_ = (expr); !clue_ok_.ok()) return clue_ok_.error(); \
  } while (false)
