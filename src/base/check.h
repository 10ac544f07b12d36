// CHECK aborts on a programmer's error with file, line and condition; DCHECK does so in debug builds only.
// User input never reaches a CHECK.
#pragma once

namespace redkite {
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);
}

#define CHECK(cond) \
  (static_cast<bool>(cond) ? static_cast<void>(0) : ::redkite::CheckFailed(__FILE__, __LINE__, #cond))
#ifdef NDEBUG
#define DCHECK(cond) static_cast<void>(sizeof(static_cast<bool>(cond)))
#else
#define DCHECK(cond) CHECK(cond)
#endif
