// Recovery of LocalLog: what Open finds out and what Start repairs.
#include <algorithm>
#include <cstring>

#include "io/file_paths.h"
#include "io/set_aside.h"
#include "wal/local_log.h"
#include "wal/log_scanner.h"

namespace redkite::wal {
namespace {

constexpr std::string_view kTemporarySuffix = ".tmp";

Status Damage(const LogFileInfo& file, uint64_t offset, const std::string& reason) {
  return Status::Corrupt("log is damaged: " + file.path + ": offset " + std::to_string(offset) + ": " +
                         reason);
}

Result<LogFileHeader> ReadHeader(io::FileSystem* fs, const std::string& path) {
  RK_ASSIGN_OR_RETURN(const auto file, fs->OpenForRead(path));
  std::string bytes(std::min(kFileHeaderBytes, file->size_bytes()), '\0');
  RK_RETURN_IF_ERROR(file->ReadAt(0, {reinterpret_cast<std::byte*>(bytes.data()), bytes.size()}));
  return DecodeFileHeader(bytes);
}

/// No record of a file has a higher position, whatever its bytes are.
LogPosition HighestPossible(LogPosition first, uint64_t file_bytes) {
  return first + file_bytes / kRecordHeaderBytes;
}

}  // namespace

Result<std::unique_ptr<LocalLog>> LocalLog::Open(LocalLogOptions options) {
  std::unique_ptr<LocalLog> log(new LocalLog(std::move(options)));
  RK_RETURN_IF_ERROR(log->Recover());
  return log;
}

Status LocalLog::Recover() {
  std::vector<LogFileInfo> files;
  RK_RETURN_IF_ERROR(ListFiles(&files));
  RK_RETURN_IF_ERROR(CheckHeaders(&files));
  RK_RETURN_IF_ERROR(CheckMark(files));
  RK_RETURN_IF_ERROR(FindEnd(&files));
  if (files.empty()) {
    const uint64_t uuid[2] = {options_.random->Next(), options_.random->Next()};
    static_assert(sizeof uuid == sizeof uuid_);
    std::memcpy(uuid_.data(), uuid, sizeof uuid);
  }
  next_position_ = std::max(next_in_file_, position_floor_ + 1);
  synced_next_position_ = next_position_;
  MutexLock lock(mutex_);
  durable_position_ = next_position_ - 1;
  files_ = std::move(files);
  return Status::Ok();
}

Status LocalLog::ListFiles(std::vector<LogFileInfo>* files) {
  auto listed = options_.fs->List(options_.dir);
  if (!listed.ok()) return listed.status().code() == Code::kKeyNotFound ? Status::Ok() : listed.status();
  for (const io::FileInfo& file : *listed) {
    const auto damaged = io::NameBeforeSetAside(file.name);
    const auto first = ParseLogFileName(damaged.value_or(file.name));
    if (!first) continue;
    if (damaged) {
      position_floor_ = std::max(position_floor_, HighestPossible(*first, file.size_bytes));
      continue;
    }
    files->push_back({.first = *first,
                      .previous = *first - 1,
                      .last = 0,
                      .used_bytes = file.size_bytes,
                      .path = io::JoinPath(options_.dir, file.name)});
  }
  // An old rescue's floor has been taken up by the file made after it; apply it only while that file is
  // missing.
  if (!files->empty() && files->back().first > position_floor_) position_floor_ = 0;
  return Status::Ok();
}

Status LocalLog::CheckHeaders(std::vector<LogFileInfo>* files) {
  for (size_t i = 0; i < files->size(); ++i) {
    LogFileInfo& file = (*files)[i];
    Result<LogFileHeader> header = ReadHeader(options_.fs, file.path);
    Status status = header.status();
    if (status.ok()) {
      if (i == 0) uuid_ = header->uuid;
      file.previous = header->previous;
      const LogPosition lowest_previous = i == 0 ? 0 : (*files)[i - 1].first - 1;
      if (header->uuid != uuid_) status = Status::Corrupt("the file belongs to another log");
      if (header->first != file.first) status = Status::Corrupt("the file has another file's content");
      if (header->previous < lowest_previous) status = Status::Corrupt("positions overlap the file before");
    }
    if (status.ok()) continue;
    if (status.code() != Code::kDataIntegrity) return status.WithContext(file.path);
    if (!options_.recover_truncate) return Damage(file, 0, status.message());
    return Drop(files, i);
  }
  return Status::Ok();
}

Status LocalLog::CheckMark(const std::vector<LogFileInfo>& files) {
  const auto stored = options_.witness == nullptr ? std::nullopt : options_.witness->Load();
  if (!stored) return Status::Ok();
  RK_ASSIGN_OR_RETURN(const LogMark mark, DecodeLogMark(*stored));
  {
    MutexLock lock(witness_mutex_);
    mark_ = mark;
  }
  const auto path = [&](LogPosition first) { return io::JoinPath(options_.dir, LogFileName(first)); };
  std::string wrong;
  if (files.empty()) {
    wrong = "all files of the log are missing, the newest was " + path(mark.newest);
  } else if (mark.uuid != uuid_) {
    wrong = "the log in " + options_.dir + " belongs to another data directory";
  } else if (files.back().first < mark.newest) {
    wrong = "a file of the log is missing: " + path(mark.newest);
  } else if (files.front().first > mark.oldest) {
    wrong = "a file of the log is missing: " + path(mark.oldest);
  }
  if (wrong.empty()) return Status::Ok();
  if (!options_.recover_truncate) return Status::Corrupt(wrong);
  missing_ = wrong;
  // Positions of what is missing are not given again.
  position_floor_ = std::max(position_floor_, HighestPossible(mark.newest, options_.file_bytes));
  return Status::Ok();
}

Status LocalLog::Drop(std::vector<LogFileInfo>* files, size_t first_dropped) {
  for (size_t i = first_dropped; i < files->size(); ++i) {
    position_floor_ = std::max(position_floor_, HighestPossible((*files)[i].first, (*files)[i].used_bytes));
  }
  dropped_files_.insert(dropped_files_.begin(), files->begin() + static_cast<ptrdiff_t>(first_dropped),
                        files->end());
  files->resize(first_dropped);
  return Status::Ok();
}

Status LocalLog::FindEnd(std::vector<LogFileInfo>* files) {
  // Only the newest file is read here, since Read verifies the others; a rescue must know where the first
  // damage is.
  for (size_t i = options_.recover_truncate || files->empty() ? 0 : files->size() - 1; i < files->size();
       ++i) {
    LogFileInfo& file = (*files)[i];
    const uint64_t file_bytes = file.used_bytes;
    uint64_t had_bytes = file_bytes;
    RK_ASSIGN_OR_RETURN(next_in_file_, ScanFile(&file));
    const bool is_last = i + 1 == files->size();
    if (!is_last && next_in_file_ - 1 == (*files)[i + 1].previous) continue;
    RK_ASSIGN_OR_RETURN(const auto reader, options_.fs->OpenForRead(file.path));
    RK_ASSIGN_OR_RETURN(TailDiagnosis tail, DiagnoseTail(*reader, uuid_, file.used_bytes, next_in_file_));
    dirty_end_ = tail.dirty_end;
    if (is_last && !tail.is_damage) {
      RK_ASSIGN_OR_RETURN(const LogFileHeader header, ReadHeader(options_.fs, file.path));
      if (file_bytes >= header.allocated_bytes) return Status::Ok();
      had_bytes = header.allocated_bytes;
      tail.reason = "the file ends at byte " + std::to_string(file_bytes) + ", but it had " +
                    std::to_string(header.allocated_bytes) + ": it was cut";
    }
    if (!options_.recover_truncate) return Damage(file, file.used_bytes, tail.reason);
    position_floor_ = std::max(position_floor_, HighestPossible(file.first, had_bytes));
    cut_file_ = file.path;
    cut_offset_ = file.used_bytes;
    return Drop(files, i + 1);
  }
  return Status::Ok();
}

Result<LogPosition> LocalLog::ScanFile(LogFileInfo* file) {
  RK_ASSIGN_OR_RETURN(const auto reader, options_.fs->OpenForRead(file->path));
  LogScanner scanner(reader.get(), {.uuid = uuid_, .first = file->first, .previous = file->previous});
  unproven_offset_ = scanner.offset();
  for (;;) {
    const uint64_t record_offset = scanner.offset();
    RK_ASSIGN_OR_RETURN(const auto outcome, scanner.Next());
    if (outcome == LogScanner::Outcome::kNoRecord) break;
    if (scanner.header().batch_depth == 1) unproven_offset_ = record_offset;
  }
  file->used_bytes = scanner.offset();
  file->last = scanner.next_position() - 1;
  return scanner.next_position();
}

Status LocalLog::StartWriter() {
  io::FileSystem* fs = options_.fs;
  RK_RETURN_IF_ERROR(fs->CreateDirs(options_.dir));
  RK_ASSIGN_OR_RETURN(const auto listed, fs->List(options_.dir));
  for (const io::FileInfo& file : listed) {
    if (file.name.ends_with(kTemporarySuffix))
      RK_RETURN_IF_ERROR(fs->Remove(io::JoinPath(options_.dir, file.name)));
  }
  RK_RETURN_IF_ERROR(SetDroppedAside());
  std::vector<LogFileInfo> files;
  {
    MutexLock lock(mutex_);
    files = files_;
  }
  if (!files.empty()) {
    RK_RETURN_IF_ERROR(writer_.Adopt(files.back(), unproven_offset_, dirty_end_));
    RK_RETURN_IF_ERROR(fs->SyncDir(options_.dir));
  }
  const bool jumps = next_in_file_ != next_position_;  // only a file header can say so
  if (!files.empty() && !jumps) return Status::Ok();
  const LogFileHeader header{.uuid = uuid_, .first = next_position_, .previous = next_in_file_ - 1};
  bool broken = false;
  Result<LogFileInfo> info = writer_.Roll(header, 0, &broken);
  if (!info.ok()) {
    // A new log can wait, for space say: its first record makes the file.
    return broken || jumps ? info.status() : Status::Ok();
  }
  MutexLock lock(mutex_);
  files_.push_back(std::move(*info));
  return Status::Ok();
}

void LocalLog::Warn(std::string_view what, Logger::Fields fields) {
  if (options_.logger != nullptr) options_.logger->Warn(what, fields);
}

Status LocalLog::SetDroppedAside() {
  if (!missing_.empty()) Warn("rescue: goes on without a part of the log", {{"what", missing_}});
  if (!cut_file_.empty()) {
    RK_ASSIGN_OR_RETURN(const std::string copy, io::CopyAside(options_.fs, cut_file_, dirty_end_));
    Warn("rescue: the log was cut at damage",
         {{"file", cut_file_}, {"offset", cut_offset_}, {"bytes", dirty_end_ - cut_offset_}, {"copy", copy}});
  }
  // From the newest: whenever this stops, what is left is a log without a hole.
  for (auto file = dropped_files_.rbegin(); file != dropped_files_.rend(); ++file) {
    RK_ASSIGN_OR_RETURN(const std::string aside, io::SetAside(options_.fs, file->path));
    Warn("rescue: a file of the log was set aside",
         {{"file", file->path}, {"bytes", file->used_bytes}, {"as", aside}});
  }
  return Status::Ok();
}

Status LocalLog::SkipTo(LogPosition next) {
  MutexLock lock(mutex_);
  if (state_ != State::kOpen) return Status::Internal("log is started already: " + options_.dir);
  if (next <= next_position_) return Status::Ok();
  next_position_ = synced_next_position_ = next;  // StartWriter makes a file whose header says so
  durable_position_ = next - 1;
  return Status::Ok();
}

Status LocalLog::CopyAside(LogPosition first, LogPosition last) {
  std::vector<LogFileInfo> files;
  {
    MutexLock lock(mutex_);
    if (state_ != State::kOpen) return Status::Internal("log is started already: " + options_.dir);
    files = files_;
  }
  for (size_t i = 0; i < files.size(); ++i) {
    const bool ends_before = i + 1 < files.size() && files[i + 1].first <= first;
    if (ends_before || files[i].first > last) continue;
    RK_ASSIGN_OR_RETURN(const std::string copy,
                        io::CopyAside(options_.fs, files[i].path, files[i].used_bytes));
    Warn("rescue: a file of the log was copied, it has records that nothing takes",
         {{"file", files[i].path}, {"bytes", files[i].used_bytes}, {"copy", copy}});
  }
  return Status::Ok();
}

}  // namespace redkite::wal
