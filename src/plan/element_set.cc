#include "plan/element_set.h"

#include <cmath>
#include <cstring>

#include "plan/constant_fold.h"

namespace redkite::plan {
namespace {

constexpr char kBool = 'b', kInt = 'i', kDouble = 'd', kText = 's', kBegin = '[', kEnd = ']', kOther = 'x';

template <class T>
void AppendRaw(char kind, T value, std::string* key) {
  char bytes[1 + sizeof value];
  bytes[0] = kind;
  std::memcpy(bytes + 1, &value, sizeof value);
  key->append(bytes, sizeof bytes);
}

template <class T>
T TakeRaw(std::string_view* key) {
  T value;
  std::memcpy(&value, key->data(), sizeof value);
  key->remove_prefix(sizeof value);
  return value;
}

// Whole numbers within int64 have one key, however they are written.
void AppendDouble(double v, std::string* key) {
  const bool whole = v == std::trunc(v) && v >= -0x1p63 && v < 0x1p63;
  if (whole) return AppendRaw(kInt, static_cast<int64_t>(v), key);
  AppendRaw(kDouble, v, key);
}

}  // namespace

void AppendElementPart(const JsonPart& part, std::string* key) {
  switch (part.kind) {
    case JsonPart::Kind::kBool:
      key->push_back(kBool);
      key->push_back(part.truth ? 1 : 0);
      return;
    case JsonPart::Kind::kInt:
      return AppendRaw(kInt, part.integer, key);
    case JsonPart::Kind::kDouble:
      return AppendDouble(part.real, key);
    case JsonPart::Kind::kText:
      // The length in front: within an array, a text must end where it ends.
      AppendRaw(kText, static_cast<uint32_t>(part.text.size()), key);
      key->append(part.text);
      return;
    case JsonPart::Kind::kBeginArray:
      return key->push_back(kBegin);
    case JsonPart::Kind::kEndArray:
      return key->push_back(kEnd);
    case JsonPart::Kind::kOther:
      return key->push_back(kOther);
  }
}

bool TakeElementPart(std::string_view* key, JsonPart* part) {
  if (key->empty()) return false;
  *part = JsonPart();
  const char kind = key->front();
  key->remove_prefix(1);
  switch (kind) {
    case kBool:
      part->kind = JsonPart::Kind::kBool;
      part->truth = key->front() != 0;
      key->remove_prefix(1);
      return true;
    case kInt:
      part->kind = JsonPart::Kind::kInt;
      part->integer = TakeRaw<int64_t>(key);
      return true;
    case kDouble:
      part->kind = JsonPart::Kind::kDouble;
      part->real = TakeRaw<double>(key);
      return true;
    case kText: {
      const auto size = TakeRaw<uint32_t>(key);
      part->kind = JsonPart::Kind::kText;
      part->text = key->substr(0, size);
      key->remove_prefix(size);
      return true;
    }
    case kBegin:
      part->kind = JsonPart::Kind::kBeginArray;
      return true;
    case kEnd:
      part->kind = JsonPart::Kind::kEndArray;
      return true;
    default:
      return true;
  }
}

std::string ElementText(std::string_view key) {
  constexpr size_t kTextBytesMax = 256;
  std::string out;
  for (JsonPart part; TakeElementPart(&key, &part);) {
    if (out.size() > kTextBytesMax) return out + "...";
    const bool ends = part.kind == JsonPart::Kind::kEndArray;
    if (!out.empty() && out.back() != '[' && !ends) out += ", ";
    if (ends)
      out += "]";
    else
      out += part.kind == JsonPart::Kind::kBeginArray ? "[" : LiteralText(LiteralOf(part));
  }
  return out;
}

ElementSet::ElementSet(TextPool keys) {
  for (const std::string_view key : keys) has_arrays_ |= key.starts_with(kBegin);
  values_.TakeTexts(std::move(keys));
  values_.Seal();
}

}  // namespace redkite::plan
