// The zones of a column as its file keeps them.
#include "base/coding.h"
#include "storage/column_file.h"

namespace redkite::storage {
namespace {

constexpr size_t kZoneBytes = 17;
constexpr size_t kHeaderBytes = 4;

}  // namespace

std::string EncodeZones(DataType type, const std::vector<ValueZone>& zones) {
  std::string out;
  PutFixed<uint32_t>(&out, kValueZoneRows);
  for (const ValueZone& zone : zones) {
    PutFixed<uint8_t>(&out, zone.ordered ? 1 : 0);
    if (HasRealZones(type)) {
      PutFixed<double>(&out, zone.min_real);
      PutFixed<double>(&out, zone.max_real);
    } else {
      PutFixed<int64_t>(&out, zone.min_int);
      PutFixed<int64_t>(&out, zone.max_int);
    }
  }
  return out;
}

bool DecodeZones(std::string_view bytes, const ColumnShape& shape, std::vector<ValueZone>* zones) {
  Decoder in(bytes);
  if (in.Fixed<uint32_t>() != kValueZoneRows) return in.ok();  // of other runs: as if there were none
  const size_t count = (shape.row_count + kValueZoneRows - 1) / kValueZoneRows;
  if (bytes.size() != kHeaderBytes + count * kZoneBytes) return false;
  zones->resize(count);
  for (ValueZone& zone : *zones) {
    zone.ordered = (in.Fixed<uint8_t>() & 1) != 0;
    if (HasRealZones(shape.type)) {
      zone.min_real = in.Fixed<double>();
      zone.max_real = in.Fixed<double>();
    } else {
      zone.min_int = in.Fixed<int64_t>();
      zone.max_int = in.Fixed<int64_t>();
    }
  }
  return in.ok();
}

}  // namespace redkite::storage
