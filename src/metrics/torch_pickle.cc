// A pickle machine that knows the opcodes torch.save writes and five names. Values live in one list
// and refer to each other by index, so that cyclic or deep input costs no stack. Anything else is
// refused by name: nothing in the file is ever called.
#include <algorithm>
#include <array>
#include <utility>

#include "metrics/bert_import.h"

namespace clue::metrics {
namespace {

using Ref = std::uint32_t;

enum class Kind {
  none,
  boolean,
  integer,
  real,
  text,
  sequence,
  dictionary,
  global,
  storage,
  tensor,
  mark
};

struct Node {
  Kind kind = Kind::none;
  std::int64_t number = 0;  ///< integers; storages: elements
  std::string text;         ///< strings, globals; storages: key
  std::string dtype;        ///< storages
  std::vector<Ref> items;   ///< sequences; dictionaries: key, value, key, value, ...
  RawTensor tensor;
};

Error bad(const std::string& what) {
  return {ErrorCode::data, "pytorch_model.bin: " + what + "; convert the model to safetensors"};
}

std::string dtype_of(std::string_view storage) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kTypes = {
      {{"FloatStorage", "F32"},
       {"HalfStorage", "F16"},
       {"BFloat16Storage", "BF16"},
       {"DoubleStorage", "F64"},
       {"LongStorage", "I64"},
       {"IntStorage", "I32"},
       {"ByteStorage", "U8"},
       {"BoolStorage", "BOOL"}}};
  for (const auto& [name, dtype] : kTypes) {
    if (storage == "torch " + std::string(name)) return std::string(dtype);
  }
  return {};
}

std::int64_t width(std::string_view dtype) {
  if (dtype == "F64" || dtype == "I64") return 8;
  if (dtype == "F32" || dtype == "I32") return 4;
  return dtype == "U8" || dtype == "BOOL" ? 1 : 2;
}

class Machine {
 public:
  Machine(std::string_view code,
          const std::function<std::optional<std::string_view>(std::string_view)>& storage)
      : code_(code), storage_(storage) {}

  Result<std::map<std::string, RawTensor>> run() {
    constexpr std::size_t kMaxSteps = 4'000'000;
    for (std::size_t n = 0; n < kMaxSteps; ++n) {
      if (at_ >= code_.size()) return bad("the pickle ends early");
      const auto op = static_cast<unsigned char>(code_[at_++]);
      if (op == '.') return finish();
      CLUE_OK(step(op));
    }
    return bad("the pickle is too long");
  }

 private:
  // ---- reading
  // -------------------------------------------------------------------------------------
  Result<std::uint64_t> bytes(std::size_t n) {
    if (code_.size() - at_ < n) return bad("the pickle ends early");
    std::uint64_t v = 0;
    for (std::size_t i = n; i-- > 0;) v = v << 8 | static_cast<unsigned char>(code_[at_ + i]);
    at_ += n;
    return v;
  }
  Result<std::string> chars(std::uint64_t n) {
    if (code_.size() - at_ < n) return bad("the pickle ends early");
    std::string out(code_.substr(at_, n));
    at_ += n;
    return out;
  }
  Result<std::string> line() {
    const std::size_t end = code_.find('\n', at_);
    if (end == code_.npos) return bad("the pickle ends early");
    std::string out(code_.substr(at_, end - at_));
    at_ = end + 1;
    return out;
  }

