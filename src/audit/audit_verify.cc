#include "audit/audit_verify.h"

#include <optional>
#include <utility>

#include "audit/audit_files.h"

namespace redkite::audit {
namespace {

class Verifier {
 public:
  Verifier(io::FileSystem* fs, const VerifyOptions& options) : fs_(fs), options_(options) {}
  /// The one that is written to may still be empty.
  Status ReadFile(const std::string& path, bool may_be_empty);
  VerifyReport Finish(const std::string& path);

 private:
  void Find(VerifyFinding finding) {
    ++report_.damage_count;
    if (report_.findings.size() < kFindingsMax) report_.findings.push_back(std::move(finding));
  }

  io::FileSystem* const fs_;
  const VerifyOptions options_;
  ChainCheck check_;
  VerifyReport report_;
  bool has_expected_ = false;
};

Status Verifier::ReadFile(const std::string& path, bool may_be_empty) {
  RK_ASSIGN_OR_RETURN(LineReader reader, LineReader::Open(fs_, path));
  ++report_.files;
  for (uint64_t number = 1;; ++number) {
    RK_ASSIGN_OR_RETURN(const std::optional<RawLine> raw, reader.Next());
    if (!raw) {
      if (number == 1 && !may_be_empty) Find({path, 0, 0, "no head"});
      return Status::Ok();
    }
    std::string wrong = check_.Take(*raw, number == 1);
    if (!wrong.empty()) Find({path, number, raw->offset, std::move(wrong)});
    ++report_.lines;
    if (!check_.chain()) continue;
    if (report_.first_seq == 0) report_.first_seq = check_.seq();
    if (options_.expected_hash == check_.chain()->hash) has_expected_ = true;
  }
}

VerifyReport Verifier::Finish(const std::string& path) {
  report_.last_seq = check_.seq();
  if (check_.chain()) report_.last_hash = check_.chain()->hash;
  if (report_.first_seq > 1 && !options_.may_lack_begin)
    Find({path, 0, 0, "lines before this one lack: " + std::to_string(report_.first_seq)});
  if (!options_.expected_hash.empty() && !has_expected_)
    Find({path, 0, 0, "no line has the hash " + std::string(options_.expected_hash)});
  return std::move(report_);
}

}  // namespace

Result<VerifyReport> VerifyAuditLog(io::FileSystem* fs, const std::string& path,
                                    const VerifyOptions& options) {
  RK_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers, FullFileNumbers(fs, path));
  RK_ASSIGN_OR_RETURN(const bool exists, fs->Exists(path));
  if (numbers.empty() && !exists) return Status(Code::kKeyNotFound, "no audit log: " + path);
  Verifier verifier(fs, options);
  for (const uint64_t number : numbers) {
    RK_RETURN_IF_ERROR(verifier.ReadFile(FullFilePath(path, number), false));
  }
  if (exists) RK_RETURN_IF_ERROR(verifier.ReadFile(path, true));
  return verifier.Finish(path);
}

}  // namespace redkite::audit
