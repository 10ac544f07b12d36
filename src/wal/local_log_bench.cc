// Group commit on a real disk: appenders that each wait for their record. Usage: local_log_bench DIR
// [seconds] DIR is created and removed; it must lie on the disk to be measured.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "io/file_paths.h"
#include "io/posix_file_system.h"
#include "wal/local_log.h"

namespace redkite::wal {
namespace {

struct Case {
  int appenders;
  size_t payload_bytes;
};

void RunCase(const std::string& dir, const Case& c, double seconds) {
  io::PosixFileSystem fs;
  SystemClock clock;
  Random random(1);
  MetricsRegistry metrics;
  LocalLogOptions options;
  options.fs = &fs;
  options.dir = dir;
  options.clock = &clock;
  options.random = &random;
  options.metrics = &metrics;
  CHECK(fs.RemoveTree(dir).ok());
  auto log = LocalLog::Open(options);
  CHECK(log.ok());
  CHECK((*log)->Start().ok());
  auto owner = std::make_shared<const std::string>(c.payload_bytes, 'x');
  const LogPayload payload({*owner}, owner);
  const int64_t start = clock.MonotonicNs();
  const int64_t end = start + static_cast<int64_t>(seconds * 1e9);
  std::vector<std::vector<int64_t>> latencies(static_cast<size_t>(c.appenders));
  {
    std::vector<Thread> threads;
    for (auto& mine : latencies) {
      threads.emplace_back("append", [&] {
        for (int64_t now = start; now < end;) {
          AppendRequest request;
          request.payload = payload;
          const int64_t begin = clock.MonotonicNs();
          CHECK(AppendAndWait(log->get(), std::move(request)).ok());
          now = clock.MonotonicNs();
          mine.push_back(now - begin);
          (void)(*log)->Trim((*log)->last_position());
        }
      });
    }
  }
  const double took = static_cast<double>(clock.MonotonicNs() - start) / 1e9;
  std::vector<int64_t> all;
  for (const auto& mine : latencies) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end());
  const auto n = static_cast<double>(all.size());
  const auto syncs = static_cast<double>(metrics.GetCounter("redkite_log_syncs_total", "")->value());
  std::printf(
      "%3d appenders x %7zu B  %9.0f records/s  %8.1f MB/s  %6.0f syncs/s  p50 %8.0f us  p99 %8.0f us\n",
      c.appenders, c.payload_bytes, n / took, n * static_cast<double>(c.payload_bytes) / took / 1e6,
      syncs / took, static_cast<double>(all[all.size() / 2]) / 1e3,
      static_cast<double>(all[all.size() * 99 / 100]) / 1e3);
  log->reset();
  CHECK(fs.RemoveTree(dir).ok());
}

}  // namespace
}  // namespace redkite::wal

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: local_log_bench DIR [seconds]\n");
    return 2;
  }
  const std::string dir = redkite::io::JoinPath(argv[1], "local_log_bench");
  const double seconds = argc > 2 ? std::atof(argv[2]) : 3;
  for (size_t payload_bytes : {size_t{1} << 10, size_t{1} << 20}) {
    for (int appenders : {1, 8, 64}) {
      redkite::wal::RunCase(dir, {appenders, payload_bytes}, seconds);
    }
  }
  return 0;
}
