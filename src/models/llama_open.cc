// From a file and the user's options to a model that answers: what the file says of itself, what
// the machine has, and the defaults that follow.
#include <llama.h>

#include <algorithm>
#include <charconv>

#include "models/file_hash.h"
#include "models/gguf_model.h"
#include "models/hf_hub.h"
#include "models/llama_model.h"

namespace clue::models {
namespace {

std::string meta(const GgufSummary& summary, const std::string& key) {
  const auto found = summary.metadata.find(summary.architecture + "." + key);
  return found == summary.metadata.end() ? "" : found->second;
}

std::string cache_file(const ModelOptions& options) {
  const auto at = [&](const char* name) -> std::string {
    const auto found = options.environment.find(name);
    return found == options.environment.end() ? "" : found->second;
  };
  if (const std::string folder = at("CLUE_CACHE"); !folder.empty()) return folder + "/hashes";
  if (const std::string folder = at("XDG_CACHE_HOME"); !folder.empty())
    return folder + "/clue/hashes";
  if (const std::string folder = at("HOME"); !folder.empty()) return folder + "/.cache/clue/hashes";
  return "";
}

bool on_gpu(const ModelOptions& options) {
  return options.gpu_layers != 0 && llama_supports_gpu_offload();
}

core::ModelInfo describe(const std::string& path, const GgufSummary& summary,
                         const ChatTemplate& chat, const ModelOptions& options) {
  core::ModelInfo info;
  info.spec = "gguf:" + path;
  info.kind = "llama";
  info.name = summary.name;
  info.content_hash = summary.sha256;
  info.template_hash = chat.hash();
  info.details = {
      {"engine", options.engine.empty() ? "exact" : options.engine},
      {"architecture", summary.architecture},
      {"quantisation", summary.quantisation},
      {"parameters", std::to_string(summary.parameters)},
      {"weights_bytes", std::to_string(summary.bytes)},
      {"trained_context", std::to_string(summary.context_length)},
      {"tokenizer", summary.tokenizer},
      {"template_source", chat.source()},
      {"system_role", chat.folds_system() ? "folded into the user turn" : "own"},
      {"batch_layout", options.engine == "fast"
                           ? "streams, each depth first over its part of the trie"
                           : "one sequence, depth first over the trie"},
      {"gpu_layers", on_gpu(options)
                         ? (options.gpu_layers < 0 ? "all" : std::to_string(options.gpu_layers))
                         : "0"},
      {"system_info", llama_print_system_info()},
      {"llama_cpp", llama_version()}};
  if (on_gpu(options)) {
    std::string& names = info.details["gpu"];
    for (const Gpu& gpu : list_gpus()) names += (names.empty() ? "" : ", ") + gpu.name;
  }
  if (summary.name.starts_with("clue tiny")) info.details["random_weights"] = "true";
  return info;
}

Result<int> context_limit(const GgufSummary& summary, const ModelOptions& options) {
  if (options.max_context < 0 || (options.max_context > 0 && summary.context_length > 0 &&
                                  options.max_context > summary.context_length)) {
    return Error{ErrorCode::invalid_argument,
                 "--max-context " + std::to_string(options.max_context) +
                     " is outside what the model was trained for (1 to " +
                     std::to_string(summary.context_length) + ")"};
  }
  const int own = summary.context_length > 0 ? summary.context_length : 4096;
  return options.max_context > 0 ? options.max_context : own;
}

/// Keys and values of one token in all layers.
std::size_t kv_token_bytes(const GgufSummary& summary, const llama_model& model,
                           const std::string& type) {
  const auto width = [&](const char* key) {
    const std::string text = meta(summary, key);
    int value = summary.embedding / std::max(1, llama_model_n_head(&model));
    std::from_chars(text.data(), text.data() + text.size(), value);
    return static_cast<std::size_t>(value);
  };
  const std::size_t values = static_cast<std::size_t>(summary.layers) *
                             static_cast<std::size_t>(llama_model_n_head_kv(&model)) *
                             (width("attention.key_length") + width("attention.value_length"));
  if (type == "q8_0") return values * 34 / 32;
  return values * (type == "f32" ? 4 : 2);
}

Status check_words(const ModelOptions& options) {
  const auto one_of = [](const std::string& flag, const std::string& value,
                         std::initializer_list<std::string_view> words) -> Status {
    std::string list;
    for (const std::string_view word : words) {
      if (value == word) return {};
      list += (list.empty() ? "" : ", ") + std::string(word);
    }
    return Error{ErrorCode::invalid_argument, flag + " '" + value + "': use one of " + list};
  };
  if (!options.engine.empty()) CLUE_OK(one_of("--engine", options.engine, {"exact", "fast"}));
  if (!options.kv_type.empty())
    CLUE_OK(one_of("--kv-type", options.kv_type, {"f16", "f32", "q8_0"}));
  if (!options.flash_attention.empty()) {
    CLUE_OK(one_of("--flash-attention", options.flash_attention, {"off", "on", "auto"}));
  }
  if (options.kv_type == "q8_0" &&
      (options.flash_attention.empty() || options.flash_attention == "off")) {
    return Error{ErrorCode::invalid_argument,
                 "--kv-type q8_0 needs flash attention: add --flash-attention on (answers then "
                 "depend on how prompts are batched)"};
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Model>> open_llama(const std::string& path, const ModelOptions& options) {
  CLUE_OK(check_words(options));
  for (const std::string& part : split_parts(path)) bring_into_memory(part, options.stop);
  CLUE_TRY(ModelHandle model,
           load_gguf(path, /*vocab_only=*/false, options.gpu_layers, options.stop));
  GgufSummary summary = summarize_loaded(path, *model);
  if (!llama_model_has_decoder(model.get()) || llama_model_has_encoder(model.get())) {
    return Error{ErrorCode::data, path + ": architecture '" + summary.architecture +
                                      "' does not generate text; use a causal language model"};
  }
  CLUE_TRY(summary.sha256, hash_of_model(path, cache_file(options), options.stop));
  const Vocabulary vocabulary(llama_model_get_vocab(model.get()));
  Result<ChatTemplate> chat =
      ChatTemplate::open(options.chat_template, summary.chat_template, vocabulary.chat_tokens());
  if (!chat) return chat.error().in(path);
  EngineOptions engine;
  CLUE_TRY(engine.context_limit, context_limit(summary, options));
  // Rope factors of such models switch where the context passes the first training's length: the
  // answer must not depend on how much room a pass happens to need.
  if (const std::string own = meta(summary, "rope.scaling.original_context_length");
      !own.empty() && meta(summary, "rope.scaling.type") != "linear") {
    int trained = 0;
    std::from_chars(own.data(), own.data() + own.size(), trained);
    if (engine.context_limit > trained) engine.context_least = trained + 1;
  }
  // Threads meet after every operation; below this size the meetings cost more than they save.
  constexpr std::int64_t kSmall = 20'000'000;
  engine.threads = options.threads == 0 && summary.parameters < kSmall ? 1 : options.threads;
  engine.parameters = summary.parameters;
  engine.weight_bytes = static_cast<std::size_t>(summary.bytes);
  engine.kv_memory = options.kv_memory;
  if (!options.flash_attention.empty()) engine.flash_attention = options.flash_attention;
  engine.gpu = on_gpu(options);
  engine.fast = options.engine == "fast";
  engine.fast_flash_attention = !options.flash_attention.empty() ? options.flash_attention
                                : engine.gpu || summary.parameters >= kSmall ? "auto"
                                                                             : "off";
  if (!options.kv_type.empty()) engine.kv_type = options.kv_type;
  engine.kv_token_bytes = kv_token_bytes(summary, *model, engine.kv_type);
  core::ModelInfo info = describe(path, summary, *chat, options);
  info.context_length = engine.context_limit;
  return make_llama_model(std::move(model), std::move(chat).value(), std::move(info), engine);
}

}  // namespace clue::models
