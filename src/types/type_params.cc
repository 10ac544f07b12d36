#include "types/type_params.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace redkite {
namespace {

Result<int> NumberParam(const FieldSchema& field, std::string_view key) {
  const std::string* text = FindParam(field.type_params, key);
  if (text == nullptr) return 0;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  const bool too_large = error == std::errc::result_out_of_range;
  if (end != text->data() + text->size() || (error != std::errc() && !too_large)) {
    return Status::Invalid("invalid " + std::string(key) + " of field " + field.name +
                           ", an integer is expected: " + *text);
  }
  if (too_large) value = text->front() == '-' ? -1 : std::numeric_limits<int>::max();
  constexpr int64_t lowest = -1, highest = std::numeric_limits<int>::max();
  return static_cast<int>(std::clamp(value, lowest, highest));
}

}  // namespace

Status ReadTypeParams(FieldSchema* field) {
  RK_ASSIGN_OR_RETURN(field->dim, NumberParam(*field, "dim"));
  RK_ASSIGN_OR_RETURN(field->max_length, NumberParam(*field, "max_length"));
  return Status::Ok();
}

}  // namespace redkite
