#include <algorithm>
#include <map>

#include "proxy/fields/time_rules.h"
#include "proxy/insert_rules.h"
#include "proxy/name_rules.h"
#include "proxy/placement/key_fields.h"
#include "proxy/proxy.h"
#include "proxy/rows/partial_update.h"
#include "proxy/search_by_ids.h"
#include "types/collection_properties.h"

namespace redkite::proxy {
namespace {

constexpr int kPartialTriesMax = 1000;

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

Status SchemaMismatch(const CollectionName& name) {
  return {Code::kCollectionSchemaMismatch, "collection schema mismatch[collection=" + name.collection + "]"};
}

// Rows where they belong, with the memory that was reserved for them.
void PutRows(const meta::CollectionMeta& collection, RowBatch rows, MemoryReservation memory,
             shard::WriteRecord* record) {
  const FieldId primary = collection.schema.primary().id;
  const auto prepare = [&](RowBatch batch, MemoryReservation reserved) {
    return std::make_shared<segment::PreparedRows>(
        segment::PrepareRows(std::move(batch), primary, std::move(reserved)));
  };
  const FieldSchema* key = FindPartitionKey(collection.schema);
  if (key == nullptr) {
    record->rows = prepare(std::move(rows), std::move(memory));
    return;
  }
  for (auto& [partition, batch] : SplitByKey(collection, *key, std::move(rows))) {
    MemoryReservation part = memory.Split(segment::AccountedBytes(batch));
    if (!record->rows) {
      record->partition = partition;
      record->rows = prepare(std::move(batch), std::move(part));
    } else {
      record->more.push_back({partition, prepare(std::move(batch), std::move(part))});
    }
  }
}

// Of rows without a partition key: by name. Else it follows from each row.
Result<PartitionId> PartitionFor(const meta::CollectionMeta& collection, const std::string& name) {
  if (FindPartitionKey(collection.schema) == nullptr) return ResolvePartition(collection, name);
  RK_RETURN_IF_ERROR(RefusePartitionNames(collection.schema, !name.empty()));
  return PartitionId(0);
}

// Why rows are not chosen like that to be deleted; nullptr where they are.
const char* DeleteRefusal(const plan::FilterPlan& filter) {
  if (filter.sample()) return "random_sample is not supported in a delete";
  if (filter.elements() != nullptr) return "element_filter is not supported in a delete, match_any is";
  return nullptr;
}

}  // namespace

// A collection as a write sees it.
struct Proxy::WriteTarget {
  CollectionName name;
  meta::CollectionPtr collection;
  PartitionId partition;
  std::shared_ptr<shard::ShardClient> shard;
};

struct Proxy::PreparedInsert {
  std::shared_ptr<shard::WriteRecord> record;
  std::shared_ptr<MutationResult> result;
};

Result<Proxy::WriteTarget> Proxy::FindTarget(const InsertRequest& request) const {
  RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "writing"));
  WriteTarget target;
  target.name = request.name;
  RK_ASSIGN_OR_RETURN(target.collection, Resolve(request.name));
  if (request.schema_timestamp != 0 && request.schema_timestamp != target.collection->updated)
    return SchemaMismatch(request.name);
  if (!request.unsupported.empty()) {
    return Status::Unimplemented(request.unsupported.front() + " is not implemented");
  }
  RK_ASSIGN_OR_RETURN(target.partition, PartitionFor(*target.collection, request.partition));
  RK_ASSIGN_OR_RETURN(target.shard, FindShard(request.name, *target.collection));
  return target;
}

Result<Proxy::PreparedInsert> Proxy::PrepareInsert(const WriteTarget& target, InsertRows checked) {
  const CollectionSchema& schema = target.collection->schema;
  auto memory = seams_.memory->Reserve(segment::AccountedBytes(checked.rows), "insert into " + schema.name);
  if (!memory.ok() || seams_.memory->is_short()) seams_.backend->MakeRoom();
  RK_RETURN_IF_ERROR(memory.status());
  if (schema.primary().auto_id && checked.rows.Find(schema.primary().id) == nullptr) {
    RK_ASSIGN_OR_RETURN(const Timestamp first, seams_.oracle->Next(checked.rows.row_count));
    AddGeneratedKeys(schema, static_cast<int64_t>(first), &checked.rows);
  }
  PreparedInsert out{std::make_shared<shard::WriteRecord>(), std::make_shared<MutationResult>()};
  const auto rows = static_cast<int64_t>(checked.rows.row_count);
  out.result->ids = CopyOf(*checked.rows.Find(schema.primary().id));
  out.result->succeeded_rows = out.result->insert_count = rows;
  if (checked.given_keys.row_count() > 0) out.result->upsert_count = out.result->delete_count = rows;
  out.record->partition = target.partition;
  out.record->schema = std::shared_ptr<const CollectionSchema>(target.collection, &schema);
  out.record->delete_keys = std::move(checked.given_keys);
  const Params& properties = target.collection->properties;
  out.record->unique = {HasUniqueKeys(properties), ExpiredBefore(properties, seams_.oracle->Now())};
  PutRows(*target.collection, std::move(checked.rows), std::move(*memory), out.record.get());
  return out;
}

