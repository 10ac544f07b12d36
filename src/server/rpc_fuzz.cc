// A script of the input calls the RPCs of MilvusService over an engine in memory that holds some collections:
// every built RPC, with requests that make sense and requests that do not. Every call is answered once, no
// answer blames the system for what a client sent, and afterwards a restart serves the same rows.
#include <deque>
#include <map>

#include "base/testing/fuzz_target.h"
#include "engine/engine.h"
#include "io/mem_file_system.h"
#include "server/access/gate_test_kit.h"
#include "server/milvus_service.h"
#include "server/request_forge_fixture.h"
#include "wire/pb_reader.h"

namespace redkite::server {
namespace {

/// Tasks in the order in which they came, run by whoever asks.
class QueueExecutor final : public Executor {
 public:
  void Submit(Priority, std::function<void()> task) override { tasks_.push_back(std::move(task)); }
  int concurrency() const override { return 1; }
  bool ShouldYield() const override { return false; }
  void RunAll() {
    while (!tasks_.empty()) {
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
  }

 private:
  std::deque<std::function<void()>> tasks_;
};

class Answers final : public ReplySink {
 public:
  void Deliver(Reply reply) override {
    CHECK(reply.finish && !replies_.contains(reply.stream_id));
    const uint32_t id = reply.stream_id;
    replies_.emplace(id, std::move(reply));
  }
  const Reply& Of(uint32_t id) const {
    CHECK(replies_.contains(id));
    return replies_.at(id);
  }

 private:
  std::map<uint32_t, Reply> replies_;
};

/// One process over a file system.
class Node {
 public:
  explicit Node(io::MemFileSystem* fs) : logger_(&clock_, LogLevel::kOff), random_(7) {
    engine::EngineSeams seams{fs, &clock_, &random_, &logger_, &metrics_, &executor_, &executor_, &executor_};
    engine::EngineOptions options;
    options.data_dir = "/data";
    options.memory_limit_bytes = int64_t{64} << 20;
    options.seal_bytes = 16 << 10;
    options.log_file_bytes = 64 << 10;
    options.catalog_log_bytes = 8 << 10;
    options.index_rows_min = 12;
    auto engine = engine::Engine::Open(seams, std::move(options));
    CHECK(engine.ok());
    engine_ = std::move(*engine);
    access_ = std::make_unique<GateKit>(&engine_->proxy());
    MilvusService::Seams service{&engine_->proxy(),
                                 access_->gate.get(),
                                 nullptr,
                                 access_->users.control.get(),
                                 access_->authenticator.get(),
                                 &executor_,
                                 &clock_,
                                 &logger_,
                                 &metrics_,
                                 [this] { return engine_->health(); }};
    MilvusService::Identity identity;
    identity.reported_version = "3.0.0";
    identity.address = "127.0.0.1:19530";
    service_ = std::make_unique<MilvusService>(std::move(service), std::move(identity));
  }
  ~Node() {
    engine_->BeginStopJobs();
    executor_.RunAll();
    engine_->StopJobs();
    engine_->Close();
  }
  /// Null when the call was refused before its body.
  const Reply* Call(std::string_view path, std::string request, bool cancelled = false) {
    auto call = std::make_shared<RpcCall>(&clock_, CancelToken::kNoDeadline);
    call->method = path;
    call->request = std::move(request);
    if (cancelled) call->cancel.Cancel();
    RpcTicket ticket;
    if (!service_->Admit(call, ticket).admitted()) return nullptr;
    const uint32_t id = ++last_id_;
    service_->Handle(std::move(call), Responder(answers_, id));
    executor_.RunAll();
    return &answers_->Of(id);
  }
  proxy::Proxy& proxy() { return engine_->proxy(); }
  void RunAll() { executor_.RunAll(); }

