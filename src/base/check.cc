#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace redkite {

void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "CHECK failed: %s:%d: %s\n", file, line, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace redkite
