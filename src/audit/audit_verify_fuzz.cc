// Any bytes as the files of an audit log: verified without harm; a log that a start takes is clean
// afterwards, from what it kept to what it added.
#include "audit/audit_files.h"
#include "audit/audit_log.h"
#include "audit/audit_verify.h"
#include "base/testing/fuzz_input.h"
#include "base/testing/fuzz_target.h"
#include "io/mem_file_system.h"

namespace redkite::audit {
namespace {

// A line with a right hash made of arbitrary fields, so that the hash does not stop everything.
void AppendForged(fuzz::FuzzInput* input, Chain* chain, std::string* out) {
  if (input->OneIn(8)) chain->next_seq += input->Below(3);
  if (input->OneIn(16)) return AppendLine(input->Integer(), EncodeHead(chain->hash), chain, out);
  std::string fields = "\"event\":\"";
  fields += input->Bytes(64);
  AppendLine(input->Integer(), fields, chain, out);
}

void CheckFile(const std::string& bytes) {
  io::MemFileSystem fs;
  fs.PutFile("a", bytes);
  const VerifyReport report = VerifyAuditLog(&fs, "a").value();
  CHECK(report.findings.size() <= kFindingsMax && report.findings.size() <= report.damage_count);
  ManualClock clock;
  Logger logger(&clock, LogLevel::kOff);
  MetricsRegistry metrics;
  InlineExecutor executor;
  auto log = AuditLog::Open({&fs, &clock, &executor, &metrics, &logger}, {.path = "a"});
  if (!log.ok()) {
    CHECK(report.damage_count > 0 && fs.ReadAll("a").value() == bytes);
    return;
  }
  (*log)->Append({.kind = EventKind::kLogin, .user = bytes});
  (*log)->Close();
  const VerifyReport after = VerifyAuditLog(&fs, "a", {.may_lack_begin = true}).value();
  CHECK(after.damage_count == 0 && after.lines > 0);
}

void Run(std::string_view bytes) {
  fuzz::FuzzInput input(bytes);
  if (input.OneIn(2)) return CheckFile(std::string(input.Rest()));
  Chain chain;
  std::string file;
  if (!input.OneIn(4)) AppendLine(input.Integer(), EncodeHead(chain.hash), &chain, &file);
  while (!input.done()) AppendForged(&input, &chain, &file);
  CheckFile(file);
}

fuzz::Inputs Seeds() {
  Chain chain;
  std::string whole(1, '\1');
  AppendLine(0, EncodeHead(chain.hash), &chain, &whole);
  AppendLine(1, EncodeEvent({.kind = EventKind::kLogin, .user = "root"}), &chain, &whole);
  return {whole, std::string("\0\0\0\0\3abc\0\0\4defg", 14)};
}

}  // namespace
}  // namespace redkite::audit

FUZZ_TARGET(audit_verify_fuzz, redkite::audit::Run, redkite::audit::Seeds, 2000)
