#include "server/node_metrics.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <charconv>

#include "base/executor.h"
#include "io/posix_file_system.h"
#include "server/server.h"
#include "types/json_text.h"

namespace redkite::server {
namespace {

// Flat JSON objects, the only kind that is needed here.
class JsonObject {
 public:
  JsonObject& Text(std::string_view key, std::string_view value) { return Raw(key, Quoted(value)); }
  JsonObject& Number(std::string_view key, int64_t value) { return Raw(key, std::to_string(value)); }
  JsonObject& Raw(std::string_view key, std::string_view value) {
    text_ += (text_.size() > 1 ? "," : "") + Quoted(key) + ":";
    text_ += value;
    return *this;
  }
  std::string Take() { return std::move(text_) + "}"; }

 private:
  static std::string Quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') out.push_back('\\');
      if (static_cast<unsigned char>(c) >= 0x20) out.push_back(c);
    }
    return out + "\"";
  }
  std::string text_ = "{";
};

std::string TimeText(int64_t wall_ms) {
  const time_t seconds = static_cast<time_t>(wall_ms / 1000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char text[64];
  const size_t size = strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S +0000 UTC", &parts);
  return {text, size};
}

int64_t ResidentBytes() {
  io::PosixFileSystem fs;
  constexpr uint64_t kStatmBytesMax = 4096;
  const auto text = fs.ReadAll("/proc/self/statm", kStatmBytesMax);
  if (!text.ok()) return 0;
  const size_t blank = text->find(' ');
  int64_t pages = 0;
  if (blank != std::string::npos)
    std::from_chars(text->data() + blank + 1, text->data() + text->size(), pages);
  return pages * ::sysconf(_SC_PAGE_SIZE);
}

// Percent of one core, from the start on.
int64_t CpuPercent(const NodeFacts& facts) {
  rusage use{};
  if (getrusage(RUSAGE_SELF, &use) != 0 || facts.now_ms <= facts.started_ms) return 0;
  const int64_t used_ms = (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000 +
                          (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1000;
  return used_ms * 100 / (facts.now_ms - facts.started_ms);
}

std::string SystemInfo(const NodeFacts& facts) {
  const std::string hardware = JsonObject()
                                   .Text("ip", facts.address)
                                   .Number("cpu_core_count", HardwareThreadCount())
                                   .Number("cpu_core_usage", CpuPercent(facts))
                                   .Number("memory", MachineMemoryBytes())
                                   .Number("memory_usage", ResidentBytes())
                                   .Take();
  const std::string system = JsonObject()
                                 .Text("system_version", facts.version)
                                 .Text("deploy_mode", "STANDALONE")
                                 .Text("build_version", facts.version)
                                 .Text("build_time", facts.build_time)
                                 .Text("used_go_version", "")
                                 .Take();
  const std::string infos = JsonObject()
                                .Raw("has_error", "false")
                                .Text("error_reason", "")
                                .Text("name", "standalone" + std::to_string(kNodeId))
                                .Raw("hardware_infos", hardware)
                                .Raw("system_info", system)
                                .Text("created_time", TimeText(facts.started_ms))
                                .Text("updated_time", TimeText(facts.now_ms))
                                .Text("type", "standalone")
                                .Number("id", kNodeId)
                                .Raw("system_configurations", "{}")
                                .Take();
  const std::string node =
      JsonObject().Number("identifier", kNodeId).Raw("connected", "[]").Raw("infos", infos).Take();
  return JsonObject().Raw("nodes_info", "[" + node + "]").Take();
}

}  // namespace

Result<std::string> AnswerMetricsRequest(std::string_view request, const NodeFacts& facts) {
  RK_ASSIGN_OR_RETURN(const Params members, FlattenJsonObject(request));
  const std::string* type = FindParam(members, "metric_type");
  const std::string wanted = type == nullptr ? "" : *type;
  if (wanted == "system_info") return SystemInfo(facts);
  return Status(Code::kMetricNotFound, "metric not found[metric=" + wanted + "]");
}

}  // namespace redkite::server
