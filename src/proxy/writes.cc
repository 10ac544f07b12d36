#include <algorithm>
#include <map>

#include "proxy/insert_rules.h"
#include "proxy/name_rules.h"
#include "proxy/proxy.h"
#include "types/collection_properties.h"

namespace redkite::proxy {
namespace {

Column KeysOf(const plan::KeyEquality& keys, const FieldSchema& primary) {
  Column out(primary.id, primary.type, 0);
  for (int64_t key : keys.ints) out.Append<int64_t>(key);
  for (const std::string& key : keys.texts) out.AppendText(key);
  return out;
}

Column CopyOf(const Column& column) {
  Column copy(column.field(), column.type(), column.dim());
  copy.AppendAll(column.view());
  return copy;
}

// What a shard answers to a write; one that closed was dropped meanwhile, and says so like one that never
// was.
shard::WriteDone AnswerOf(CollectionName name, std::shared_ptr<MutationResult> result,
                          Proxy::MutationDone done) {
  return
      [name = std::move(name), result = std::move(result), done = std::move(done)](Status s, Timestamp ts) {
        if (!s.ok()) {
          done(s.code() == Code::kCollectionNotFound ? CollectionNotFound(name) : s);
          return;
        }
        result->timestamp = ts;
        done(std::move(*result));
      };
}

}  // namespace

void Proxy::Insert(InsertRequest request, MutationDone done) {
  struct Prepared {
    std::shared_ptr<shard::ShardClient> shard;
    std::shared_ptr<shard::WriteRecord> record;
    MutationResult result;
  };
  const bool upsert = request.upsert;
  const CollectionName name = request.name;
  auto prepare = [&]() -> Result<Prepared> {
    RK_ASSIGN_OR_RETURN(auto collection, Resolve(request.name));
    if (request.schema_timestamp != 0 && request.schema_timestamp != collection->updated) {
      return Status(Code::kCollectionSchemaMismatch,
                    "collection schema mismatch[collection=" + request.name.collection + "]");
    }
    if (request.partial_update) return Status::Unimplemented("partial update is not implemented");
    if (!request.unsupported.empty()) {
      return Status::Unimplemented(request.unsupported.front() + " is not implemented");
    }
    Prepared out;
    RK_ASSIGN_OR_RETURN(const PartitionId partition, ResolvePartition(*collection, request.partition));
    RK_ASSIGN_OR_RETURN(out.shard, FindShard(request.name, *collection));
    const CollectionSchema& schema = collection->schema;
    RK_ASSIGN_OR_RETURN(InsertRows checked, CheckInsertRows(schema, limits_, std::move(request)));
    auto memory = seams_.memory->Reserve(segment::AccountedBytes(checked.rows), "insert into " + schema.name);
    if (!memory.ok() || seams_.memory->is_short()) seams_.backend->MakeRoom();
    RK_RETURN_IF_ERROR(memory.status());
    if (schema.primary().auto_id) {
      RK_ASSIGN_OR_RETURN(const Timestamp first, seams_.oracle->Next(checked.rows.row_count));
      AddGeneratedKeys(schema, static_cast<int64_t>(first), &checked.rows);
    }
    const auto rows = static_cast<int64_t>(checked.rows.row_count);
    out.result.ids = CopyOf(*checked.rows.Find(schema.primary().id));
    out.result.succeeded_rows = out.result.insert_count = rows;
    if (upsert) out.result.upsert_count = out.result.delete_count = rows;
    out.record = std::make_shared<shard::WriteRecord>();
    out.record->partition = partition;
    out.record->delete_keys = std::move(checked.given_keys);
    out.record->unique = {HasUniqueKeys(collection->properties),
                          ExpiredBefore(collection->properties, seams_.oracle->Now())};
    out.record->rows = std::make_shared<segment::PreparedRows>(
        segment::PrepareRows(std::move(checked.rows), schema.primary().id, std::move(*memory)));
    return out;
  };
  auto prepared = prepare();
  if (!prepared.ok()) {
    done(prepared.status());
    return;
  }
  auto result = std::make_shared<MutationResult>(std::move(prepared->result));
  prepared->shard->Append(std::move(prepared->record), AnswerOf(name, std::move(result), std::move(done)));
}

void Proxy::Delete(const DeleteRequest& request, const CancelToken* cancel, MutationDone done) {
  struct Prepared {
    std::shared_ptr<shard::ShardClient> shard;
    std::shared_ptr<shard::WriteRecord> record;
    MutationResult result;
  };
  const auto prepare = [&]() -> Result<Prepared> {
    RK_ASSIGN_OR_RETURN(const auto resolved, Resolve(request.name));
    meta::CollectionPtr collection = resolved;  // which a load takes the place of; `primary` stays
    const FieldSchema& primary = resolved->schema.primary();
    const auto fail = [&](const Status& why) {
      return plan::FilterError(plan::FilterUse::kDelete, request.filter, why);
    };
    auto filter = plan::ParseFilter(request.filter, collection->schema, request.templates);
    if (!filter.ok()) return fail(filter.status());
    if (filter->sample()) {
      return fail(Status(Code::kParameterInvalid, "random_sample is not supported in a delete"));
    }
    if (filter->always_true()) return Status::Invalid("delete plan can't be empty or always true");
    Prepared out;
    out.record = std::make_shared<shard::WriteRecord>();
    if (!request.partition.empty()) {
      RK_ASSIGN_OR_RETURN(out.record->partition, ResolvePartition(*collection, request.partition));
    }
    RK_ASSIGN_OR_RETURN(out.shard, FindShard(request.name, *collection));
    auto keys = plan::FindKeyEquality(*filter, primary.id);
    if (keys && keys->exact) {
      out.record->delete_keys = KeysOf(*keys, primary);
    } else {
      RK_RETURN_IF_ERROR(LoadForRead(request.name, &collection));
      // The keys are looked up now; only rows that were there at this moment may go.
      plan::QueryPlan query;
      if (out.record->partition.value() != 0) query.rows.partitions = {out.record->partition};
      RK_RETURN_IF_ERROR(RestrictToLoaded(*collection, "delete", &query.rows.partitions));
      query.rows.schema = std::shared_ptr<const CollectionSchema>(collection, &collection->schema);
      query.rows.filter = std::move(*filter);
      query.rows.keys = std::move(keys);
      query.rows.output_fields = {primary.id};
      query.rows.expired_before = ExpiredBefore(collection->properties, seams_.oracle->Now());
      RK_ASSIGN_OR_RETURN(auto found, out.shard->Query(query, cancel));
      out.record->delete_keys = std::move(found.columns[0]);
      out.record->delete_up_to = found.snapshot_ts;
    }
    out.result.delete_count = static_cast<int64_t>(out.record->delete_keys.row_count());
    out.result.ids = Column(primary.id, primary.type, 0);
    return out;
  };
  auto prepared = prepare();
  if (!prepared.ok()) {
    done(prepared.status());
    return;
  }
  auto result = std::make_shared<MutationResult>(std::move(prepared->result));
  if (result->delete_count == 0) {
    auto now = seams_.oracle->Next();
    if (now.ok()) result->timestamp = *now;
    done(now.ok() ? Result<MutationResult>(std::move(*result)) : Result<MutationResult>(now.status()));
    return;
  }
  prepared->shard->Append(std::move(prepared->record),
                          AnswerOf(request.name, std::move(result), std::move(done)));
}

Result<std::vector<FlushedCollection>> Proxy::Flush(const FlushRequest& request) {
  if (request.collections.empty()) return Status::Invalid("flush needs at least one collection name");
  // Under the name that was asked for, once: a request may repeat it a hundred thousand times.
  std::map<std::string_view, meta::CollectionPtr> collections;
  for (const std::string& name : request.collections) {
    if (collections.contains(name)) continue;
    RK_ASSIGN_OR_RETURN(collections[name], Resolve({request.database, name}));
  }
  std::vector<FlushedCollection> out;
  for (const auto& [name, collection] : collections) {
    FlushedCollection flushed;
    flushed.name = name;
    RK_ASSIGN_OR_RETURN(flushed.sealing, seams_.backend->StartFlush(collection->id));
    RK_ASSIGN_OR_RETURN(flushed.flush_ts, seams_.oracle->Next());
    flushed.seal_time_s = seams_.clock->WallMs() / 1000;
    out.push_back(std::move(flushed));
  }
  return out;
}

Result<bool> Proxy::GetFlushState(const FlushStateRequest& request) const {
  if (!request.name.collection.empty()) {
    auto collection = Resolve(request.name);
    if (!collection.ok())
      return request.segments.empty() ? Result<bool>(true) : Result<bool>(collection.status());
    return seams_.backend->IsFlushed((*collection)->id, request.segments);
  }
  for (const meta::CollectionPtr& collection : seams_.catalog->ListCollections(DatabaseId(0))) {
    if (!seams_.backend->IsFlushed(collection->id, request.segments)) return false;
  }
  return true;
}

}  // namespace redkite::proxy
