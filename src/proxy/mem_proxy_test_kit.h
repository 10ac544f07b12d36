// For tests of the proxy: one over a catalog and shards in memory, without disk, log and threads. What the
// backend is asked is noted. Thread safety: one thread.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "meta/mem_kv.h"
#include "proxy/proxy.h"
#include "shard/mem_shard.h"

namespace redkite::proxy {

/// A shard that calls the test when a query was answered.
class HookedShard final : public shard::ShardClient {
 public:
  HookedShard(std::shared_ptr<shard::ShardClient> shard, std::function<void()> after_query)
      : shard_(std::move(shard)), after_query_(std::move(after_query)) {}
  void Append(std::shared_ptr<shard::WriteRecord> record, shard::WriteDone done) override {
    shard_->Append(std::move(record), std::move(done));
  }
  Result<shard::SearchRows> Search(const plan::SearchPlan& plan, const CancelToken* cancel) override {
    return shard_->Search(plan, cancel);
  }
  Result<shard::QueryRows> Query(const plan::QueryPlan& plan, const CancelToken* cancel) override {
    auto rows = shard_->Query(plan, cancel);
    after_query_();
    return rows;
  }
  void SetSchema(std::shared_ptr<const CollectionSchema> schema) override {
    shard_->SetSchema(std::move(schema));
  }
  shard::ShardStats Stats() const override { return shard_->Stats(); }
  std::vector<shard::SegmentStats> Segments() const override { return shard_->Segments(); }

 private:
  const std::shared_ptr<shard::ShardClient> shard_;
  const std::function<void()> after_query_;
};

class MemBackend final : public Backend {
 public:
  explicit MemBackend(TimestampOracle* oracle) : oracle_(oracle) {}

  Status CreateShard(const meta::CollectionPtr& collection, const std::function<Status()>& commit) override {
    calls.push_back("create " + collection->name);
    if (on_create) on_create(*collection);
    if (!create_error.ok()) return create_error;
    auto schema = std::make_shared<const CollectionSchema>(collection->schema);
    shards[collection->id] = std::make_shared<shard::MemShard>(std::move(schema), oracle_);
    const Status committed = commit();
    if (!committed.ok()) DropShard(collection->id);
    return committed;
  }
  void DropShard(CollectionId collection) override {
    calls.push_back("drop");
    if (const auto it = shards.find(collection); it != shards.end()) {
      it->second->Close();
      shards.erase(it);
    }
  }
  Result<std::shared_ptr<shard::ShardClient>> FindShard(CollectionId collection) override {
    if (!find_error.ok()) return find_error;
    const auto it = shards.find(collection);
    if (it == shards.end()) return Status(Code::kCollectionNotFound, "no shard of this collection");
    if (on_query)
      return std::shared_ptr<shard::ShardClient>(std::make_shared<HookedShard>(it->second, on_query));
    return std::shared_ptr<shard::ShardClient>(it->second);
  }
  void MakeRoom() override { calls.push_back("make room"); }
  Result<std::vector<SegmentId>> StartFlush(CollectionId collection) override {
    calls.push_back("flush");
    if (!shards.contains(collection)) return Status(Code::kCollectionNotFound, "no shard of this collection");
    return unflushed;
  }
  bool IsFlushed(CollectionId, const std::vector<SegmentId>& segments) override {
    for (const SegmentId segment : segments) {
      for (const SegmentId waiting : unflushed) {
        if (segment == waiting) return false;
      }
    }
    return true;
  }
  bool IsFlushedUpTo(CollectionId, Timestamp) override { return unflushed.empty(); }
  void DropPartition(CollectionId, PartitionId) override { calls.push_back("drop partition"); }
  void IndexesChanged(CollectionId) override { calls.push_back("indexes changed"); }
  Status RemoveIndex(CollectionId, IndexId) override {
    calls.push_back("remove index");
    return Status::Ok();
  }
  IndexBuildState IndexState(CollectionId, const meta::IndexMeta&) override { return index_state; }
  Result<CompactionStart> StartCompaction(CollectionId, const CompactionRequest& request) override {
    compactions.push_back(request);
    return CompactionStart{9, static_cast<int64_t>(plans.size())};
  }
  std::vector<CompactionPlan> CompactionPlans(int64_t id, CollectionId collection) override {
    std::vector<CompactionPlan> out;
    for (const CompactionPlan& p : plans) {
      if (id != 0 ? p.trigger == id : p.collection == collection) out.push_back(p);
    }
    return out;
  }
  std::vector<CompactionRequest> compactions;
  std::vector<CompactionPlan> plans;

  std::vector<std::string> calls;
  std::map<CollectionId, std::shared_ptr<shard::MemShard>> shards;
  std::function<void(const meta::CollectionMeta&)> on_create;
  std::function<void()> on_query;  // of shards that are found while it is set
  Status create_error;
  Status find_error;
  std::vector<SegmentId> unflushed;
  IndexBuildState index_state;

 private:
  TimestampOracle* const oracle_;
};

class MemProxyKit {
 public:
  explicit MemProxyKit(Limits limits = {})
      : catalog_(meta::Catalog::Open(&kv).value()),
        oracle(&clock, 0, [](Timestamp) { return Status::Ok(); }),
        backend(&oracle),
        proxy({catalog_.get(), &oracle, &backend, &memory, &clock}, limits) {}

