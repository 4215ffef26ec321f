#include "core/json.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>

#include "base/hash.h"
#include "base/json.h"
#include "core/names.h"

namespace clue::core {
namespace {

using nlohmann::json;

json number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

json number(const std::optional<double>& value) { return value ? number(*value) : json(nullptr); }

/// Reads members of one object; remembers the first thing that is wrong.
class Members {
 public:
  Members(const json& object, std::string_view what) : object_(object), what_(what) {
    if (!object.is_object()) fail("", object, "an object");
  }

  void operator()(const char* key, std::string& out) {
    if (const json* v = find(key, &json::is_string, "text"))
      out = v->get_ref<const json::string_t&>();
  }
  void operator()(const char* key, bool& out) {
    if (const json* v = find(key, &json::is_boolean, "true or false")) out = v->get<bool>();
  }
  template <typename Int>
  requires std::is_integral_v<Int>
  void operator()(const char* key, Int& out) {
    const json* v = find(key, &json::is_number_integer, "a whole number");
    if (v == nullptr) return;
    const bool fits = v->is_number_unsigned() ? std::in_range<Int>(v->get<std::uint64_t>())
                                              : std::in_range<Int>(v->get<std::int64_t>());
    if (!fits) return fail(key, *v, "a whole number of this size");
    out = v->get<Int>();
  }
  void operator()(const char* key, double& out) {
    if (const json* v = find(key, &json::is_number, "a number")) out = v->get<double>();
  }
  void operator()(const char* key, std::optional<double>& out) {
    double value = 0;
    if (absent_or_null(key)) return;
    if (const json* v = find(key, &json::is_number, "a number")) value = v->get<double>();
    out = value;
  }
  void operator()(const char* key, std::vector<std::string>& out) {
    const json* v = find(key, &json::is_array, "a list of texts");
    if (v == nullptr) return;
    out.clear();
    for (const json& item : *v) {
      if (!item.is_string()) return fail(key, item, "text");
      out.push_back(item.get<std::string>());
    }
  }
  void operator()(const char* key, std::map<std::string, std::string>& out) {
    const json* v = find(key, &json::is_object, "an object of texts");
    if (v == nullptr) return;
    out.clear();
    for (const auto& [name, item] : v->items()) {
      if (!item.is_string()) return fail(key, item, "text");
      out[name] = item.get<std::string>();
    }
  }
  template <typename Enum>
  requires std::is_enum_v<Enum>
  void operator()(const char* key, Enum& out) {
    const json* v = find(key, &json::is_string, "a name");
    if (v == nullptr) return;
    const auto value = from_name<Enum>(v->get_ref<const json::string_t&>());
    if (!value) return fail(key, *v, "a known name");
    out = *value;
  }
  template <typename T>
  void list(const char* key, std::vector<T>& out) {
    const json* v = find(key, &json::is_array, "a list");
    if (v == nullptr) return;
    out.clear();
    for (const json& item : *v) {
      auto one = from_json<T>(item);
      if (!one) return nested(key, one.error());
      out.push_back(std::move(*one));
    }
  }
  template <typename T>
  void object(const char* key, T& out) {
    const json* v = find(key, &json::is_object, "an object");
    if (v == nullptr) return;
    auto one = from_json<T>(*v);
    if (!one) return nested(key, one.error());
    out = std::move(*one);
  }
  template <typename T>
  void object(const char* key, std::optional<T>& out) {
    if (absent_or_null(key)) return;
    T value;
    object(key, value);
    out = std::move(value);
  }

  template <typename T>
  Result<T> finish(T value) {
    if (error_) return *std::move(error_);
    return value;
  }

 private:
  bool absent_or_null(const char* key) const {
    if (!object_.is_object()) return true;
    const auto it = object_.find(key);
    return it == object_.end() || it->is_null();
  }
  const json* find(const char* key, bool (json::*is)() const noexcept, std::string_view wanted) {
    if (!object_.is_object() || error_) return nullptr;
    const auto it = object_.find(key);
    if (it == object_.end()) return nullptr;
    if (((*it).*is)()) return &*it;
    fail(key, *it, wanted);
    return nullptr;
  }
  void nested(const char* key, const Error& inner) {
    if (!error_) error_ = inner.in(fmt::format("{} \"{}\"", what_, key));
  }
  void fail(std::string_view key, const json& value, std::string_view wanted) {
    if (error_) return;
    // The type only: the value may be a patient's text.
    error_ = Error{ErrorCode::data, fmt::format("{} \"{}\": expected {}, found {}", what_, key,
                                                wanted, value.type_name())};
  }

