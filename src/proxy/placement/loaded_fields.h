// Fields of a collection that was loaded without some of them: they are not there for a read that does not
// name them, and an error for one that does. Thread safety: as the collection, which must outlive it.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "meta/catalog.h"

namespace redkite::proxy {

class LoadedFields {
 public:
  explicit LoadedFields(const meta::CollectionMeta& collection);
  /// The schema of what is loaded.
  const CollectionSchema& schema() const { return cut_ ? *cut_ : collection_.schema; }
  /// kParameterInvalid for a field that is not loaded; names of none are let through.
  Status Check(std::span<const std::string> names) const;
  Status Check(std::span<const FieldId> fields) const;

 private:
  const meta::CollectionMeta& collection_;
  std::optional<CollectionSchema> cut_;
};

}  // namespace redkite::proxy
