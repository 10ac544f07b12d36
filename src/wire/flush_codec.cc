#include "wire/flush_codec.h"

#include "types/json_text.h"
#include "wire/pb_reader.h"
#include "wire/pb_writer.h"
#include "wire/status_map.h"

// By hand, because the generated messages pull in the log's messages and the replies are a few maps.

namespace redkite::wire {
namespace {

constexpr size_t kCollectionsMax = 128 << 10;  // more than there may be

// An entry of map<string, LongArray> (repeated field 1 of a LongArray: packed int64).
void PutSegments(PbWriter* w, uint32_t field, const FlushedCollection& c,
                 const std::vector<SegmentId>& segments) {
  size_t packed_bytes = 0;
  for (const SegmentId id : segments) packed_bytes += PbVarintSize(id.value());
  const size_t array_bytes = segments.empty() ? 0 : PbLenFieldSize(1, packed_bytes);
  w->LenHeader(field, PbLenFieldSize(1, c.name.size()) + PbLenFieldSize(2, array_bytes));
  w->Bytes(1, c.name);
  w->LenHeader(2, array_bytes);
  if (segments.empty()) return;
  w->LenHeader(1, packed_bytes);
  for (const SegmentId id : segments) w->PackedVarint(id.value());
}

// An entry of map<string, integer>.
void PutNumber(PbWriter* w, uint32_t field, const std::string& name, uint64_t value) {
  w->LenHeader(field, PbLenFieldSize(1, name.size()) + 1 + PbVarintSize(value));
  w->Bytes(1, name);
  w->Varint(2, value);
}

}  // namespace

Result<FlushRequest> DecodeFlush(std::string_view bytes) {
  FlushRequest request;
  PbReader r(bytes);
  bool valid_text = true;
  while (valid_text && r.Next()) {
    if (r.tag() != PbLen(2) && r.tag() != PbLen(3)) continue;
    valid_text = request.collections.size() < kCollectionsMax && IsValidUtf8(r.bytes());
    if (r.tag() == PbLen(2))
      request.database = std::string(r.bytes());
    else
      request.collections.emplace_back(r.bytes());
  }
  if (!r.ok() || !valid_text) return MalformedRequest("FlushRequest");
  return request;
}

Result<FlushStateRequest> DecodeGetFlushState(std::string_view bytes) {
  FlushStateRequest request;
  PbReader r(bytes);
  bool valid = true;
  while (r.Next()) {
    switch (r.tag()) {
      case PbVarint(1):
        request.segments.emplace_back(r.value());
        break;
      case PbLen(1): {
        const char* p = r.bytes().data();
        const char* end = p + r.bytes().size();
        uint64_t id = 0;
        while (valid && p != end) {
          valid = ReadPbVarint(&p, end, &id);
          request.segments.emplace_back(id);
        }
        break;
      }
      case PbVarint(2):
        request.flush_ts = r.value();
        break;
      case PbLen(3):
        request.name.database = std::string(r.bytes());
        break;
      case PbLen(4):
        request.name.collection = std::string(r.bytes());
        break;
      default:
        break;
    }
  }
  valid = valid && IsValidUtf8(request.name.database) && IsValidUtf8(request.name.collection);
  if (!r.ok() || !valid) return MalformedRequest("GetFlushStateRequest");
  return request;
}

std::string EncodeFlush(std::string_view database, const std::vector<FlushedCollection>& collections) {
  std::string out;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  w.BytesIfSet(2, database);
  for (const FlushedCollection& c : collections) {
    PutSegments(&w, 3, c, c.sealing);
    PutSegments(&w, 4, c, c.flushed);
    PutNumber(&w, 5, c.name, static_cast<uint64_t>(c.seal_time_s));
    PutNumber(&w, 6, c.name, c.flush_ts);
  }
  return out;
}

std::string EncodeGetFlushState(bool flushed) {
  std::string out;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  w.VarintIfSet(2, flushed ? 1 : 0);
  return out;
}

}  // namespace redkite::wire
