// For tests of the proxy alone: a real catalog in memory and a backend that only remembers what it was told.
// Thread safety: one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/mem_file_system.h"
#include "meta/local_kv.h"
#include "proxy/proxy.h"

namespace redkite::proxy {

class FakeShard final : public shard::ShardClient {
 public:
  void Append(std::shared_ptr<shard::WriteRecord> record, shard::WriteDone done) override {
    done(Status::Internal("no shard"), 0);
  }
  Result<shard::SearchRows> Search(const plan::SearchPlan& plan, const CancelToken* cancel) override {
    return Status::Internal("no shard");
  }
  Result<shard::QueryRows> Query(const plan::QueryPlan& plan, const CancelToken* cancel) override {
    return Status::Internal("no shard");
  }
  void SetSchema(std::shared_ptr<const CollectionSchema>) override {}
  shard::ShardStats Stats() const override { return {}; }
  std::vector<shard::SegmentStats> Segments() const override { return segments; }

  std::vector<shard::SegmentStats> segments;
};

class FakeBackend final : public Backend {
 public:
  Status CreateShard(const meta::CollectionPtr& collection, const std::function<Status()>& commit) override {
    return commit();
  }
  void DropShard(CollectionId collection) override { dropped_shards.push_back(collection); }
  Result<std::shared_ptr<shard::ShardClient>> FindShard(CollectionId collection) override {
    return std::shared_ptr<shard::ShardClient>(shard);
  }
  void MakeRoom() override {}
  Result<std::vector<SegmentId>> StartFlush(CollectionId collection) override {
    flushes.push_back(collection);
    return std::vector<SegmentId>{SegmentId(7)};
  }
  bool IsFlushed(CollectionId collection, const std::vector<SegmentId>& segments) override { return true; }
  bool IsFlushedUpTo(CollectionId collection, Timestamp ts) override { return ts < unflushed_from; }
  void DropPartition(CollectionId collection, PartitionId partition) override {
    dropped_partitions.push_back(partition);
  }
  void IndexesChanged(CollectionId collection) override {}
  Status RemoveIndex(CollectionId collection, IndexId index) override { return Status::Ok(); }
  IndexBuildState IndexState(CollectionId collection, const meta::IndexMeta& index) override { return {}; }
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

  std::shared_ptr<FakeShard> shard = std::make_shared<FakeShard>();
  std::vector<CollectionId> dropped_shards, flushes;
  std::vector<PartitionId> dropped_partitions;
  Timestamp unflushed_from = kMaxTimestamp;
};

class ProxyKit {
 public:
  explicit ProxyKit(Limits limits = {})
      : kv_(meta::LocalKv::Open(&fs_, "meta").value()),
        catalog_(meta::Catalog::Open(kv_.get()).value()),
        oracle_(&clock_, 0, [](Timestamp) { return Status::Ok(); }),
        memory_(int64_t{1} << 30),
        proxy_({catalog_.get(), &oracle_, &backend_, &memory_, &clock_}, limits) {}

  Proxy* operator->() { return &proxy_; }
  Proxy& proxy() { return proxy_; }
  FakeBackend& backend() { return backend_; }
  meta::Catalog& catalog() { return *catalog_; }

  /// id (key), text VarChar of 10 bytes, vec of 4 dimensions.
  static CreateCollectionRequest Request(const std::string& name, const std::string& database = "") {
    CreateCollectionRequest request;
    request.name = {database, name};
    request.schema.fields = {Field("id", DataType::kInt64),
                             Field("text", DataType::kVarChar, {{"max_length", "10"}}),
                             Field("vec", DataType::kFloatVector, {{"dim", "4"}})};
    request.schema.fields[0].is_primary = true;
    return request;
  }
  static FieldSchema Field(const std::string& name, DataType type, Params params = {}) {
    FieldSchema field;
    field.name = name;
    field.type = type;
    field.type_params = std::move(params);
    return field;
  }
  Status Create(const std::string& name, const std::string& database = "") {
    return proxy_.CreateCollection(Request(name, database));
  }
  Status CreateIndex(const std::string& name, Params params = {{"index_type", "HNSW"}}) {
    CreateIndexRequest request;
    request.name.collection = name;
    request.field_name = "vec";
    request.params = std::move(params);
    return proxy_.CreateIndex(request);
  }
  Status Load(const std::string& name) {
    LoadRequest request;
    request.name.collection = name;
    return proxy_.LoadCollection(request);
  }
  Status LoadPartitions(const std::string& name, std::vector<std::string> partitions) {
    LoadRequest request;
    request.name.collection = name;
    request.partitions = std::move(partitions);
    return proxy_.LoadPartitions(request);
  }
  CollectionDescription Describe(const std::string& name, const std::string& database = "") {
    return proxy_.DescribeCollection({{database, name}, {}}).value();
  }
  meta::CollectionPtr Meta(const std::string& name) {
    return catalog_->GetCollection(meta::kDefaultDatabaseId, name).value();
  }

 private:
  io::MemFileSystem fs_;
  ManualClock clock_;
  std::unique_ptr<meta::LocalKv> kv_;
  std::unique_ptr<meta::Catalog> catalog_;
  TimestampOracle oracle_;
  FakeBackend backend_;
  MemoryLedger memory_;
  Proxy proxy_;
};

}  // namespace redkite::proxy
