#include "report/sample_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/catalogue.h"
#include "report/format.h"

namespace clue::report {

namespace {

using json = nlohmann::ordered_json;

json nullable(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

const char* role_name(core::Role role) {
  switch (role) {
    case core::Role::system:
      return "system";
    case core::Role::user:
      return "user";
    case core::Role::assistant:
      return "assistant";
  }
  return "";
}

const char* stop_name(core::StopReason stop) {
  switch (stop) {
    case core::StopReason::end_of_turn:
      return "end_of_turn";
    case core::StopReason::stop_string:
      return "stop_string";
    case core::StopReason::length:
      return "length";
    case core::StopReason::error:
      return "error";
    case core::StopReason::cancelled:
      return "cancelled";
  }
  return "";
}

core::AnswerStatus status_of(const store::SampleRow& row) {
  if (row.answer) return row.answer->status;
  return row.generation.error.empty() ? core::AnswerStatus::answered : core::AnswerStatus::error;
}

const char* status_name(core::AnswerStatus status) {
  static constexpr const char* kNames[] = {"answered",      "none",    "cut",
                                           "cut_reasoning", "refused", "error"};
  return kNames[static_cast<std::size_t>(status)];
}

/// First bytes of a text, never through the middle of a character.
std::string start_of(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : text.substr(0, std::min(text.size(), most))) {
    out += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  }
  if (out.size() < text.size()) {
    while (!out.empty() && (static_cast<unsigned char>(text[out.size()]) & 0xC0) == 0x80) {
      out.pop_back();
    }
  }
  return out;
}

json pieces_json(const std::vector<Piece>& pieces) {
  json out = json::array();
  for (const Piece& piece : pieces) {
    if (const auto* text = std::get_if<std::string>(&piece)) {
      out.push_back(*text);
    } else {
      const auto& [first, count] = std::get<1>(piece);
      out.push_back(json::array({first, count}));
    }
  }
  return out;
}

json answer_json(const store::SampleRow& row, bool with_text) {
  const core::Answer answer = row.answer.value_or(core::Answer{});
  json span = nullptr;
  // An answer that is the whole output needs no mark.
  if (with_text && row.answer && answer.end > answer.begin &&
      answer.end <= row.generation.text.size()) {
    span = json::array({utf16_offset(row.generation.text, answer.begin),
                        utf16_offset(row.generation.text, answer.end)});
  }
  const bool free_text = answer.value.size() > 64;
  return {{"status", status_name(status_of(row))},
          {"value", with_text && !free_text ? answer.value : std::string()},
          {"codes", with_text ? answer.codes : std::vector<std::string>()},
          {"span", span},
          {"note", with_text ? answer.note : std::string()}};
}

}  // namespace

json sample_json(const store::SampleRow& row, TextTable* texts) {
  const bool with_text = texts != nullptr;
  const core::Generation& g = row.generation;
  json messages = json::array();
  json cuts = json::array();
  if (with_text) {
    for (const core::Message& m : row.prompt.messages) {
      messages.push_back(
          {{"role", role_name(m.role)}, {"pieces", pieces_json(texts->add(m.content))}});
    }
  }
  for (const core::Cut& c : row.prompt.cuts) {
    cuts.push_back({{"what", c.what}, {"before", c.tokens_before}, {"after", c.tokens_after}});
  }
  json scores = json::array();
  for (const core::Score& s : row.scores) {
    scores.push_back({{"metric", s.metric},
                      {"value", nullable(s.value)},
                      {"why", with_text || !s.value ? s.why : std::string()}});
  }
  std::vector<std::string> reference;
  if (with_text) {
    reference = row.prompt.target.empty() ? row.sample.targets
                                          : std::vector<std::string>{row.prompt.target};
  }
  return {{"id", row.sample.id},
          {"repeat", row.prompt.repeat},
          {"cluster", row.sample.cluster},
          {"messages", messages},
          {"prefill", with_text ? row.prompt.prefill : std::string()},
          {"cuts", cuts},
          {"info", row.prompt.info},
          {"output", with_text ? json(g.text) : json(nullptr)},
          {"reasoning", with_text ? json(g.reasoning) : json(nullptr)},
          {"stop", stop_name(g.stop)},
          {"error", with_text || g.error.empty() ? g.error : std::string("failed (text left out)")},
          {"answer", answer_json(row, with_text)},
          {"reference", reference},
          {"hashes", json::object()},
          {"scores", scores},
          {"tokens",
           {{"prompt", g.prompt_tokens},
            {"reused", g.reused_tokens},
            {"output", g.output_tokens},
            {"seconds", g.seconds}}}};
}

void SampleColumns::add(const store::SampleRow& row, bool with_text) {
  const std::size_t n = ids_.size();
  ids_.push_back(row.sample.id);
  repeats_.push_back(row.prompt.repeat);
  status_.push_back(static_cast<int>(status_of(row)));
  previews_.push_back(with_text ? start_of(row.generation.text, 110) : std::string());
  prompt_tokens_.push_back(row.generation.prompt_tokens);
  output_tokens_.push_back(row.generation.output_tokens);
  for (const core::Score& s : row.scores) {
    if (!is_share(s.metric)) continue;
    auto& column = scores_[s.metric];
    column.resize(n);
    column.push_back(s.value);
  }
}

json SampleColumns::to_json() const {
  json scores = json::object();
  for (const auto& [name, values] : scores_) {
    json column = json::array();
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      column.push_back(i < values.size() ? nullable(values[i]) : json(nullptr));
    }
    scores[name] = std::move(column);
  }
  return {{"ids", ids_},
          {"repeats", repeats_},
          {"status", status_},
          {"scores", scores},
          {"preview", previews_},
          {"prompt_tokens", prompt_tokens_},
          {"output_tokens", output_tokens_}};
}

}  // namespace clue::report
