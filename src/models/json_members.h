// What servers answer is looked into member by member: any may be missing or of another type.
#pragma once

#include <nlohmann/json.hpp>

namespace clue::models {

/// A member of an object; nullptr where `object` is none or has no such member.
inline const nlohmann::json* member(const nlohmann::json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace clue::models
