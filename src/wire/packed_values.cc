#include "wire/packed_values.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "base/half.h"
#include "types/integer_range.h"
#include "wire/pb_reader.h"

namespace redkite::wire {
namespace {

// Counts the varints of a packed chunk; false when one is cut off or longer than ten bytes.
bool CountVarints(std::string_view chunk, size_t* count) {
  int continued = 0;
  for (const char c : chunk) {
    if (c >= 0) {
      ++*count;
      continued = 0;
    } else if (++continued == 10) {
      return false;
    }
  }
  return continued == 0;
}

uint32_t UnpackedTag(PackedKind kind) {
  switch (kind) {
    case PackedKind::kVarint:
      return PbVarint(1);
    case PackedKind::kFixed32:
      return PbFixed32(1);
    case PackedKind::kFixed64:
      return PbFixed64(1);
    case PackedKind::kText:
      return PbLen(1);
  }
  return 0;
}

template <class T>
void AppendVarints(std::string_view encoded, Column* column) {
  constexpr size_t kBlock = 1024;
  T block[kBlock];
  size_t filled = 0;
  const char* p = encoded.data();
  const char* end = p + encoded.size();
  while (p != end) {
    uint64_t value = static_cast<unsigned char>(*p);
    if (value < 0x80)
      ++p;
    else
      ReadPbVarint(&p, end, &value);  // was checked when it was collected
    block[filled++] = static_cast<T>(value);
    if (filled == kBlock) {
      column->AppendRaw(block, filled);
      filled = 0;
    }
  }
  column->AppendRaw(block, filled);
}

template <class T>
Status AppendNarrow(std::string_view encoded, Column* column) {
  const char* p = encoded.data();
  const char* end = p + encoded.size();
  uint64_t value = 0;
  for (size_t row = 0; p != end; ++row) {
    ReadPbVarint(&p, end, &value);
    const auto number = static_cast<int32_t>(value);
    if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max())
      return CheckIntegerFits(column->type(), row, number);
    column->Append<T>(static_cast<T>(number));
  }
  return Status::Ok();
}

void AppendBools(std::string_view encoded, Column* column) {
  const char* p = encoded.data();
  const char* end = p + encoded.size();
  for (uint64_t value = 0; p != end;) {
    ReadPbVarint(&p, end, &value);
    column->Append<uint8_t>(value != 0 ? 1 : 0);
  }
}

}  // namespace

void PackedValues::Keep(std::string_view encoded) {
  if (only_.empty() && joined_.empty()) {
    only_ = encoded;
    return;
  }
  if (joined_.empty()) joined_ = only_;
  joined_ += encoded;
}

bool PackedValues::AddChunk(std::string_view chunk) {
  switch (kind_) {
    case PackedKind::kVarint:
      if (!CountVarints(chunk, &count_)) return false;
      break;
    case PackedKind::kFixed32:
      if (chunk.size() % 4 != 0) return false;
      count_ += chunk.size() / 4;
      break;
    case PackedKind::kFixed64:
      if (chunk.size() % 8 != 0) return false;
      count_ += chunk.size() / 8;
      break;
    case PackedKind::kText:
      break;
  }
  Keep(chunk);
  return true;
}

bool PackedValues::Collect(std::string_view message) {
  PbReader r(message);
  const uint32_t unpacked = UnpackedTag(kind_);
  const char* before = message.data();
  while (r.Next()) {
    if (kind_ == PackedKind::kText) {
      if (r.tag() == PbLen(1)) ++count_, text_bytes_ += r.bytes().size();
    } else if (r.tag() == PbLen(1)) {
      if (!AddChunk(r.bytes())) return false;
    } else if (r.tag() == unpacked) {
      const char* value = before;  // behind the tag, which may be written longer than needed
      uint64_t tag = 0;
      if (!ReadPbVarint(&value, r.position(), &tag)) return false;
      if (!AddChunk({value, static_cast<size_t>(r.position() - value)})) return false;
    }
    before = r.position();
  }
  if (kind_ == PackedKind::kText && r.ok()) Keep(message);
  return r.ok();
}

Status AppendPacked(const PackedValues& values, Column* column) {
  column->Reserve(values.count(), values.text_bytes());
  const std::string_view encoded = values.encoded();
  switch (column->type()) {
    case DataType::kBool:
      AppendBools(encoded, column);
      break;
    case DataType::kInt8:
      return AppendNarrow<int8_t>(encoded, column);
    case DataType::kInt16:
      return AppendNarrow<int16_t>(encoded, column);
    case DataType::kInt32:
      AppendVarints<int32_t>(encoded, column);
      break;
    case DataType::kInt64:
      AppendVarints<int64_t>(encoded, column);
      break;
    case DataType::kFloat:
    case DataType::kDouble:
      column->AppendRaw(encoded.data(), values.count());
      break;
    default:
      for (PbReader r(encoded); r.Next();) {
        if (r.tag() == PbLen(1)) column->AppendText(r.bytes());
      }
  }
  return Status::Ok();
}

void AppendPackedVectors(const PackedValues& values, Column* column) {
  const size_t rows = values.count() / static_cast<size_t>(column->dim());
  column->Reserve(rows);
  column->AppendRaw(values.encoded().data(), rows);
}

void AppendNarrowed(const PackedValues& values, Column* column) {
  const auto dim = static_cast<size_t>(column->dim());
  const bool half = column->type() == DataType::kFloat16Vector;
  column->Reserve(values.count() / dim);
  std::vector<uint16_t> row(dim);
  const char* from = values.encoded().data();
  for (size_t rows = values.count() / dim; rows > 0; --rows) {
    for (uint16_t& narrow : row) {
      float value;
      std::memcpy(&value, from, sizeof value);
      from += sizeof value;
      narrow = half ? HalfOfFloat(value) : BFloat16OfFloat(value);
    }
    column->AppendRaw(row.data(), 1);
  }
}

}  // namespace redkite::wire
