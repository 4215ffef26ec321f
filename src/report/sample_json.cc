#include "report/sample_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "core/json.h"
#include "core/names.h"
#include "report/catalogue.h"
#include "report/format.h"
#include "report/run_facts.h"
#include "report/tally.h"

namespace clue::report {

namespace {

using json = nlohmann::ordered_json;

json nullable(const std::optional<double>& value) { return value ? json(*value) : json(nullptr); }

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
  return {{"status", core::name(status_of(row))},
          {"value", with_text && !free_text ? answer.value : std::string()},
          {"codes", with_text ? answer.codes : std::vector<std::string>()},
          {"span", span},
          {"note", with_text ? answer.note : std::string()}};
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() < 24 &&
         text.find_first_not_of("0123456789.-+e") == std::string_view::npos;
}

std::string_view target_of(const store::SampleRow& row) {
  if (!row.prompt.target.empty()) return row.prompt.target;
  return row.sample.targets.empty() ? std::string_view() : row.sample.targets.front();
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
          {{"role", core::name(m.role)}, {"pieces", pieces_json(texts->add(m.content))}});
    }
  }
  for (const core::Cut& c : row.prompt.cuts) {
    cuts.push_back({{"what", c.what}, {"before", c.tokens_before}, {"after", c.tokens_after}});
  }
  json scores = json::array();
  json concepts = nullptr;
  for (const core::Score& s : row.scores) {
    json explain = with_text && s.metric.starts_with("concept") && s.why.starts_with('{')
                       ? json::parse(s.why, nullptr, false)
                       : json(nullptr);
    const bool explained = explain.is_object();
    if (explained && s.metric == "concept_f1") {
      for (const char* side : {"prediction", "reference"}) {
        std::string_view text = side[0] == 'p' ? std::string_view(g.text) : target_of(row);
        for (json& mention : explain[side]) {
          for (const char* end : {"begin", "end"}) {
            mention[end] = utf16_offset(text, mention.value(end, std::size_t{0}));
          }
        }
      }
      concepts = std::move(explain);
    }
    scores.push_back({{"metric", s.metric},
                      {"value", nullable(s.value)},
                      {"why", explained   ? std::string()
                              : with_text ? s.why
                              : s.value   ? std::string()
                                          : without_folders(s.why)}});
  }
  json hashes = json::object();
  if (!with_text) {  // what can still be checked against the run when the text is left out
    hashes = {{"prompt", core::prompt_hash(row.prompt)}, {"output", sha256_hex(g.text)}};
  }
  // Shared reports carry numbers about the prompt, never words from it.
  json info = json::object();
  for (const auto& [name, value] : row.prompt.info) {
    if (with_text || is_number(value)) info[name] = value;
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
          {"info", info},
          {"output", with_text ? json(g.text) : json(nullptr)},
          {"reasoning", with_text ? json(g.reasoning) : json(nullptr)},
          {"stop", core::name(g.stop)},
          {"error", with_text || g.error.empty() ? g.error : std::string("failed (text left out)")},
          {"answer", answer_json(row, with_text)},
          {"reference", reference},
          {"hashes", hashes},
          {"scores", scores},
          {"concepts", concepts},
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
