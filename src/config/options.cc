#include "config/options.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "config/value_text.h"

namespace redkite::config {
namespace {

template <class Spec>
constexpr bool kIsFlag = std::is_same_v<Spec, Flag>;

std::vector<OptionInfo> MakeOptions() {
  constexpr Restart kRestart = Restart::kRestart;
  std::vector<OptionInfo> options;
#define OPTION(member, key, kind, restart, doc)                                                    \
  options.push_back(                                                                               \
      {key, #member, doc, restart, kIsFlag<decltype(kind)>, PrintValue(kind, (kind).value),        \
       PrintBounds(kind),                                                                          \
       [](std::string_view text, Settings* s) { return ParseValue(kind, key, text, &s->member); }, \
       [](const Settings& s) { return PrintValue(kind, s.member); }});
#include "config/options.inc"
#undef OPTION
  return options;
}

const std::vector<OptionInfo>& Options() {
  static const std::vector<OptionInfo> options = MakeOptions();
  return options;
}

// Levenshtein's distance, one row at a time.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

// How far the typed key is from an option: by its whole key, or by the last part alone ("level" for
// "log.level").
size_t DistanceTo(std::string_view typed, std::string_view key) {
  const std::string_view last = key.substr(key.rfind('.') + 1);
  const size_t by_last = EditDistance(typed, last) + (last.size() == key.size() ? 0 : 1);
  return std::min(EditDistance(typed, key), by_last);
}

}  // namespace

std::span<const OptionInfo> AllOptions() { return Options(); }

const OptionInfo* FindOption(std::string_view key) {
  for (const OptionInfo& option : Options()) {
    if (option.key == key) return &option;
  }
  return nullptr;
}

std::string UnknownOptionText(std::string_view key) {
  constexpr size_t kShownBytesMax = 64;
  const std::string_view typed = key.substr(0, kShownBytesMax);
  std::string text = "unknown option \"" + std::string(typed) + "\"";
  const auto nearest = std::min_element(
      Options().begin(), Options().end(),
      [typed](const auto& a, const auto& b) { return DistanceTo(typed, a.key) < DistanceTo(typed, b.key); });
  if (DistanceTo(typed, nearest->key) <= std::max<size_t>(2, typed.size() / 3)) {
    text += "; did you mean \"" + std::string(nearest->key) + "\"?";
  }
  return text;
}

}  // namespace redkite::config
