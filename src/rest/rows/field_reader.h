// FieldReader: one field of rows in JSON, value by value, into the column that the proxy takes of a client.
// What a value may be beyond its type (lengths, capacity, finite numbers) is the proxy's to check. Thread
// safety: none; borrows the field. Errors: kParameterInvalid with what is wrong; the caller names row and
// field.
#pragma once

#include <string>

#include "base/status.h"
#include "rest/json_value.h"
#include "types/array_value.h"
#include "types/requests.h"
#include "types/schema.h"

namespace redkite::rest {

class FieldReader {
 public:
  explicit FieldReader(const FieldSchema& field);
  const FieldSchema& field() const { return field_; }
  size_t row_count() const { return column_.row_count(); }

  /// One more row. After a failure no more are to be added.
  Status Append(const JsonValue& value);
  void AppendNull() { column_.AppendNull(); }
  /// What a null takes in the column.
  size_t null_bytes() const;
  /// Of an Array or ArrayOfVector: one more element of the row that FinishRow ends.
  Status AppendElement(const JsonValue& value);
  void FinishRow();
  InputColumn Take();

 private:
  Status AppendScalar(const JsonValue& value);
  Status AppendText(const JsonValue& value);
  Status AppendJson(const JsonValue& value);
  Status AppendArray(const JsonValue& value);
  template <class T>
  Status AppendInteger(const JsonValue& value);
  template <class T>
  Status AppendReal(const JsonValue& value);
  template <class T>
  Status AddInteger(const JsonValue& value);
  template <class T>
  Status AddReal(const JsonValue& value);

  const FieldSchema& field_;
  Column column_;
  ArrayBuilder elements_;  // of the row at hand
  std::string vectors_;    // of the row at hand
};

}  // namespace redkite::rest
