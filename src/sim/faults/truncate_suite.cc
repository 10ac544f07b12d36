#include "sim/faults/truncate_suite.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "base/check.h"
#include "base/random.h"
#include "engine/inspect.h"
#include "io/file_paths.h"
#include "sim/faults/subject.h"

namespace redkite::sim {
namespace {

constexpr uint64_t kSectorBytes = 512;
constexpr uint64_t kHeaderBytes = 64;  // of a record
constexpr uint64_t kTornSectors = 8;
constexpr int64_t kKeys = 40;
constexpr uint64_t kBatchMax = 30;
constexpr int64_t kWrites = 75;
constexpr uint64_t kStartAgainEvery = 16;

SimConfig LogConfig() {
  SimConfig config;
  config.slot_count = 0;
  config.dim = kDimMax;
  config.scheduler.pass_mean = 1000;
  config.scheduler.yield_permille = 0;
  config.seal_bytes = size_t{1} << 20;
  config.log_file_bytes = 128 << 10;
  config.log_pin_bytes_max = 1 << 24;
  return config;
}

uint64_t NumberAfter(const std::string& line, std::string_view name) {
  uint64_t number = 0;
  const size_t at = line.find(name);
  CHECK(at != std::string::npos);
  const char* begin = line.data() + at + name.size();
  std::from_chars(begin, line.data() + line.size(), number);
  return number;
}

class TruncateSuite final : public FaultSuite {
 public:
  TruncateSuite() : subject_(LogConfig()) {
    Fill();
    FindRecords();
  }
  std::string Run(uint64_t round) override;

 private:
  void Fill();
  void FindRecords();
  int DifferingBits(uint64_t offset, std::string_view torn) const;
  std::string Cut(uint64_t offset);
  std::string Damage(const char* what, const std::string& bytes);
  std::string ServePrefix(const char* what, io::MemFileSystem* fs, size_t records, bool again);

