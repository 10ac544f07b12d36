// For tests of a whole engine in memory: opens one on a MemFileSystem, makes requests and waits for their
// answers. Thread safety: one thread.
#pragma once

#include <future>
#include <memory>
#include <string>
#include <vector>

#include "base/testing/log_capture.h"
#include "engine/engine.h"
#include "io/mem_file_system.h"

namespace redkite::engine {

class EngineKit {
 public:
  /// `threads` > 0: real thread pools; else everything runs in the thread that asks (and in the log's).
  explicit EngineKit(io::FileSystem* fs, size_t seal_bytes = size_t{1} << 20, int threads = 0)
      : fs_(fs), log_(&clock_), seal_bytes_(seal_bytes), threads_(threads) {}
  ~EngineKit() { CloseEngine(); }

  Status Open() {
    CloseEngine();
    random_ = std::make_unique<Random>(7);
    if (threads_ > 0) {
      compute_ = std::make_unique<ThreadPool>(threads_, threads_, "compute");
      files_ = std::make_unique<ThreadPool>(1, 1, "files");
    }
    Executor* compute = threads_ > 0 ? static_cast<Executor*>(compute_.get()) : &inline_;
    Executor* files = threads_ > 0 ? static_cast<Executor*>(files_.get()) : &inline_;
    EngineSeams seams{fs_, &clock_, random_.get(), log_.logger(), &metrics_, compute, files};
    EngineOptions options;
    options.data_dir = "/data";
    options.seal_bytes = seal_bytes_;
    options.recover_truncate = recover_truncate;
    options.compaction = compaction;
    options.index_rows_min = index_rows_min;
    options.scan = scan;
    options.memory_limit_bytes = memory_limit_bytes;
    auto engine = Engine::Open(seams, options);
    if (!engine.ok()) return engine.status();
    engine_ = std::move(*engine);
    return Status::Ok();
  }
  void CloseEngine() {
    if (engine_) engine_->StopJobs();
    compute_.reset();
    files_.reset();
    engine_.reset();
  }
  // For the next Open.
  jobs::CompactionOptions compaction;
  size_t index_rows_min = jobs::kMinIndexedRows;
  int64_t memory_limit_bytes = EngineOptions{}.memory_limit_bytes;
  shard::ShardOptions::ScanDue scan;

  proxy::Proxy& proxy() { return engine_->proxy(); }
  Engine& engine() { return *engine_; }
  int64_t Counter(const std::string& counter) { return metrics_.GetCounter(counter, "")->value(); }
  int64_t Gauge(const std::string& gauge) {
    const std::string text = metrics_.PrometheusText();
    const size_t at = text.find("\n" + gauge + " ");
    return at == text.npos ? -1 : std::stoll(text.substr(at + gauge.size() + 2));
  }
  ManualClock& clock() { return clock_; }
  const LogCapture& log() const { return log_; }
  bool recover_truncate = false;  // of the next Open

  Result<MutationResult> Insert(InsertRequest request) {
    return Wait(
        [&](proxy::Proxy::MutationDone done) { proxy().Insert(std::move(request), std::move(done)); });
  }
  Result<MutationResult> Delete(const std::string& collection, const std::string& filter) {
    DeleteRequest request;
    request.name.collection = collection;
    request.filter = filter;
    return Wait([&](proxy::Proxy::MutationDone done) { proxy().Delete(request, nullptr, std::move(done)); });
  }
  Result<QueryResult> Query(const std::string& collection, const std::string& filter,
                            std::vector<std::string> output = {"*"}) {
    QueryRequest request;
    request.name.collection = collection;
    request.filter = filter;
    request.output_fields = std::move(output);
    return proxy().Query(request, nullptr);
  }
  Result<int64_t> Count(const std::string& collection, const std::string& filter = "") {
    auto result = Query(collection, filter, {"count(*)"});
    if (!result.ok()) return result.status();
    return result->columns[0].column.view().At<int64_t>(0);
  }
  Result<SearchResult> Search(const std::string& collection, const std::vector<float>& vector, int k,
                              const std::string& filter = "") {
    SearchRequest request;
    request.name.collection = collection;
    request.filter = filter;
    request.params = {{"topk", std::to_string(k)}};
    request.queries = {101, 1, vector.size() * 4, true,
                       std::string(reinterpret_cast<const char*>(vector.data()), vector.size() * 4)};
    return proxy().Search(request, nullptr);
  }
  Status Flush(const std::string& collection) { return proxy().Flush({"", {collection}}).status(); }

  /// id (key), tag VarChar, n Int64, vec FloatVector, indexed and loaded.
  Status CreateItems(const std::string& collection, int dim, const Params& index) {
    CreateCollectionRequest request;
    request.name.collection = collection;
    request.schema.fields = {
        Field("id", DataType::kInt64), Field("tag", DataType::kVarChar, {{"max_length", "64"}}),
        Field("n", DataType::kInt64), Field("vec", DataType::kFloatVector, {{"dim", std::to_string(dim)}})};
    request.schema.fields[0].is_primary = true;
    Status created = proxy().CreateCollection(request);
    if (!created.ok()) return created;
    CreateIndexRequest index_request;
    index_request.name.collection = collection;
    index_request.field_name = "vec";
    index_request.params = index;
    if (Status s = proxy().CreateIndex(index_request); !s.ok()) return s;
    LoadRequest load;
    load.name.collection = collection;
    return proxy().LoadCollection(load);
  }
  static FieldSchema Field(const std::string& name, DataType type, Params params = {}) {
    FieldSchema field;
    field.name = name;
    field.type = type;
    field.type_params = std::move(params);
    return field;
  }

 private:
  template <class F>
  Result<MutationResult> Wait(F start) {
    std::promise<Result<MutationResult>> answered;
    start([&answered](Result<MutationResult> result) { answered.set_value(std::move(result)); });
    return answered.get_future().get();
  }

  io::FileSystem* fs_;
  ManualClock clock_;
  LogCapture log_;
  MetricsRegistry metrics_;
  InlineExecutor inline_;
  const size_t seal_bytes_;
  const int threads_;
  std::unique_ptr<ThreadPool> compute_, files_;
  std::unique_ptr<Random> random_;
  std::unique_ptr<Engine> engine_;
};

/// Rows for CreateItems, one at a time.
class ItemRows {
 public:
  ItemRows(std::string collection, int dim, bool upsert) : vec_(FieldId(), DataType::kFloatVector, dim) {
    request_.name.collection = std::move(collection);
    request_.upsert = upsert;
  }
  void Add(int64_t id, const std::string& tag, int64_t n, const std::vector<float>& vec) {
    id_.Append<int64_t>(id);
    tag_.AppendText(tag);
    n_.Append<int64_t>(n);
    vec_.AppendVector(vec.data());
    ++request_.row_count;
  }
  InsertRequest Take() {
    request_.columns.push_back({"id", false, std::move(id_)});
    request_.columns.push_back({"tag", false, std::move(tag_)});
    request_.columns.push_back({"n", false, std::move(n_)});
    request_.columns.push_back({"vec", false, std::move(vec_)});
    return std::move(request_);
  }

 private:
  InsertRequest request_;
  Column id_{FieldId(), DataType::kInt64, 0};
  Column tag_{FieldId(), DataType::kVarChar, 0};
  Column n_{FieldId(), DataType::kInt64, 0};
  Column vec_;
};

}  // namespace redkite::engine
