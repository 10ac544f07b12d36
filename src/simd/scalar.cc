// Portable kernels, the oracle of the others. Sixteen partial sums keep the rounding error near that of the
// wide forms.
#include "simd/tables.h"

namespace redkite::simd {
namespace {

constexpr size_t kLanes = 16;

struct DotStep {
  static float Term(float a, float b) { return a * b; }
};
struct L2Step {
  static float Term(float a, float b) { return (a - b) * (a - b); }
};

template <class Step>
float One(const float* a, const float* b, size_t dim) {
  float sum[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= dim; i += kLanes) {
    for (size_t j = 0; j < kLanes; ++j) sum[j] += Step::Term(a[i + j], b[i + j]);
  }
  for (size_t j = 0; i + j < dim; ++j) sum[j] += Step::Term(a[i + j], b[i + j]);
  for (size_t width = kLanes / 2; width > 0; width /= 2) {
    for (size_t j = 0; j < width; ++j) sum[j] += sum[j + width];
  }
  return sum[0];
}

template <class Step>
void Gather(const float* query, Rows rows, const uint32_t* ids, size_t count, float* out) {
  for (size_t i = 0; i < count; ++i) out[i] = One<Step>(query, rows.data + ids[i] * rows.dim, rows.dim);
}

template <class Step>
void Block(const float* query, Rows rows, size_t count, float* out) {
  for (size_t i = 0; i < count; ++i) out[i] = One<Step>(query, rows.data + i * rows.dim, rows.dim);
}

}  // namespace

const DistanceKernels kScalarKernels = {Isa::kScalar,   One<DotStep>,   One<L2Step>,  Gather<DotStep>,
                                        Gather<L2Step>, Block<DotStep>, Block<L2Step>};

}  // namespace redkite::simd
