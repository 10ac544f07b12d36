#include "exec/filter/array_predicate.h"

#include <algorithm>
#include <type_traits>

namespace redkite::exec {
namespace {

using plan::ValueSet;

template <class T>
void GatherOf(size_t element, const BlockValues& arrays, const RowBits& active, uint64_t* words,
              RowBits* valid) {
  auto* values = reinterpret_cast<std::byte*>(words);
  for (size_t w = 0; w < arrays.rows.words(); ++w) {
    uint64_t found = 0;
    for (uint64_t rest = active.words[w] & arrays.ValidWord(w); rest != 0; rest &= rest - 1) {
      const auto bit = static_cast<size_t>(std::countr_zero(rest));
      const std::string_view array = arrays.column.TextAt(arrays.rows.begin + w * 64 + bit);
      if (array.size() / sizeof(T) <= element) continue;
      std::memcpy(values + (w * 64 + bit) * sizeof(T), array.data() + element * sizeof(T), sizeof(T));
      found |= uint64_t{1} << bit;
    }
    valid->words[w] = found;
  }
}

/// Calls `use` with a value of the type in which elements are stored; std::string_view for texts.
template <class Use>
auto WithElementType(DataType type, Use use) {
  switch (type) {
    case DataType::kBool:
      return use(uint8_t{});
    case DataType::kInt8:
      return use(int8_t{});
    case DataType::kInt16:
      return use(int16_t{});
    case DataType::kInt32:
      return use(int32_t{});
    case DataType::kInt64:
      return use(int64_t{});
    case DataType::kFloat:
      return use(float{});
    case DataType::kDouble:
      return use(double{});
    default:
      return use(std::string_view{});
  }
}

template <class T>
T ElementAt(const ArrayValue& array, size_t i) {
  if constexpr (std::is_same_v<T, std::string_view>)
    return array.TextAt(i);
  else
    return array.At<T>(i);
}

template <class T>
bool IsIn(const ValueSet& constants, T element) {
  if constexpr (std::is_same_v<T, std::string_view>)
    return constants.ContainsText(element);
  else if constexpr (std::is_same_v<T, uint8_t>)
    return constants.ContainsBool(element != 0);
  else if constexpr (std::is_floating_point_v<T>)
    return constants.ContainsDouble(static_cast<double>(element));
  else
    return constants.ContainsInt(element);
}

template <class T, class Number>
size_t PlaceOf(const std::vector<T>& sorted, Number value) {
  return static_cast<size_t>(std::lower_bound(sorted.begin(), sorted.end(), static_cast<T>(value)) -
                             sorted.begin());
}

/// The place of the constant that equals the element, below constants.size(), or kNone.
template <class T>
size_t PlaceAmong(const ValueSet& constants, T element) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return constants.FindText(element);
  } else {
    if (!IsIn(constants, element)) return ValueSet::kNone;
    if constexpr (std::is_same_v<T, uint8_t>)
      return element != 0 && constants.ContainsBool(false) ? 1 : 0;
    else if constexpr (std::is_floating_point_v<T>)
      return PlaceOf(constants.doubles(), element);
    else
      return PlaceOf(constants.ints(), element);
  }
}

template <class T>
bool HasAny(const ValueSet& constants, const ArrayValue& array) {
  for (size_t i = 0; i < array.size(); ++i) {
    if (IsIn(constants, ElementAt<T>(array, i))) return true;
  }
  return false;
}

constexpr size_t kCountedElements = 1024;  // of 64 arrays; more are looked at one array after another

/// Bit i: whether one of the elements of array i of `count` equals `constant`. How many do is counted from
/// the first array to the last, so that an array has one where the counts at its two ends differ.
template <class T>
uint64_t ContainsWord(const std::byte* data, const uint64_t* offsets, size_t count, T constant) {
  const uint64_t begin = offsets[0], end = offsets[count];
  uint64_t found = 0;
  if (end < begin || (end - begin) / sizeof(T) > kCountedElements) {
    for (size_t i = 0; i < count; ++i) {
      for (uint64_t at = offsets[i]; at < offsets[i + 1]; at += sizeof(T)) {
        T element;
        std::memcpy(&element, data + at, sizeof element);
        found |= uint64_t{element == constant} << i;
      }
    }
    return found;
  }
  uint16_t counts[kCountedElements + 1];
  const size_t elements = (end - begin) / sizeof(T);
  uint16_t equal = 0;
  counts[0] = 0;
  for (size_t i = 0; i < elements; ++i) {
    T element;
    std::memcpy(&element, data + begin + i * sizeof element, sizeof element);
    equal = static_cast<uint16_t>(equal + (element == constant));
    counts[i + 1] = equal;
  }
  for (size_t i = 0; i < count; ++i) {
    // A mapped file that became shorter reads as zeros (io/map_guard.h).
    const uint64_t first = (offsets[i] - begin) / sizeof(T), last = (offsets[i + 1] - begin) / sizeof(T);
    if (first > elements || last > elements) continue;
    found |= uint64_t{counts[first] != counts[last]} << i;
  }
  return found;
}

}  // namespace

