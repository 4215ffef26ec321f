#include "run/overflow.h"

#include <algorithm>
#include <unordered_map>

namespace clue::run {
namespace {

using core::Prompt;

constexpr std::string_view kMark = "\n[...]\n";
constexpr std::size_t kLongField = 200;  // bytes; shorter fields are questions, not documents

/// A stretch of a message that may be shortened.
struct Part {
  std::size_t begin = 0, size = 0;
  std::string what;
};

/// Not inside of a character, and not inside of a word if one ends within the last 40 bytes.
std::size_t end_of_word(std::string_view text, std::size_t at) {
  if (at >= text.size()) return text.size();
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) --at;
  const std::size_t space = text.substr(0, at).find_last_of(" \n");
  return space != std::string_view::npos && space > 0 && at - space < 40 ? space : at;
}

/// As end_of_word, from the other side.
std::size_t start_of_word(std::string_view text, std::size_t at) {
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) ++at;
  const std::size_t space = text.find_first_of(" \n", at);
  return space != std::string_view::npos && space - at < 40 ? space : at;
}

class Fitter {
 public:
  Fitter(const FitRequest& request, models::Model& model) : request_(request), model_(model) {}

  /// True when the prompt was cut.
  Result<bool> fit(Prompt& prompt, const core::Sample* sample) {
    std::size_t bytes = prompt.prefill.size();
    for (const core::Message& m : prompt.messages) bytes += m.content.size() + 16;
    const int answer = request_.max_tokens > 0 ? request_.max_tokens : prompt.max_tokens;
    const auto room =
        static_cast<std::size_t>(std::max(request_.context - answer, request_.context / 2));
    if (bytes < room) return false;  // a token has a byte at least
    CLUE_TRY(const std::optional<int> tokens, model_.prompt_tokens(prompt));
    if (!tokens || static_cast<std::size_t>(*tokens) <= room) return false;
    Prompt shorter = prompt;
    // Bytes stand for tokens in proportion; what is still too long is cut a little more.
    const double share = static_cast<double>(room) / static_cast<double>(*tokens);
    auto keep = static_cast<std::size_t>(static_cast<double>(bytes) * share * 0.99);
    for (int tries = 0; tries < 40; ++tries, keep -= keep / 25 + 1) {
      const std::size_t less = bytes - std::min(bytes, keep);
      const bool possible = request_.policy == core::Overflow::cut_middle
                                ? cut_middle(prompt, less, shorter)
                                : cut_documents(prompt, sample, less, shorter);
      if (!possible) return false;
      CLUE_TRY(const std::optional<int> now, model_.prompt_tokens(shorter));
      if (now && static_cast<std::size_t>(*now) <= room) {
        prompt = std::move(shorter);
        return true;
      }
    }
    return false;
  }

 private:
  [[nodiscard]] int count(std::string_view text) const {
    models::TokenCounter* counter = model_.tokens();
    if (counter == nullptr) return 0;
    const Result<int> n = counter->count(text);
    return n ? *n : 0;
  }

  bool cut_middle(const Prompt& from, std::size_t less, Prompt& to) const {
    to = from;
    const auto size = [](const core::Message& m) {  // instructions are never cut
      return m.role == core::Role::system ? std::size_t{0} : m.content.size();
    };
    const auto longest = std::max_element(
        to.messages.begin(), to.messages.end(),
        [&](const core::Message& a, const core::Message& b) { return size(a) < size(b); });
    if (longest == to.messages.end() || size(*longest) == 0) return false;
    const std::string text = longest->content;
    if (less + kMark.size() + 80 >= text.size()) return false;
    const std::size_t keep = text.size() - less - kMark.size();
    const std::size_t head = end_of_word(text, keep / 2);
    const std::size_t tail = start_of_word(text, text.size() - (keep - keep / 2));
    longest->content = text.substr(0, head) + std::string(kMark) + text.substr(tail);
    to.cuts.push_back({"middle of the longest message", count(text), count(longest->content)});
    return true;
  }

