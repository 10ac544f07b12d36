// CatalogWitness: the catalog remembers which files the log has. Thread safety: as wal::LogWitness.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "meta/catalog.h"
#include "wal/log_witness.h"

namespace redkite::engine {

class CatalogWitness final : public wal::LogWitness {
 public:
  explicit CatalogWitness(meta::Catalog* catalog) : catalog_(catalog) {}
  std::optional<std::string> Load() override { return catalog_->log_mark(); }
  Status Store(std::string mark) override { return catalog_->PersistLogMark(std::move(mark)); }

 private:
  meta::Catalog* const catalog_;
};

}  // namespace redkite::engine
