#include "data_commands.h"

#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <string>

#include "engine/check_data.h"
#include "engine/inspect.h"
#include "io/posix_file_system.h"

namespace redkite::cmd {
namespace {

constexpr int kClean = 0, kDamaged = 1, kNotDone = 2;
constexpr std::string_view kDefaultDir = "./redkite_data";

constexpr char kCheckUsage[] =
    "usage: redkite check [--data DIR] [--json]\n"
    "\n"
    "Reads every file of a data directory (default ./redkite_data) and verifies it; changes nothing.\n"
    "No server may run on it. Exit code: 0 no damage, 1 damage, 2 it could not be checked.\n"
    "--json: one object per finding, then a summary.\n";

constexpr char kInspectUsage[] =
    "usage: redkite inspect FILE\n"
    "\n"
    "Prints what a file of a data directory holds: a file of the log, a column, index or delete file, a\n"
    "MANIFEST, the metadata's LOG and SNAPSHOT, FORMAT. Exit code: 0 read, 1 damaged, 2 none of ours.\n";

std::string JsonText(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
      out += escaped;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

int Fail(const Status& status) {
  std::fprintf(stderr, "redkite: %s\n", status.message().c_str());
  return status.code() == Code::kDataIntegrity ? kDamaged : kNotDone;
}

struct CheckArguments {
  std::string dir = std::string(kDefaultDir);
  bool json = false;
  bool help = false;
  std::string wrong;
};

CheckArguments ParseCheck(std::span<const std::string_view> arguments) {
  CheckArguments out;
  for (size_t i = 0; i < arguments.size() && out.wrong.empty(); ++i) {
    const std::string_view a = arguments[i];
    if (a == "--json") {
      out.json = true;
    } else if (a == "--help" || a == "-h") {
      out.help = true;
    } else if (a == "--data" && i + 1 < arguments.size()) {
      out.dir = arguments[++i];
    } else if (a.starts_with("--data=")) {
      out.dir = a.substr(7);
    } else {
      out.wrong = a;
    }
  }
  return out;
}

void PrintSummary(const engine::CheckReport& r, bool json) {
  if (json) {
    std::printf("{\"kind\":\"summary\",\"damaged\":%" PRIu64 ",\"files\":%" PRIu64 ",\"bytes\":%" PRIu64
                ",\"collections\":%" PRIu64 ",\"segments\":%" PRIu64 ",\"rows\":%" PRIu64
                ",\"log_records\":%" PRIu64 "}\n",
                r.damage_count, r.files, r.bytes, r.collections, r.segments, r.rows, r.log_records);
    return;
  }
  std::printf("%" PRIu64 " files, %.1f MiB: %" PRIu64 " collections, %" PRIu64 " segments with %" PRIu64
              " rows, %" PRIu64 " log records\n",
              r.files, static_cast<double>(r.bytes) / (1 << 20), r.collections, r.segments, r.rows,
              r.log_records);
  std::printf(r.damage_count == 0 ? "no damage\n" : "%" PRIu64 " damaged\n", r.damage_count);
}

}  // namespace

int Check(std::span<const std::string_view> arguments) {
  const CheckArguments options = ParseCheck(arguments);
  if (options.help || !options.wrong.empty()) {
    if (!options.wrong.empty()) std::fprintf(stderr, "redkite check: unknown: %s\n", options.wrong.c_str());
    std::fputs(kCheckUsage, options.help ? stdout : stderr);
    return options.help ? kClean : kNotDone;
  }
  const bool shows_progress = !options.json && ::isatty(STDERR_FILENO) != 0;
  const auto found = [&](const engine::CheckFinding& finding) {
    const char* kind = finding.kind == engine::CheckFinding::Kind::kDamage ? "damage" : "garbage";
    if (options.json) {
      std::printf("{\"kind\":\"%s\",\"path\":%s,\"what\":%s}\n", kind, JsonText(finding.path).c_str(),
                  JsonText(finding.what).c_str());
    } else {
      std::printf("%s: %s: %s\n", kind, finding.path.c_str(), finding.what.c_str());
    }
  };
  const auto progress = [&](const std::string& path) {
    if (shows_progress) std::fprintf(stderr, "\r\033[K%s", path.c_str());
  };
  io::PosixFileSystem fs;
  const auto report = engine::CheckData(&fs, options.dir, found, progress);
  if (shows_progress) std::fputs("\r\033[K", stderr);
  if (!report.ok()) return Fail(report.status());
  PrintSummary(*report, options.json);
  return report->damage_count == 0 ? kClean : kDamaged;
}

int Inspect(std::span<const std::string_view> arguments) {
  const bool help = arguments.size() == 1 && (arguments[0] == "--help" || arguments[0] == "-h");
  if (arguments.size() != 1 || help) {
    std::fputs(kInspectUsage, help ? stdout : stderr);
    return help ? kClean : kNotDone;
  }
  io::PosixFileSystem fs;
  const Status inspected = engine::InspectFile(
      &fs, std::string(arguments[0]), [](const std::string& line) { std::printf("%s\n", line.c_str()); });
  return inspected.ok() ? kClean : Fail(inspected);
}

}  // namespace redkite::cmd