  // ---- stack
  // ---------------------------------------------------------------------------------------
  Ref make(Kind kind) {
    nodes_.emplace_back();
    nodes_.back().kind = kind;
    return static_cast<Ref>(nodes_.size() - 1);
  }
  Ref push(Kind kind) {
    stack_.push_back(make(kind));
    return stack_.back();
  }
  Result<Ref> pop() {
    if (stack_.empty()) return bad("the pickle's stack runs empty");
    const Ref r = stack_.back();
    stack_.pop_back();
    return r;
  }
  Result<Ref> top() {
    if (stack_.empty()) return bad("the pickle's stack runs empty");
    return stack_.back();
  }
  Result<std::vector<Ref>> pop_to_mark() {
    std::vector<Ref> out;
    while (!stack_.empty()) {
      const Ref r = stack_.back();
      stack_.pop_back();
      if (nodes_[r].kind == Kind::mark) {
        std::reverse(out.begin(), out.end());
        return out;
      }
      out.push_back(r);
    }
    return bad("the pickle's mark is missing");
  }
  Status tuple(std::size_t n) {
    if (stack_.size() < n) return bad("the pickle's stack runs empty");
    const std::vector<Ref> items(stack_.end() - static_cast<std::ptrdiff_t>(n), stack_.end());
    stack_.resize(stack_.size() - n);
    nodes_[push(Kind::sequence)].items = items;
    return {};
  }
  Status extend(Kind kind, std::vector<Ref> items) {
    CLUE_TRY(const Ref target, top());
    if (nodes_[target].kind != kind) return bad("the pickle fills something that is no container");
    auto& to = nodes_[target].items;
    to.insert(to.end(), items.begin(), items.end());
    return {};
  }
  Status text(std::uint64_t n) {
    CLUE_TRY(std::string s, chars(n));
    nodes_[push(Kind::text)].text = std::move(s);
    return {};
  }
  Status integer(std::int64_t v) {
    nodes_[push(Kind::integer)].number = v;
    return {};
  }
  Status remember(std::uint64_t key) {
    CLUE_TRY(const Ref r, top());
    memo_[key] = r;
    return {};
  }
  Status recall(std::uint64_t key) {
    const auto it = memo_.find(key);
    if (it == memo_.end()) return bad("the pickle recalls what it never stored");
    stack_.push_back(it->second);
    return {};
  }

  Status step(unsigned char op);
  Status global(std::string module, std::string name);
  Status persistent();
  Status reduce();
  Result<RawTensor> rebuild(const std::vector<Ref>& args);
  Result<std::map<std::string, RawTensor>> finish();

