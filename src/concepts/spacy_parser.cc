// Arc-eager parsing as spaCy 3.7 does it, with its sentence breaks and non-monotonic moves.
#include <algorithm>
#include <array>
#include <optional>

#include "concepts/spacy_transitions.h"

namespace clue::concepts {
namespace {

enum Action { kShift = 0, kReduce = 1, kLeft = 2, kRight = 3, kBreak = 4 };

/// Configuration of the parser: stack, buffer (with what was pushed back in front) and arcs.
class State {
 public:
  explicit State(int n)
      : n_(n),
        size_(static_cast<std::size_t>(n)),
        unshiftable_(size_, 0),
        starts_(size_, 0),
        heads_(size_, -1),
        labels_(size_, nullptr),
        left_(size_),
        right_(size_) {
    if (n > 0) starts_[0] = 1;
  }

  [[nodiscard]] int stack(std::size_t i) const {
    return i < stack_.size() ? stack_[stack_.size() - 1 - i] : -1;
  }
  [[nodiscard]] int buffer(std::size_t i) const {
    if (i < returned_.size()) return returned_[returned_.size() - 1 - i];
    const int j = next_ + static_cast<int>(i - returned_.size());
    return j < n_ ? j : -1;
  }
  [[nodiscard]] std::size_t depth() const { return stack_.size(); }
  [[nodiscard]] std::size_t left_over() const {
    return static_cast<std::size_t>(n_ - next_) + returned_.size();
  }
  [[nodiscard]] bool done() const { return stack_.empty() && left_over() == 0; }
  [[nodiscard]] bool starts(int w) const { return w >= 0 && starts_[at(w)] != 0; }
  [[nodiscard]] bool unshiftable(int w) const { return w >= 0 && unshiftable_[at(w)] != 0; }
  [[nodiscard]] bool has_head(int w) const { return heads_[at(w)] >= 0; }
  [[nodiscard]] int head(int w) const { return heads_[at(w)]; }
  [[nodiscard]] const std::string* label(int w) const { return labels_[at(w)]; }
  /// Last added live child on the left or right.
  [[nodiscard]] int left_child(int w) const { return w < 0 ? -1 : last(left_[at(w)]); }
  [[nodiscard]] int right_child(int w) const { return w < 0 ? -1 : last(right_[at(w)]); }

  void push() {
    if (!returned_.empty()) {
      stack_.push_back(returned_.back());
      returned_.pop_back();
    } else {
      stack_.push_back(next_++);
    }
  }
  void pop() { stack_.pop_back(); }
  void give_back() {
    const int w = stack_.back();
    unshiftable_[at(w)] = 1;
    returned_.push_back(w);
    stack_.pop_back();
  }
  void clear_unshiftable(int w) { unshiftable_[at(w)] = 0; }
  void break_before(int w) { starts_[at(w)] = 1; }
  void attach(int head, int child, const std::string& label) {
    if (const int old = heads_[at(child)]; old >= 0) {
      detach(old > child ? left_[at(old)] : right_[at(old)], child);
    }
    (head > child ? left_ : right_)[at(head)].push_back(child);
    heads_[at(child)] = head;
    labels_[at(child)] = &label;
  }
  [[nodiscard]] bool live(int head, int child) const {
    const auto& list = (head > child ? left_ : right_)[at(head)];
    return std::find(list.begin(), list.end(), child) != list.end();
  }

 private:
  static std::size_t at(int w) { return static_cast<std::size_t>(w); }
  static int last(const std::vector<int>& children) {
    return children.empty() ? -1 : children.back();
  }
  static void detach(std::vector<int>& children, int child) {
    if (!children.empty() && children.back() == child) {
      children.pop_back();
      return;
    }
    const auto it = std::find(children.begin(), children.end(), child);
    if (it != children.end()) children.erase(it);
  }