bool ArrayContainsInteger(const plan::ArrayContainsExpr& contains, const BlockValues& arrays,
                          const RowBits& active, RowMask* out) {
  const ValueSet& constants = *contains.values;
  const DataType type = contains.column.element_type;
  if (constants.size() != 1 || constants.ints().size() != 1 || !IsInteger(type)) return false;
  const int64_t constant = constants.ints()[0];
  WithElementType(type, [&]<class T>(T) {
    if constexpr (std::is_integral_v<T>) {
      const bool fits = constant == static_cast<int64_t>(static_cast<T>(constant));
      for (size_t w = 0; w < arrays.rows.words(); ++w) {
        const uint64_t valid = active.words[w] & arrays.ValidWord(w);
        const uint64_t* offsets = arrays.column.offsets + arrays.rows.begin + w * 64;
        const size_t count = std::min<size_t>(64, arrays.rows.count - w * 64);
        const uint64_t found =
            fits && valid != 0 ? ContainsWord(arrays.column.data, offsets, count, static_cast<T>(constant))
                               : 0;
        out->is_true.words[w] = found & valid;
        out->is_false.words[w] = ~found & valid;
      }
    }
  });
  return true;
}

BlockValues GatheredElements::Gather(const plan::ColumnRef& ref, const BlockValues& arrays,
                                     const RowBits& active) {
  if (values_ == nullptr) values_ = std::make_unique<Values>();
  const auto element = static_cast<size_t>(ref.element);
  WithElementType(ref.type, [&]<class T>(T) {
    if constexpr (!std::is_same_v<T, std::string_view>)
      GatherOf<T>(element, arrays, active, values_->words, &values_->valid);
  });
  BlockValues gathered;
  gathered.column.type = ref.type;
  gathered.column.row_count = arrays.rows.count;
  gathered.column.data = reinterpret_cast<const std::byte*>(values_->words);
  gathered.column.validity = values_->valid.words;
  gathered.rows = {0, arrays.rows.count};
  return gathered;
}

bool ArrayContains::IsNew(size_t place) {
  if (seen_[place] == row_) return false;
  seen_[place] = row_;
  return true;
}

template <class T>
bool ArrayContains::HasAll(const ValueSet& constants, const ArrayValue& array) {
  size_t missing = constants.size();
  if (missing == 0) return true;
  if (missing > array.size()) return false;
  if (++row_ == 0) {
    seen_.clear();
    row_ = 1;
  }
  if (seen_.size() < missing) seen_.resize(missing);
  for (size_t i = 0; i < array.size(); ++i) {
    const size_t place = PlaceAmong(constants, ElementAt<T>(array, i));
    if (place != ValueSet::kNone && IsNew(place) && --missing == 0) return true;
  }
  return false;
}

Truth ArrayContains::Of(const plan::ArrayContainsExpr& contains, const ArrayValue& array) {
  if (contains.all && !contains.possible) return Truth::kFalse;
  return TruthOf(WithElementType(array.element(), [&]<class T>(T) {
    return contains.all ? HasAll<T>(*contains.values, array) : HasAny<T>(*contains.values, array);
  }));
}

bool ArrayEquals(const plan::ArrayEqualsExpr& equals, std::string_view array) {
  if (!equals.possible) return false;
  const DataType type = equals.column.element_type;
  if (!IsFloating(type) || array.size() != equals.value.size()) return array == equals.value;
  // Equal numbers may have different bytes: -0 and 0.
  const ArrayValue a = ArrayValue::OfStored(type, array), b = ArrayValue::OfStored(type, equals.value);
  for (size_t i = 0; i < a.size(); ++i) {
    if (type == DataType::kFloat ? a.At<float>(i) != b.At<float>(i) : a.At<double>(i) != b.At<double>(i))
      return false;
  }
  return true;
}

}  // namespace redkite::exec
