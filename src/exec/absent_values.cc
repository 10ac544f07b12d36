#include "exec/absent_values.h"

#include "types/absent_value.h"

namespace redkite::exec {

const ColumnView* AbsentValues::Find(FieldId id) {
  if (const auto it = values_.find(id); it != values_.end()) return &it->second.second;
  const FieldSchema* field = schema_ == nullptr ? nullptr : schema_->Find(id);
  if (field == nullptr || !HasAbsentValue(*field)) return nullptr;
  auto& [column, view] = values_[id];
  column = Column(id, field->type, field->dim);
  AppendAbsent(*field, &column);
  view = column.view();
  return &view;
}

}  // namespace redkite::exec
