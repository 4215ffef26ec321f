#include "cli/engine_flags.h"

#include <CLI/CLI.hpp>

#include "cli/number_checks.h"

namespace clue::cli {

void declare_engine_flags(CLI::App& app, EngineFlags& f) {
  app.add_option("--engine", f.engine,
                 "exact (default): an answer is bit-identical to asking its prompt alone;\n"
                 "fast: many at once, checked against exact on a sample")
      ->check(CLI::IsMember({"exact", "fast"}));
  app.add_option("--kv-memory", f.kv_memory,
                 "memory for the KV cache, as in 800M or 6G; decides how many prompts fast runs\n"
                 "at once (default: at most 2G; on a GPU three quarters of its free memory)")
      ->transform(CLI::AsSizeValue(/*kb_is_1000=*/false))
      ->check(number_check(0, 1e15, "", "a size of at most 1e15 bytes"));
  app.add_option(
         "--flash-attention", f.flash_attention,
         "off, on or auto (default: off; fast on a GPU or from 20 million parameters: auto,\n"
         "which means on wherever it is supported)")
      ->check(CLI::IsMember({"off", "on", "auto"}));
  app.add_option("--kv-type", f.kv_type, "f16 (default), f32, or q8_0 with flash attention on")
      ->check(CLI::IsMember({"f16", "f32", "q8_0"}));
  app.add_option("--gpu-layers", f.gpu_layers, "layers on the GPU, in a GPU build (default: all)")
      ->check(non_negative());
  app.add_option("--threads", f.threads,
                 "CPU threads (default: all cores; 1 for models under 20 million parameters)")
      ->check(threads_check());
  app.add_option("--chat-template", f.chat_template,
                 "plain (for base models), a built-in name, or a Jinja file");
  app.add_option("--max-context", f.max_context, "context length to use (default: the model's)")
      ->check(non_negative());
}

void EngineFlags::apply(models::ModelOptions& options) const {
  options.engine = engine;
  options.kv_memory = kv_memory;
  options.flash_attention = flash_attention;
  options.kv_type = kv_type;
  options.gpu_layers = gpu_layers;
  options.threads = threads;
  options.chat_template = chat_template;
  options.max_context = max_context;
}

std::string EngineFlags::key() const {
  std::string out = engine;
  const bool as_exact = engine != "fast" && flash_attention == "off";
  if (!flash_attention.empty() && !as_exact) out += "+fa-" + flash_attention;
  if (!kv_type.empty() && kv_type != "f16") out += "+kv-" + kv_type;
  return out;
}

}  // namespace clue::cli
