#include "types/absent_value.h"

namespace redkite {

void AppendAbsent(const FieldSchema& field, Column* column) {
  if (field.default_value.given()) return AppendDefault(field.default_value, column);
  if (field.is_dynamic) return column->AppendText("{}");
  column->AppendNull();
}

bool HasAbsentValue(const FieldSchema& field) { return field.default_value.given() || field.is_dynamic; }

}  // namespace redkite
