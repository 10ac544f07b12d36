#include "jobs/flush_job.h"

#include "segment/sealed_segment.h"

namespace redkite::jobs {
namespace {

Status WriteFiles(shard::Shard* shard, const shard::FlushWork& work, shard::FlushResult* result) {
  io::FileSystem* fs = shard->seams().fs;
  const CollectionSchema& schema = *work.schema;
  RK_ASSIGN_OR_RETURN(const uint64_t generation, shard->NextGeneration());
  for (const auto& frozen : work.frozen) {
    const storage::SegmentFiles files{shard->options().dir, frozen->id, generation};
    shard::FlushedSegment flushed;
    RK_ASSIGN_OR_RETURN(flushed.meta, segment::WriteSegment(fs, files, *frozen, schema));
    RK_ASSIGN_OR_RETURN(flushed.meta.delta, segment::WriteDeletes(fs, files, *frozen->deletes));
    flushed.meta.delete_count = frozen->deletes->count();
    // Read back before the log may forget the rows.
    RK_ASSIGN_OR_RETURN(flushed.opened, segment::OpenSegment(fs, files.dir, flushed.meta, schema,
                                                             {.json_paths = shard->seams().json_paths}));
    result->segments.push_back(std::move(flushed));
  }
  for (const auto& sealed : work.with_new_deletes) {
    const storage::SegmentFiles files{shard->options().dir, sealed->id, generation};
    RK_ASSIGN_OR_RETURN(auto file, segment::WriteDeletes(fs, files, *sealed->deletes));
    result->deletes.push_back({sealed->id, std::move(file), sealed->deletes->count()});
  }
  return Status::Ok();
}

}  // namespace

Status RunFlush(shard::Shard* shard) {
  const auto work = shard->BeginFlush();
  if (!work) return Status::Ok();
  shard::FlushResult result;
  Status status = WriteFiles(shard, *work, &result);
  if (status.ok()) status = shard->CommitFlush(*work, result);
  if (!status.ok()) shard->AbandonFlush(*work, result);
  return status;
}

}  // namespace redkite::jobs
