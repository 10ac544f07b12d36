#include "sim/faults/flip_suites.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/random.h"
#include "engine/check_data.h"
#include "io/file_paths.h"
#include "sim/faults/subject.h"

namespace redkite::sim {
namespace {

constexpr int64_t kRowsOfPart = 40;

SimConfig FilesConfig() {
  SimConfig config;
  config.slot_count = 0;
  config.scheduler.pass_mean = 1000;
  config.scheduler.yield_permille = 0;
  config.seal_bytes = size_t{1} << 20;
  config.log_file_bytes = 12 << 10;
  config.log_pin_bytes_max = 1 << 24;
  config.catalog_log_bytes = 3000;
  config.index_rows_min = 8;
  // Nothing is merged away, so that there are files of every kind.
  config.compaction_fan_in = 64;
  config.retention_ms = 3'600'000;
  config.retention_ratio = std::numeric_limits<double>::infinity();
  return config;
}

// Of a path of the data directory, as kFileKinds has it; all of the log but its newest file is older.
std::string KindOf(const std::string& path) {
  const std::string name = io::BaseName(path);
  if (name == "FORMAT") return name;
  if (path.find("/wal/") != std::string::npos) return "older log";
  if (name.starts_with("SNAPSHOT-")) return "catalog snapshot";
  if (name.starts_with("LOG-")) return "catalog log";
  if (name.starts_with("MANIFEST-")) return "manifest";
  if (name.find("-ts-") != std::string::npos) return "timestamps";
  if (name.ends_with(".ord")) return "key order";
  if (name.ends_with(".del")) return "deletes";
  if (name.ends_with(".idx")) return "index";
  return name.ends_with(".col") ? "column" : "unknown file " + path;
}

class BitSuite : public FaultSuite {
 public:
  BitSuite() : subject_(FilesConfig()) {
    CHECK(subject_.Open().ok());
    Fill();
    subject_.Close();
    SortFiles();
  }

 protected:
  /// Flips it on a copy, and looks at what a check and a start say.
  std::string Flip(const std::string& kind, const std::string& path, uint64_t bit);
  const std::vector<std::string>& FilesOf(const std::string& kind) { return files_[kind]; }
  uint64_t SizeOf(const std::string& path) { return subject_.machine().fs().ReadAll(path)->size(); }
  /// Up to the last byte that is not zero: logs are allocated ahead.
  uint64_t UsedSizeOf(const std::string& path) {
    return subject_.machine().fs().ReadAll(path)->find_last_not_of('\0') + 1;
  }

 private:
  void Fill();
  void FillCollection(size_t collection, int64_t* version);
  void SortFiles();

  Subject subject_;
  std::map<std::string, std::vector<std::string>> files_;
};

// Two collections in files, with an index, deletes and rows in the log, and one whose rows are in the log
// only, so that its older files are needed.
void BitSuite::Fill() {
  int64_t version = 0;
  const size_t numbers = subject_.Create("numbers", false, {{"index_type", "HNSW"}, {"metric_type", "L2"}});
  const size_t texts = subject_.Create("texts", true, {{"index_type", "HNSW"}, {"metric_type", "L2"}});
  const size_t logged = subject_.Create("logged", false, {{"index_type", "FLAT"}, {"metric_type", "L2"}});
  for (int i = 0; i < 60; ++i) {
    Mutation write;
    write.kind = MutationKind::kUpsert;
    write.version = ++version;
    for (int64_t key = 0; key < 6; ++key) write.keys.push_back(key * 3 + i % 5);
    subject_.Write(logged, std::move(write));
  }
  FillCollection(numbers, &version);
  FillCollection(texts, &version);
}

void BitSuite::FillCollection(size_t collection, int64_t* version) {
  for (int64_t part = 0; part < 3; ++part) {
    Mutation write, erase;
    write.kind = MutationKind::kUpsert;
    write.version = ++*version;
    for (int64_t key = 0; key < kRowsOfPart; ++key) write.keys.push_back(part * kRowsOfPart + key);
    subject_.Write(collection, std::move(write));
    if (part < 2) subject_.Flush(collection);
    erase.kind = MutationKind::kDeleteKeys;
    erase.version = ++*version;
    erase.keys = {part * kRowsOfPart + 3, part * kRowsOfPart + 14};
    subject_.Write(collection, std::move(erase));
  }
}

void BitSuite::SortFiles() {
  std::string newest;
  for (const std::string& path : ListFiles(&subject_.machine().fs())) {
    const std::string kind = KindOf(path);
    files_[kind].push_back(path);
    if (kind == "older log") newest = path;
  }
  std::erase(files_["older log"], newest);
  files_["log"].push_back(newest);
  CHECK(files_.size() == kFileKindCount);
  for (const std::string_view kind : kFileKinds) CHECK(!files_[std::string(kind)].empty());
}

std::string BitSuite::Flip(const std::string& kind, const std::string& path, uint64_t bit) {
  const auto fs = subject_.CopyOfDisk();
  fs->FlipBit(path, bit);
  const auto checked = engine::CheckData(fs.get(), kDataDir, [](const engine::CheckFinding&) {});
  const bool check_tells = !checked.ok() || checked->damage_count > 0;
  const Verdict verdict = subject_.Judge(fs.get());
  const bool refused = verdict.kind == Verdict::kRefused;
  ++counts[kind + (refused ? ": told by a start or an answer" : ": every answer right")];
  if (!refused && check_tells) ++counts[kind + ": told by check alone"];
  const std::string where = path + " bit " + std::to_string(bit) + ": ";
  if (verdict.kind == Verdict::kWrong) return where + verdict.text;
  if (!refused) return "";
  if (!check_tells) return where + "check finds no damage, but a start says " + verdict.text;
  const bool is_named = verdict.text.find(io::BaseName(path)) != std::string::npos;
  return is_named ? "" : where + "the error does not name the file: " + verdict.text;
}

class FlipSuite final : public BitSuite {
 public:
  std::string Run(uint64_t round) override {
    const std::string kind(kFileKinds[round % kFileKindCount]);
    Random random(round + 1);
    const auto& files = FilesOf(kind);
    const std::string& path = files[random.Below(files.size())];
    const uint64_t bytes = random.Below(8) == 0 ? SizeOf(path) : UsedSizeOf(path);
    return Flip(kind, path, random.Below(bytes * 8));
  }
};

// The first file of each kind: its first bits, then the last ones that are used.
class EndSuite final : public BitSuite {
 public:
  std::string Run(uint64_t round) override {
    const std::string kind(kFileKinds[round % kFileKindCount]);
    const uint64_t bits = 8 * kEndBytes, n = round / kFileKindCount % (2 * bits);
    const std::string& path = FilesOf(kind).front();
    const uint64_t size = UsedSizeOf(path) * 8;
    return Flip(kind, path, n < bits ? std::min(n, size - 1) : size - std::min(size, 2 * bits - n));
  }
};

}  // namespace

std::unique_ptr<FaultSuite> MakeFlipSuite() { return std::make_unique<FlipSuite>(); }
std::unique_ptr<FaultSuite> MakeEndSuite() { return std::make_unique<EndSuite>(); }

}  // namespace redkite::sim
