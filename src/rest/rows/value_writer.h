// ValueWriter: the values of an answer's column as JSON. Float vectors are arrays of numbers, vectors of
// bytes base64 text as Milvus answers them, sparse ones {"index": value}; JSON stands as it is, struct arrays
// are arrays of objects. Thread safety: none; borrows the column.
#pragma once

#include <string_view>
#include <vector>

#include "rest/json_writer.h"
#include "types/requests.h"

namespace redkite::rest {

class ValueWriter {
 public:
  explicit ValueWriter(const OutputColumn& column);
  std::string_view name() const { return column_.name; }
  bool is_dynamic() const { return column_.is_dynamic; }
  size_t row_count() const { return rows_.row_count; }

  void Write(size_t row, JsonWriter* writer) const;
  /// Of the dynamic column: its keys, as members of the object that is open.
  void WriteKeys(size_t row, JsonWriter* writer) const;

 private:
  void WriteScalar(size_t row, JsonWriter* writer) const;
  void WriteList(size_t row, JsonWriter* writer) const;
  void WriteStructs(size_t row, JsonWriter* writer) const;
  size_t CountElements(size_t row) const;
  void WriteElement(size_t row, size_t element, JsonWriter* writer) const;

  const OutputColumn& column_;
  ColumnView rows_;  // of a struct array: its first sub-field's
  std::vector<ValueWriter> sub_fields_;
};

}  // namespace redkite::rest