  static FieldSchema Field(const std::string& name, DataType type, Params params = {}) {
    FieldSchema field;
    field.name = name;
    field.type = type;
    field.type_params = std::move(params);
    return field;
  }
  /// id (key), tag VarChar, n Int64 nullable, vec FloatVector of 2.
  static CreateCollectionRequest Items(const std::string& name = "items") {
    CreateCollectionRequest request;
    request.name.collection = name;
    request.schema.fields = {
        Field("id", DataType::kInt64), Field("tag", DataType::kVarChar, {{"max_length", "8"}}),
        Field("n", DataType::kInt64), Field("vec", DataType::kFloatVector, {{"dim", "2"}})};
    request.schema.fields[0].is_primary = true;
    request.schema.fields[2].nullable = true;
    return request;
  }
  static CreateIndexRequest VectorIndex(const std::string& collection = "items",
                                        const std::string& metric = "L2") {
    CreateIndexRequest request;
    request.name.collection = collection;
    request.field_name = "vec";
    request.params = {{"index_type", "FLAT"}, {"metric_type", metric}};
    return request;
  }
  /// A loaded collection of Items.
  void MakeItems(const std::string& name = "items", const std::string& metric = "L2") {
    Expect(proxy.CreateCollection(Items(name)));
    Expect(proxy.CreateIndex(VectorIndex(name, metric)));
    LoadRequest load;
    load.name.collection = name;
    Expect(proxy.LoadCollection(load));
  }
  struct Item {
    int64_t id = 0;
    std::string tag;
    float x = 0, y = 0;
  };
  static InsertRequest Rows(const std::vector<Item>& items, const std::string& collection = "items") {
    InsertRequest request;
    request.name.collection = collection;
    request.row_count = items.size();
    Column id(FieldId(), DataType::kInt64, 0), tag(FieldId(), DataType::kVarChar, 0),
        n(FieldId(), DataType::kInt64, 0), vec(FieldId(), DataType::kFloatVector, 2);
    for (const Item& item : items) {
      id.Append<int64_t>(item.id);
      tag.AppendText(item.tag);
      n.Append<int64_t>(item.id * 10);
      const float values[] = {item.x, item.y};
      vec.AppendVector(values);
    }
    request.columns.push_back({"id", false, std::move(id)});
    request.columns.push_back({"tag", false, std::move(tag)});
    request.columns.push_back({"n", false, std::move(n)});
    request.columns.back().has_valid_data = true;
    request.columns.push_back({"vec", false, std::move(vec)});
    return request;
  }
  /// The answer, which comes at once unless the shard is manual; then kServiceNotReady.
  Result<MutationResult> Insert(InsertRequest request) {
    return Wait([&](Proxy::MutationDone done) { proxy.Insert(std::move(request), std::move(done)); });
  }
  Result<MutationResult> Delete(const std::string& filter, const std::string& collection = "items",
                                TemplateValues templates = {}) {
    DeleteRequest request;
    request.templates = std::move(templates);
    request.name.collection = collection;
    request.filter = filter;
    return Wait([&](Proxy::MutationDone done) { proxy.Delete(request, nullptr, std::move(done)); });
  }
  Result<QueryResult> Query(const std::string& filter, std::vector<std::string> output = {"id"},
                            Params params = {}, TemplateValues templates = {}) {
    QueryRequest request;
    request.templates = std::move(templates);
    request.name.collection = "items";
    request.filter = filter;
    request.output_fields = std::move(output);
    request.params = std::move(params);
    return proxy.Query(request, nullptr);
  }
  std::vector<int64_t> Ids(const std::string& filter = "id >= 0") {
    auto found = Query(filter);
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    if (!found.ok()) return {};
    const auto ids = found->columns[0].column.view().Values<int64_t>();
    return {ids.begin(), ids.end()};
  }
  static SearchRequest SearchFor(const std::vector<float>& vectors, int k, const std::string& filter = "") {
    SearchRequest request;
    request.name.collection = "items";
    request.filter = filter;
    request.params = {{"topk", std::to_string(k)}};
    request.queries = {
        101, vectors.size() / 2, 8, true,
        std::string(reinterpret_cast<const char*>(vectors.data()), vectors.size() * sizeof(float))};
    return request;
  }
  shard::MemShard& shard(const std::string& collection = "items") {
    const auto id = proxy.DescribeCollection({{"", collection}, {}}).value().id;
    return *backend.shards.at(id);
  }
  meta::Catalog& catalog() { return *catalog_; }

  static void Expect(const Status& status) { EXPECT_TRUE(status.ok()) << status.ToString(); }

  ManualClock clock;
  meta::MemKv kv;
  MemoryLedger memory{1 << 20};

 private:
  template <class F>
  static Result<MutationResult> Wait(F start) {
    auto answer = std::make_shared<Result<MutationResult>>(Status(Code::kServiceNotReady, "not answered"));
    start([answer](Result<MutationResult> result) { *answer = std::move(result); });
    return std::move(*answer);
  }
  std::unique_ptr<meta::Catalog> catalog_;

 public:
  TimestampOracle oracle;
  MemBackend backend;
  Proxy proxy;
};

/// Fails unless `status` has this code and its message holds `phrase`.
inline void ExpectRefused(const Status& status, Code code, const std::string& phrase) {
  EXPECT_EQ(status.code(), code) << status.ToString();
  EXPECT_NE(status.message().find(phrase), std::string::npos) << status.message();
}

}  // namespace redkite::proxy
