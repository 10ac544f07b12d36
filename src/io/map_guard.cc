#include "io/map_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <deque>
#include <memory>

#include "base/check.h"
#include "base/mutex.h"

namespace redkite::io {
namespace {

constexpr size_t kSlotsPerChunk = 4096;
constexpr size_t kChunksMax = 4096;
constexpr size_t kFormerMax = 1000;

struct Slot {
  std::atomic<uintptr_t> begin{0};  // 0: free
  std::atomic<uintptr_t> end{0};
  std::atomic<bool> faulted{false};
};
using Chunk = std::array<Slot, kSlotsPerChunk>;

// What the handler reads. Chunks are never freed.
std::array<std::atomic<Chunk*>, kChunksMax> chunks;
std::atomic<uint64_t> fault_count{0};
uintptr_t page_bytes = 0;
struct sigaction former_action;

struct Names {
  Mutex mutex;
  std::vector<std::string> paths GUARDED_BY(mutex);  // by slot
  std::vector<size_t> free GUARDED_BY(mutex);
  std::deque<std::string> former GUARDED_BY(mutex);  // faulted, not mapped any more
};
Names& names() {
  static Names* const n = new Names;  // maps may go after main has returned
  return *n;
}

Slot& SlotAt(size_t index) {
  return (*chunks[index / kSlotsPerChunk].load(std::memory_order_acquire))[index % kSlotsPerChunk];
}

Slot* FindSlot(uintptr_t at) {
  for (const auto& entry : chunks) {
    Chunk* const chunk = entry.load(std::memory_order_acquire);
    if (chunk == nullptr) return nullptr;
    for (Slot& slot : *chunk) {
      const uintptr_t begin = slot.begin.load(std::memory_order_acquire);
      if (begin != 0 && begin <= at && at < slot.end.load(std::memory_order_relaxed)) return &slot;
    }
  }
  return nullptr;
}

void OnSigbus(int signal, siginfo_t* info, void* context) {
  const auto at = reinterpret_cast<uintptr_t>(info->si_addr);
  Slot* const slot = FindSlot(at);
  if (slot != nullptr) {
    // To the end of the map: what a shorter file lacks is all behind it.
    const uintptr_t page = at & ~(page_bytes - 1);
    const size_t bytes = slot->end.load(std::memory_order_relaxed) - page;
    void* const zeros = ::mmap(reinterpret_cast<void*>(page), bytes, PROT_READ,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    if (zeros != MAP_FAILED) {
      slot->faulted.store(true, std::memory_order_release);
      fault_count.fetch_add(1, std::memory_order_release);
      return;
    }
  }
  if ((former_action.sa_flags & SA_SIGINFO) != 0) return former_action.sa_sigaction(signal, info, context);
  ::sigaction(SIGBUS, &former_action, nullptr);  // and again, to where it would have gone
}

void InstallHandler() {
  page_bytes = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  struct sigaction action = {};
  action.sa_sigaction = OnSigbus;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  ::sigemptyset(&action.sa_mask);
  CHECK(::sigaction(SIGBUS, &action, &former_action) == 0);
}

}  // namespace

MapGuard::MapGuard(const void* address, size_t size, std::string path) {
  Names& n = names();
  MutexLock lock(n.mutex);
  if (n.paths.empty()) InstallHandler();
  if (n.free.empty()) {
    const size_t first = n.paths.size();
    CHECK(first / kSlotsPerChunk < kChunksMax);
    chunks[first / kSlotsPerChunk].store(new Chunk, std::memory_order_release);
    n.paths.resize(first + kSlotsPerChunk);
    for (size_t i = kSlotsPerChunk; i > 0; --i) n.free.push_back(first + i - 1);
  }
  slot_ = n.free.back();
  n.free.pop_back();
  n.paths[slot_] = std::move(path);
  Slot& slot = SlotAt(slot_);
  slot.faulted.store(false, std::memory_order_relaxed);
  slot.end.store(reinterpret_cast<uintptr_t>(address) + size, std::memory_order_relaxed);
  slot.begin.store(reinterpret_cast<uintptr_t>(address), std::memory_order_release);
}

MapGuard::~MapGuard() {
  Names& n = names();
  MutexLock lock(n.mutex);
  Slot& slot = SlotAt(slot_);
  slot.begin.store(0, std::memory_order_release);
  if (slot.faulted.load(std::memory_order_acquire)) {
    n.former.push_back(std::move(n.paths[slot_]));
    if (n.former.size() > kFormerMax) n.former.pop_front();
  }
  n.paths[slot_].clear();
  n.free.push_back(slot_);
}

uint64_t MapFaultCount() { return fault_count.load(std::memory_order_acquire); }

std::vector<std::string> FaultedMaps() {
  Names& n = names();
  MutexLock lock(n.mutex);
  std::vector<std::string> out(n.former.begin(), n.former.end());
  for (size_t i = 0; i < n.paths.size(); ++i) {
    if (!n.paths[i].empty() && SlotAt(i).faulted.load(std::memory_order_acquire)) out.push_back(n.paths[i]);
  }
  return out;
}

}  // namespace redkite::io
