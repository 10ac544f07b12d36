// Peer: hnswlib behind plain functions, so that only its own file is compiled with its flags.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace redkite::bench {

class PeerIndex {
 public:
  virtual ~PeerIndex() = default;
  /// Ids of the k nearest, any order; their count.
  virtual size_t Search(const float* query, size_t k, size_t ef, uint32_t* ids) = 0;
  virtual void Save(const std::string& path) = 0;
};

struct PeerBuild {
  size_t m;
  size_t ef_construction;
  int threads;
};
/// Inner product space over unit vectors.
std::unique_ptr<PeerIndex> BuildPeer(const float* data, size_t rows, int dim, const PeerBuild& build);
std::unique_ptr<PeerIndex> LoadPeer(const std::string& path, size_t rows, int dim);

}  // namespace redkite::bench
