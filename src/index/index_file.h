// IndexFile: the bytes of a saved index (docs/formats/index_hnsw.md), parsed or about to be written.
// Thread safety: plain data; the section spans borrow from the index or from the mapped file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "index/index_spec.h"

namespace redkite::index {

struct IndexFile {
  Structure structure = Structure::kFlat;
  Metric metric = Metric::kL2;
  uint64_t row_count = 0;
  uint32_t dim = 0;
  DataType type = DataType::kFloatVector;  // of the vectors
  uint32_t m = 0;
  uint32_t ef_construction = 0;
  uint64_t seed = 0;
  uint32_t entry = 0;
  uint32_t max_level = 0;
  uint64_t upper_slot_count = 0;
  std::vector<KeyValue> parameters;
  // Sections; empty where the structure has none.
  std::span<const std::byte> base_links;
  std::span<const std::byte> upper_slot;
  std::span<const std::byte> upper_links;
  std::span<const std::byte> inverse_norms;
};

/// Appends header and sections to `file`.
Status WriteIndexFile(const IndexFile& content, io::WritableFile* file);

/// Parses the header and finds the sections; every span lies inside `bytes` and starts at a multiple of 64
/// from its beginning. kDataIntegrity for anything else. Sizes of sections are the caller's to check.
Result<IndexFile> ParseIndexFile(std::span<const std::byte> bytes);

}  // namespace redkite::index
