#include "tasks/template.h"

#include <algorithm>
#include <functional>

#include "base/suggest.h"

namespace clue::tasks {
namespace {

/// Walks a template: literal pieces and field names in order.
Status walk(std::string_view text, std::string_view place,
            const std::function<void(std::string_view)>& literal,
            const std::function<Status(std::string_view)>& field) {
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t brace = std::min(text.find_first_of("{}", i), text.size());
    literal(text.substr(i, brace - i));
    if (brace == text.size()) break;
    if (brace + 1 < text.size() && text[brace + 1] == text[brace]) {
      literal(text.substr(brace, 1));
      i = brace + 2;
      continue;
    }
    const std::size_t close = text.find_first_of("{}", brace + 1);
    if (text[brace] == '}' || close == std::string_view::npos || text[close] != '}') {
      return Error{ErrorCode::data, std::string(place) + ": lone '" + text[brace] +
                                        "' at character " + std::to_string(brace + 1) +
                                        "; write {{ or }} for a literal brace"};
    }
    CLUE_OK(field(text.substr(brace + 1, close - brace - 1)));
    i = close + 1;
  }
  return {};
}

}  // namespace

Result<std::string> render_template(std::string_view text, const Fields& fields,
                                    std::string_view place) {
  std::string out;
  const auto put = [&](std::string_view piece) { out += piece; };
  const auto put_field = [&](std::string_view name) -> Status {
    const auto it = fields.find(std::string(name));
    if (it != fields.end()) return out += it->second, Status();
    std::vector<std::string> names;
    std::string list;
    for (const auto& [key, value] : fields) {
      if (key.starts_with("_")) continue;
      names.push_back(key);
      list += (list.empty() ? "" : ", ") + key;
    }
    return Error{ErrorCode::data, std::string(place) + ": unknown field {" + std::string(name) +
                                      "}; there are: " + list + did_you_mean(name, names)};
  };
  CLUE_OK(walk(text, place, put, put_field));
  return out;
}

Result<std::vector<std::string>> template_fields(std::string_view text, std::string_view place) {
  std::vector<std::string> names;
  const auto add = [&](std::string_view name) -> Status {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
    return {};
  };
  CLUE_OK(walk(
      text, place, [](std::string_view) {}, add));
  return names;
}

}  // namespace clue::tasks
