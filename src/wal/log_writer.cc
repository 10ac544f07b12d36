#include "wal/log_writer.h"

#include <algorithm>
#include <utility>

#include "base/planted.h"
#include "io/file_paths.h"

namespace redkite::wal {
namespace {

constexpr uint64_t kBufferBytes = 1 << 20;
constexpr uint64_t kCopyBelowBytes = 64 << 10;  // larger pieces of a payload are written from where they lie
constexpr uint64_t kZeroStepBytes = 256 << 10;
constexpr uint64_t kZeroGroupBelowBytes = 64 << 10;  // larger groups gain less than the zeros cost
constexpr uint64_t kCopyStepBytes = 1 << 20;

}  // namespace

LogWriter::LogWriter(io::FileSystem* fs, std::string dir, uint64_t file_bytes)
    : fs_(fs),
      dir_(std::move(dir)),
      file_bytes_(std::max(file_bytes, kFileHeaderBytes + kRecordHeaderBytes)) {}

Status LogWriter::Adopt(const LogFileInfo& info, uint64_t unproven_offset, uint64_t dirty_end) {
  RK_ASSIGN_OR_RETURN(auto reader, fs_->OpenForRead(info.path));
  RK_ASSIGN_OR_RETURN(file_, fs_->OpenForWrite(info.path));
  path_ = info.path;
  std::string bytes(kFileHeaderUsedBytes, '\0');
  RK_RETURN_IF_ERROR(reader->ReadAt(0, {reinterpret_cast<std::byte*>(bytes.data()), bytes.size()}));
  RK_ASSIGN_OR_RETURN(header_, DecodeFileHeader(bytes));
  for (uint64_t at = unproven_offset; at < info.used_bytes; at += bytes.size()) {
    bytes.resize(std::min(kCopyStepBytes, info.used_bytes - at));
    const std::span<std::byte> out(reinterpret_cast<std::byte*>(bytes.data()), bytes.size());
    // The padding of the last record may lie beyond the end of the file.
    const uint64_t there = std::min(bytes.size(), reader->size_bytes() - std::min(reader->size_bytes(), at));
    std::fill(bytes.begin(), bytes.end(), '\0');
    RK_RETURN_IF_ERROR(reader->ReadAt(at, out.first(there)));
    RK_RETURN_IF_ERROR(file_->WriteAt(at, bytes));
  }
  const std::string zeros(kCopyStepBytes, '\0');
  for (uint64_t at = info.used_bytes; at < dirty_end; at += kCopyStepBytes) {
    RK_RETURN_IF_ERROR(file_->WriteAt(at, std::string_view(zeros).substr(0, dirty_end - at)));
  }
  capacity_ = std::max(file_bytes_, reader->size_bytes());
  if (reader->size_bytes() < capacity_)
    (void)file_->Allocate(capacity_);  // full disk: found out of at the next record
  durable_tail_ = written_ = tail_ = zeroed_end_ = info.used_bytes;
  return Sync();
}

bool LogWriter::MustRoll(uint64_t payload_bytes) const {
  return file_ == nullptr || tail_ + RecordBytes(payload_bytes) > capacity_;
}

Result<LogFileInfo> LogWriter::Roll(LogFileHeader header, uint64_t payload_bytes, bool* broken) {
  *broken = false;
  CHECK(buffer_.empty() && written_ == durable_tail_);
  const std::string path = io::JoinPath(dir_, LogFileName(header.first));
  const std::string temporary = path + ".tmp";
  const uint64_t capacity = std::max(file_bytes_, kFileHeaderBytes + RecordBytes(payload_bytes));
  header.allocated_bytes = capacity;
  // Made under another name, so that a file of the log always has its header.
  RK_ASSIGN_OR_RETURN(auto file, fs_->Create(temporary));
  Status status = file->Allocate(capacity);
  if (status.ok()) status = file->WriteAt(0, EncodeFileHeader(header));
  if (!status.ok()) {
    (void)file->Close();
    (void)fs_->Remove(temporary);
    return status;
  }
  status = file->Sync();
  if (status.ok()) status = fs_->Rename(temporary, path);
  if (status.ok() && !RK_PLANTED("log_file_name_not_synced")) status = fs_->SyncDir(dir_);
  if (!status.ok()) {
    *broken = true;
    return status;
  }
  file_ = std::move(file);
  path_ = path;
  header_ = header;
  capacity_ = capacity;
  durable_tail_ = written_ = tail_ = zeroed_end_ = kFileHeaderBytes;
  return LogFileInfo{header.first, header.previous, header.first - 1, kFileHeaderBytes, path};
}

Status LogWriter::WriteAtEnd(std::string_view bytes) {
  RK_RETURN_IF_ERROR(file_->WriteAt(written_, bytes));
  written_ += bytes.size();
  return Status::Ok();
}

Status LogWriter::Flush() {
  RK_RETURN_IF_ERROR(WriteAtEnd(buffer_));
  buffer_.clear();
  return Status::Ok();
}

Status LogWriter::ZeroAhead(uint64_t group_bytes) {
  if (group_bytes >= kZeroGroupBelowBytes || tail_ <= zeroed_end_) return Status::Ok();
  static const std::string* const zeros = new std::string(kZeroStepBytes, '\0');
  const uint64_t start = std::max(zeroed_end_, written_);
  const uint64_t end = std::min(start + kZeroStepBytes, std::max(capacity_, tail_));
  RK_RETURN_IF_ERROR(file_->WriteAt(start, std::string_view(*zeros).substr(0, end - start)));
  zeroed_end_ = end;
  return Status::Ok();
}

Status LogWriter::Put(const RecordHeader& header, const LogUuid& uuid, const LogPayload& payload) {
  tail_ += RecordBytes(payload.size_bytes());
  EncodeRecordHeader(header, uuid, &buffer_);
  for (std::string_view piece : payload.pieces()) {
    if (piece.size() < kCopyBelowBytes) {
      buffer_.append(piece);
      if (buffer_.size() >= kBufferBytes) RK_RETURN_IF_ERROR(Flush());
      continue;
    }
    RK_RETURN_IF_ERROR(Flush());
    RK_RETURN_IF_ERROR(WriteAtEnd(piece));
  }
  const uint64_t end = written_ + buffer_.size();
  buffer_.append(tail_ - end, '\0');
  return buffer_.size() >= kBufferBytes ? Flush() : Status::Ok();
}

Status LogWriter::Commit() {
  RK_RETURN_IF_ERROR(ZeroAhead(tail_ - durable_tail_));
  RK_RETURN_IF_ERROR(Flush());
  RK_RETURN_IF_ERROR(Sync());
  durable_tail_ = tail_;
  zeroed_end_ = std::max(zeroed_end_, tail_);
  return Status::Ok();
}

Status LogWriter::TakeBack() {
  if (sync_failed_) return Status::Io("log file is not usable after a failed sync: " + path_);
  buffer_.clear();
  RK_RETURN_IF_ERROR(CutAtDurableTail());
  written_ = tail_ = zeroed_end_ = durable_tail_;
  return Status::Ok();
}

// Cut off, not zeroed: on a disk that copies on write zeros need space, too. Costs the preallocation of one
// file, whose header must have said so before.
Status LogWriter::CutAtDurableTail() {
  if (std::exchange(header_.allocated_bytes, 0) != 0) {
    RK_RETURN_IF_ERROR(file_->WriteAt(kSizeWithdrawnOffset, kSizeWithdrawn));
    RK_RETURN_IF_ERROR(Sync());
  }
  RK_RETURN_IF_ERROR(fs_->Truncate(path_, durable_tail_));
  return Sync();
}

Status LogWriter::Sync() {
  if (RK_PLANTED("ack_before_sync")) return Status::Ok();
  const Status status = file_->Sync();
  sync_failed_ = !status.ok();
  return status;
}

}  // namespace redkite::wal
