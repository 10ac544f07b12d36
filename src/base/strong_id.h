// StrongId: a number with a name. CollectionId and SegmentId do not convert into each other.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace redkite {

template <class Tag, class Rep = int64_t>
class StrongId {
 public:
  using rep = Rep;
  constexpr StrongId() = default;
  constexpr explicit StrongId(Rep value) : value_(value) {}
  constexpr Rep value() const { return value_; }
  constexpr auto operator<=>(const StrongId&) const = default;

 private:
  Rep value_ = 0;
};

}  // namespace redkite

template <class Tag, class Rep>
struct std::hash<redkite::StrongId<Tag, Rep>> {
  size_t operator()(redkite::StrongId<Tag, Rep> id) const noexcept { return std::hash<Rep>()(id.value()); }
};
