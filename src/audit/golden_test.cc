// A frozen audit log, a full file and the one after it: a build of today must verify and continue what the
// first release wrote. The files are never rewritten; a new format version adds new ones beside them.
#include <gtest/gtest.h>

#include "audit/audit_log.h"
#include "audit/audit_verify.h"
#include "base/testing/log_capture.h"
#include "io/mem_file_system.h"
#include "io/posix_file_system.h"

namespace redkite::audit {
namespace {

const std::string kGolden = std::string(REDKITE_GOLDEN_DIR) + "/audit/v1.audit.log";
constexpr int64_t kTimeMs = 1'767'225'599'042;

// What the golden files were made of.
void WriteSample(io::FileSystem* fs, const std::string& path) {
  ManualClock clock(kTimeMs);
  Logger logger(&clock, LogLevel::kOff);
  MetricsRegistry metrics;
  InlineExecutor executor;
  auto log = AuditLog::Open({fs, &clock, &executor, &metrics, &logger}, {.path = path, .file_bytes_max = 900})
                 .value();
  log->Append({.kind = EventKind::kStart});
  Event event;
  event.kind = EventKind::kLoginFailed;
  event.transport = Transport::kRest;
  event.user = "r\xc3\xb6\"ot\n";
  event.peer = "[::1]:4711";
  event.method = "POST /v2/vectordb/users/list";
  event.code = 1800;
  log->Append(event);
  clock.AdvanceMs(1);
  event = {.kind = EventKind::kDefine, .transport = Transport::kGrpc};
  event.user = "root";
  event.peer = "127.0.0.1:9";
  event.method = "CreateCollection";
  event.database = "default";
  event.collection = "items";
  event.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  log->Append(event);
  log->Append({.kind = EventKind::kStop});
}

TEST(AuditGolden, TheWriterStillMakesTheSameBytes) {
  io::MemFileSystem fs;
  io::PosixFileSystem disk;
  WriteSample(&fs, "a");
  for (const char* suffix : {".000001", ""}) {
    EXPECT_EQ(fs.ReadAll(std::string("a") + suffix).value(), disk.ReadAll(kGolden + suffix).value())
        << suffix;
  }
}

TEST(AuditGolden, IsVerifiedAndContinued) {
  io::PosixFileSystem disk;
  io::MemFileSystem fs;
  for (const char* suffix : {".000001", ""})
    fs.PutFile(std::string("a") + suffix, disk.ReadAll(kGolden + suffix).value());
  VerifyReport report = VerifyAuditLog(&fs, "a").value();
  EXPECT_EQ(report.damage_count, 0u);
  EXPECT_EQ(report.files, 2u);
  EXPECT_EQ(report.lines, 6u);
  ManualClock clock(kTimeMs);
  LogCapture capture(&clock);
  MetricsRegistry metrics;
  InlineExecutor executor;
  AuditLog::Open({&fs, &clock, &executor, &metrics, capture.logger()}, {.path = "a"})
      .value()
      ->Append({.kind = EventKind::kStart});
  report = VerifyAuditLog(&fs, "a").value();
  EXPECT_EQ(report.damage_count, 0u);
  EXPECT_EQ(report.last_seq, 7u);
}

}  // namespace
}  // namespace redkite::audit
