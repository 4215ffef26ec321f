#include "concepts/spacy_model.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/json.h"
#include "concepts/msgpack.h"

namespace clue::concepts {
namespace {

using Kind = MsgValue::Kind;

Error foreign(std::string_view place, const std::string& what) {
  return {ErrorCode::data, std::string(place) + ": " + what +
                               "; expected a model file written by spaCy 3 (thinc 8)"};
}

Result<ThincArray> parse_array(const MsgValue& v, const std::string& place) {
  ThincArray out;
  const MsgValue* type = v.find("type");
  const MsgValue* shape = v.find("shape");
  const MsgValue* data = v.find("data");
  if (type == nullptr || shape == nullptr || data == nullptr) {
    return foreign(place, "a parameter is no array");
  }
  if (type->bytes != "<f4") {
    return foreign(place, "parameters of type \"" + std::string(type->bytes) +
                              "\" are not supported, only 32-bit floats");
  }
  std::size_t n = 1;
  for (const MsgValue& d : shape->array) {
    if (!d.is(Kind::integer) || d.negative || d.integer > (std::size_t{1} << 31)) {
      return foreign(place, "a parameter has a broken shape");
    }
    out.shape.push_back(d.integer);
    if (d.integer != 0 && n > (std::size_t{1} << 31) / d.integer) {
      return foreign(place, "a parameter is too large");
    }
    n *= d.integer;
  }
  if (data->bytes.size() != n * sizeof(float)) {
    return foreign(place, "a parameter holds " + std::to_string(data->bytes.size()) +
                              " bytes, its shape needs " + std::to_string(n * sizeof(float)));
  }
  out.data.resize(n);
  if (n > 0) std::memcpy(out.data.data(), data->bytes.data(), data->bytes.size());
  return out;
}

/// Attribute values are MessagePack inside MessagePack.
Status parse_attribute(ThincNode& node, const std::string& name, const MsgValue& v,
                       const std::string& place) {
  if (!v.is(Kind::binary)) return {};
  CLUE_TRY(const MsgValue inner, parse_msgpack(v.bytes, place + " (" + name + ")"));
  if (inner.is(Kind::integer)) node.numbers[name] = inner.as_int();
  if (name == "columns") {
    for (const MsgValue& c : inner.array) {
      node.columns.push_back(c.is(Kind::integer) ? std::to_string(c.integer)
                                                 : std::string(c.bytes));
    }
  }
  return {};
}

}  // namespace

Result<ThincModel> ThincModel::open(const std::filesystem::path& path) {
  CLUE_TRY(const std::string bytes, read_file(path));
  return parse(bytes, path.string());
}

Result<ThincModel> ThincModel::parse(std::string_view bytes, std::string_view place) {
  CLUE_TRY(const MsgValue root, parse_msgpack(bytes, place));
  const MsgValue* nodes = root.find("nodes");
  const MsgValue* attrs = root.find("attrs");
  const MsgValue* params = root.find("params");
  if (nodes == nullptr || attrs == nullptr || params == nullptr ||
      attrs->array.size() != nodes->array.size() || params->array.size() != nodes->array.size()) {
    return foreign(place, "nodes, attributes and parameters are missing or do not match");
  }
  ThincModel m;
  m.place_ = place;
  for (std::size_t i = 0; i < nodes->array.size(); ++i) {
    ThincNode node;
    const MsgValue& from = nodes->array[i];
    if (const MsgValue* name = from.find("name")) node.name = name->bytes;
    if (const MsgValue* refs = from.find("refs")) {
      for (const auto& [key, value] : refs->map) {
        if (value.is(Kind::integer)) node.refs[std::string(key.bytes)] = value.as_int();
      }
    }
    const std::string here = m.place_ + ": node " + std::to_string(i);
    for (const auto& [key, value] : attrs->array[i].map) {
      CLUE_OK(parse_attribute(node, std::string(key.bytes), value, here));
    }
    for (const auto& [key, value] : params->array[i].map) {
      if (value.is(Kind::nil)) continue;
      CLUE_TRY(ThincArray a, parse_array(value, here));
      node.params.emplace(std::string(key.bytes), std::move(a));
    }
    m.nodes_.push_back(std::move(node));
  }
  return m;
}

std::vector<std::size_t> ThincModel::named(std::string_view name) const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].name == name) out.push_back(i);
  }
  return out;
}

