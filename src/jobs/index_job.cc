#include "jobs/index_job.h"

#include <algorithm>

#include "index/builder.h"
#include "index/index_spec.h"
#include "io/file_paths.h"
#include "segment/sealed_segment.h"
#include "types/json_text.h"

namespace redkite::jobs {
namespace {

index::VectorView VectorsOf(const IndexTask& task) {
  const ColumnView* column = task.segment->blocks[0]->Find(task.index.field);
  return index::VectorView(*column);
}

Status WriteAndInstall(const IndexTask& task, const index::AnyIndex& built) {
  const shard::Shard& shard = *task.shard;
  RK_ASSIGN_OR_RETURN(const uint64_t generation, shard.NextGeneration());
  storage::IndexRef ref;
  ref.field = task.index.field;
  ref.index = task.index.id;
  ref.build_id = static_cast<int64_t>(generation);
  ref.params = MergeJsonParams(task.index.params);
  const storage::SegmentFiles files{shard.options().dir, task.segment->id, generation};
  RK_RETURN_IF_ERROR(segment::WriteIndex(shard.seams().fs, files, built, &ref));
  auto opened = segment::OpenFieldIndex(shard.seams().fs, shard.options().dir, *task.segment, ref);
  if (!opened.ok() || task.cancel->cancelled()) {
    (void)shard.seams().fs->Remove(io::JoinPath(shard.options().dir, ref.file.name));
    return opened.ok() ? task.cancel->Check() : opened.status();
  }
  if (task.install) return task.install(std::move(ref), std::move(*opened));
  return task.shard->InstallIndex(task.segment->id, std::move(ref), std::move(*opened));
}

// FLAT has nothing to build.
bool IsBuilt(const meta::IndexMeta& index, const FieldSchema& field) {
  auto spec = index::ParseIndexSpec(MergeJsonParams(index.params), field.type, field.dim);
  return spec.ok() && spec->structure != index::Structure::kFlat;
}

}  // namespace

bool NeedsIndex(const segment::SegmentSnapshot& segment, const meta::IndexMeta& index,
                const FieldSchema& field, size_t rows_min) {
  if (segment.growing || segment.row_count < rows_min || !IsDenseVector(field.type)) return false;
  if (segment.HasIndex(index.id)) return false;
  if (segment.blocks.size() != 1 || segment.blocks[0]->Find(index.field) == nullptr) return false;
  return IsBuilt(index, field);
}

Metric MetricOf(const meta::IndexMeta& index, const FieldSchema& field) {
  return index::ParseIndexSpec(MergeJsonParams(index.params), field.type, field.dim)->metric;
}

bool HasBuiltIndex(const meta::CollectionMeta& collection) {
  return std::any_of(collection.indexes.begin(), collection.indexes.end(), [&](const meta::IndexMeta& index) {
    const FieldSchema* field = collection.schema.Find(index.field);
    return field != nullptr && IsDenseVector(field->type) && IsBuilt(index, *field);
  });
}

int64_t BuildBytes(const IndexTask& task) {
  const index::VectorView vectors = VectorsOf(task);
  const auto spec = index::ParseIndexSpec(MergeJsonParams(task.index.params), vectors.type, vectors.dim);
  if (!spec.ok()) return 0;
  return static_cast<int64_t>(index::EstimateBuildBytes(*spec, vectors.rows, vectors.dim));
}

namespace {

void StartBuild(IndexTask task, Executor* executor, Executor* file_executor,
                std::function<void(Status)> done) {
  const index::VectorView vectors = VectorsOf(task);
  auto spec = index::ParseIndexSpec(MergeJsonParams(task.index.params), vectors.type, vectors.dim);
  if (!spec.ok()) {
    done(spec.status());
    return;
  }
  MemoryReservation room;
  if (task.memory != nullptr) {
    auto reserved = task.memory->Reserve(BuildBytes(task), "index build");
    if (!reserved.ok()) {
      executor->Submit(Priority::kBackground,
                       [done = std::move(done), status = reserved.status()] { done(status); });
      return;
    }
    room = std::move(*reserved);
  }
  index::BuildOptions options;
  options.concurrency = executor->concurrency() + 1;  // one for a thread that always proceeds
  options.cancel = task.cancel.get();
  options.progress = [rows = task.rows_done](size_t n) { rows->store(n, std::memory_order_relaxed); };
  auto shared = std::make_shared<IndexTask>(std::move(task));
  auto held = std::make_shared<MemoryReservation>(std::move(room));  // until it is a file
  index::BuildIndexAsync(*spec, vectors, options, executor,
                         [shared, held, file_executor, done = std::move(done)](auto built) {
                           if (!built.ok()) {
                             done(built.status());
                             return;
                           }
                           std::shared_ptr<index::AnyIndex> index = std::move(*built);
                           file_executor->Submit(Priority::kBackground, [shared, held, index, done] {
                             const Status status = WriteAndInstall(*shared, *index);
                             held->Release();
                             done(status);
                           });
                         });
}

}  // namespace

void StartIndexJob(IndexTask task, Executor* executor, Executor* file_executor,
                   std::function<void(Status)> done) {
  if (!task.segment->deferred) return StartBuild(std::move(task), executor, file_executor, std::move(done));
  file_executor->Submit(Priority::kBackground, [task = std::move(task), executor, file_executor,
                                                done = std::move(done)] {
    const Status status = task.segment->deferred->Verify(std::span(&task.index.field, 1), task.cancel.get());
    if (status.ok()) return StartBuild(task, executor, file_executor, done);
    if (!shard::IsDamage(status)) return done(status);
    task.shard->SetAside(task.segment->id, status);
    done(Status(Code::kSegmentNotFound, "the segment was set aside: " + status.message()));
  });
}

}  // namespace redkite::jobs
