// For tests of the log only: a LocalLog over a MemFileSystem, and a record of what was acknowledged.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "io/mem_file_system.h"
#include "wal/local_log.h"

namespace redkite::wal {

inline constexpr char kTestDir[] = "log";

struct TestLog {
  explicit TestLog(io::FileSystem* fs_in, uint64_t file_bytes = 64 << 10) : random(99) {
    options.fs = fs_in;
    options.dir = kTestDir;
    options.clock = &clock;
    options.random = &random;
    options.file_bytes = file_bytes;
    options.has_thread = false;
  }
  Status Open() {
    log.reset();
    auto opened = LocalLog::Open(options);
    if (!opened.ok()) return opened.status();
    log = std::move(*opened);
    return Status::Ok();
  }
  Status OpenAndStart() {
    RK_RETURN_IF_ERROR(Open());
    return log->Start();
  }

  ManualClock clock;
  Random random;
  LocalLogOptions options;
  std::unique_ptr<LocalLog> log;
};

/// Bytes that depend on the seed; not compressible to zeros.
inline std::string TestPayload(uint64_t seed, size_t size) {
  Random random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random.Next() | 1);
  return bytes;
}

inline AppendRequest TestRequest(std::string payload, uint64_t later_by = 0) {
  AppendRequest request;
  request.type = 3;
  request.shard = ShardId(-7);
  request.epoch = 5;
  request.timestamp = 1234567890123ULL + later_by;
  request.schema_version = 8;
  request.payload = LogPayload(std::move(payload));
  return request;
}

/// Appends and commits one record at once. Only without a thread.
inline Result<LogPosition> AppendNow(LocalLog* log, AppendRequest request) {
  Status status = Status::Internal("callback not called");
  LogPosition position = 0;
  log->Append(std::move(request), [&](Status s, LogPosition p) {
    status = std::move(s);
    position = p;
  });
  while (log->CommitWaiting()) continue;
  if (!status.ok()) return status;
  return position;
}

using Payloads = std::map<LogPosition, std::string>;

inline Status ReadPayloads(Log* log, LogPosition from, Payloads* out) {
  return log->Read(from, [out](const LogRecord& record) {
    (*out)[record.position] = std::string(record.payload);
    return Status::Ok();
  });
}

}  // namespace redkite::wal
