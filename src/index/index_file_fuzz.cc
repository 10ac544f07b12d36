// A damaged index file, its container's checksums being right: opened or refused; a search over what was
// opened returns only rows that exist and are not excluded, in order, and touches nothing else.
#include <cmath>
#include <map>

#include "base/testing/fuzz_input.h"
#include "base/testing/fuzz_target.h"
#include "index/index_fixture.h"

namespace redkite::index {
namespace {

constexpr size_t kRows = 700;  // enough for walks: small graphs are scanned
constexpr int kDim = 4;

struct Original {
  IndexSpec spec;
  std::string bytes;
};

const TestVectors& Vectors() {
  static const TestVectors vectors(kRows, kDim, 5, 3);
  return vectors;
}

const Original& OriginalOf(uint64_t which) {
  static std::map<uint64_t, Original> originals;
  Original& original = originals[which];
  if (original.bytes.empty()) {
    constexpr Metric kMetrics[] = {Metric::kL2, Metric::kIp, Metric::kCosine};
    original.spec = SpecOf(which < 3 ? Structure::kHnsw : Structure::kFlat, kMetrics[which % 3], 4, 20);
    MemoryFile file;
    CHECK(BuildIndex(original.spec, Vectors().view()).value()->Save(&file).ok());
    original.bytes = file.bytes();
  }
  return original;
}

void Damage(fuzz::FuzzInput* input, std::string* bytes) {
  for (uint64_t edits = input->Below(6); edits > 0 && !bytes->empty(); --edits) {
    // The header and the section table decide most.
    const uint64_t at = (input->OneIn(2) ? input->Word() : input->Below(256)) % bytes->size();
    switch (input->Below(5)) {
      case 0:
        (*bytes)[at] = static_cast<char>(input->Byte());
        break;
      case 1: {
        const int64_t value = input->Integer();
        const size_t width = size_t{1} << input->Below(4);
        std::memcpy(bytes->data() + at, &value, std::min(width, bytes->size() - at));
        break;
      }
      case 2: {
        // Links to rows near and beyond the border.
        const auto link = static_cast<uint32_t>(kRows + input->Below(256) - 128);
        std::memcpy(bytes->data() + at / 4 * 4, &link, std::min<size_t>(4, bytes->size() - at / 4 * 4));
        break;
      }
      case 3: {
        const std::string_view patch = input->Bytes(64);
        std::memcpy(bytes->data() + at, patch.data(), std::min(patch.size(), bytes->size() - at));
        break;
      }
      default:
        bytes->resize(at);
    }
  }
}

void CheckFound(const TopK& found, size_t query, const ExcludeBitset& exclude, const SearchArgs& args) {
  const auto entries = found.Of(query);
  CHECK(entries.size() <= args.k);
  for (size_t i = 0; i < entries.size(); ++i) {
    CHECK(entries[i].row < kRows && !exclude.Test(entries[i].row));
    CHECK(args.range.any() || args.range.Contains(entries[i].distance));
    if (i > 0 && !std::isnan(entries[i].distance)) CHECK(!(entries[i].distance < entries[i - 1].distance));
  }
}

void Run(std::string_view raw) {
  fuzz::FuzzInput input(raw);
  const uint64_t which = input.Below(4);
  const Original& original = OriginalOf(which);
  const bool whole_file = input.OneIn(8);
  std::string bytes = original.bytes;
  SearchArgs args;
  args.k = 1 + input.Below(30);
  args.ef = input.Below(64);
  if (input.OneIn(4)) args.range.below = static_cast<float>(input.Real());
  if (input.OneIn(8)) args.range.from = static_cast<float>(input.Real());
  ExcludeBitset exclude(kRows);
  if (const uint64_t step = input.Below(8); step > 0) {
    for (size_t row = 0; row < kRows; row += step) exclude.Exclude(static_cast<RowOffset>(row));
  }
  if (whole_file)
    bytes = std::string(input.Rest());
  else
    Damage(&input, &bytes);
  const AlignedCopy copy(bytes);
  const auto index = OpenIndex(original.spec, copy.bytes(), Vectors().view());
  if (!index.ok()) return;
  const QueryBatch queries = Vectors().queries();
  TopK found;
  const Status searched = (*index)->Search(queries, args, exclude.view(), nullptr, nullptr, &found);
  if (!searched.ok()) return;
  for (size_t q = 0; q < queries.count; ++q) CheckFound(found, q, exclude, args);
  (void)(*index)->info();
  MemoryFile again;
  CHECK((*index)->Save(&again).ok());
}

fuzz::Inputs Seeds() {
  fuzz::Inputs seeds;
  Random random(3);
  for (int i = 0; i < 24; ++i) {
    std::string seed(24, '\0');
    for (char& c : seed) c = static_cast<char>(random.Next());
    seeds.push_back(std::move(seed));
  }
  return seeds;
}

}  // namespace
}  // namespace redkite::index

FUZZ_TARGET(index_file_fuzz, redkite::index::Run, redkite::index::Seeds, 2000)
