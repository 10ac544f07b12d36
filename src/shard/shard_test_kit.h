// For tests of a shard: one over files, log and executor in memory that the test drives by hand, and rows for
// it. Thread safety: one thread.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "io/mem_file_system.h"
#include "plan/read_plan.h"
#include "segment/sealed_segment.h"
#include "shard/shard.h"
#include "wal/mem_log.h"

namespace redkite::shard {

inline constexpr int kTestDim = 3;
inline constexpr FieldId kIdField{100}, kTagField{101}, kNumberField{102}, kVectorField{103};

inline std::shared_ptr<const CollectionSchema> TestSchema() {
  auto schema = std::make_shared<CollectionSchema>();
  schema->name = "items";
  schema->version = 1;
  const auto add = [&](FieldId id, const char* name, DataType type) -> FieldSchema& {
    FieldSchema field;
    field.id = id;
    field.name = name;
    field.type = type;
    schema->fields.push_back(field);
    return schema->fields.back();
  };
  add(kIdField, "id", DataType::kInt64).is_primary = true;
  add(kTagField, "tag", DataType::kVarChar).max_length = 64;
  add(kNumberField, "n", DataType::kInt64).nullable = true;
  add(kVectorField, "vec", DataType::kFloatVector).dim = kTestDim;
  return schema;
}

struct TestRow {
  int64_t id = 0;
  std::string tag;
  std::optional<int64_t> n;
  std::vector<float> vec = std::vector<float>(kTestDim, 0.0f);
  bool operator==(const TestRow&) const = default;
};

inline Column KeyColumn(const std::vector<int64_t>& keys) {
  Column column(kIdField, DataType::kInt64, 0);
  for (const int64_t key : keys) column.Append<int64_t>(key);
  return column;
}

/// Rows to add and keys to delete, of which one may be missing.
inline std::shared_ptr<WriteRecord> TestRecord(const std::vector<TestRow>& rows,
                                               const std::vector<int64_t>& keys = {},
                                               PartitionId partition = PartitionId(1)) {
  auto record = std::make_shared<WriteRecord>();
  record->partition = partition;
  record->delete_keys = KeyColumn(keys);
  if (rows.empty()) return record;
  RowBatch batch;
  batch.row_count = rows.size();
  Column id(kIdField, DataType::kInt64, 0), tag(kTagField, DataType::kVarChar, 0),
      n(kNumberField, DataType::kInt64, 0), vec(kVectorField, DataType::kFloatVector, kTestDim);
  for (const TestRow& row : rows) {
    id.Append<int64_t>(row.id);
    tag.AppendText(row.tag);
    row.n ? n.Append<int64_t>(*row.n) : n.AppendNull();
    std::vector<float> values = row.vec;
    values.resize(kTestDim);
    vec.AppendVector(values.data());
  }
  for (Column* column : {&id, &tag, &n, &vec}) batch.columns.push_back(std::move(*column));
  record->rows = std::make_shared<segment::PreparedRows>(segment::PrepareRows(std::move(batch), kIdField));
  return record;
}

inline std::vector<TestRow> RowsOf(const std::vector<Column>& columns) {
  std::vector<TestRow> rows;
  for (size_t r = 0; r < columns[0].row_count(); ++r) {
    TestRow row;
    for (const Column& column : columns) {
      const ColumnView view = column.view();
      if (column.field() == kIdField) row.id = view.At<int64_t>(r);
      if (column.field() == kTagField) row.tag = view.TextAt(r);
      if (column.field() == kNumberField && view.IsValid(r)) row.n = view.At<int64_t>(r);
      if (column.field() == kVectorField) row.vec.assign(view.VectorAt(r), view.VectorAt(r) + kTestDim);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

inline plan::RowSelection TestSelection(const std::string& filter = "") {
  plan::RowSelection rows;
  rows.schema = TestSchema();
  rows.filter = plan::ParseFilter(filter, *rows.schema).value();
  rows.keys = plan::FindKeyEquality(rows.filter, kIdField);
  rows.output_fields = {kIdField, kTagField, kNumberField, kVectorField};
  return rows;
}

inline plan::QueryPlan TestQuery(const std::string& filter = "", int64_t limit = -1, int64_t offset = 0) {
  plan::QueryPlan plan;
  plan.rows = TestSelection(filter);
  plan.limit = limit;
  plan.offset = offset;
  return plan;
}

inline plan::SearchPlan TestSearch(const std::vector<float>& vectors, uint32_t k,
                                   const std::string& filter = "") {
  plan::SearchPlan plan;
  plan.rows = TestSelection(filter);
  const auto bytes = std::as_bytes(std::span(vectors));
  plan.vectors.assign(bytes.begin(), bytes.end());
  plan.query.field = kVectorField;
  plan.query.metric = Metric::kL2;
  plan.query.vectors = plan.vectors.data();
  plan.query.count = vectors.size() / kTestDim;
  plan.query.dim = kTestDim;
  plan.query.k = k;
  plan.query.ef = static_cast<int>(k);
  return plan;
}

/// Keeps tasks until the test runs them.
class HandExecutor final : public Executor {
 public:
  void Submit(Priority, std::function<void()> task) override { tasks_.push_back(std::move(task)); }
  int concurrency() const override { return 1; }
  bool ShouldYield() const override { return false; }
  size_t task_count() const { return tasks_.size(); }
  /// Runs the oldest task; false when there was none.
  bool RunOne() {
    if (tasks_.empty()) return false;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    task();
    return true;
  }
  void RunAll() {
    while (RunOne()) continue;
  }

 private:
  std::deque<std::function<void()>> tasks_;
};

/// A Shard over a disk and a log in memory. Tasks run when RunAll is called, records commit when the log says
/// so.
struct ShardKit {
  explicit ShardKit(bool manual_log = false, uint64_t seed = 1)
      : fs(seed),
        logger(&clock, LogLevel::kOff),
        log(manual_log, seed),
        oracle(&clock, 0, [](Timestamp) { return Status::Ok(); }) {
    EXPECT_TRUE(fs.CreateDirs(dir).ok());
    EXPECT_TRUE(log.Start().ok());
    options.collection = CollectionId(5);
    options.shard = ShardId(5);
    options.dir = dir;
    options.is_new = true;
    options.schema = TestSchema();
  }

  // Nobody is called for what still waits.
  ~ShardKit() { log.Restart(); }

  /// A new life of the shard: from its files and the log.
  Status Open() {
    shard.reset();
    executor = std::make_unique<HandExecutor>();
    auto opened =
        Shard::Open({seam_fs, &log, executor.get(), &oracle, &logger, &memory, &seen_position}, options);
    if (!opened.ok()) return opened.status();
    shard = std::move(*opened);
    return log.Read(log.first_position(),
                    [this](const wal::LogRecord& record) { return shard->Replay(record); });
  }
  /// Appends, and runs what there is to run; the outcome when it was answered by then.
  std::optional<Status> Write(std::shared_ptr<WriteRecord> record) {
    auto outcome = std::make_shared<std::optional<Status>>();
    shard->Append(std::move(record), [outcome](Status status, Timestamp) { *outcome = status; });
    executor->RunAll();
    return *outcome;
  }
  /// What a flush job does between BeginFlush and CommitFlush.
  Status WriteFiles(const FlushWork& work, FlushResult* result) {
    RK_ASSIGN_OR_RETURN(const uint64_t generation, shard->NextGeneration());
    for (const auto& frozen : work.frozen) {
      const storage::SegmentFiles files{dir, frozen->id, generation};
      FlushedSegment flushed;
      RK_ASSIGN_OR_RETURN(flushed.meta, segment::WriteSegment(&fs, files, *frozen, *options.schema));
      RK_ASSIGN_OR_RETURN(flushed.meta.delta, segment::WriteDeletes(&fs, files, *frozen->deletes));
      flushed.meta.delete_count = frozen->deletes->count();
      RK_ASSIGN_OR_RETURN(flushed.opened, segment::OpenSegment(&fs, dir, flushed.meta, *options.schema));
      result->segments.push_back(std::move(flushed));
    }
    for (const auto& sealed : work.with_new_deletes) {
      const storage::SegmentFiles files{dir, sealed->id, generation};
      RK_ASSIGN_OR_RETURN(auto file, segment::WriteDeletes(&fs, files, *sealed->deletes));
      result->deletes.push_back({sealed->id, std::move(file), sealed->deletes->count()});
    }
    return Status::Ok();
  }
  Status Commit(const FlushWork& work) {
    FlushResult result;
    Status status = WriteFiles(work, &result);
    if (status.ok()) status = shard->CommitFlush(work, result);
    if (!status.ok()) shard->AbandonFlush(work, result);
    return status;
  }
  Status Flush() {
    const auto work = shard->BeginFlush();
    return work ? Commit(*work) : Status::Ok();
  }
  std::vector<TestRow> Rows(const std::string& filter = "") {
    auto found = shard->Query(TestQuery(filter), nullptr);
    EXPECT_TRUE(found.ok()) << found.status().ToString();
    return found.ok() ? RowsOf(found->columns) : std::vector<TestRow>();
  }

  const std::string dir = "shard";
  io::MemFileSystem fs;
  io::FileSystem* seam_fs = &fs;  // what the shard is given
  ManualClock clock;
  Logger logger;
  wal::MemLog log;
  TimestampOracle oracle;
  MemoryLedger memory{int64_t{1} << 30};  // of replayed rows
  std::atomic<wal::LogPosition> seen_position{0};
  ShardOptions options;
  std::unique_ptr<HandExecutor> executor;
  std::shared_ptr<Shard> shard;
};

}  // namespace redkite::shard
