#include "rest/consistency_name.h"

#include <array>

namespace redkite::rest {
namespace {
constexpr std::array<std::string_view, 5> kNames = {"Strong", "Session", "Bounded", "Eventually",
                                                    "Customized"};
}  // namespace

std::string_view ConsistencyName(Consistency level) {
  const auto number = static_cast<size_t>(level);
  return number < kNames.size() ? kNames[number] : "Bounded";
}

Result<Consistency> ParseConsistency(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Consistency>(i);
  }
  return Status::Invalid(
      "consistencyLevel can only be [Strong,Session,Bounded,Eventually,Customized], default: Bounded, got " +
      std::string(name));
}

}  // namespace redkite::rest