void Proxy::Insert(InsertRequest request, MutationDone done, const CancelToken* cancel) {
  if (request.partial_update) return UpsertPartially(std::move(request), cancel, std::move(done));
  const CollectionName name = request.name;
  std::shared_ptr<shard::ShardClient> shard;
  const auto prepare = [&]() -> Result<PreparedInsert> {
    RK_ASSIGN_OR_RETURN(const WriteTarget target, FindTarget(request));
    shard = target.shard;
    RK_ASSIGN_OR_RETURN(const TimeZonePtr zone, TimeZoneOf(*target.collection, {}));
    request.keeps_given_keys = TakesGivenKeys(target.collection->properties);
    RK_ASSIGN_OR_RETURN(InsertRows checked,
                        CheckInsertRows(target.collection->schema, limits_, std::move(request), *zone));
    return PrepareInsert(target, std::move(checked));
  };
  auto prepared = prepare();
  if (!prepared.ok()) return done(prepared.status());
  shard->Append(std::move(prepared->record), AnswerOf(name, std::move(prepared->result), std::move(done)));
}

Result<RowBatch> Proxy::ReadAndMerge(const WriteTarget& target, const PartialRows& update,
                                     const CancelToken* cancel, shard::WriteRecord* record) const {
  const CollectionSchema& schema = target.collection->schema;
  plan::QueryPlan plan;
  plan.rows.schema = std::shared_ptr<const CollectionSchema>(target.collection, &schema);
  SelectKeys(update.keys.view(), &plan.rows);
  plan.rows.output_fields = FieldsToRead(schema, update);
  if (plan.rows.output_fields.size() == 1) {  // all is replaced, as by any upsert
    std::vector<Column> nothing;
    nothing.emplace_back(schema.primary().id, schema.primary().type, 0);
    return MergeRows(schema, limits_, update, nothing);
  }
  plan.rows.output_bytes_max = limits_.output_bytes_max;
  plan.rows.expired_before = ExpiredBefore(target.collection->properties, seams_.oracle->Now());
  ExcludeExpired(schema, target.collection->properties, seams_.clock->WallMs(), &plan.rows);
  for (const meta::PartitionMeta& p : target.collection->partitions) plan.rows.partitions.push_back(p.id);
  std::sort(plan.rows.partitions.begin(), plan.rows.partitions.end());
  plan.rows.not_before = record->made_at.value_or(0);
  RK_ASSIGN_OR_RETURN(const shard::QueryRows found, target.shard->Query(plan, cancel));
  record->made_at = found.snapshot_ts;
  return MergeRows(schema, limits_, update, found.columns);
}

// A read and a write that is refused when another one of the same keys came between the two; then the next
// read waits for that one. Of several that meet, one gets through each time.
void Proxy::UpsertPartially(InsertRequest request, const CancelToken* cancel, MutationDone done) {
  const CollectionName name = request.name;
  const std::string partition = request.partition;
  PartialRows update;
  meta::CollectionPtr collection;  // that the update was checked against
  const auto check = [&]() -> Result<WriteTarget> {
    RK_ASSIGN_OR_RETURN(WriteTarget target, FindTarget(request));
    const CollectionSchema& schema = target.collection->schema;
    collection = target.collection;
    const auto ops = request.field_ops;
    RK_ASSIGN_OR_RETURN(const TimeZonePtr zone, TimeZoneOf(*collection, {}));
    RK_ASSIGN_OR_RETURN(InsertRows checked, CheckPartialRows(schema, limits_, std::move(request), *zone));
    // What is replaced may be a struct array, which is no field; what is not is a field.
    for (const auto& [field, op] : ops) {
      if (op != FieldOp::kReplace) update.ops.emplace_back(schema.Find(field)->id, op);
    }
    update.sent = std::move(checked.rows);
    update.keys = std::move(checked.given_keys);
    return target;
  };
  auto target = check();
  Timestamp not_before = 0;
  for (int tries = 0; target.ok() && tries < kPartialTriesMax; ++tries) {
    const auto prepare = [&]() -> Result<PreparedInsert> {
      if (cancel != nullptr) RK_RETURN_IF_ERROR(cancel->Check());
      shard::WriteRecord seen;
      if (not_before != 0) seen.made_at = not_before;
      InsertRows rows;
      RK_ASSIGN_OR_RETURN(rows.rows, ReadAndMerge(*target, update, cancel, &seen));
      rows.given_keys = CopyOf(update.keys);
      const CollectionSchema& schema = target->collection->schema;
      if (!schema.primary().auto_id) PlaceKeys(schema, CopyOf(update.keys), &rows.rows);
      RK_ASSIGN_OR_RETURN(PreparedInsert prepared, PrepareInsert(*target, std::move(rows)));
      prepared.record->made_at = seen.made_at;
      return prepared;
    };
    auto prepared = prepare();
    if (!prepared.ok()) return done(prepared.status());
    auto newer = std::make_shared<Timestamp>(0);
    target->shard->Append(
        std::move(prepared->record),
        [newer, answer = AnswerOf(name, std::move(prepared->result), done)](Status status, Timestamp ts) {
          if (shard::IsOutdated(status, ts)) {
            *newer = ts;
          } else {
            answer(std::move(status), ts);
          }
        });
    if (*newer == 0) return;
    not_before = *newer;
    InsertRequest again;
    again.name = name;
    again.partition = partition;
    target = FindTarget(again);
    if (!target.ok()) break;
    const meta::CollectionMeta& now = *target->collection;
    if (now.id != collection->id || now.schema.version != collection->schema.version)
      return done(SchemaMismatch(name));
  }
  if (!target.ok()) return done(target.status());
  done(Status(Code::kServiceUnavailable, "partial update of collection " + name.collection +
                                             ": its rows are written by others all the time, try again: "
                                             "service unavailable"));
}

