#include "plan/interval_set.h"

#include <cmath>
#include <limits>

namespace redkite::plan {

template <class T>
Boundaries<T> Unite(const std::vector<Boundaries<T>>& sets) {
  struct Event {
    Boundary<T> at;
    bool opens;
  };
  std::vector<Event> events;
  for (const Boundaries<T>& set : sets) {
    for (size_t i = 0; i < set.size(); ++i) events.push_back({set[i], i % 2 == 0});
  }
  // Where one interval ends and another begins nothing is between them.
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) {
    return a.at < b.at || (!(b.at < a.at) && a.opens && !b.opens);
  });
  Boundaries<T> out;
  size_t open = 0;
  for (Event& event : events) {
    open = event.opens ? open + 1 : open - 1;
    const bool changes = event.opens ? open == 1 : open == 0;
    if (changes) out.push_back(std::move(event.at));
  }
  return out;
}

template <class T>
Boundaries<T> Complement(Boundaries<T> set, const T& bottom) {
  const Boundary<T> first{bottom, false};
  if (!set.empty() && set.front() == first) {
    set.erase(set.begin());
  } else {
    set.insert(set.begin(), first);
  }
  return set;
}

template <class T>
Boundaries<T> Intersect(const std::vector<Boundaries<T>>& sets, const T& bottom) {
  std::vector<Boundaries<T>> others;
  others.reserve(sets.size());
  for (const Boundaries<T>& set : sets) others.push_back(Complement(set, bottom));
  return Complement(Unite(others), bottom);
}

template Boundaries<int64_t> Unite(const std::vector<Boundaries<int64_t>>&);
template Boundaries<double> Unite(const std::vector<Boundaries<double>>&);
template Boundaries<std::string> Unite(const std::vector<Boundaries<std::string>>&);
template Boundaries<int64_t> Complement(Boundaries<int64_t>, const int64_t&);
template Boundaries<double> Complement(Boundaries<double>, const double&);
template Boundaries<std::string> Complement(Boundaries<std::string>, const std::string&);
template Boundaries<int64_t> Intersect(const std::vector<Boundaries<int64_t>>&, const int64_t&);
template Boundaries<double> Intersect(const std::vector<Boundaries<double>>&, const double&);
template Boundaries<std::string> Intersect(const std::vector<Boundaries<std::string>>&, const std::string&);

// A boundary behind the largest value is the last one and has nothing behind it: it is left out.
IntervalSet::IntervalSet(Boundaries<int64_t> ints) {
  for (const auto& b : ints) {
    if (b.after && b.value == std::numeric_limits<int64_t>::max()) break;
    ints_.push_back(b.value + (b.after ? 1 : 0));
  }
}

IntervalSet::IntervalSet(Boundaries<double> doubles) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const auto& b : doubles) {
    if (b.after && b.value == kInfinity) break;
    doubles_.push_back(b.after ? std::nextafter(b.value, kInfinity) : b.value);
  }
}

bool IntervalSet::ContainsText(std::string_view v) const {
  const auto it = std::partition_point(texts_.begin(), texts_.end(), [v](const Boundary<std::string>& b) {
    const int order = std::string_view(b.value).compare(v);
    return order < 0 || (order == 0 && !b.after);
  });
  return (it - texts_.begin()) % 2 != 0;
}

}  // namespace redkite::plan
