// MapGuard: a read of a mapped file that has become shorter, or whose block the disk cannot read, raises
// SIGBUS. The guard answers it: what is left of the map reads as zeros from there on, the fault is counted,
// and the file is named to whoever looks. So the process goes on, and who has read asks for the count
// afterwards and throws away what it found when it has changed.
//
// The handler is installed with the first map and passes on what is not in a guarded one. Thread safety: all
// functions from any thread; the handler takes no lock and allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace redkite::io {

class MapGuard {
 public:
  /// Guards a map that exists until the guard is destroyed.
  MapGuard(const void* address, size_t size, std::string path);
  ~MapGuard();
  MapGuard(const MapGuard&) = delete;
  MapGuard& operator=(const MapGuard&) = delete;

 private:
  size_t slot_ = 0;
};

/// Faults in guarded maps since the process began.
uint64_t MapFaultCount();
/// The files in whose maps they were, as far as they are known (the newest thousand of those not mapped any
/// more).
std::vector<std::string> FaultedMaps();

}  // namespace redkite::io
