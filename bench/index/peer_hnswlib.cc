#include "peer_hnswlib.h"

#include <hnswlib/hnswlib.h>

#include <atomic>
#include <thread>
#include <vector>

namespace redkite::bench {
namespace {

class HnswlibIndex final : public PeerIndex {
 public:
  HnswlibIndex(int dim, size_t rows, const PeerBuild& build)
      : space_(dim), index_(&space_, rows, build.m, build.ef_construction) {}
  HnswlibIndex(int dim, size_t rows, const std::string& path)
      : space_(dim), index_(&space_, path, false, rows) {}
  void Add(const float* data, size_t rows, int dim, int threads) {
    index_.addPoint(data, 0);
    std::atomic<size_t> next{1};
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t) {
      workers.emplace_back([&] {
        for (size_t row; (row = next.fetch_add(1)) < rows;) index_.addPoint(data + row * dim, row);
      });
    }
    for (std::thread& worker : workers) worker.join();
  }
  size_t Search(const float* query, size_t k, size_t ef, uint32_t* ids) override {
    index_.setEf(ef);
    auto found = index_.searchKnn(query, k);
    size_t count = 0;
    for (; !found.empty(); found.pop()) ids[count++] = static_cast<uint32_t>(found.top().second);
    return count;
  }
  void Save(const std::string& path) override { index_.saveIndex(path); }

 private:
  hnswlib::InnerProductSpace space_;
  hnswlib::HierarchicalNSW<float> index_;
};

}  // namespace

std::unique_ptr<PeerIndex> BuildPeer(const float* data, size_t rows, int dim, const PeerBuild& build) {
  auto index = std::make_unique<HnswlibIndex>(dim, rows, build);
  index->Add(data, rows, dim, build.threads);
  return index;
}

std::unique_ptr<PeerIndex> LoadPeer(const std::string& path, size_t rows, int dim) {
  return std::make_unique<HnswlibIndex>(dim, rows, path);
}

}  // namespace redkite::bench
