#include "wire/flush_all_codec.h"

#include <algorithm>

#include "types/json_text.h"
#include "wire/pb_reader.h"
#include "wire/pb_writer.h"
#include "wire/status_map.h"

namespace redkite::wire {
namespace {

// A text field; false when it is no UTF-8.
bool ReadText(const PbReader& r, std::string* text) {
  *text = std::string(r.bytes());
  return IsValidUtf8(r.bytes());
}

bool ReadTarget(std::string_view bytes, FlushTarget* target) {
  PbReader r(bytes);
  bool valid = true;
  while (r.Next()) {
    if (r.tag() == PbLen(1)) valid = ReadText(r, &target->database) && valid;
    if (r.tag() == PbLen(2)) valid = ReadText(r, &target->collections.emplace_back()) && valid;
  }
  return r.ok() && valid;
}

// An entry of map<string, uint64>: its value.
bool ReadStamp(std::string_view bytes, uint64_t* value) {
  PbReader r(bytes);
  while (r.Next()) {
    if (r.tag() == PbVarint(2)) *value = r.value();
  }
  return r.ok();
}

// schema.LongArray.
std::string SegmentArray(const std::vector<SegmentId>& segments) {
  std::string packed, out;
  PbWriter body(&packed);
  for (const SegmentId id : segments) body.PackedVarint(static_cast<uint64_t>(id.value()));
  if (!segments.empty()) PbWriter(&out).Bytes(1, packed);
  return out;
}

}  // namespace

Result<FlushAllRequest> DecodeFlushAll(std::string_view bytes) {
  FlushAllRequest request;
  PbReader r(bytes);
  bool valid = true;
  while (r.Next()) {
    if (r.tag() == PbLen(2)) valid = ReadText(r, &request.database) && valid;
    if (r.tag() == PbLen(3)) valid = ReadTarget(r.bytes(), &request.targets.emplace_back()) && valid;
  }
  if (!r.ok() || !valid) return MalformedRequest("FlushAllRequest");
  return request;
}

Result<FlushAllStateRequest> DecodeGetFlushAllState(std::string_view bytes) {
  FlushAllStateRequest request;
  PbReader r(bytes);
  bool valid = true;
  while (r.Next()) {
    uint64_t stamp = 0;
    switch (r.tag()) {
      case PbVarint(2):
        request.flush_ts = std::max(request.flush_ts, r.value());
        break;
      case PbLen(3):
        valid = ReadText(r, &request.what.database) && valid;
        break;
      case PbLen(4):
        valid = ReadTarget(r.bytes(), &request.what.targets.emplace_back()) && valid;
        break;
      case PbLen(5):
        // One timestamp per channel; here one clock gives them all, so the largest says the same.
        valid = ReadStamp(r.bytes(), &stamp) && valid;
        request.flush_ts = std::max(request.flush_ts, stamp);
        break;
      default:
        break;
    }
  }
  if (!r.ok() || !valid) return MalformedRequest("GetFlushAllStateRequest");
  return request;
}

std::string EncodeFlushAll(const FlushAllAnswer& answer) {
  std::string out;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  w.Varint(2, answer.flush_ts);
  for (const FlushedDatabase& database : answer.databases) {
    std::string result;
    PbWriter body(&result);
    body.Bytes(1, database.database);
    for (const FlushedCollection& c : database.collections) {
      std::string one;
      PbWriter item(&one);
      item.Bytes(1, c.name);
      item.Bytes(2, SegmentArray(c.sealing));
      item.Bytes(3, SegmentArray(c.flushed));
      item.VarintIfSet(4, static_cast<uint64_t>(c.seal_time_s));
      item.VarintIfSet(5, c.flush_ts);
      body.Bytes(2, one);
    }
    w.Bytes(3, result);
  }
  return out;
}

std::string EncodeGetFlushAllState(const FlushAllState& state) {
  std::string out, database;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  w.VarintIfSet(2, state.flushed ? 1 : 0);
  for (size_t i = 0; i < state.collections.size(); ++i) {
    const FlushAllState::Collection& c = state.collections[i];
    PbWriter body(&database);
    if (database.empty()) body.Bytes(1, c.database);
    std::string entry;
    PbWriter item(&entry);
    item.Bytes(1, c.name);
    item.Varint(2, c.flushed ? 1 : 0);
    body.Bytes(2, entry);
    if (i + 1 < state.collections.size() && state.collections[i + 1].database == c.database) continue;
    w.Bytes(3, database);
    database.clear();
  }
  return out;
}

}  // namespace redkite::wire
