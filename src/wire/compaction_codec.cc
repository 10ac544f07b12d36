#include "wire/compaction_codec.h"

#include <algorithm>

#include "types/json_text.h"
#include "wire/collection_codec.h"
#include "wire/pb_reader.h"
#include "wire/pb_writer.h"
#include "wire/status_map.h"

namespace redkite::wire {
namespace {

constexpr uint64_t kExecuting = 1, kCompleted = 2;  // common.CompactionState
constexpr uint64_t kTypeMix = 3;                    // common.CompactionType

uint64_t Number(int64_t value) { return static_cast<uint64_t>(value); }

// common.CompactionTaskState.
uint64_t TaskState(CompactionPlanState state) {
  switch (state) {
    case CompactionPlanState::kWaiting:
      return 2;  // Pipelining
    case CompactionPlanState::kExecuting:
      return 1;
    case CompactionPlanState::kCompleted:
      return 3;
    case CompactionPlanState::kFailed:
      return 4;
  }
  return 0;
}

int64_t CountIn(const std::vector<CompactionPlan>& plans, CompactionPlanState state) {
  return std::count_if(plans.begin(), plans.end(), [=](const CompactionPlan& p) { return p.state == state; });
}

int64_t CountUnderWay(const std::vector<CompactionPlan>& plans) {
  return CountIn(plans, CompactionPlanState::kWaiting) + CountIn(plans, CompactionPlanState::kExecuting);
}

bool ReadText(const PbReader& r, std::string* text) {
  *text = std::string(r.bytes());
  return IsValidUtf8(r.bytes());
}

bool ReadPackedIds(std::string_view bytes, std::vector<SegmentId>* ids) {
  const char* p = bytes.data();
  const char* end = p + bytes.size();
  while (p != end) {
    uint64_t id = 0;
    if (!ReadPbVarint(&p, end, &id)) return false;
    ids->push_back(SegmentId(static_cast<int64_t>(id)));
  }
  return true;
}

void PutIds(PbWriter* w, uint32_t field, const std::vector<SegmentId>& ids) {
  if (ids.empty()) return;
  std::string packed;
  PbWriter body(&packed);
  for (const SegmentId id : ids) body.PackedVarint(Number(id.value()));
  w->Bytes(field, packed);
}

}  // namespace

Result<CompactionRequest> DecodeManualCompaction(std::string_view bytes) {
  CompactionRequest request;
  PbReader r(bytes);
  bool valid = true;
  while (r.Next()) {
    if (r.tag() == PbVarint(1)) request.id = CollectionId(r.int64());
    if (r.tag() == PbVarint(3)) request.clustering = r.value() != 0;
    if (r.tag() == PbLen(4)) valid = ReadText(r, &request.name.collection) && valid;
    if (r.tag() == PbLen(5)) valid = ReadText(r, &request.name.database) && valid;
    if (r.tag() == PbVarint(6)) request.partition = PartitionId(r.int64());
    if (r.tag() == PbVarint(8)) request.segments.push_back(SegmentId(r.int64()));
    if (r.tag() == PbLen(8)) valid = ReadPackedIds(r.bytes(), &request.segments) && valid;
    if (r.tag() == PbVarint(10)) request.target_mib = r.int64();
  }
  if (!r.ok() || !valid) return MalformedRequest("ManualCompactionRequest");
  return request;
}

Result<int64_t> DecodeGetCompactionState(std::string_view bytes) {
  int64_t id = 0;
  PbReader r(bytes);
  while (r.Next()) {
    if (r.tag() == PbVarint(1)) id = r.int64();
  }
  if (!r.ok()) return MalformedRequest("GetCompactionStateRequest");
  return id;
}

Result<CompactionPlansRequest> DecodeGetCompactionPlans(std::string_view bytes) {
  CompactionPlansRequest request;
  PbReader r(bytes);
  bool valid = true;
  while (r.Next()) {
    if (r.tag() == PbVarint(1)) request.id = r.int64();
    if (r.tag() == PbLen(2)) valid = ReadText(r, &request.name.database) && valid;
    if (r.tag() == PbLen(3)) valid = ReadText(r, &request.name.collection) && valid;
    if (r.tag() == PbVarint(4)) request.collection = CollectionId(r.int64());
  }
  if (!r.ok() || !valid) return MalformedRequest("GetCompactionPlansRequest");
  return request;
}

std::string EncodeManualCompaction(const CompactionStart& start) {
  std::string out;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  w.VarintIfSet(2, Number(start.id));
  w.VarintIfSet(3, Number(start.plan_count));
  return out;
}

std::string EncodeGetCompactionState(const std::vector<CompactionPlan>& plans) {
  std::string out;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  const int64_t under_way = CountUnderWay(plans);
  w.Varint(2, under_way > 0 ? kExecuting : kCompleted);
  w.VarintIfSet(3, Number(under_way));
  w.VarintIfSet(5, Number(CountIn(plans, CompactionPlanState::kCompleted)));
  w.VarintIfSet(6, Number(CountIn(plans, CompactionPlanState::kFailed)));
  return out;
}

std::string EncodeGetCompactionPlans(const std::vector<CompactionPlan>& plans) {
  std::string out, info;
  PbWriter w(&out);
  w.LenHeader(1, 0);
  w.Varint(2, CountUnderWay(plans) > 0 ? kExecuting : kCompleted);
  for (const CompactionPlan& plan : plans) {
    info.clear();
    PbWriter body(&info);
    PutIds(&body, 1, plan.sources);
    body.VarintIfSet(2, Number(plan.target.value()));
    body.VarintIfSet(3, Number(plan.id));
    body.VarintIfSet(4, Number(plan.trigger));
    body.VarintIfSet(5, Number(plan.collection.value()));
    body.VarintIfSet(6, Number(plan.partition.value()));
    body.Bytes(7, VirtualChannelName(plan.collection, 0));
    body.Varint(8, kTypeMix);
    body.Varint(9, TaskState(plan.state));
    body.BytesIfSet(10, plan.failure);
    if (plan.target.value() != 0) PutIds(&body, 11, {plan.target});
    w.Bytes(3, info);
  }
  return out;
}

}  // namespace redkite::wire
