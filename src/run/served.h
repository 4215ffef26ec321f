// Which servers answered a pass: a session of the same model at another address goes on with the
// pass, so what each server said of itself is kept with it (fact "servers"), a difference is told,
// and other weights under the same name are refused. Used by generate_pass, merge and the audit.
//
//   CLUE_TRY(Served served, Served::begin(store, facts));   // served.notes: for people
//   CLUE_OK(served.keep(store, pass));
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/run_store.h"

namespace clue::run {

/// Sessions in a row that saw the same servers.
struct ServedBy {
  std::string from, to;  ///< start of the first and of the last of them, UTC
  int sessions = 1;
  std::string endpoints;                    ///< addresses, as given
  std::map<std::string, std::string> says;  /// server, version, weights, chat template, context...
};

/// Reads the fact "servers" ("" is an empty list).
[[nodiscard]] Result<std::vector<ServedBy>> read_served(std::string_view fact);
[[nodiscard]] std::string served_json(const std::vector<ServedBy>& list);

/// Facts that only other weights explain, "parameters: 8030261248 against 7241732096"; "" when
/// there is none. What one of them does not say is no difference.
[[nodiscard]] std::string other_weights(const ServedBy& a, const ServedBy& b);

class Served {
 public:
  /// Compares the model's servers with those that answered this pass before. Models without a
  /// server: nothing to keep. Error: data, the weights are others.
  [[nodiscard]] static Result<Served> begin(store::RunStore& store, const store::PassFacts& facts);
  /// Adds this session to the pass.
  [[nodiscard]] Status keep(store::RunStore& store, store::PassId pass) const;

  std::vector<std::string> notes;  ///< what differs from the session before

 private:
  std::vector<ServedBy> list_;  ///< this session last; empty: no server
};

}  // namespace clue::run