  const json& object_;
  std::string_view what_;
  std::optional<Error> error_;
};

json to_json(const Message& m) { return {{"role", name(m.role)}, {"content", m.content}}; }
json to_json(const Cut& c) {
  return {{"what", c.what}, {"tokens_before", c.tokens_before}, {"tokens_after", c.tokens_after}};
}
json to_json(const Tally& t) {
  return {{"tp", number(t.tp)}, {"fp", number(t.fp)}, {"fn", number(t.fn)}};
}

template <typename T>
json list(const std::vector<T>& items) {
  json out = json::array();
  for (const T& item : items) out.push_back(to_json(item));
  return out;
}

void write_canonical(const json& value, std::string& out) {
  if (value.is_object()) {
    out += '{';
    const char* comma = "";
    for (const auto& [key, item] : value.items()) {  // std::map: sorted by bytes
      out += comma + dump_json(json(key)) + ":";
      write_canonical(item, out);
      comma = ",";
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    const char* comma = "";
    for (const json& item : value) {
      out += comma;
      write_canonical(item, out);
      comma = ",";
    }
    out += ']';
  } else if (value.is_number_float()) {
    const double d = value.get<double>();
    std::array<char, 32> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), d == 0 ? 0.0 : d);
    out.append(buffer.data(), end.ptr);
  } else {
    out += dump_json(value);
  }
}

}  // namespace

json to_json(const Decoding& d) {
  return {{"temperature", number(d.temperature)},
          {"top_p", number(d.top_p)},
          {"min_p", number(d.min_p)},
          {"top_k", d.top_k},
          {"seed", d.seed},
          {"max_tokens", d.max_tokens},
          {"max_reasoning_tokens", d.max_reasoning_tokens}};
}

json to_json(const RunSpec& s) {
  return {{"task", s.task},
          {"task_version", s.task_version},
          {"model_hash", s.model_hash},
          {"template_hash", s.template_hash},
          {"engine", s.engine},
          {"prompt_set", s.prompt_set},
          {"prompt_hash", s.prompt_hash},
          {"data_hash", s.data_hash},
          {"shots", s.shots},
          {"decoding", to_json(s.decoding)},
          {"prompt_seed", s.prompt_seed},
          {"overflow", name(s.overflow)},
          {"max_context", s.max_context},
          {"longhealth_limit", s.longhealth_limit},
          {"repeats", s.repeats},
          {"extra", s.extra}};
}

json to_json(const ModelInfo& m) {
  return {{"spec", m.spec},
          {"kind", m.kind},
          {"name", m.name},
          {"content_hash", m.content_hash},
          {"template_hash", m.template_hash},
          {"context_length", m.context_length},
          {"details", m.details}};
}

json to_json(const Sample& s) {
  return {{"id", s.id}, {"cluster", s.cluster}, {"fields", s.fields}, {"targets", s.targets}};
}

json to_json(const Prompt& p) {
  return {{"sample", p.sample},   {"repeat", p.repeat}, {"messages", list(p.messages)},
          {"prefill", p.prefill}, {"stop", p.stop},     {"max_tokens", p.max_tokens},
          {"cuts", list(p.cuts)}, {"target", p.target}, {"info", p.info}};
}

json to_json(const Generation& g) {
  return {{"text", g.text},
          {"reasoning", g.reasoning},
          {"stop", name(g.stop)},
          {"error", g.error},
          {"prompt_tokens", g.prompt_tokens},
          {"reused_tokens", g.reused_tokens},
          {"output_tokens", g.output_tokens},
          {"seconds", number(g.seconds)},
          {"overflow", g.overflow},
          {"extra", g.extra}};
}

json to_json(const Answer& a) {
  return {{"status", name(a.status)}, {"value", a.value}, {"codes", a.codes},
          {"begin", a.begin},         {"end", a.end},     {"note", a.note}};
}

json to_json(const Score& s) {
  return {{"metric", s.metric},
          {"value", number(s.value)},
          {"tally", s.tally ? to_json(*s.tally) : json(nullptr)},
          {"why", s.why}};
}

json to_json(const Summary& s) {
  return {{"metric", s.metric},
          {"signature", s.signature},
          {"mean", number(s.mean)},
          {"ci_low", number(s.ci_low)},
          {"ci_high", number(s.ci_high)},
          {"ci_method", s.ci_method},
          {"n", s.n},
          {"missing", s.missing},
          {"headline", s.headline},
          {"why", s.why}};
}

template <>
Result<Message> from_json(const json& j) {
  Message m;
  Members get(j, "message");
  get("role", m.role);
  get("content", m.content);
  return get.finish(std::move(m));
}

template <>
Result<Cut> from_json(const json& j) {
  Cut c;
  Members get(j, "cut");
  get("what", c.what);
  get("tokens_before", c.tokens_before);
  get("tokens_after", c.tokens_after);
  return get.finish(std::move(c));
}

template <>
Result<Tally> from_json(const json& j) {
  Tally t;
  Members get(j, "tally");
  get("tp", t.tp);
  get("fp", t.fp);
  get("fn", t.fn);
  return get.finish(t);
}

