// Mutex and guards whose use clang checks (-Wthread-safety): state says which mutex guards it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#if defined(__clang__)
#define RK_TSA(x) __attribute__((x))
#else
#define RK_TSA(x)
#endif
#define GUARDED_BY(m) RK_TSA(guarded_by(m))
#define REQUIRES(...) RK_TSA(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) RK_TSA(locks_excluded(__VA_ARGS__))

namespace redkite {

class RK_TSA(capability("mutex")) Mutex {
 public:
  void Lock() RK_TSA(acquire_capability()) { m_.lock(); }
  void Unlock() RK_TSA(release_capability()) { m_.unlock(); }

 private:
  friend class CondVar;
  std::mutex m_;
};

class RK_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& m) RK_TSA(acquire_capability(m)) : m_(m) { m_.Lock(); }
  ~MutexLock() RK_TSA(release_capability()) { m_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& m_;
};

class CondVar {
 public:
  /// Caller holds `m`. Spurious wake-ups happen: wait in a loop.
  void Wait(Mutex& m) REQUIRES(m) {
    std::unique_lock<std::mutex> lock(m.m_, std::adopt_lock);
    cv_.wait(lock);
    lock.release();
  }
  /// False after `timeout_ms` without a notification.
  bool WaitFor(Mutex& m, int64_t timeout_ms) REQUIRES(m) {
    std::unique_lock<std::mutex> lock(m.m_, std::adopt_lock);
    bool notified = cv_.wait_for(lock, std::chrono::milliseconds(timeout_ms)) == std::cv_status::no_timeout;
    lock.release();
    return notified;
  }
  void NotifyOne() { cv_.notify_one(); }
  void NotifyAll() { cv_.notify_all(); }

 private:
  std::condition_variable cv_;
};

}  // namespace redkite