Result<const ThincArray*> ThincModel::array(std::size_t i, const char* name,
                                            std::size_t dimensions) const {
  const auto it = nodes_[i].params.find(name);
  if (it == nodes_[i].params.end() || it->second.shape.size() != dimensions) {
    return foreign(place_, "node " + std::to_string(i) + " (" + nodes_[i].name +
                               ") has no parameter " + name + " with " +
                               std::to_string(dimensions) + " dimensions");
  }
  return &it->second;
}

Status ThincModel::check_supported() const {
  static constexpr std::string_view kLeaves[] = {"extract_features",
                                                 "list2ragged",
                                                 "ragged2list",
                                                 "ints-getitem",
                                                 "hashembed",
                                                 "maxout",
                                                 "layernorm",
                                                 "dropout",
                                                 "expand_window",
                                                 "linear",
                                                 "list2array",
                                                 "parser_model",
                                                 "precomputable_affine",
                                                 "tok2vec-listener",
                                                 "tok2vec"};
  for (const ThincNode& n : nodes_) {
    // Containers carry their children's names joined by ">>", "|" or in parentheses.
    const bool container = n.name.find_first_of(">|(") != std::string::npos;
    const bool leaf =
        std::find(std::begin(kLeaves), std::end(kLeaves), n.name) != std::end(kLeaves);
    if (container || leaf) continue;
    const std::string what = n.name == "static_vectors" ? "static word vectors (md and lg models)"
                                                        : "the layer \"" + n.name + "\"";
    return Error{ErrorCode::data, place_ + ": " + what +
                                      " is not supported; use a small (sm) pipeline such as "
                                      "en_core_sci_sm"};
  }
  return {};
}

Result<std::vector<Move>> open_moves(const std::filesystem::path& path) {
  CLUE_TRY(const std::string bytes, read_file(path));
  return parse_moves(bytes, path.string());
}

Result<std::vector<Move>> parse_moves(std::string_view bytes, std::string_view place) {
  CLUE_TRY(const MsgValue root, parse_msgpack(bytes, place));
  const MsgValue* text = root.find("moves");
  if (text == nullptr || !text->is(Kind::text)) return foreign(place, "no list of moves");
  CLUE_TRY(const nlohmann::json j, parse_json(text->bytes, std::string(place) + " (moves)"));
  struct Entry {
    std::int64_t frequency;
    std::string label;
    int action;
  };
  std::vector<Entry> seen;
  std::vector<Entry> added;  // labels without a frequency, appended by add_label()
  if (!j.is_object()) return foreign(place, "the list of moves is no object");
  for (const auto& [action, labels] : j.items()) {
    if (action.size() != 1 || action[0] < '0' || action[0] > '9' || !labels.is_object()) {
      return foreign(place, "an unknown action \"" + action + "\"");
    }
    for (const auto& [label, frequency] : labels.items()) {
      if (!frequency.is_number_integer()) return foreign(place, "a frequency is no integer");
      const auto n = frequency.get<std::int64_t>();
      (n < 0 ? added : seen).push_back({n, label, action[0] - '0'});
    }
  }
  const auto descending = [](const Entry& a, const Entry& b) {
    return a.frequency != b.frequency ? a.frequency > b.frequency : a.label > b.label;
  };
  std::stable_sort(seen.begin(), seen.end(), [&](const Entry& a, const Entry& b) {
    return a.action != b.action ? a.action < b.action : descending(a, b);
  });
  std::stable_sort(added.begin(), added.end(), descending);
  std::vector<Move> out;
  for (const auto* list : {&seen, &added}) {
    for (const Entry& e : *list) out.push_back({e.action, e.label});
  }
  return out;
}

}  // namespace clue::concepts
