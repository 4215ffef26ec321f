// The table of back ends: a prefix of the model spec and the function that opens it.
#include <array>
#include <string>
#include <string_view>

#include "models/baseline.h"
#include "models/hf_hub.h"
#include "models/llama_model.h"
#include "models/mock_model.h"
#include "models/model.h"
#include "models/openai_http.h"
#include "models/replay_model.h"

namespace clue::models {
namespace {

/// `open` gets what stands behind the prefix.
struct BackEnd {
  std::string_view prefix;
  Result<std::unique_ptr<Model>> (*open)(const std::string& rest, const ModelOptions& options);
  std::string_view form;  ///< as shown to people
};

Result<std::unique_ptr<Model>> open_hub(const std::string& rest, const ModelOptions& options) {
  CLUE_TRY(HubName hub, parse_hub_name(rest));
  HubSettings settings = hub_settings(options.environment);
  settings.retry_wait = options.retry_wait;
  settings.max_retries = options.max_retries;
  settings.progress = options.download;
  settings.stop = options.stop;
  CLUE_TRY(const HubFile file, fetch_hub_file(std::move(hub), settings));
  return open_llama(file.path.string(), options);
}

constexpr std::array<BackEnd, 5> kBackEnds = {{
    {"gguf:", open_llama, "gguf:FILE"},
    {"hf:", open_hub, "hf:ORG/NAME[:FILE]"},
    {"baseline:", open_baseline, "baseline:majority|random|lexical"},
    {"replay:", open_replay, "replay:FILE"},
    {"mock:", open_mock, "mock:SCRIPT"},
}};

Error unknown_spec(const std::string& spec) {
  std::string message = "'" + spec + "' is not a model; use FILE.gguf";
  for (const BackEnd& row : kBackEnds) message += ", " + std::string(row.form);
  message += ", http(s)://HOST/v1[#MODEL]";
  return {ErrorCode::invalid_argument, message};
}

}  // namespace

Result<std::unique_ptr<Model>> open_model(const std::string& spec, const ModelOptions& options) {
  for (const BackEnd& row : kBackEnds) {
    if (!spec.starts_with(row.prefix)) continue;
    Result<std::unique_ptr<Model>> model = row.open(spec.substr(row.prefix.size()), options);
    if (!model) return model.error().in(spec);
    return model;
  }
  if (spec.starts_with("http://") || spec.starts_with("https://")) {
    return open_openai_http(spec, options);
  }
  if (spec.ends_with(".gguf")) return open_llama(spec, options);
  return unknown_spec(spec);
}

}  // namespace clue::models
