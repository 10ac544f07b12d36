#include "proxy/proxy.h"

namespace redkite::proxy {

Result<std::vector<std::pair<std::string, meta::CollectionPtr>>> Proxy::FlushTargets(
    const FlushAllRequest& request) const {
  std::vector<FlushTarget> targets = request.targets;
  if (targets.empty() && !request.database.empty()) targets.push_back({request.database, {}});
  if (targets.empty()) {
    for (const meta::DatabaseMeta& database : seams_.catalog->ListDatabases())
      targets.push_back({database.name, {}});
  }
  std::vector<std::pair<std::string, meta::CollectionPtr>> out;
  for (const FlushTarget& target : targets) {
    RK_ASSIGN_OR_RETURN(const auto database, seams_.catalog->GetDatabase(target.database));
    for (const std::string& name : target.collections) {
      RK_ASSIGN_OR_RETURN(auto collection, Resolve({database.name, name}));
      out.emplace_back(database.name, std::move(collection));
    }
    if (!target.collections.empty()) continue;
    for (meta::CollectionPtr& collection : seams_.catalog->ListCollections(database.id))
      out.emplace_back(database.name, std::move(collection));
  }
  return out;
}

Result<FlushAllAnswer> Proxy::FlushAll(const FlushAllRequest& request) {
  RK_ASSIGN_OR_RETURN(const auto targets, FlushTargets(request));
  for (const auto& target : targets) RK_RETURN_IF_ERROR(CheckAllowed(target.first, "flush"));
  FlushAllAnswer out;
  for (const auto& [database, collection] : targets) {
    FlushedCollection flushed;
    flushed.name = collection->name;
    auto sealing = seams_.backend->StartFlush(collection->id);
    if (!sealing.ok()) {
      // Dropped since: there is nothing to flush any more.
      if (!seams_.catalog->GetCollection(collection->id).ok()) continue;
      return sealing.status();
    }
    flushed.sealing = std::move(*sealing);
    flushed.seal_time_s = seams_.clock->WallMs() / 1000;
    if (out.databases.empty() || out.databases.back().database != database)
      out.databases.push_back({database, {}});
    out.databases.back().collections.push_back(std::move(flushed));
  }
  // Above every row that the flushes take.
  RK_ASSIGN_OR_RETURN(out.flush_ts, seams_.oracle->Next());
  for (FlushedDatabase& database : out.databases) {
    for (FlushedCollection& collection : database.collections) collection.flush_ts = out.flush_ts;
  }
  return out;
}

Result<FlushAllState> Proxy::GetFlushAllState(const FlushAllStateRequest& request) const {
  RK_ASSIGN_OR_RETURN(const auto targets, FlushTargets(request.what));
  FlushAllState out;
  for (const auto& [database, collection] : targets) {
    const bool flushed = seams_.backend->IsFlushedUpTo(collection->id, request.flush_ts);
    out.flushed = out.flushed && flushed;
    out.collections.push_back({database, collection->name, flushed});
  }
  return out;
}

}  // namespace redkite::proxy
