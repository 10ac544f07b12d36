// HNSW against hnswlib on real vectors, in one process and one run, interleaved.
//
//   index_bench DATA_DIR [key=value ...]
//     DATA_DIR  base.npy, query.npy (float32, unit length), gt.npy (int32, nearest first)
//     m=16 efc=200 threads=2 queries=5000 rounds=5 recall=0.95
//     metric=COSINE|IP  vectors=huge|map (where our rows live)  cache=DIR (keeps the built indexes between
//     runs) ef=LIST (comma separated; the sweep)  builds=0 (more interleaved timed builds)  filter=1
//     (filtered search too)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/aligned_buffer.h"
#include "base/executor.h"
#include "base/random.h"
#include "index/any_index.h"
#include "index/builder.h"
#include "index/exact_search.h"
#include "io/file_system.h"
#include "peer_hnswlib.h"
#include "simd/distance.h"

namespace redkite::bench {
namespace {

using Options = std::map<std::string, std::string>;
constexpr size_t kTop = 10;
constexpr size_t kSlice = 250;  // queries

/// Processor time of the calling thread: what a search costs, also where neighbours take turns on the cores.
double ThreadSeconds() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

double ProcessSeconds() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// A mapped .npy file of two dimensions and 4-byte values.
struct Npy {
  const char* data = nullptr;
  size_t rows = 0;
  size_t columns = 0;
};

Npy OpenNpy(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY);
  struct stat st {};
  if (fd < 0 || ::fstat(fd, &st) != 0) {
    std::fprintf(stderr, "cannot open %s\n", path.c_str());
    std::exit(1);
  }
  const char* p =
      static_cast<const char*>(::mmap(nullptr, st.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0));
  ::close(fd);
  uint16_t header = 0;
  std::memcpy(&header, p + 8, 2);
  const std::string text(p + 10, header);
  Npy npy;
  npy.data = p + 10 + header;
  std::sscanf(text.c_str() + text.find("'shape': (") + 10, "%zu, %zu", &npy.rows, &npy.columns);
  return npy;
}

const float* Floats(const std::byte* vectors) { return reinterpret_cast<const float*>(vectors); }

index::VectorView FloatsOf(const Npy& npy, size_t rows) {
  return {DataType::kFloatVector, static_cast<int>(npy.columns), reinterpret_cast<const std::byte*>(npy.data),
          rows};
}

struct Data {
  index::VectorView base;
  index::QueryBatch queries;
  const int32_t* truth;
  size_t truth_columns;
  Data Slice(size_t first, size_t count) const {
    return {base,
            {queries.type, queries.dim, queries.Query(first), count},
            truth + first * truth_columns,
            truth_columns};
  }
};

class StringFile final : public io::WritableFile {
 public:
  Status Append(std::string_view bytes) override {
    bytes_.append(bytes);
    return Status::Ok();
  }
  Status WriteAt(uint64_t, std::string_view) override { return Status::Internal("append only"); }
  Status Sync() override { return Status::Ok(); }
  Status Allocate(uint64_t) override { return Status::Ok(); }
  Status Close() override { return Status::Ok(); }
  std::string bytes_;
};

double RecallOf(const Data& data, size_t query, const uint32_t* ids, size_t count) {
  const int32_t* truth = data.truth + query * data.truth_columns;
  size_t hits = 0;
  for (size_t i = 0; i < count; ++i) hits += std::count(truth, truth + kTop, static_cast<int32_t>(ids[i]));
  return static_cast<double>(hits) / kTop;
}

struct Outcome {
  double recall = 0;
  double seconds = 0;      // wall
  double cpu_seconds = 0;  // of the thread
  double distances = 0;    // per query
  /// Sums, of recall over queries.
  void Add(const Outcome& o, const Data& slice) {
    recall += o.recall * static_cast<double>(slice.queries.count);
    seconds += o.seconds;
    cpu_seconds += o.cpu_seconds;
  }
};

Outcome RunOurs(const index::AnyIndex& index, const Data& data, size_t ef) {
  Outcome outcome;
  index::TopK top;
  index::SearchArgs args;
  args.k = kTop;
  args.ef = ef;
  index::SearchStats stats;
  std::vector<uint32_t> ids(data.queries.count * kTop);
  std::vector<size_t> counts(data.queries.count);
  const double start = Now();
  const double cpu = ThreadSeconds();
  for (size_t i = 0; i < data.queries.count; ++i) {
    const index::QueryBatch one(data.queries.type, data.queries.dim, data.queries.Query(i), 1);
    if (!index.Search(one, args, {}, nullptr, &stats, &top).ok()) std::exit(1);
    const auto found = top.Of(0);
    for (size_t j = 0; j < found.size(); ++j) ids[i * kTop + j] = found[j].row;
    counts[i] = found.size();
  }
  outcome.seconds = Now() - start;
  outcome.cpu_seconds = ThreadSeconds() - cpu;
  for (size_t i = 0; i < data.queries.count; ++i)
    outcome.recall += RecallOf(data, i, &ids[i * kTop], counts[i]);
  outcome.recall /= static_cast<double>(data.queries.count);
  outcome.distances = static_cast<double>(stats.distances_computed) / static_cast<double>(data.queries.count);
  return outcome;
}

Outcome RunPeer(PeerIndex& peer, const Data& data, size_t ef) {
  Outcome outcome;
  std::vector<uint32_t> ids(data.queries.count * kTop);
  std::vector<size_t> counts(data.queries.count);
  const double start = Now();
  const double cpu = ThreadSeconds();
  for (size_t i = 0; i < data.queries.count; ++i) {
    counts[i] = peer.Search(Floats(data.queries.Query(i)), kTop, ef, &ids[i * kTop]);
  }
  outcome.seconds = Now() - start;
  outcome.cpu_seconds = ThreadSeconds() - cpu;
  for (size_t i = 0; i < data.queries.count; ++i)
    outcome.recall += RecallOf(data, i, &ids[i * kTop], counts[i]);
  outcome.recall /= static_cast<double>(data.queries.count);
  return outcome;
}

std::string Get(const Options& options, const char* key, const char* fallback) {
  const auto it = options.find(key);
  return it == options.end() ? fallback : it->second;
}

std::unique_ptr<index::AnyIndex> BuildOurs(const index::IndexSpec& spec, const Data& data, int threads) {
  ThreadPool pool(threads, threads, "bench");
  index::BuildOptions options;
  options.concurrency = threads;
  Mutex mutex;
  CondVar ready;
  bool done = false;
  std::unique_ptr<index::AnyIndex> built;
  index::BuildIndexAsync(spec, data.base, options, &pool,
                         [&](Result<std::unique_ptr<index::AnyIndex>> result) {
                           MutexLock lock(mutex);
                           if (result.ok()) built = std::move(*result);
                           done = true;
                           ready.NotifyAll();
                         });
  MutexLock lock(mutex);
  while (!done) ready.Wait(mutex);
  return built;
}

/// Smallest ef whose recall reaches `goal`, by the measured recalls around it (linear in between).
double EfAt(const std::vector<std::pair<size_t, double>>& curve, double goal) {
  for (size_t i = 0; i < curve.size(); ++i) {
    if (curve[i].second < goal) continue;
    if (i == 0) return static_cast<double>(curve[0].first);
    const auto [ef0, r0] = curve[i - 1];
    const auto [ef1, r1] = curve[i];
    return static_cast<double>(ef0) + (goal - r0) / (r1 - r0) * static_cast<double>(ef1 - ef0);
  }
  return -1;
}

double Median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

void Filtered(const index::AnyIndex& index, const Data& data, Metric metric) {
  const size_t queries = std::min<size_t>(data.queries.count, 40);
  std::printf("filtered, k=10, %zu queries: kept, ef, recall, us/query, distances/query, scan us/query\n",
              queries);
  for (const double share : {0.9, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001}) {
    Random random(5);
    ExcludeBitset exclude(data.base.rows);
    for (size_t row = 0; row < data.base.rows; ++row) {
      if (random.Unit() >= share) exclude.Exclude(row);
    }
    for (const size_t ef : {size_t{64}, size_t{200}}) {
      index::SearchArgs args{kTop, ef, {}};
      index::SearchStats stats;
      index::TopK top, exact;
      double walk = 0, scan = 0;
      size_t hits = 0, total = 0;
      for (size_t i = 0; i < queries; ++i) {
        const index::QueryBatch one(data.queries.type, data.queries.dim, data.queries.Query(i), 1);
        double start = Now();
        if (!index.Search(one, args, exclude.view(), nullptr, &stats, &top).ok()) std::exit(1);
        walk += Now() - start;
        start = Now();
        if (!index::ExactSearch(data.base, metric == Metric::kCosine ? Metric::kIp : metric, nullptr, one,
                                args, exclude.view(), nullptr, nullptr, &exact)
                 .ok()) {
          std::exit(1);
        }
        scan += Now() - start;
        for (const index::Neighbour& n : exact.Of(0)) {
          ++total;
          hits += std::count_if(top.Of(0).begin(), top.Of(0).end(),
                                [&](const auto& f) { return f.row == n.row; });
        }
      }
      std::printf("  %.3f %4zu %.4f %8.1f %8.0f %8.1f\n", share, ef, static_cast<double>(hits) / total,
                  walk / queries * 1e6, static_cast<double>(stats.distances_computed) / queries,
                  scan / queries * 1e6);
    }
  }
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: index_bench DATA_DIR [key=value ...]; see the top of index_bench.cc\n");
    return 2;
  }
  const std::string dir = argv[1];
  Options options;
  for (int i = 2; i < argc; ++i) {
    const std::string text = argv[i];
    options[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  }
  const Npy base = OpenNpy(dir + "/base.npy");
  const Npy query = OpenNpy(dir + "/query.npy");
  const Npy truth = OpenNpy(dir + "/gt.npy");
  Data data{};
  const size_t rows = std::min<size_t>(base.rows, std::stoul(Get(options, "rows", "1000000000")));
  data.base = FloatsOf(base, rows);
  AlignedBuffer copy;
  if (Get(options, "vectors", "huge") == "huge") {
    copy = AlignedBuffer(rows * base.columns * sizeof(float));
    std::memcpy(copy.data(), base.data, copy.size());
    data.base.data = copy.data();
  }
  const size_t query_count = std::min<size_t>(query.rows, std::stoul(Get(options, "queries", "5000")));
  data.queries = {DataType::kFloatVector, data.base.dim, FloatsOf(query, query_count).data, query_count};
  data.truth = reinterpret_cast<const int32_t*>(truth.data);
  data.truth_columns = truth.columns;

  index::IndexSpec spec;
  spec.type = "HNSW";
  spec.structure = index::Structure::kHnsw;
  spec.metric = ParseMetric(Get(options, "metric", "COSINE")).value_or(Metric::kCosine);
  spec.m = std::stoi(Get(options, "m", "16"));
  spec.ef_construction = std::stoi(Get(options, "efc", "200"));
  const int threads = std::stoi(Get(options, "threads", "2"));
  const std::string cache = Get(options, "cache", "");
  const std::string tag = std::to_string(spec.m) + "_" + std::to_string(spec.ef_construction) + "_" +
                          std::string(MetricName(spec.metric));
  std::printf("rows %zu dim %d queries %zu M %d efConstruction %d kernels %s vectors %s\n", data.base.rows,
              data.base.dim, query_count, spec.m, spec.ef_construction,
              std::string(simd::IsaName(simd::IsaFor(simd::Distance::kFloatDot))).c_str(),
              Get(options, "vectors", "huge").c_str());

  const PeerBuild peer_build{static_cast<size_t>(spec.m), static_cast<size_t>(spec.ef_construction), threads};
  std::unique_ptr<PeerIndex> peer;
  const std::string peer_path = cache + "/peer_" + tag;
  if (Get(options, "peer", "1") == "1") {
    if (!cache.empty() && ::access(peer_path.c_str(), R_OK) == 0) {
      peer = LoadPeer(peer_path, data.base.rows, data.base.dim);
    } else {
      const double start = Now();
      const double cpu = ProcessSeconds();
      peer = BuildPeer(Floats(data.base.data), data.base.rows, data.base.dim, peer_build);
      std::printf("build hnswlib  %d threads %.2f s, cpu %.2f s\n", threads, Now() - start,
                  ProcessSeconds() - cpu);
      std::fflush(stdout);
      if (!cache.empty()) peer->Save(peer_path);
    }
  }
  std::unique_ptr<index::AnyIndex> ours;
  AlignedBuffer saved;
  const std::string ours_path = cache + "/ours_" + tag;
  if (!cache.empty() && Get(options, "rebuild", "0") == "0" && ::access(ours_path.c_str(), R_OK) == 0) {
    std::ifstream in(ours_path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    saved = AlignedBuffer(bytes.size());
    std::memcpy(saved.data(), bytes.data(), bytes.size());
    auto opened = index::OpenIndex(spec, {saved.data(), saved.size()}, data.base);
    if (!opened.ok()) {
      std::fprintf(stderr, "%s\n", opened.status().ToString().c_str());
      return 1;
    }
    ours = std::move(*opened);
  } else {
    const double start = Now();
    const double cpu = ProcessSeconds();
    ours = BuildOurs(spec, data, threads);
    std::printf("build redkite  %d threads %.2f s, cpu %.2f s\n", threads, Now() - start,
                ProcessSeconds() - cpu);
    std::fflush(stdout);
    if (!cache.empty()) {
      StringFile file;
      if (!ours->Save(&file).ok()) return 1;
      std::ofstream(ours_path, std::ios::binary) << file.bytes_;
    }
  }
  for (int b = 0; b < std::stoi(Get(options, "builds", "0")); ++b) {
    const double t0 = Now(), c0 = ProcessSeconds();
    BuildOurs(spec, data, threads);
    const double t1 = Now(), c1 = ProcessSeconds();
    BuildPeer(Floats(data.base.data), data.base.rows, data.base.dim, peer_build);
    const double t2 = Now(), c2 = ProcessSeconds();
    std::printf("build again: redkite %.2f s (cpu %.2f), hnswlib %.2f s (cpu %.2f)\n", t1 - t0, c1 - c0,
                t2 - t1, c2 - c1);
    std::fflush(stdout);
  }
  if (rows != base.rows) return 0;  // the truth is for all rows
  if (Get(options, "filter", "0") == "1") Filtered(*ours, data, spec.metric);

  const double goal = std::stod(Get(options, "recall", "0.95"));
  std::vector<std::pair<size_t, double>> ours_curve, peer_curve;
  std::string list = Get(options, "ef", "40,60,80,100,120,140,160,200,240,300,400");
  std::printf("  ef  redkite recall  cpu us/query  dist/query | hnswlib recall cpu us/query\n");
  for (char* item = std::strtok(list.data(), ","); item != nullptr; item = std::strtok(nullptr, ",")) {
    const size_t ef = std::stoul(item);
    const Outcome a = RunOurs(*ours, data, ef);
    const Outcome b = peer ? RunPeer(*peer, data, ef) : Outcome{};
    ours_curve.emplace_back(ef, a.recall);
    peer_curve.emplace_back(ef, b.recall);
    std::printf("%4zu  %.4f %8.1f %8.0f | %.4f %8.1f\n", ef, a.recall, a.cpu_seconds / query_count * 1e6,
                a.distances, b.recall, b.cpu_seconds / query_count * 1e6);
    std::fflush(stdout);
  }
  const double ours_ef = EfAt(ours_curve, goal);
  const double peer_ef = EfAt(peer_curve, goal);
  std::printf("ef for recall@10 %.2f: redkite %.1f hnswlib %.1f ratio %.3f\n", goal, ours_ef, peer_ef,
              ours_ef / peer_ef);
  if (!peer || ours_ef < 0 || peer_ef < 0) return 0;
  const auto up = [](double ef) { return static_cast<size_t>(ef + 0.999); };
  std::vector<double> wall_ratio, cpu_ratio, ours_qps, peer_qps;
  for (int round = 0; round < std::stoi(Get(options, "rounds", "5")); ++round) {
    // Short slices in turn, so that what else the machine does meets both alike.
    Outcome a, b;
    for (size_t first = 0; first < query_count; first += kSlice) {
      const Data slice = data.Slice(first, std::min(kSlice, query_count - first));
      a.Add(RunOurs(*ours, slice, up(ours_ef)), slice);
      b.Add(RunPeer(*peer, slice, up(peer_ef)), slice);
    }
    wall_ratio.push_back(b.seconds / a.seconds);
    cpu_ratio.push_back(b.cpu_seconds / a.cpu_seconds);
    ours_qps.push_back(query_count / a.cpu_seconds);
    peer_qps.push_back(query_count / b.cpu_seconds);
    std::printf(
        "round %d: redkite %.0f QPS wall %.0f cpu (recall %.4f), hnswlib %.0f QPS wall %.0f cpu (recall "
        "%.4f)\n",
        round, query_count / a.seconds, ours_qps.back(), a.recall / query_count, query_count / b.seconds,
        peer_qps.back(), b.recall / query_count);
    std::fflush(stdout);
  }
  std::printf(
      "median of rounds, redkite / hnswlib: QPS by wall clock %.3f, by processor time %.3f (%.0f / %.0f "
      "QPS)\n",
      Median(wall_ratio), Median(cpu_ratio), Median(ours_qps), Median(peer_qps));
  return 0;
}

}  // namespace
}  // namespace redkite::bench

int main(int argc, char** argv) { return redkite::bench::Main(argc, argv); }
