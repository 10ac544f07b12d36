// Mutex and guards whose use clang checks (-Wthread-safety): state says which mutex guards it.
//
// A ThreadModel, when one is set, takes the place of the operating system's threads: every lock is a place
// where it may run another of its threads, and waiting is left to it (sim/sim_scheduler.h).
#pragma once

#include <atomic>
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

/// Runs many threads of a simulation in one real one.
class ThreadModel {
 public:
  virtual ~ThreadModel() = default;
  /// A place where another thread may run.
  virtual void Pass() = 0;
  /// Runs others until `ready(of)` is true.
  virtual void WaitUntil(bool (*ready)(void*), void* of) = 0;
  /// Runs others, which may change what the caller waits for.
  virtual void WaitForChange() = 0;

  /// nullptr: real threads. Set while there is one thread only.
  static ThreadModel* current() { return current_.load(std::memory_order_relaxed); }
  static void SetCurrent(ThreadModel* model) { current_.store(model, std::memory_order_relaxed); }

 private:
  static inline std::atomic<ThreadModel*> current_{nullptr};
};

class RK_TSA(capability("mutex")) Mutex {
 public:
  void Lock() RK_TSA(acquire_capability()) {
    if (ThreadModel* model = ThreadModel::current()) [[unlikely]] {
      LockIn(model);
    } else {
      m_.lock();
    }
  }
  void Unlock() RK_TSA(release_capability()) { m_.unlock(); }

 private:
  friend class CondVar;
  void LockIn(ThreadModel* model) {
    model->Pass();
    while (!m_.try_lock()) model->WaitUntil(&IsFree, &m_);
  }
  /// The model may ask on behalf of the one that waits, who then takes the lock itself.
  static bool IsFree(void* mutex) {
    auto* m = static_cast<std::mutex*>(mutex);
    if (!m->try_lock()) return false;
    m->unlock();
    return true;
  }
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
    if (ThreadModel* model = ThreadModel::current()) [[unlikely]] {
      m.Unlock();
      model->WaitForChange();
      m.Lock();
      return;
    }
    std::unique_lock<std::mutex> lock(m.m_, std::adopt_lock);
    cv_.wait(lock);
    lock.release();
  }
  /// False after `timeout_ms` without a notification.
  bool WaitFor(Mutex& m, int64_t timeout_ms) REQUIRES(m) {
    if (ThreadModel::current() != nullptr) [[unlikely]] {
      Wait(m);
      return true;
    }
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
