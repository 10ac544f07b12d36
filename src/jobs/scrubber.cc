#include "jobs/scrubber.h"

#include <algorithm>

namespace redkite::jobs {
namespace {

constexpr uint64_t kStepBlocks = 64;          // 4 MiB, after which others get their turn
constexpr int64_t kAllowanceSecondsMax = 30;  // after a pause it does not catch up
constexpr int64_t kFirstPassMs = 600'000;     // after the start

}  // namespace

Scrubber::Scrubber(Seams seams, ScrubOptions options) : seams_(std::move(seams)), options_(options) {
  if (seams_.metrics == nullptr) return;
  bytes_ = seams_.metrics->GetCounter("redkite_scrubbed_bytes_total",
                                      "Bytes of segment files that were read again and verified.");
  damaged_ = seams_.metrics->GetCounter("redkite_scrub_damaged_files_total",
                                        "Files that the scrubber found damaged.");
}

void Scrubber::Maintain(int64_t now_ms, const std::vector<std::shared_ptr<shard::Shard>>& shards) {
  if (options_.interval_ms == 0) return;
  if (last_call_ms_ < 0) {
    last_call_ms_ = now_ms;
    pass_due_ms_ = now_ms + std::min(options_.interval_ms, kFirstPassMs);
  }
  const int64_t passed_ms = std::min(now_ms - last_call_ms_, kAllowanceSecondsMax * 1000);
  last_call_ms_ = now_ms;
  {
    MutexLock lock(mutex_);
    if (stopping_ || running_) return;
    if (shards_.empty() && files_.empty()) {
      if (now_ms < pass_due_ms_) return;
      pass_due_ms_ = now_ms + options_.interval_ms;
      shards_.assign(shards.begin(), shards.end());
    }
    allowance_bytes_ = std::min(allowance_bytes_, int64_t{0}) + options_.bytes_per_second * passed_ms / 1000;
    if (allowance_bytes_ <= 0) return;
    running_ = true;
  }
  seams_.file_executor->Submit(Priority::kBackground, [this] { Step(); });
}

void Scrubber::Step() {
  const int64_t read_bytes = reader_ != nullptr || NextFile() ? ReadSome() : 0;
  if (bytes_ != nullptr) bytes_->Add(read_bytes);
  {
    MutexLock lock(mutex_);
    allowance_bytes_ -= read_bytes;
    const bool more = reader_ != nullptr || !files_.empty() || !shards_.empty();
    if (stopping_ || !more || allowance_bytes_ <= 0) {
      running_ = false;
      idle_.NotifyAll();
      return;
    }
  }
  seams_.file_executor->Submit(Priority::kBackground, [this] { Step(); });
}

bool Scrubber::NextFile() {
  while (files_.empty()) {
    std::shared_ptr<shard::Shard> shard;
    {
      MutexLock lock(mutex_);
      if (shards_.empty()) return false;
      shard = shards_.front().lock();
      shards_.pop_front();
    }
    if (!shard) continue;
    using storage::FileKind;
    const auto manifest = shard->manifest();
    for (const storage::SegmentMeta& meta : manifest->segments) {
      for (const storage::ColumnRef& c : meta.columns)
        files_.push_back({shard, meta.id, c.file, FileKind::kColumn});
      files_.push_back({shard, meta.id, meta.timestamps, FileKind::kTimestamps});
      files_.push_back({shard, meta.id, meta.primary_key_order, FileKind::kPrimaryKeyOrder});
      if (!meta.delta.empty()) files_.push_back({shard, meta.id, meta.delta, FileKind::kDelta});
      for (const storage::IndexRef& i : meta.indexes)
        files_.push_back({shard, meta.id, i.file, FileKind::kIndex, i.index});
    }
  }
  return true;
}

int64_t Scrubber::ReadSome() {
  const File& file = files_.front();
  Status status;
  int64_t read_bytes = 0;
  if (reader_ == nullptr) {
    auto opened = storage::BlockFileReader::Open(file.shard->seams().fs, file.shard->options().dir, file.ref,
                                                 file.kind);
    status = opened.status();
    if (status.ok()) reader_ = std::move(*opened);
    next_block_ = 0;
  }
  if (status.ok()) {
    const uint64_t count = std::min(kStepBlocks, reader_->block_count() - next_block_);
    status = reader_->VerifyBlocks(next_block_, count);
    next_block_ += count;
    read_bytes = static_cast<int64_t>(count * storage::kBlockBytes);
    if (status.ok() && next_block_ < reader_->block_count()) return read_bytes;
  }
  if (!status.ok()) Damaged(status);
  reader_.reset();
  files_.pop_front();
  return read_bytes;
}

void Scrubber::Damaged(const Status& error) {
  const File& file = files_.front();
  if (error.code() != Code::kDataIntegrity) {  // for want of descriptors or memory, say
    seams_.logger->Warn("a file could not be verified", {{"error", error.message()}});
    return;
  }
  std::vector<storage::FileRef> named;
  const auto manifest = file.shard->manifest();
  if (const storage::SegmentMeta* meta = manifest->Find(file.segment)) storage::AddFilesOf(*meta, &named);
  // Replaced or dropped since the pass came to its shard.
  if (std::find(named.begin(), named.end(), file.ref) == named.end()) return;
  if (damaged_ != nullptr) damaged_->Add();
  if (file.kind != storage::FileKind::kIndex) return file.shard->SetAside(file.segment, error);
  seams_.logger->Error(
      "an index is damaged and is built again",
      {{"shard", file.shard->options().shard}, {"segment", file.segment}, {"error", error.message()}});
  file.shard->ForgetIndex(file.segment, file.index);
  seams_.rebuild_indexes(file.shard);
}

void Scrubber::BeginStop() {
  MutexLock lock(mutex_);
  stopping_ = true;
}

void Scrubber::Stop() {
  BeginStop();
  MutexLock lock(mutex_);
  while (running_) idle_.Wait(mutex_);
}

}  // namespace redkite::jobs
