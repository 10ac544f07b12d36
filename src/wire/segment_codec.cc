#include "wire/segment_codec.h"

#include "types/json_text.h"
#include "wire/collection_codec.h"
#include "wire/pb_reader.h"
#include "wire/pb_writer.h"
#include "wire/status_map.h"

namespace redkite::wire {
namespace {

constexpr uint64_t kLevelL1 = 2;

uint64_t Number(int64_t value) { return static_cast<uint64_t>(value); }

template <class Ids>
void PutPackedIds(PbWriter* w, uint32_t field, const Ids& ids) {
  if (ids.empty()) return;
  std::string packed;
  PbWriter body(&packed);
  for (const auto id : ids) body.PackedVarint(Number(id.value()));
  w->Bytes(field, packed);
}

void PutPackedNumber(PbWriter* w, uint32_t field, int64_t value) {
  w->LenHeader(field, PbVarintSize(Number(value)));
  w->PackedVarint(Number(value));
}

// Fields 1 to 3 of both kinds of segment.
void PutSegmentIds(PbWriter* w, const SegmentDescription& s) {
  w->VarintIfSet(1, Number(s.id.value()));
  w->VarintIfSet(2, Number(s.collection.value()));
  w->VarintIfSet(3, Number(s.partition.value()));
}

Result<CollectionName> DecodeName(std::string_view bytes, uint32_t database_field, uint32_t name_field,
                                  std::string_view message_name) {
  CollectionName name;
  PbReader r(bytes);
  while (r.Next()) {
    if (r.tag() == PbLen(database_field)) name.database = std::string(r.bytes());
    if (r.tag() == PbLen(name_field)) name.collection = std::string(r.bytes());
  }
  if (!r.ok() || !IsValidUtf8(name.database) || !IsValidUtf8(name.collection))
    return MalformedRequest(message_name);
  return name;
}

}  // namespace

Result<PersistentSegmentsRequest> DecodeGetPersistentSegmentInfo(std::string_view bytes) {
  PersistentSegmentsRequest request;
  RK_ASSIGN_OR_RETURN(request.name, DecodeName(bytes, 2, 3, "GetPersistentSegmentInfoRequest"));
  PbReader r(bytes);
  bool valid = true;
  const auto add = [&](uint64_t state) { request.states.push_back(static_cast<SegmentState>(state)); };
  while (r.Next()) {
    if (r.tag() == PbVarint(4)) add(r.value());
    if (r.tag() != PbLen(4)) continue;
    const char* p = r.bytes().data();
    const char* end = p + r.bytes().size();
    for (uint64_t state = 0; valid && p != end;) {
      valid = ReadPbVarint(&p, end, &state);
      add(state);
    }
  }
  if (!r.ok() || !valid) return MalformedRequest("GetPersistentSegmentInfoRequest");
  return request;
}

Result<CollectionName> DecodeGetQuerySegmentInfo(std::string_view bytes) {
  return DecodeName(bytes, 2, 3, "GetQuerySegmentInfoRequest");
}

Result<DescribeCollectionRequest> DecodeGetReplicas(std::string_view bytes) {
  DescribeCollectionRequest request;
  RK_ASSIGN_OR_RETURN(request.name, DecodeName(bytes, 5, 4, "GetReplicasRequest"));
  for (PbReader r(bytes); r.Next();) {
    if (r.tag() == PbVarint(2)) request.id = CollectionId(r.int64());
  }
  return request;
}

Result<IndexRequest> DecodeListIndexedSegment(std::string_view bytes) {
  // The message has no field for a database; 3 is the index.
  RK_ASSIGN_OR_RETURN(CollectionName names, DecodeName(bytes, 3, 2, "ListIndexedSegmentRequest"));
  return IndexRequest{{"", std::move(names.collection)}, "", std::move(names.database)};
}

std::string EncodeGetPersistentSegmentInfo(const std::vector<SegmentDescription>& segments) {
  std::string out, info;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  for (const SegmentDescription& s : segments) {
    info.clear();
    PbWriter body(&info);
    PutSegmentIds(&body, s);
    body.VarintIfSet(4, Number(s.row_count));
    body.Varint(5, static_cast<uint64_t>(s.state));
    body.Varint(6, kLevelL1);
    body.Bytes(9, VirtualChannelName(s.collection, 0));
    w.Bytes(2, info);
  }
  return out;
}

std::string EncodeGetQuerySegmentInfo(const std::vector<SegmentDescription>& segments, int64_t node_id) {
  std::string out, info;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  for (const SegmentDescription& s : segments) {
    info.clear();
    PbWriter body(&info);
    PutSegmentIds(&body, s);
    body.VarintIfSet(4, Number(s.memory_bytes));
    body.VarintIfSet(5, Number(s.row_count));
    body.BytesIfSet(6, s.index_name);
    body.VarintIfSet(7, Number(s.index.value()));
    body.Varint(8, Number(node_id));
    body.Varint(9, static_cast<uint64_t>(s.state));
    PutPackedNumber(&body, 10, node_id);
    body.Varint(11, kLevelL1);
    w.Bytes(2, info);
  }
  return out;
}

std::string EncodeGetReplicas(const std::vector<ReplicaDescription>& replicas, int64_t node_id,
                              std::string_view address) {
  std::string out;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  for (const ReplicaDescription& replica : replicas) {
    std::string info;
    PbWriter body(&info);
    body.Varint(1, Number(replica.collection.value()));  // there is one, so its number need not differ
    body.Varint(2, Number(replica.collection.value()));
    PutPackedIds(&body, 3, replica.partitions);
    for (int shard = 0; shard < replica.shards_num; ++shard) {
      std::string text;
      PbWriter one(&text);
      one.Varint(1, Number(node_id));
      one.Bytes(2, address);
      one.Bytes(3, VirtualChannelName(replica.collection, shard));
      PutPackedNumber(&one, 4, node_id);
      body.Bytes(4, text);
    }
    PutPackedNumber(&body, 5, node_id);
    body.Bytes(6, replica.resource_group);
    if (replica.node_group != replica.resource_group) {
      std::string outbound;  // a map's entry: nodes of another group that serve the replica
      PbWriter entry(&outbound);
      entry.Bytes(1, replica.node_group);
      entry.Varint(2, 1);
      body.Bytes(7, outbound);
    }
    w.Bytes(2, info);
  }
  return out;
}

std::string EncodeListIndexedSegment(const std::vector<SegmentId>& segments) {
  std::string out;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  PutPackedIds(&w, 2, segments);
  return out;
}

}  // namespace redkite::wire
