// Arbitrary bytes as headers, and as the content of a log file that is opened, read,
// started and appended to. Nothing may crash, and no record may come out whose checksum does not hold.
#include "base/testing/fuzz_target.h"
#include "io/file_paths.h"
#include "io/mem_file_system.h"
#include "wal/local_log.h"
#include "wal/record_codec.h"

namespace redkite::wal {
namespace {

void FuzzCodec(std::string_view input) {
  LogUuid uuid{};
  (void)DecodeFileHeader(input);
  (void)DecodeRecordHeader(input, uuid);
  (void)FindFlippedHeaderBit(input.substr(0, kRecordHeaderBytes), uuid, 1);
  (void)ParseLogFileName(input);
}

/// A file with a good header, two good records, and the input behind or over them.
void FuzzFile(std::string_view input) {
  io::MemFileSystem fs(1);
  ManualClock clock;
  Random random(1);
  LocalLogOptions options;
  options.fs = &fs;
  options.dir = "log";
  options.clock = &clock;
  options.random = &random;
  options.file_bytes = 32 << 10;
  options.has_thread = false;
  options.recover_truncate = !input.empty() && (input[0] & 1) != 0;
  const LogFileHeader header{.uuid = {}, .first = 1, .previous = 0};
  std::string bytes = EncodeFileHeader(header);
  for (LogPosition position = 1; position <= 2; ++position) {
    const LogPayload payload("payload");
    RecordHeader record;
    record.position = position;
    record.payload_bytes = static_cast<uint32_t>(payload.size_bytes());
    record.payload_crc = payload.crc();
    record.payload_sum = payload.word_sum();
    EncodeRecordHeader(record, header.uuid, &bytes);
    bytes.append("payload\0", 8);
  }
  const size_t offset = input.size() < 2 ? 0 : static_cast<uint8_t>(input[1]) % 160;
  bytes.resize(kFileHeaderBytes + offset);
  bytes.append(input);
  if (!fs.CreateDirs("log").ok()) return;
  fs.PutFile(io::JoinPath("log", LogFileName(1)), bytes);
  auto log = LocalLog::Open(options);
  if (!log.ok()) return;
  (void)(*log)->Read(0, [](const LogRecord&) { return Status::Ok(); });
  if (!(*log)->Start().ok()) return;
  AppendRequest request;
  request.payload = LogPayload("next");
  (*log)->Append(std::move(request), [](Status, LogPosition) {});
  while ((*log)->CommitWaiting()) continue;
  const LogPosition last = (*log)->last_position();
  log->reset();
  // What a log took must be read back after the repair.
  options.recover_truncate = false;
  auto again = LocalLog::Open(options);
  CHECK(again.ok() && (*again)->last_position() == last);
  CHECK((*again)->Read(0, [](const LogRecord&) { return Status::Ok(); }).ok());
}

void Run(std::string_view input) {
  FuzzCodec(input);
  FuzzFile(input);
}

fuzz::Inputs Seeds() {
  RecordHeader record;
  record.position = 3;
  record.payload_crc = LogPayload("").crc();
  std::string bytes;
  EncodeRecordHeader(record, {}, &bytes);
  return {EncodeFileHeader({.uuid = {}, .first = 1, .previous = 0}).substr(0, 64), bytes};
}

}  // namespace
}  // namespace redkite::wal

FUZZ_TARGET(record_fuzz, redkite::wal::Run, redkite::wal::Seeds, 5000)
