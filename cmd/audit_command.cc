#include "audit_command.h"

#include <cinttypes>
#include <cstdio>
#include <string>

#include "audit/audit_verify.h"
#include "io/posix_file_system.h"

namespace redkite::cmd {
namespace {

constexpr int kWhole = 0, kChanged = 1, kNotDone = 2;

constexpr char kUsage[] =
    "usage: redkite audit verify PATH [--hash HASH] [--part]\n"
    "\n"
    "Reads PATH.000001, PATH.000002, … and PATH and verifies the chain of their lines: one finding for each\n"
    "place where a line was changed, removed, added or moved. Prints the number and the hash of the last\n"
    "line; who keeps that hash elsewhere can find later, with --hash, that no line before it was removed.\n"
    "--hash HASH: a line with this hash must be there.\n"
    "--part: the first files may lack, as when they were moved to an archive.\n"
    "Exit code: 0 whole, 1 changed, 2 it could not be verified.\n";

struct Arguments {
  std::string path;
  audit::VerifyOptions options;
  bool help = false;
  std::string wrong;
};

Arguments Parse(std::span<const std::string_view> texts) {
  Arguments out;
  if (texts.empty() || texts[0] != "verify") {
    out.help = !texts.empty() && (texts[0] == "--help" || texts[0] == "-h");
    out.wrong = texts.empty() ? "nothing" : std::string(texts[0]);
    return out;
  }
  for (size_t i = 1; i < texts.size() && out.wrong.empty(); ++i) {
    if (texts[i] == "--part") {
      out.options.may_lack_begin = true;
    } else if (texts[i] == "--help" || texts[i] == "-h") {
      out.help = true;
    } else if (texts[i] == "--hash" && i + 1 < texts.size()) {
      out.options.expected_hash = texts[++i];
    } else if (out.path.empty() && !texts[i].starts_with("--")) {
      out.path = texts[i];
    } else {
      out.wrong = texts[i];
    }
  }
  if (out.path.empty() && out.wrong.empty()) out.wrong = "no PATH";
  return out;
}

void Print(const audit::VerifyReport& report) {
  for (const audit::VerifyFinding& finding : report.findings) {
    if (finding.line == 0) {
      std::printf("changed: %s: %s\n", finding.path.c_str(), finding.what.c_str());
    } else {
      std::printf("changed: %s: line %" PRIu64 " (offset %" PRIu64 "): %s\n", finding.path.c_str(),
                  finding.line, finding.offset, finding.what.c_str());
    }
  }
  if (report.damage_count > report.findings.size())
    std::printf("and %" PRIu64 " more\n", report.damage_count - report.findings.size());
  std::printf("%" PRIu64 " files, %" PRIu64 " lines, %" PRIu64 " to %" PRIu64 "; last hash %s\n",
              report.files, report.lines, report.first_seq, report.last_seq,
              report.last_hash.empty() ? "unknown" : report.last_hash.c_str());
  std::puts(report.damage_count == 0 ? "whole" : "changed");
}

}  // namespace

int Audit(std::span<const std::string_view> arguments) {
  const Arguments parsed = Parse(arguments);
  if (parsed.help || !parsed.wrong.empty()) {
    if (!parsed.help) std::fprintf(stderr, "redkite audit: unknown: %s\n", parsed.wrong.c_str());
    std::fputs(kUsage, parsed.help ? stdout : stderr);
    return parsed.help ? kWhole : kNotDone;
  }
  io::PosixFileSystem fs;
  const auto report = audit::VerifyAuditLog(&fs, parsed.path, parsed.options);
  if (!report.ok()) {
    std::fprintf(stderr, "redkite: %s\n", report.status().message().c_str());
    return kNotDone;
  }
  Print(*report);
  return report->damage_count == 0 ? kWhole : kChanged;
}

}  // namespace redkite::cmd
