// Which partition of a partition-key collection a row lies in. Rows stay where they were put, so the number
// for a key must never change: docs/formats/catalog.md. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "types/column.h"

namespace redkite {

/// 0 … count - 1.
size_t PartitionOfKey(int64_t key, size_t count);
size_t PartitionOfKey(std::string_view key, size_t count);
/// Of each row of an Int64 or VarChar column without nulls.
std::vector<uint32_t> PartitionsOfKeys(const ColumnView& keys, size_t count);

}  // namespace redkite
