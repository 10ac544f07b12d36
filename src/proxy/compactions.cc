#include "proxy/proxy.h"

namespace redkite::proxy {
namespace {

constexpr int64_t kTargetMibMax = int64_t{1} << 20;

}  // namespace

Result<CompactionStart> Proxy::StartCompaction(const CompactionRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "compaction"));
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name, request.id));
  if (request.clustering) {
    return Status(Code::kUnimplemented, "compaction by a clustering key is not implemented");
  }
  if (request.target_mib < 0)
    return Status::Invalid("target_size out of range, in MiB: " + std::to_string(request.target_mib));
  CompactionRequest bounded = request;
  // Clients send the largest number for "as the server thinks best", which is 0 here.
  if (request.target_mib > kTargetMibMax) bounded.target_mib = 0;
  return seams_.backend->StartCompaction(collection->id, bounded);
}

std::vector<CompactionPlan> Proxy::CompactionPlans(int64_t id) const {
  if (id == 0) return {};
  return seams_.backend->CompactionPlans(id, CollectionId(0));
}

Result<std::vector<CompactionPlan>> Proxy::CompactionPlans(const CompactionPlansRequest& request) const {
  if (request.id != 0) return CompactionPlans(request.id);
  RK_ASSIGN_OR_RETURN(const auto collection, Resolve(request.name, request.collection));
  return seams_.backend->CompactionPlans(0, collection->id);
}

}  // namespace redkite::proxy
