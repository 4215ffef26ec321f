// The embedded engine: a GGUF file on libllama as a Model. Modes: exact (default; an answer is
// bit-identical to running its prompt alone) and fast. See docs and llama_engine.h.
//
//   CLUE_TRY(auto model, open_llama("tiny.gguf", options));
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "models/llama_engine.h"
#include "models/model.h"

namespace clue::models {

/// Reads from `options`: chat_template, max_context, threads, gpu_layers, engine, kv_memory,
/// flash_attention, kv_type, answer; environment "CLUE_CACHE" names the folder of the hash cache.
/// Error: file errors (load_gguf), no chat template, a max_context above the model's own.
[[nodiscard]] Result<std::unique_ptr<Model>> open_llama(const std::string& path,
                                                        const ModelOptions& options);

/// The parts that open_llama has put together.
[[nodiscard]] std::unique_ptr<Model> make_llama_model(ModelHandle model, ChatTemplate chat,
                                                      core::ModelInfo info,
                                                      const EngineOptions& engine);

}  // namespace clue::models