  /// Documents of the data set in the message (the prompt may hold only their beginning), else long
  /// fields of the sample; in order, apart from one another.
  std::vector<Part> parts_of(const std::string& text, const core::Sample* sample) const {
    std::vector<Part> parts;
    for (const core::Document& document : request_.data->documents) {
      const std::string_view head = std::string_view(document.text).substr(0, kLongField);
      const std::size_t at = text.find(head);
      if (head.size() < kLongField || at == std::string::npos) continue;
      std::size_t size = head.size();
      while (size < document.text.size() && at + size < text.size() &&
             text[at + size] == document.text[size]) {
        ++size;
      }
      parts.push_back({at, size, document.cluster + "/" + document.id});
    }
    if (parts.empty() && sample != nullptr) {
      for (const auto& [name, value] : sample->fields) {
        if (name.starts_with("_") || value.size() < kLongField) continue;
        const std::size_t at = text.find(value);
        if (at != std::string::npos) parts.push_back({at, value.size(), name});
      }
    }
    std::sort(parts.begin(), parts.end(),
              [](const Part& a, const Part& b) { return a.begin < b.begin; });
    std::vector<Part> apart;
    for (Part& part : parts) {
      if (apart.empty() || part.begin >= apart.back().begin + apart.back().size) {
        apart.push_back(std::move(part));
      }
    }
    return apart;
  }

  bool cut_documents(const Prompt& from, const core::Sample* sample, std::size_t less,
                     Prompt& to) const {
    to = from;
    if (to.messages.empty()) return false;
    std::string& text = to.messages.back().content;
    const std::vector<Part> parts = parts_of(text, sample);
    std::vector<std::size_t> lengths;
    std::size_t sum = 0;
    for (const Part& part : parts) {
      lengths.push_back(part.size);
      sum += part.size;
    }
    less += parts.size() * kMark.size();
    if (less >= sum) return false;
    const std::vector<std::size_t> kept = level_off(lengths, sum - less);
    for (std::size_t i = parts.size(); i-- > 0;) {  // from the end: places stay valid
      if (kept[i] == lengths[i]) continue;
      const std::string whole = text.substr(parts[i].begin, parts[i].size);
      const std::string head = whole.substr(0, end_of_word(whole, kept[i]));
      text.replace(parts[i].begin, parts[i].size, head + std::string(kMark));
      to.cuts.push_back({parts[i].what, count(whole), count(head)});
    }
    return true;
  }

  const FitRequest& request_;
  models::Model& model_;
};

}  // namespace

std::vector<std::size_t> level_off(const std::vector<std::size_t>& lengths, std::size_t budget) {
  std::vector<std::size_t> sorted = lengths;
  std::sort(sorted.begin(), sorted.end());
  std::size_t level = 0, left = budget;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    level = left / (sorted.size() - i);
    if (sorted[i] > level) break;
    left -= sorted[i];
    level = sorted[i];
  }
  std::vector<std::size_t> out;
  for (const std::size_t length : lengths) out.push_back(std::min(length, level));
  return out;
}

Result<std::size_t> fit_prompts(std::vector<Prompt>& prompts, const FitRequest& request,
                                models::Model& model) {
  if (request.policy != core::Overflow::cut_documents &&
      request.policy != core::Overflow::cut_middle) {
    return std::size_t{0};
  }
  if (request.context <= 0) {
    return Error{ErrorCode::invalid_argument,
                 "--overflow cut-documents and cut-middle need to know the context, which this "
                 "model does not tell: add --max-context N"};
  }
  std::unordered_map<std::string_view, const core::Sample*> by_id;
  for (const core::Sample& s : request.data->samples) by_id.emplace(s.id, &s);
  Fitter fitter(request, model);
  std::size_t cut = 0;
  for (Prompt& prompt : prompts) {
    if (request.stop.stop_requested()) {
      return Error{ErrorCode::cancelled, "interrupted while prompts were being cut to fit"};
    }
    const auto sample = by_id.find(prompt.sample);
    CLUE_TRY(const bool done, fitter.fit(prompt, sample == by_id.end() ? nullptr : sample->second));
    cut += done ? 1 : 0;
  }
  return cut;
}

}  // namespace clue::run