template <>
Result<Decoding> from_json(const json& j) {
  Decoding d;
  Members get(j, "decoding");
  get("temperature", d.temperature);
  get("top_p", d.top_p);
  get("min_p", d.min_p);
  get("top_k", d.top_k);
  get("seed", d.seed);
  get("max_tokens", d.max_tokens);
  get("max_reasoning_tokens", d.max_reasoning_tokens);
  return get.finish(d);
}

template <>
Result<RunSpec> from_json(const json& j) {
  RunSpec s;
  Members get(j, "run spec");
  get("task", s.task);
  get("task_version", s.task_version);
  get("model_hash", s.model_hash);
  get("template_hash", s.template_hash);
  get("engine", s.engine);
  get("prompt_set", s.prompt_set);
  get("prompt_hash", s.prompt_hash);
  get("data_hash", s.data_hash);
  get("shots", s.shots);
  get.object("decoding", s.decoding);
  get("prompt_seed", s.prompt_seed);
  get("overflow", s.overflow);
  get("max_context", s.max_context);
  get("longhealth_limit", s.longhealth_limit);
  get("repeats", s.repeats);
  get("extra", s.extra);
  return get.finish(std::move(s));
}

template <>
Result<ModelInfo> from_json(const json& j) {
  ModelInfo m;
  Members get(j, "model");
  get("spec", m.spec);
  get("kind", m.kind);
  get("name", m.name);
  get("content_hash", m.content_hash);
  get("template_hash", m.template_hash);
  get("context_length", m.context_length);
  get("details", m.details);
  return get.finish(std::move(m));
}

template <>
Result<Sample> from_json(const json& j) {
  Sample s;
  Members get(j, "sample");
  get("id", s.id);
  get("cluster", s.cluster);
  get("fields", s.fields);
  get("targets", s.targets);
  return get.finish(std::move(s));
}

template <>
Result<Prompt> from_json(const json& j) {
  Prompt p;
  Members get(j, "prompt");
  get("sample", p.sample);
  get("repeat", p.repeat);
  get.list("messages", p.messages);
  get("prefill", p.prefill);
  get("stop", p.stop);
  get("max_tokens", p.max_tokens);
  get.list("cuts", p.cuts);
  get("target", p.target);
  get("info", p.info);
  return get.finish(std::move(p));
}

template <>
Result<Generation> from_json(const json& j) {
  Generation g;
  Members get(j, "generation");
  get("text", g.text);
  get("reasoning", g.reasoning);
  get("stop", g.stop);
  get("error", g.error);
  get("prompt_tokens", g.prompt_tokens);
  get("reused_tokens", g.reused_tokens);
  get("output_tokens", g.output_tokens);
  get("seconds", g.seconds);
  get("overflow", g.overflow);
  get("extra", g.extra);
  return get.finish(std::move(g));
}

template <>
Result<Answer> from_json(const json& j) {
  Answer a;
  Members get(j, "answer");
  get("status", a.status);
  get("value", a.value);
  get("codes", a.codes);
  get("begin", a.begin);
  get("end", a.end);
  get("note", a.note);
  return get.finish(std::move(a));
}

template <>
Result<Score> from_json(const json& j) {
  Score s;
  Members get(j, "score");
  get("metric", s.metric);
  get("value", s.value);
  get.object("tally", s.tally);
  get("why", s.why);
  return get.finish(std::move(s));
}

template <>
Result<Summary> from_json(const json& j) {
  Summary s;
  Members get(j, "summary");
  get("metric", s.metric);
  get("signature", s.signature);
  get("mean", s.mean);
  get("ci_low", s.ci_low);
  get("ci_high", s.ci_high);
  get("ci_method", s.ci_method);
  get("n", s.n);
  get("missing", s.missing);
  get("headline", s.headline);
  get("why", s.why);
  return get.finish(std::move(s));
}

std::string canonical(const json& value) {
  std::string out;
  write_canonical(value, out);
  return out;
}

std::string run_key(const RunSpec& spec) { return sha256_hex(canonical(to_json(spec))); }

std::string prompt_hash(const Prompt& prompt) {
  // Each part with its length: no two different prompts give the same bytes.
  std::string bytes = "clue-prompt-1";
  const auto add = [&bytes](std::string_view part) {
    bytes += fmt::format("\n{}:", part.size());
    bytes += part;
  };
  add(fmt::format("{}/{}/{}", prompt.messages.size(), prompt.stop.size(), prompt.max_tokens));
  for (const Message& m : prompt.messages) {
    add(name(m.role));
    add(m.content);
  }
  add(prompt.prefill);
  for (const std::string& s : prompt.stop) add(s);
  return sha256_hex(bytes);
}

}  // namespace clue::core
