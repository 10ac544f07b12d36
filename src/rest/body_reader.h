// BodyReader: the members of a request's body, with the errors that REST clients know: 1802 for a required
// member that is missing or empty, 1801 for one of the wrong type. The first error stays; what is read after
// it is empty. Members that nobody reads are ignored, as Milvus does. Thread safety: none; borrows the body.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "rest/json_value.h"
#include "types/collection_requests.h"

namespace redkite::rest {

class BodyReader {
 public:
  explicit BodyReader(JsonValue object);
  const Status& status() const { return status_; }

  /// Null counts as absent everywhere.
  std::string Text(std::string_view key);
  std::string NeedText(std::string_view key);
  int64_t Integer(std::string_view key, int64_t absent);
  int64_t NeedInteger(std::string_view key);
  /// Also its digits as text, which is how clients whose numbers are doubles got it.
  int64_t NeedInt64(std::string_view key);
  bool Bool(std::string_view key, bool absent);
  std::vector<std::string> Texts(std::string_view key);
  std::vector<std::string> NeedTexts(std::string_view key);
  /// An object whose values are taken as texts: scalars as they stand, others as JSON.
  Params Texts(std::string_view key, bool required);
  JsonValue Value(std::string_view key);
  JsonValue Object(std::string_view key);
  JsonValue NeedArray(std::string_view key);
  JsonValue Array(std::string_view key);
  /// dbName and collectionName; the database may be empty.
  CollectionName NeedCollection();

  void Fail(Status status);
  void MissingMember(std::string_view key);
  void WrongType(std::string_view key, std::string_view expected, const JsonValue& value);

 private:
  JsonValue object_;
  Status status_;
};

/// The text of a scalar as it stands ("1", "0.5", "true"), a string without quotes, others as JSON.
std::string ValueText(const JsonValue& value);
/// 1801 with what is wrong.
Status BadFormat(const std::string& what);
Status MissingParameter(std::string_view key);

}  // namespace redkite::rest