  /// Collections by name, with the number of rows that a read of each loaded one sees.
  std::map<std::string, int64_t> RowCounts() {
    std::map<std::string, int64_t> counts;
    const auto collections = proxy().ShowCollections({});
    CHECK(collections.ok());
    for (const CollectionDescription& collection : *collections) {
      QueryRequest request;
      request.name.collection = collection.schema.name;
      request.output_fields = {"count(*)"};
      const auto result = proxy().Query(request, nullptr);
      CHECK(result.ok() || result.status().code() == Code::kCollectionNotLoaded);
      counts[collection.schema.name] = result.ok() ? result->columns[0].column.view().At<int64_t>(0) : -1;
    }
    return counts;
  }

 private:
  ManualClock clock_;
  Logger logger_;
  Random random_;
  MetricsRegistry metrics_;
  QueueExecutor executor_;
  std::shared_ptr<Answers> answers_ = std::make_shared<Answers>();
  uint32_t last_id_ = 0;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<GateKit> access_;
  std::unique_ptr<MilvusService> service_;
};

FieldSchema Field(const std::string& name, DataType type, bool nullable) {
  FieldSchema field;
  field.name = name;
  field.type = type;
  field.nullable = nullable;
  if (type == DataType::kVarChar) field.type_params = {{"max_length", "64"}};
  if (type == DataType::kArray) {
    field.element_type = DataType::kInt64;
    field.type_params = {{"max_capacity", "3"}};
  }
  if (type == DataType::kFloatVector) field.type_params = {{"dim", std::to_string(kForgeDim)}};
  return field;
}

void CreateCollection(Node* node, const std::string& name) {
  CreateCollectionRequest request;
  request.name.collection = name;
  request.schema.name = name;
  request.schema.enable_dynamic_field = name != "auto";
  request.schema.fields.push_back(name == "texts" ? Field("pk", DataType::kVarChar, false)
                                                  : Field("id", DataType::kInt64, false));
  request.schema.fields[0].is_primary = true;
  request.schema.fields[0].auto_id = name == "auto";
  if (name == "all") {
    constexpr std::pair<const char*, DataType> kFields[] = {
        {"b", DataType::kBool},    {"i8", DataType::kInt8},   {"i16", DataType::kInt16},
        {"i32", DataType::kInt32}, {"i64", DataType::kInt64}, {"f", DataType::kFloat},
        {"d", DataType::kDouble},  {"s", DataType::kVarChar}, {"t", DataType::kVarChar},
        {"j", DataType::kJson},    {"a", DataType::kArray}};
    for (const auto& [field, type] : kFields) {
      request.schema.fields.push_back(
          Field(field, type, std::string_view(field) != "i16" && std::string_view(field) != "t"));
    }
    request.schema.fields.push_back(Field("sv", DataType::kSparseFloatVector, true));
  }
  request.schema.fields.push_back(Field("vec", DataType::kFloatVector, false));
  CHECK(node->proxy().CreateCollection(request).ok());
  CreateIndexRequest index;
  index.name.collection = name;
  index.field_name = "vec";
  index.params = {{"index_type", "HNSW"},
                  {"metric_type", name == "texts" ? "COSINE" : "L2"},
                  {"M", "4"},
                  {"efConstruction", "16"}};
  CHECK(node->proxy().CreateIndex(index).ok());
  if (name == "all") {
    index.field_name = "sv";
    index.params = {{"index_type", "SPARSE_INVERTED_INDEX"}, {"metric_type", "IP"}};
    CHECK(node->proxy().CreateIndex(index).ok());
  }
  LoadRequest load;
  load.name.collection = name;
  CHECK(node->proxy().LoadCollection(load).ok());
}

const wire::ProtoText& Protos() {
  static const wire::ProtoText protos(REDKITE_TREE "/proto");
  return protos;
}

/// Rows for every collection: what the forge makes of few bytes that are not zero is sound more often than
/// not.
void InsertSome(Node* node) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    Random random(seed);
    std::string bytes(300, '\0');
    for (char& c : bytes) c = static_cast<char>(random.Below(3) == 0 ? random.Below(11) : 0);
    bytes[0] = bytes[1] = '\0';
    bytes[2] = static_cast<char>(2 + random.Below(3));  // which collection
    fuzz::FuzzInput input(bytes);
    node->Call(wire::InfoOf(wire::Method::kInsert).path, RequestForge(&Protos(), &input).Make("Insert"));
  }
}

/// The data directory that every run begins with: some rows in files, some in the log.
const io::MemFileSystem& Prepared() {
  static const std::unique_ptr<io::MemFileSystem> prepared = [] {
    auto fs = std::make_unique<io::MemFileSystem>(1);
    Node node(fs.get());
    for (const char* name : {"all", "texts", "auto"}) CreateCollection(&node, name);
    InsertSome(&node);
    CHECK(node.proxy().Flush({"", {"all"}}).ok());
    node.RunAll();
    InsertSome(&node);
    for (const auto& [name, rows] : node.RowCounts()) CHECK(rows > 3);
    return fs;
  }();
  return *prepared;
}

/// The code of the common.Status in a reply; 0 when there is none.
int64_t StatusCode(const wire::MethodInfo& method, std::string_view reply) {
  std::string_view status = reply;
  if (method.status_field != wire::kIsStatus) {
    status = {};
    wire::PbReader fields(reply);
    while (fields.Next()) {
      if (method.status_field > 0 && fields.tag() == wire::PbLen(static_cast<uint32_t>(method.status_field)))
        status = fields.bytes();
    }
    CHECK(fields.ok());
  }
  int64_t code = 0;
  wire::PbReader fields(status);
  while (fields.Next()) {
    if (fields.tag() == wire::PbVarint(3)) code = fields.int32();
  }
  CHECK(fields.ok());
  return code;
}

void CheckReply(const wire::MethodInfo& method, const Reply& reply) {
  CHECK(reply.http_status == 0);
  if (!reply.has_message) {
    CHECK(reply.status.code == RpcCode::kCancelled || reply.status.code == RpcCode::kDeadlineExceeded ||
          method.status_field == wire::kNoStatus);
    return;
  }
  const auto code = static_cast<Code>(StatusCode(method, reply.message));
  CHECK(code != Code::kInternal && code != Code::kDataIntegrity && code != Code::kIoFailed &&
        code != Code::kServiceNotReady);
}

/// Half of the calls are those that hold and change rows.
const wire::MethodInfo& PickMethod(fuzz::FuzzInput* input) {
  constexpr wire::Method kUsual[] = {wire::Method::kSearch,           wire::Method::kQuery,
                                     wire::Method::kInsert,           wire::Method::kDelete,
                                     wire::Method::kUpsert,           wire::Method::kFlush,
                                     wire::Method::kCreateCollection, wire::Method::kDropCollection,
                                     wire::Method::kLoadCollection,   wire::Method::kReleaseCollection,
                                     wire::Method::kCreateIndex,      wire::Method::kDropIndex};
  if (!input->OneIn(2)) return wire::InfoOf(input->OneOf(kUsual));
  const auto methods = wire::AllMethods();
  return methods[input->Below(methods.size())];
}

void Run(std::string_view bytes) {
  fuzz::FuzzInput input(bytes);
  const auto fs = Prepared().Clone(1);
  std::map<std::string, int64_t> counts;
  {
    Node node(fs.get());
    for (int calls = 0; calls < 24 && !input.done(); ++calls) {
      const wire::MethodInfo& method = PickMethod(&input);
      const bool cancelled = input.OneIn(64);
      const Reply* reply =
          node.Call(method.path, RequestForge(&Protos(), &input).Make(method.name), cancelled);
      if (reply != nullptr) CheckReply(method, *reply);
    }
    counts = node.RowCounts();
  }
  if (bytes.size() % 4 == 0) CHECK(Node(fs.get()).RowCounts() == counts);
}

fuzz::Inputs Seeds() {
  fuzz::Inputs seeds;
  Random random(13);
  for (int i = 0; i < 150; ++i) {
    std::string script(60 + random.Below(400), '\0');
    for (char& c : script) c = static_cast<char>(random.Below(3) == 0 ? random.Next() : random.Below(8));
    seeds.push_back(std::move(script));
  }
  return seeds;
}

}  // namespace
}  // namespace redkite::server

FUZZ_TARGET(rpc_fuzz, redkite::server::Run, redkite::server::Seeds, 500)
