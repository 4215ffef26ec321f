// Flags of the embedded engine, shared by the verbs that open a model.
#pragma once

#include <cstddef>
#include <string>

#include "models/model.h"

namespace CLI {
class App;
}

namespace clue::cli {

struct EngineFlags {
  std::string engine = "exact";
  std::size_t kv_memory = 0;    ///< bytes
  std::string flash_attention;  ///< "": the mode's own
  std::string kv_type;          ///< "": f16
  int gpu_layers = -1;
  int threads = 0;
  std::string chat_template;
  int max_context = 0;

  void apply(models::ModelOptions& options) const;
  /// What of these may change answers, for RunSpec::engine: "exact", "fast", "fast+fa-on+kv-q8_0".
  [[nodiscard]] std::string key() const;
};

void declare_engine_flags(CLI::App& app, EngineFlags& flags);

}  // namespace clue::cli
