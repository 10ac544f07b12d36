#include "sim/fiber.h"

#include <ucontext.h>

#include <cstdint>

#include "base/check.h"

// The sanitizers have to be told of a change of stacks.
#if defined(__SANITIZE_ADDRESS__)
#define RK_FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RK_FIBER_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define RK_FIBER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RK_FIBER_TSAN 1
#endif
#endif

extern "C" {
#ifdef RK_FIBER_ASAN
void __sanitizer_start_switch_fiber(void** fake_stack, const void* bottom, size_t size);
void __sanitizer_finish_switch_fiber(void* fake_stack, const void** bottom, size_t* size);
#endif
#ifdef RK_FIBER_TSAN
void* __tsan_get_current_fiber();
void* __tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void* fiber);
void __tsan_switch_to_fiber(void* fiber, unsigned flags);
#endif
}

namespace redkite::sim {

struct Fiber::State {
  std::unique_ptr<char[]> stack{new char[kStackBytes]};
  ucontext_t inside;
  ucontext_t outside;
  std::function<void()> body;
  bool ended = true;
  // Of the side that is not running.
  void* fake_inside = nullptr;
  void* fake_outside = nullptr;
  const void* outside_bottom = nullptr;
  size_t outside_bytes = 0;
  void* tsan_inside = nullptr;
  void* tsan_outside = nullptr;
};

Fiber::Fiber() : state_(std::make_unique<State>()) {
  State& s = *state_;
  CHECK(getcontext(&s.inside) == 0);
  s.inside.uc_stack.ss_sp = s.stack.get();
  s.inside.uc_stack.ss_size = kStackBytes;
  s.inside.uc_link = nullptr;
  const auto self = reinterpret_cast<uintptr_t>(this);
  makecontext(&s.inside, reinterpret_cast<void (*)()>(&Fiber::Entry), 2, static_cast<unsigned>(self >> 32),
              static_cast<unsigned>(self));
#ifdef RK_FIBER_TSAN
  s.tsan_inside = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
#ifdef RK_FIBER_TSAN
  __tsan_destroy_fiber(state_->tsan_inside);
#endif
}

void Fiber::SetBody(std::function<void()> body) {
  CHECK(state_->ended);
  state_->body = std::move(body);
  state_->ended = false;
}

void Fiber::Entry(unsigned high, unsigned low) {
  reinterpret_cast<Fiber*>((static_cast<uintptr_t>(high) << 32) | low)->Loop();
}

void Fiber::Loop() {
  State& s = *state_;
#ifdef RK_FIBER_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &s.outside_bottom, &s.outside_bytes);
#endif
  while (true) {
    s.body();
    s.body = nullptr;
    s.ended = true;
    Suspend();
  }
}

bool Fiber::Resume() {
  State& s = *state_;
  CHECK(!s.ended);
#ifdef RK_FIBER_ASAN
  __sanitizer_start_switch_fiber(&s.fake_outside, s.stack.get(), kStackBytes);
#endif
#ifdef RK_FIBER_TSAN
  s.tsan_outside = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(s.tsan_inside, 0);
#endif
  CHECK(swapcontext(&s.outside, &s.inside) == 0);
#ifdef RK_FIBER_ASAN
  __sanitizer_finish_switch_fiber(s.fake_outside, nullptr, nullptr);
#endif
  return s.ended;
}

void Fiber::Suspend() {
  State& s = *state_;
#ifdef RK_FIBER_ASAN
  __sanitizer_start_switch_fiber(&s.fake_inside, s.outside_bottom, s.outside_bytes);
#endif
#ifdef RK_FIBER_TSAN
  __tsan_switch_to_fiber(s.tsan_outside, 0);
#endif
  CHECK(swapcontext(&s.inside, &s.outside) == 0);
#ifdef RK_FIBER_ASAN
  __sanitizer_finish_switch_fiber(s.fake_inside, &s.outside_bottom, &s.outside_bytes);
#endif
}

}  // namespace redkite::sim