  Subject subject_;
  std::vector<std::vector<Rows>> states_;  // after so many records
  std::string path_, bytes_;
  std::vector<uint64_t> starts_, ends_;  // of each record, without the zeros behind it
};

// One record after the other, each made durable before the next.
void TruncateSuite::Fill() {
  CHECK(subject_.Open().ok());
  subject_.Create("c", false, {{"index_type", "FLAT"}, {"metric_type", "L2"}});
  Random random(5);
  states_.push_back(subject_.Content());
  for (int64_t version = 1; version <= kWrites; ++version) {
    Mutation write;
    write.version = version;
    const int64_t first = static_cast<int64_t>(random.Below(kKeys));
    const bool erases = version % 9 == 0 && states_.back()[0].contains(first);
    write.kind = erases ? MutationKind::kDeleteKeys : MutationKind::kUpsert;
    const auto count = static_cast<int64_t>(1 + random.Below(version % 4 == 0 ? 3 : kBatchMax));
    for (int64_t i = 0; i < count; ++i) write.keys.push_back((first + i) % kKeys);
    subject_.Write(0, std::move(write));
    states_.push_back(subject_.Content());
  }
  subject_.Close();
}

void TruncateSuite::FindRecords() {
  io::MemFileSystem& fs = subject_.machine().fs();
  for (const std::string& path : ListFiles(&fs)) {
    if (path.find("/wal/") != std::string::npos) path_ = path;
  }
  const auto bytes = fs.ReadAll(path_);
  CHECK(bytes.ok());
  bytes_ = *bytes;
  const Status read = engine::InspectFile(&fs, path_, [this](const std::string& line) {
    if (!line.starts_with("record ")) return;
    starts_.push_back(NumberAfter(line, "offset="));
    ends_.push_back(starts_.back() + kHeaderBytes + NumberAfter(line, " bytes="));
  });
  CHECK(read.ok() && ends_.size() + 1 == states_.size() && ends_.back() > kTruncateRounds);
}

// Of the record at `offset`.
int TruncateSuite::DifferingBits(uint64_t offset, std::string_view torn) const {
  const uint64_t end = *std::upper_bound(ends_.begin(), ends_.end(), offset);
  int bits = 0;
  for (uint64_t i = offset; i < end; ++i) bits += std::popcount(static_cast<uint8_t>(torn[i] ^ bytes_[i]));
  return bits;
}

std::string TruncateSuite::Run(uint64_t round) {
  const uint64_t offset = ends_.back() - 1 - round % kTruncateRounds;
  Random random(round + 1);
  std::string text = Cut(offset);
  std::string zeros = bytes_.substr(0, offset);
  zeros.resize(bytes_.size());
  if (text.empty()) text = Damage("zeros to the end", zeros);
  std::string torn = zeros;
  const uint64_t end = std::min(torn.size(), offset + kSectorBytes * (1 + random.Below(kTornSectors)));
  for (uint64_t i = offset; i < end; ++i) torn[i] = static_cast<char>(random.Below(256));
  // Noise in the last bytes of a record may be what one flipped bit would be, and then is told as that.
  while (DifferingBits(offset, torn) == 1) torn[offset] = static_cast<char>(random.Below(256));
  if (text.empty()) text = Damage("random sectors at the end", torn);
  std::string hole = bytes_;
  std::fill_n(hole.begin() + static_cast<ptrdiff_t>(offset), std::min(kSectorBytes, hole.size() - offset),
              '\0');
  if (text.empty()) text = Damage("a sector of zeros", hole);
  return text.empty() ? "" : "offset " + std::to_string(offset) + " of " + path_ + ": " + text;
}

std::string TruncateSuite::Cut(uint64_t offset) {
  const auto fs = subject_.CopyOfDisk();
  fs->PutFile(path_, std::string_view(bytes_).substr(0, offset));
  const Verdict verdict = subject_.Judge(fs.get());
  ++counts["cut"];
  const bool named = verdict.text.find(io::BaseName(path_)) != std::string::npos &&
                     verdict.text.find("offset") != std::string::npos;
  if (verdict.kind != Verdict::kRefused || !named) return "cut: not refused by name: " + verdict.text;
  return "";
}

std::string TruncateSuite::Damage(const char* what, const std::string& bytes) {
  const auto fs = subject_.CopyOfDisk();
  fs->PutFile(path_, bytes);
  // The records before the first changed byte are whole, and those behind the last.
  const size_t differs =
      static_cast<size_t>(std::mismatch(bytes.begin(), bytes.end(), bytes_.begin()).first - bytes.begin());
  const auto last = std::mismatch(bytes.rbegin(), bytes.rend(), bytes_.rbegin()).first;
  const auto whole =
      static_cast<size_t>(std::upper_bound(ends_.begin(), ends_.end(), differs) - ends_.begin());
  const auto damage_end = static_cast<uint64_t>(bytes.rend() - last);
  // A whole record behind the damage proves that what is missing was durable.
  const bool must_refuse = bytes != bytes_ && damage_end <= starts_.back();
  ++counts[what];
  if (!must_refuse) return ServePrefix(what, fs.get(), whole, differs % kStartAgainEvery == 0);
  ++counts["refused with records behind the damage"];
  const Verdict verdict = subject_.Judge(fs.get(), states_[whole]);
  const bool named = verdict.text.find(io::BaseName(path_)) != std::string::npos &&
                     verdict.text.find("offset") != std::string::npos;
  if (verdict.kind == Verdict::kRefused && named) return "";
  return std::string(what) + " with whole records behind it: not refused by name: " + verdict.text;
}

std::string TruncateSuite::ServePrefix(const char* what, io::MemFileSystem* fs, size_t records, bool again) {
  const std::string name = std::string(what) + ", " + std::to_string(records) + " whole records: ";
  ++counts["served what is before the torn tail"];
  Verdict verdict = subject_.Judge(fs, states_[records]);
  if (verdict.kind != Verdict::kRight) return name + verdict.text;
  if (!again) return "";
  // The repaired tail takes a start after a loss of power.
  ++counts["started again"];
  fs->Crash();
  verdict = subject_.Judge(fs, states_[records]);
  return verdict.kind == Verdict::kRight ? "" : name + "at the second start: " + verdict.text;
}

}  // namespace

std::unique_ptr<FaultSuite> MakeTruncateSuite() { return std::make_unique<TruncateSuite>(); }

}  // namespace redkite::sim