  std::string_view code_;
  const std::function<std::optional<std::string_view>(std::string_view)>& storage_;
  std::size_t at_ = 0;
  std::vector<Node> nodes_;
  std::vector<Ref> stack_;
  std::map<std::uint64_t, Ref> memo_;
};

Status Machine::step(unsigned char op) {
  switch (op) {
    case 0x80:
      return bytes(1).ok() ? Status() : Status(bad("the pickle ends early"));  // PROTO
    case 0x95:
      return bytes(8).ok() ? Status() : Status(bad("the pickle ends early"));  // FRAME
    case '(':
      return push(Kind::mark), Status();
    case '}':
      return push(Kind::dictionary), Status();
    case ']':
    case ')':
      return push(Kind::sequence), Status();
    case 'N':
      return push(Kind::none), Status();
    case 0x88:
    case 0x89:
      return nodes_[push(Kind::boolean)].number = op == 0x88, Status();
    case 't': {
      CLUE_TRY(std::vector<Ref> items, pop_to_mark());
      nodes_[push(Kind::sequence)].items = std::move(items);
      return {};
    }
    case 0x85:
      return tuple(1);
    case 0x86:
      return tuple(2);
    case 0x87:
      return tuple(3);
    case 'e': {
      CLUE_TRY(std::vector<Ref> items, pop_to_mark());
      return extend(Kind::sequence, std::move(items));
    }
    case 'a': {
      CLUE_TRY(const Ref item, pop());
      return extend(Kind::sequence, {item});
    }
    case 'u': {
      CLUE_TRY(std::vector<Ref> items, pop_to_mark());
      if (items.size() % 2 != 0) return bad("the pickle sets a key without a value");
      return extend(Kind::dictionary, std::move(items));
    }
    case 's': {
      CLUE_TRY(const Ref value, pop());
      CLUE_TRY(const Ref key, pop());
      return extend(Kind::dictionary, {key, value});
    }
    case 'q':
    case 'r': {
      CLUE_TRY(const std::uint64_t key, bytes(op == 'q' ? 1 : 4));
      return remember(key);
    }
    case 0x94:
      return remember(memo_.size());
    case 'h':
    case 'j': {
      CLUE_TRY(const std::uint64_t key, bytes(op == 'h' ? 1 : 4));
      return recall(key);
    }
    case 'X':
    case 'T': {
      CLUE_TRY(const std::uint64_t n, bytes(4));
      return text(n);
    }
    case 0x8C:
    case 'U': {
      CLUE_TRY(const std::uint64_t n, bytes(1));
      return text(n);
    }
    case 'K':
    case 'M': {
      CLUE_TRY(const std::uint64_t v, bytes(op == 'K' ? 1 : 2));
      return integer(static_cast<std::int64_t>(v));
    }
    case 'J': {
      CLUE_TRY(const std::uint64_t v, bytes(4));
      return integer(static_cast<std::int32_t>(static_cast<std::uint32_t>(v)));
    }
    case 0x8A: {
      CLUE_TRY(const std::uint64_t n, bytes(1));
      if (n > 8) return bad("a number is too large");
      CLUE_TRY(std::uint64_t v, bytes(n));
      if (n > 0 && n < 8 && (v >> (8 * n - 1)) != 0) v |= ~std::uint64_t{0} << (8 * n);
      return integer(static_cast<std::int64_t>(v));
    }
    case 'G': {
      CLUE_OK(bytes(8));
      return push(Kind::real), Status();
    }
    case 'c': {
      CLUE_TRY(std::string module, line());
      CLUE_TRY(std::string name, line());
      return global(std::move(module), std::move(name));
    }
    case 0x93: {
      CLUE_TRY(const Ref name, pop());
      CLUE_TRY(const Ref module, pop());
      return global(nodes_[module].text, nodes_[name].text);
    }
    case 'Q':
      return persistent();
    case 'R':
      return reduce();
    case 'b': {  // attributes of the dictionary (torch's _metadata): not needed
      CLUE_OK(pop());
      CLUE_TRY(const Ref target, top());
      return nodes_[target].kind == Kind::dictionary
                 ? Status()
                 : Status(bad("the pickle changes an unknown object"));
    }
    case '0': {
      CLUE_OK(pop());
      return {};
    }
    default:
      return bad("opcode " + std::to_string(op) + " is not one that tensors need");
  }
}

Status Machine::global(std::string module, std::string name) {
  const std::string full = module + " " + name;
  static constexpr std::array<std::string_view, 5> kAllowed = {
      "collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_tensor",
      "torch._utils _rebuild_parameter", "torch Size"};
  if (std::find(kAllowed.begin(), kAllowed.end(), full) == kAllowed.end() &&
      dtype_of(full).empty()) {
    return bad("it asks for " + module + "." + name +
               ", which is not part of a plain tensor file (refused)");
  }
  nodes_[push(Kind::global)].text = full;
  return {};
}

// A tuple ("storage", type, key, device, elements).
Status Machine::persistent() {
  CLUE_TRY(const Ref r, pop());
  const std::vector<Ref> items = nodes_[r].items;
  if (nodes_[r].kind != Kind::sequence || items.size() < 5 || nodes_[items[0]].text != "storage" ||
      nodes_[items[1]].kind != Kind::global || nodes_[items[2]].kind != Kind::text ||
      nodes_[items[4]].kind != Kind::integer) {
    return bad("a storage is described in an unknown way");
  }
  const std::string dtype = dtype_of(nodes_[items[1]].text);
  if (dtype.empty()) return bad("a storage has an unknown type");
  const std::string key = nodes_[items[2]].text;
  const std::int64_t elements = nodes_[items[4]].number;
  Node& n = nodes_[push(Kind::storage)];
  n.dtype = dtype;
  n.text = key;
  n.number = elements;
  return {};
}

Result<RawTensor> Machine::rebuild(const std::vector<Ref>& args) {
  if (args.size() < 4 || nodes_[args[0]].kind != Kind::storage ||
      nodes_[args[1]].kind != Kind::integer || nodes_[args[2]].kind != Kind::sequence ||
      nodes_[args[3]].kind != Kind::sequence) {
    return bad("a tensor is described in an unknown way");
  }
  const Node& storage = nodes_[args[0]];
  const std::int64_t offset = nodes_[args[1]].number;
  const auto& size = nodes_[args[2]].items;
  const auto& stride = nodes_[args[3]].items;
  if (size.size() != stride.size() || size.size() > 8)
    return bad("a tensor's size and stride disagree");
  RawTensor t;
  t.dtype = storage.dtype;
  std::int64_t count = 1;
  for (std::size_t i = size.size(); i-- > 0;) {
    const std::int64_t n = nodes_[size[i]].number;
    if (n < 0 || n > (std::int64_t{1} << 31)) return bad("a tensor has an odd size");
    if (n > 1 && nodes_[stride[i]].number != count) return bad("a tensor is not stored row by row");
    if (__builtin_mul_overflow(count, n, &count)) return bad("a tensor has an odd size");
    t.shape.insert(t.shape.begin(), n);
  }
  const auto data = storage_(storage.text);
  if (!data) return bad("storage " + storage.text + " is missing");
  const std::int64_t w = width(t.dtype);
  const auto have = static_cast<std::int64_t>(data->size()) / w;
  if (offset < 0 || offset > have || count > have - offset)
    return bad("storage " + storage.text + " is too short");
  t.data = data->substr(static_cast<std::size_t>(offset * w), static_cast<std::size_t>(count * w));
  return t;
}

Status Machine::reduce() {
  CLUE_TRY(const Ref args, pop());
  CLUE_TRY(const Ref function, pop());
  if (nodes_[function].kind != Kind::global || nodes_[args].kind != Kind::sequence) {
    return bad("the pickle calls an unknown object");
  }
  const std::string name = nodes_[function].text;
  const std::vector<Ref> items = nodes_[args].items;
  if (name == "collections OrderedDict") {
    if (!items.empty()) return bad("an OrderedDict is built in an unknown way");
    return push(Kind::dictionary), Status();
  }
  if (name == "torch Size" || name == "torch._utils _rebuild_parameter") {
    if (items.empty()) return bad("the pickle calls a function without arguments");
    stack_.push_back(items[0]);
    return {};
  }
  if (name != "torch._utils _rebuild_tensor_v2" && name != "torch._utils _rebuild_tensor") {
    return bad("the pickle calls " + name + " (refused)");
  }
  CLUE_TRY(RawTensor t, rebuild(items));
  nodes_[push(Kind::tensor)].tensor = std::move(t);
  return {};
}

Result<std::map<std::string, RawTensor>> Machine::finish() {
  CLUE_TRY(Ref root, pop());
  if (nodes_[root].kind != Kind::dictionary) return bad("it does not hold a dictionary of tensors");
  const auto& top = nodes_[root].items;
  for (std::size_t i = 0; i + 1 < top.size(); i += 2) {
    if (nodes_[top[i]].text == "state_dict" && nodes_[top[i + 1]].kind == Kind::dictionary)
      root = top[i + 1];
  }
  std::map<std::string, RawTensor> out;
  const auto& items = nodes_[root].items;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (nodes_[items[i]].kind == Kind::text && nodes_[items[i + 1]].kind == Kind::tensor) {
      out[nodes_[items[i]].text] = nodes_[items[i + 1]].tensor;
    }
  }
  if (out.empty()) return bad("it holds no tensors");
  return out;
}

}  // namespace

Result<std::map<std::string, RawTensor>> parse_torch_pickle(
    std::string_view pickle,
    const std::function<std::optional<std::string_view>(std::string_view key)>& storage) {
  return Machine(pickle, storage).run();
}

}  // namespace clue::metrics
