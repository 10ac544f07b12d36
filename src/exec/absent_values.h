// AbsentValues: what fields hold in the rows of a block that does not have them, because it is older than
// they are. One value stands for all rows. Thread safety: one user at a time. `schema` may be nullptr, and
// then they are all null; else it must outlive the values, and they what borrows texts of them.
#pragma once

#include <map>
#include <utility>

#include "types/column.h"
#include "types/schema.h"

namespace redkite::exec {

class AbsentValues {
 public:
  explicit AbsentValues(const CollectionSchema* schema) : schema_(schema) {}
  /// A column of one row; nullptr: null.
  const ColumnView* Find(FieldId field);

 private:
  const CollectionSchema* schema_;
  std::map<FieldId, std::pair<Column, ColumnView>> values_;
};

}  // namespace redkite::exec