  int n_;
  std::size_t size_;
  int next_ = 0;
  std::vector<int> stack_, returned_;
  std::vector<char> unshiftable_, starts_;
  std::vector<int> heads_;
  std::vector<const std::string*> labels_;
  std::vector<std::vector<int>> left_, right_;
};

/// Which actions are allowed. Only the first token has a preset sentence start, none a preset
/// "no start", so the rules about the latter never apply.
std::array<bool, 5> valid_actions(const State& s) {
  const int b0 = s.buffer(0);
  const int b1 = s.buffer(1);
  const bool empty = s.left_over() == 0;
  std::array<bool, 5> v{};
  v[kShift] = s.depth() == 0 ? !empty : s.left_over() >= 2 && !s.starts(b0) && !s.unshiftable(b0);
  v[kReduce] = s.depth() > 0;
  v[kLeft] = s.depth() > 0 && !empty && !s.starts(b0);
  v[kRight] = v[kLeft];
  v[kBreak] = s.left_over() >= 2 && b1 == b0 + 1 && !s.starts(b1);
  return v;
}

void apply(State& s, const Move& m) {
  const int b0 = s.buffer(0);
  const int s0 = s.stack(0);
  switch (m.action) {
    case kShift:
      s.push();
      break;
    case kReduce:
      if (s.has_head(s0) || s.depth() == 1) {
        s.pop();
      } else {
        s.give_back();
      }
      break;
    case kLeft:
      s.attach(b0, s0, m.label);
      s.clear_unshiftable(b0);
      s.pop();
      break;
    case kRight:
      s.attach(s0, b0, m.label);
      s.push();
      break;
    default:
      s.break_before(s.buffer(1));
      break;
  }
}

/// First and last token of each token's subtree.
struct Edges {
  std::vector<std::uint32_t> left, right;
};

/// Sentence starts: the left edge of each root's subtree, edges spread until heads lie inside.
Edges mark_sentences(std::vector<SpacyToken>& tokens) {
  const std::size_t n = tokens.size();
  Edges edges;
  auto& [left, right] = edges;
  for (std::size_t i = 0; i < n; ++i) left.push_back(static_cast<std::uint32_t>(i));
  right = left;
  std::vector<char> start(n, 0);
  const auto spread = [&](std::size_t i) {
    const std::uint32_t h = tokens[i].head;
    left[h] = std::min(left[h], left[i]);
    right[h] = std::max(right[h], right[i]);
  };
  const auto heads_inside = [&] {
    std::size_t sentence = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (!((i > 0 && start[i] != 0) || i + 1 == n)) continue;
      for (std::size_t j = sentence; j < i; ++j) {
        if (tokens[j].head < sentence || tokens[j].head > i) return false;
      }
      sentence = i;
    }
    return true;
  };
  for (int round = 0; round <= 11; ++round) {
    for (std::size_t i = 0; i < n; ++i) spread(i);
    for (std::size_t i = n; i-- > 0;) spread(i);
    std::fill(start.begin(), start.end(), char{0});
    for (std::size_t i = 0; i < n; ++i) {
      if (tokens[i].head == i) start[left[i]] = 1;
    }
    if (heads_inside()) break;
  }
  for (std::size_t i = 0; i < n; ++i) tokens[i].sent_start = start[i] != 0 ? 1 : -1;
  return edges;
}

/// First token with label `wanted` on a breadth-first walk below the head of token i. Children
/// outside the edges that the parse had before any re-attaching are not seen.
std::optional<std::uint32_t> lifted_head(const std::vector<SpacyToken>& tokens, const Edges& edges,
                                         std::span<const char> is_space, std::size_t i,
                                         std::string_view wanted) {
  std::vector<std::uint32_t> level{tokens[i].head};
  for (std::size_t seen = 0; !level.empty() && seen < 10000;) {
    std::vector<std::uint32_t> next;
    for (const std::uint32_t t : level) {
      for (std::uint32_t c = edges.left[t]; c <= edges.right[t]; ++c) {
        if (tokens[c].head != t || c == t) continue;
        ++seen;
        if (is_space[c] != 0 || c == i) continue;
        if (tokens[c].dep == wanted) return c;
        next.push_back(c);
      }
    }
    level = std::move(next);
  }
  return std::nullopt;
}

/// Undoes pseudo-projective labels: "relcl||nsubj" hangs below a child labelled nsubj.
bool deproject(std::vector<SpacyToken>& tokens, const Edges& edges,
               std::span<const char> is_space) {
  bool changed = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::size_t bars = tokens[i].dep.find("||");
    if (bars == std::string::npos) continue;
    const std::string wanted = tokens[i].dep.substr(bars + 2);
    if (const auto head = lifted_head(tokens, edges, is_space, i, wanted)) tokens[i].head = *head;
    tokens[i].dep.resize(bars);
    changed = true;
  }
  return changed;
}

}  // namespace

void parse_dependencies(TransitionScorer& scorer, std::span<const Move> moves,
                        std::span<const char> is_space, std::vector<SpacyToken>& tokens) {
  State s(static_cast<int>(tokens.size()));
  while (!s.done()) {
    const int b0 = s.buffer(0);
    const int s0 = s.stack(0);
    const int features[kParserFeatures] = {b0,
                                           s.buffer(1),
                                           s0,
                                           s.stack(1),
                                           s.stack(2),
                                           s.left_child(b0),
                                           s.left_child(s0),
                                           s.right_child(s0)};
    const auto valid = valid_actions(s);
    const int best = best_class(scorer.score(features), [&](std::size_t c) {
      const Move& m = moves[c];
      return m.action <= kBreak && valid[static_cast<std::size_t>(m.action)] &&
             !(m.label == "subtok" && s0 != b0 - 1);
    });
    if (best < 0) break;
    apply(s, moves[static_cast<std::size_t>(best)]);
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const int w = static_cast<int>(i);
    const bool attached = s.has_head(w) && s.live(s.head(w), w);
    tokens[i].head =
        attached ? static_cast<std::uint32_t>(s.head(w)) : static_cast<std::uint32_t>(i);
    tokens[i].dep = attached && tokens[i].head != i ? *s.label(w) : "ROOT";
  }
  const Edges edges = mark_sentences(tokens);
  if (deproject(tokens, edges, is_space)) mark_sentences(tokens);
}

}  // namespace clue::concepts
