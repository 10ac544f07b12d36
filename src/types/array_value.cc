#include "types/array_value.h"

#include <algorithm>
#include <limits>

namespace redkite {
namespace {

uint32_t EndAt(std::string_view ends, size_t i) {
  uint32_t end;
  std::memcpy(&end, ends.data() + i * sizeof end, sizeof end);
  return end;
}

bool IsTextArray(std::string_view ends_and_texts, size_t count) {
  if (count == 0 || count > ends_and_texts.size() / sizeof(uint32_t)) return false;
  uint32_t before = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t end = EndAt(ends_and_texts, i);
    if (end < before) return false;
    before = end;
  }
  return before == ends_and_texts.size() - count * sizeof(uint32_t);
}

}  // namespace

bool IsArrayElement(DataType type) {
  return type == DataType::kBool || IsNumeric(type) || type == DataType::kVarChar;
}

std::optional<ArrayValue> ArrayValue::Parse(DataType element, std::string_view bytes) {
  if (!IsArrayElement(element)) return std::nullopt;
  ArrayValue value;
  value.element_ = element;
  value.bytes_ = bytes;
  if (bytes.empty()) return value;
  if (const size_t width = ValueBytes(element, 0); width > 0) {
    value.size_ = bytes.size() / width;
    const auto is_bit = [](char c) { return c == 0 || c == 1; };
    const bool bits = element != DataType::kBool || std::all_of(bytes.begin(), bytes.end(), is_bit);
    if (bytes.size() % width != 0 || !bits) return std::nullopt;
    return value;
  }
  if (bytes.size() < sizeof(uint32_t)) return std::nullopt;
  value.size_ = EndAt(bytes, 0);
  value.bytes_ = bytes.substr(sizeof(uint32_t));
  if (!IsTextArray(value.bytes_, value.size_)) return std::nullopt;
  return value;
}

ArrayValue ArrayValue::OfStored(DataType element, std::string_view bytes) {
  ArrayValue value;
  value.element_ = element;
  value.bytes_ = bytes;
  if (const size_t width = ValueBytes(element, 0); width > 0) {
    value.size_ = bytes.size() / width;
    return value;
  }
  if (bytes.size() < sizeof(uint32_t)) return value;
  value.bytes_ = bytes.substr(sizeof(uint32_t));
  value.size_ = std::min<size_t>(EndAt(bytes, 0), value.bytes_.size() / sizeof(uint32_t));
  return value;
}

std::string_view ArrayValue::TextAt(size_t i) const {
  DCHECK(i < size_ && element_ == DataType::kVarChar);
  const std::string_view texts = bytes_.substr(size_ * sizeof(uint32_t));
  const size_t begin = i == 0 ? 0 : EndAt(bytes_, i - 1), end = EndAt(bytes_, i);
  // A mapped file that becomes shorter reads as zeros from some page on (io/map_guard.h).
  if (begin > end || end > texts.size()) return {};
  return texts.substr(begin, end - begin);
}

void ArrayBuilder::AppendText(std::string_view text) {
  DCHECK(element_ == DataType::kVarChar);
  CHECK(text.size() <= std::numeric_limits<uint32_t>::max() - elements_.size());  // no message is that long
  elements_ += text;
  ends_.push_back(static_cast<uint32_t>(elements_.size()));
}

std::string_view ArrayBuilder::Finish() {
  value_.clear();
  if (!ends_.empty()) {
    const auto count = static_cast<uint32_t>(ends_.size());
    value_.append(reinterpret_cast<const char*>(&count), sizeof count);
    value_.append(reinterpret_cast<const char*>(ends_.data()), ends_.size() * sizeof count);
  }
  value_ += elements_;
  elements_.clear();
  ends_.clear();
  return value_;
}

Status ArrayTooLong(const std::string& where, size_t length, size_t capacity) {
  return {Code::kParameterInvalid,
          "length of " + where + " exceeds max capacity, length: " + std::to_string(length) +
              ", max capacity: " + std::to_string(capacity) +
              ": invalid parameter[expected=valid length array][actual=array length exceeds max capacity]"};
}

}  // namespace redkite
