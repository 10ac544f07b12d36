// A script of the input makes a directory of log files: records with right checksums, torn and damaged ones,
// zeros, raw bytes, several files. The log is opened, read, started, appended to and opened again: nothing
// may crash, what was read before must be read afterwards, and what the log took must be there.
#include <map>

#include "base/testing/fuzz_input.h"
#include "base/testing/fuzz_target.h"
#include "io/file_paths.h"
#include "io/mem_file_system.h"
#include "wal/local_log.h"
#include "wal/record_codec.h"

namespace redkite::wal {
namespace {

using Payloads = std::map<LogPosition, std::string>;

class LogMaker {
 public:
  LogMaker(io::MemFileSystem* fs, fuzz::FuzzInput* input) : fs_(fs), input_(input) {}

  void Make() {
    Begin();
    for (int ops = 0; ops < 64 && !input_->done(); ++ops) Step();
    End();
  }

 private:
  void Begin() {
    LogFileHeader header{.uuid = {}, .first = position_, .previous = position_ - 1};
    if (input_->OneIn(8)) header.previous = input_->Below(position_);
    if (input_->OneIn(32)) header.uuid[0] = 1;
    name_ = LogFileName(header.first);
    if (input_->OneIn(32)) ++header.first;
    bytes_ = EncodeFileHeader(header);
  }
  void End() {
    if (input_->OneIn(16)) bytes_.resize(input_->Word() % (bytes_.size() + 1));
    if (input_->OneIn(16)) bytes_.append(input_->Word() % 70000, '\0');
    fs_->PutFile(io::JoinPath("log", name_), bytes_);
  }
  void Step() {
    switch (input_->Below(8)) {
      case 0:
      case 1:
      case 2:
        return Record();
      case 3:
        bytes_.append(8 * input_->Below(200), '\0');
        return;
      case 4:
        bytes_.append(input_->Bytes());
        return;
      case 5:
        return Damage();
      case 6:
        position_ += input_->Below(3);
        return;
      default:
        End();
        position_ += input_->OneIn(4) ? input_->Below(3) : 0;
        return Begin();
    }
  }
  void Record() {
    const std::string payload =
        input_->OneIn(16) ? std::string(input_->Word() % 40000, 'p') : std::string(input_->Bytes());
    RecordHeader header;
    header.position = position_;
    header.shard = ShardId(input_->Below(4));
    header.batch_depth = static_cast<uint16_t>(input_->OneIn(4) ? 1 + input_->Below(position_) : 1);
    header.payload_bytes = static_cast<uint32_t>(payload.size());
    header.payload_crc = LogPayload(payload).crc();
    header.payload_sum = input_->OneIn(4) ? 0 : LogPayload(payload).word_sum();
    header.type = input_->Byte();
    if (input_->OneIn(16)) header.payload_bytes = static_cast<uint32_t>(input_->Integer());
    if (input_->OneIn(16)) header.flags = input_->Byte();
    EncodeRecordHeader(header, {}, &bytes_);
    bytes_ += payload;
    bytes_.resize((bytes_.size() + kRecordAlignBytes - 1) / kRecordAlignBytes * kRecordAlignBytes);
    ++position_;
  }
  void Damage() {
    // Mostly near the end, where torn tails and damage are told apart.
    const uint64_t back = 1 + (input_->OneIn(4) ? input_->Word() : input_->Below(256)) % bytes_.size();
    bytes_[bytes_.size() - back] ^=
        static_cast<char>(input_->OneIn(2) ? input_->Byte() : 1 << input_->Below(8));
  }

  io::MemFileSystem* const fs_;
  fuzz::FuzzInput* const input_;
  LogPosition position_ = 1;
  std::string name_;
  std::string bytes_;
};

Status ReadAll(LocalLog* log, Payloads* out) {
  LogPosition last = 0;
  return log->Read(0, [&](const LogRecord& record) {
    CHECK(record.position > last && record.position <= log->last_position());
    last = record.position;
    (*out)[record.position] = std::string(record.payload);
    return Status::Ok();
  });
}

void CheckLog(LocalLogOptions options) {
  auto log = LocalLog::Open(options);
  if (!log.ok()) return;
  Payloads before;
  const bool whole = ReadAll(log->get(), &before).ok();
  CHECK(whole || !options.recover_truncate);
  if (!(*log)->Start().ok()) return;
  for (const char* text : {"next", ""}) {
    AppendRequest request;
    request.payload = LogPayload(text);
    (*log)->Append(std::move(request), [&](Status status, LogPosition position) {
      CHECK(status.ok() && (before.empty() || position > before.rbegin()->first));
      before[position] = text;
    });
    while ((*log)->CommitWaiting()) continue;
  }
  log->reset();
  options.recover_truncate = false;
  auto again = LocalLog::Open(options);
  CHECK(again.ok());
  Payloads after;
  CHECK(ReadAll(again->get(), &after).ok() == whole);
  if (whole) CHECK(after == before);
}

void Run(std::string_view bytes) {
  fuzz::FuzzInput input(bytes);
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
  options.recover_truncate = input.OneIn(2);
  if (!fs.CreateDirs("log").ok()) return;
  LogMaker(&fs, &input).Make();
  CheckLog(options);
}

fuzz::Inputs Seeds() {
  fuzz::Inputs seeds;
  Random random(7);
  for (int i = 0; i < 40; ++i) {
    std::string script(20 + random.Below(60), '\0');
    for (char& c : script) c = static_cast<char>(random.Below(3) == 0 ? random.Next() : 0);
    seeds.push_back(std::move(script));
  }
  return seeds;
}

}  // namespace
}  // namespace redkite::wal

FUZZ_TARGET(log_scan_fuzz, redkite::wal::Run, redkite::wal::Seeds, 3000)
