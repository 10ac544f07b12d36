// ParallelFor: the items of one request on several threads, without a thread that waits for work that has not
// begun.
//
// The calling thread works too and only waits for items that other threads are in the middle of, so it may
// itself be a task of the executor, and a busy executor makes it slower but cannot block it. Each helper
// gives its thread back after one item and asks for it again, so that a large request does not keep small
// ones waiting. Thread safety: may be called from any thread, also from a body.
#pragma once

#include <cstddef>
#include <functional>

#include "base/executor.h"

namespace redkite {

/// Runs body(0) … body(count - 1), each once, in any order and at the same time; returns when all have ended.
/// Everything runs in the calling thread, in order, when `executor` is null or runs one task at a time.
void ParallelFor(Executor* executor, size_t count, const std::function<void(size_t)>& body);

}  // namespace redkite
