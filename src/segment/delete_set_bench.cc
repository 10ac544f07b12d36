// What a delete of many keys costs the thread that applies it: finding the rows, and adding them to the
// deletes of their segment. Usage: delete_set_bench [rows [keys [deletes before]]].
#include <cstdio>
#include <cstdlib>

#include "base/clock.h"
#include "base/random.h"
#include "segment/growing_segment.h"

namespace redkite::segment {
namespace {

constexpr FieldId kKey{100};

GrowingSegment MakeRows(size_t count) {
  GrowingSegment segment(SegmentId(1), PartitionId(1), kKey);
  RowBatch batch;
  batch.row_count = count;
  Column key(kKey, DataType::kInt64, 0);
  Random random(1);
  for (size_t i = 0; i < count; ++i) key.Append<int64_t>(static_cast<int64_t>(random.Below(count * 4)));
  batch.columns.push_back(std::move(key));
  segment.Append(PrepareRows(std::move(batch), kKey), 1);
  return segment;
}

void Run(size_t rows, size_t keys, size_t before) {
  const SystemClock clock;
  GrowingSegment segment = MakeRows(rows);
  Random random(2);
  // One after another, as single deletes come: they stay outside the bitmap as long as they are few.
  for (size_t i = 0; i < before; ++i) {
    const DeleteEntry entry[] = {{static_cast<RowOffset>(random.Below(rows)), 2 + i}};
    segment.Delete(entry);
  }
  const int64_t start_ns = clock.MonotonicNs();
  std::vector<DeleteEntry> entries;
  for (size_t i = 0; i < keys; ++i) {
    segment.current().ForEachRowOf({false, static_cast<int64_t>(random.Below(rows * 4)), {}},
                                   [&](RowOffset row, Timestamp) {
                                     entries.push_back({row, 1'000'000'000});
                                   });
  }
  const int64_t found_ns = clock.MonotonicNs();
  segment.Delete(entries);
  const int64_t done_ns = clock.MonotonicNs();
  std::printf("rows %zu keys %zu deletes before %zu: found %zu rows in %.2f ms, deleted in %.2f ms\n", rows,
              keys, before, entries.size(), static_cast<double>(found_ns - start_ns) / 1e6,
              static_cast<double>(done_ns - found_ns) / 1e6);
}

}  // namespace
}  // namespace redkite::segment

int main(int argc, char** argv) {
  const auto argument = [&](int i, size_t otherwise) {
    return argc > i ? static_cast<size_t>(std::strtoull(argv[i], nullptr, 10)) : otherwise;
  };
  redkite::segment::Run(argument(1, 1'000'000), argument(2, 100'000), argument(3, 3'500));
}