void Proxy::Delete(const DeleteRequest& request, const CancelToken* cancel, MutationDone done) {
  struct Prepared {
    std::shared_ptr<shard::ShardClient> shard;
    std::shared_ptr<shard::WriteRecord> record;
    MutationResult result;
  };
  const auto prepare = [&]() -> Result<Prepared> {
    RK_RETURN_IF_ERROR(CheckAllowed(request.name.database, "writing"));
    RK_ASSIGN_OR_RETURN(const auto resolved, Resolve(request.name));
    meta::CollectionPtr collection = resolved;  // which a load takes the place of; `primary` stays
    const FieldSchema& primary = resolved->schema.primary();
    const auto fail = [&](const Status& why) {
      return plan::FilterError(plan::FilterUse::kDelete, request.filter, why);
    };
    RK_ASSIGN_OR_RETURN(const TimeZonePtr zone, TimeZoneOf(*collection, {}));
    auto filter = plan::ParseFilter(request.filter, collection->schema, request.templates, *zone);
    if (!filter.ok()) return fail(filter.status());
    if (const char* why = DeleteRefusal(*filter)) return fail(Status(Code::kParameterInvalid, why));
    if (filter->always_true()) return Status::Invalid("delete plan can't be empty or always true");
    Prepared out;
    out.record = std::make_shared<shard::WriteRecord>();
    RK_RETURN_IF_ERROR(RefusePartitionNames(collection->schema, !request.partition.empty()));
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
      query.rows.partitions = out.record->partition.value() != 0
                                  ? std::vector<PartitionId>{out.record->partition}
                                  : PartitionsOfFilter(*collection, *filter);
      RK_RETURN_IF_ERROR(RestrictToLoaded(*collection, "delete", &query.rows.partitions));
      query.rows.schema = std::shared_ptr<const CollectionSchema>(collection, &collection->schema);
      query.rows.filter = std::move(*filter);
      query.rows.keys = std::move(keys);
      query.rows.output_fields = {primary.id};
      query.rows.expired_before = ExpiredBefore(collection->properties, seams_.oracle->Now());
      ExcludeExpired(collection->schema, collection->properties, seams_.clock->WallMs(), &query.rows);
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

void Proxy::TruncateCollection(const CollectionName& name, MutationDone done) {
  if (Status allowed = CheckAllowed(name.database, "collectionDDL"); !allowed.ok()) return done(allowed);
  const auto collection = Resolve(name);
  if (!collection.ok()) return done(collection.status());
  const auto shard = FindShard(name, **collection);
  if (!shard.ok()) return done(shard.status());
  const FieldSchema& primary = (*collection)->schema.primary();
  auto result = std::make_shared<MutationResult>();
  result->ids = Column(primary.id, primary.type, 0);
  auto record = std::make_shared<shard::WriteRecord>();
  record->truncates = true;
  (*shard)->Append(std::move(record), AnswerOf(name, std::move(result),
                                               [this, id = (*collection)->id,
                                                done = std::move(done)](Result<MutationResult> answer) {
                                                 // So that the log lets go of the rows too.
                                                 if (answer.ok()) (void)seams_.backend->StartFlush(id);
                                                 done(std::move(answer));
                                               }));
}

Result<std::vector<FlushedCollection>> Proxy::Flush(const FlushRequest& request) {
  RK_RETURN_IF_ERROR(CheckAllowed(request.database, "flush"));
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
