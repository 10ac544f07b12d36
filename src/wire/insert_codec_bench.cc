// Time to decode an insert of 10,000 rows (Int64, VarChar, Float, 384-d vector) against a plain copy of its
// bytes, and to encode a search answer. Prints milliseconds, best of twenty.
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "proto/milvus_rows.pb.h"
#include "wire/insert_codec.h"
#include "wire/search_codec.h"

namespace redkite::wire {
namespace {

constexpr int kRows = 10000;
constexpr int kDim = 384;

std::string InsertBytes() {
  Random random(1);
  ::milvus::proto::milvus::InsertRequest m;
  m.set_num_rows(kRows);
  auto* id = m.add_fields_data();
  id->set_type(::milvus::proto::schema::Int64);
  auto* word = m.add_fields_data();
  word->set_type(::milvus::proto::schema::VarChar);
  auto* score = m.add_fields_data();
  score->set_type(::milvus::proto::schema::Float);
  auto* vector = m.add_fields_data();
  vector->set_type(::milvus::proto::schema::FloatVector);
  vector->mutable_vectors()->set_dim(kDim);
  for (int row = 0; row < kRows; ++row) {
    id->mutable_scalars()->mutable_long_data()->add_data(static_cast<int64_t>(random.Next() >> 20));
    word->mutable_scalars()->mutable_string_data()->add_data("word number " + std::to_string(row));
    score->mutable_scalars()->mutable_float_data()->add_data(static_cast<float>(random.Unit()));
    auto* floats = vector->mutable_vectors()->mutable_float_vector();
    for (int i = 0; i < kDim; ++i) floats->add_data(static_cast<float>(random.Unit()));
  }
  return m.SerializeAsString();
}

template <class Work>
double BestMs(Work work) {
  const SystemClock clock;
  int64_t best = INT64_MAX;
  for (int i = 0; i < 20; ++i) {
    const int64_t start = clock.MonotonicNs();
    work();
    best = std::min(best, clock.MonotonicNs() - start);
  }
  return static_cast<double>(best) / 1e6;
}

SearchResult Answer() {
  SearchResult result;
  result.nq = 100;
  result.topk = 100;
  result.hit_counts.assign(100, 100);
  result.ids = Column(FieldId(100), DataType::kInt64, 0);
  Column vectors(FieldId(101), DataType::kFloatVector, kDim);
  const std::vector<float> vector(kDim, 0.5f);
  for (int64_t i = 0; i < kRows; ++i) {
    result.ids.Append<int64_t>(i << 20);
    result.scores.push_back(0.25f);
    vectors.AppendVector(vector.data());
  }
  result.columns.push_back({"vector", false, std::move(vectors)});
  return result;
}

int Main() {
  const std::string bytes = InsertBytes();
  std::vector<char> copy;
  const double copied = BestMs([&] {
    std::vector<char> fresh(bytes.size());  // pages and all, as the decoder has to
    std::memcpy(fresh.data(), bytes.data(), bytes.size());
    copy.swap(fresh);
  });
  bool ok = true;
  const double decoded = BestMs([&] { ok = ok && DecodeInsert(bytes).ok(); });
  const double generated = BestMs([&] {
    ::milvus::proto::milvus::InsertRequest m;
    ok = ok && m.ParseFromString(bytes);
  });
  const SearchResult answer = Answer();
  size_t size = 0;
  const double encoded = BestMs([&] { size = EncodeSearch(answer).size(); });
  std::printf("insert of %zu bytes: copy %.2f ms, decode %.2f ms, generated parse alone %.2f ms\n",
              bytes.size(), copied, decoded, generated);
  std::printf("answer of %zu bytes: encode %.2f ms\n", size, encoded);
  return ok ? 0 : 1;
}

}  // namespace
}  // namespace redkite::wire

int main() { return redkite::wire::Main(); }
