#include "wire/template_codec.h"

#include <bit>
#include <string>
#include <utility>

#include "types/json_text.h"
#include "wire/packed_values.h"
#include "wire/pb_reader.h"

namespace redkite::wire {
namespace {

// Deeper than the generated parsers of other servers and clients go.
constexpr int kArrayDepthMax = 64;
// A name and an array take as much memory as so many numbers.
constexpr size_t kNameElements = 64;
constexpr size_t kArrayElements = 32;
// What is merged is copied, and may be at every depth anew.
constexpr size_t kCopiedBytesPerElement = 8;

/// The bytes of a message; when it comes in pieces, it is merged, and they stand one after another.
class MergedBytes {
 public:
  void Add(std::string_view piece) {
    if (only_.empty() && joined_.empty()) {
      only_ = piece;
      return;
    }
    if (joined_.empty()) joined_ = only_;
    joined_ += piece;
  }
  void Clear() {
    only_ = {};
    joined_.clear();
  }
  std::string_view bytes() const { return joined_.empty() ? only_ : std::string_view(joined_); }
  size_t copied_bytes() const { return joined_.size(); }

 private:
  std::string_view only_;
  std::string joined_;
};

bool AreTextsValid(const ColumnView& texts) {
  for (size_t i = 0; i < texts.row_count; ++i) {
    if (!IsValidUtf8(texts.TextAt(i))) return false;
  }
  return true;
}

}  // namespace

bool TemplateReader::Spend(size_t elements) {
  if (elements > room_) {
    too_large_ = true;
    return false;
  }
  room_ -= elements;
  return true;
}

void TemplateReader::Add(std::string_view entry) {
  if (!ok_ || !Spend(kNameElements)) return;
  std::string_view name;
  MergedBytes message;
  PbReader r(entry);
  while (r.Next()) {
    if (r.tag() == PbLen(1)) {
      name = r.bytes();
      ok_ = ok_ && IsValidUtf8(name);
    }
    if (r.tag() == PbLen(2)) message.Add(r.bytes());
  }
  ok_ = ok_ && r.ok();
  if (!ok_ || !Spend(message.copied_bytes() / kCopiedBytesPerElement)) return;
  TemplateValue value;
  ok_ = ReadValue(message.bytes(), &value);
  if (ok_) values_.insert_or_assign(std::string(name), std::move(value));
}

Result<TemplateValues> TemplateReader::Take() {
  if (!too_large_) return std::move(values_);
  return Status(Code::kParameterTooLarge,
                "expression template values are too many or nested too deeply: parameter too large");
}

// A member of the oneof that comes again takes the place of another one before it.
bool TemplateReader::ReadValue(std::string_view message, TemplateValue* value) {
  MergedBytes array;
  bool is_array = false;
  bool valid = true;
  PbReader r(message);
  while (valid && r.Next()) {
    switch (r.tag()) {
      case PbVarint(1):
        value->value = r.boolean();
        break;
      case PbVarint(2):
        value->value = r.int64();
        break;
      case PbFixed64(3):
        value->value = std::bit_cast<double>(r.value());
        break;
      case PbLen(4):
        valid = IsValidUtf8(r.bytes());
        value->value = std::string(r.bytes());
        break;
      case PbLen(5):
        array.Add(r.bytes());
        is_array = true;
        continue;
      case PbLen(6):
        value->value = std::monostate();
        break;
      default:
        continue;
    }
    is_array = false;
    array.Clear();
  }
  if (!r.ok() || !valid) return false;
  if (!is_array || !Spend(array.copied_bytes() / kCopiedBytesPerElement)) return true;
  auto read = std::make_shared<TemplateArray>();
  const bool whole = ReadArray(array.bytes(), 1, read.get());
  value->value = std::shared_ptr<const TemplateArray>(std::move(read));
  return whole;
}

bool TemplateReader::ReadArray(std::string_view message, int depth, TemplateArray* array) {
  if (!Spend(depth > kArrayDepthMax ? kElementsMax + 1 : kArrayElements)) return true;
  uint32_t member = 0;
  MergedBytes elements;
  PbReader r(message);
  while (r.Next()) {
    if (r.tag() < PbLen(1) || r.tag() > PbLen(6) || (r.tag() & 7) != 2) continue;
    if (r.tag() != member) elements.Clear();
    member = r.tag();
    elements.Add(r.bytes());
  }
  if (!r.ok()) return false;
  if (!Spend(elements.copied_bytes() / kCopiedBytesPerElement)) return true;
  return ReadElements(member, elements.bytes(), depth, array);
}

bool TemplateReader::ReadElements(uint32_t member, std::string_view message, int depth,
                                  TemplateArray* array) {
  const auto read = [&](PackedKind kind, DataType type) {
    PackedValues values(kind);
    if (!values.Collect(message)) return false;
    array->values = Column(FieldId(), type, 0);
    if (!Spend(values.count())) return true;
    return AppendPacked(values, &array->values).ok() &&
           (type != DataType::kVarChar || AreTextsValid(array->values.view()));
  };
  switch (member) {
    case PbLen(1):
      return read(PackedKind::kVarint, DataType::kBool);
    case PbLen(2):
      return read(PackedKind::kVarint, DataType::kInt64);
    case PbLen(3):
      return read(PackedKind::kFixed64, DataType::kDouble);
    case PbLen(4):
      return read(PackedKind::kText, DataType::kVarChar);
    case PbLen(6):
      return read(PackedKind::kText, DataType::kJson);
    default:
      break;
  }
  PbReader r(message);  // arrays, or nothing
  while (!too_large_ && r.Next()) {
    if (r.tag() == PbLen(1) && !ReadArray(r.bytes(), depth + 1, &array->arrays.emplace_back())) return false;
  }
  return r.ok();
}

}  // namespace redkite::wire
