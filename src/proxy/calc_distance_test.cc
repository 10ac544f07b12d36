#include <gtest/gtest.h>

#include <cmath>

#include "base/half.h"
#include "proxy/mem_proxy_test_kit.h"

namespace redkite::proxy {
namespace {

// A side that can be used twice.
struct Side {
  VectorBlock vectors;
  std::vector<int64_t> ids;
  std::string field = "vec";
  std::string collection = "items";
  std::vector<std::string> partitions;
  DistanceOperand Make() const {
    DistanceOperand operand;
    operand.vectors = vectors;
    operand.by_ids = !ids.empty();
    operand.name.collection = collection;
    operand.partitions = partitions;
    operand.field = field;
    operand.ids = Column(FieldId(), DataType::kInt64, 0);
    for (const int64_t id : ids) operand.ids.Append<int64_t>(id);
    return operand;
  }
};

Side Bytes(DataType type, int64_t dim, const std::string& bytes) {
  Side side;
  side.vectors = {type, dim, bytes};
  return side;
}

Side Floats(int64_t dim, const std::vector<float>& values) {
  const auto* bytes = reinterpret_cast<const char*>(values.data());
  return Bytes(DataType::kFloatVector, dim, std::string(bytes, values.size() * sizeof(float)));
}

Side Ids(const std::vector<int64_t>& ids, const std::string& field = "vec") {
  Side side;
  side.ids = ids;
  side.field = field;
  return side;
}

struct CalcDistances : testing::Test {
  CalcDistances() {
    kit.MakeItems();
    MemProxyKit::Expect(
        kit.Insert(MemProxyKit::Rows({{1, "a", 1, 0}, {2, "b", 0, 2}, {3, "c", 3, 4}})).status());
  }
  Result<CalcDistanceResult> Calc(const Side& left, const Side& right, Params params = {}) {
    return kit.proxy.CalcDistance({left.Make(), right.Make(), std::move(params)}, nullptr);
  }
  std::vector<float> Distances(const Side& left, const Side& right, Params params = {}) {
    const auto result = Calc(left, right, std::move(params));
    EXPECT_TRUE(result.ok()) << result.status().ToString();
    return result.ok() ? result->distances : std::vector<float>();
  }
  MemProxyKit kit;
};

using Values = std::vector<float>;

TEST_F(CalcDistances, OfNumbersByEachMetric) {
  const auto left = Floats(2, {0, 0, 1, 0}), right = Floats(2, {3, 4, 0, 2, 1, 0});
  EXPECT_EQ(Distances(left, right), (Values{25, 4, 1, 20, 5, 0}));
  EXPECT_EQ(Distances(left, right, {{"metric", "L2"}, {"sqrt", "True"}}),
            (Values{5, 2, 1, std::sqrt(20.0f), std::sqrt(5.0f), 0}));
  EXPECT_EQ(Distances(left, right, {{"metric_type", "ip"}, {"sqrt", "true"}}), (Values{0, 0, 0, 3, 0, 1}));
  const Values cosine = Distances(left, right, {{"metric", "COSINE"}});
  ASSERT_EQ(cosine.size(), 6u);
  EXPECT_EQ(cosine[0], 0);
  EXPECT_NEAR(cosine[3], 0.6f, 1e-6);
  EXPECT_NEAR(cosine[5], 1, 1e-6);
  EXPECT_EQ(
      Distances(Bytes(DataType::kInt8Vector, 2, "\x01\x02"), Bytes(DataType::kInt8Vector, 2, "\xff\x02")),
      (Values{4}));
}

TEST_F(CalcDistances, OfBits) {
  const auto bits = [](int64_t dim, const std::string& bytes) {
    return Bytes(DataType::kBinaryVector, dim, bytes);
  };
  const auto left = bits(8, "\x0f"), right = bits(8, "\xf0\x0f\x01");
  const auto hamming = Calc(left, right, {{"metric", "HAMMING"}});
  ASSERT_TRUE(hamming.ok()) << hamming.status().ToString();
  EXPECT_TRUE(hamming->whole);
  EXPECT_EQ(hamming->distances, (Values{8, 0, 3}));
  EXPECT_EQ(Distances(left, right, {{"metric", "JACCARD"}}), (Values{1, 0, 0.75}));
  EXPECT_EQ(Distances(left, right, {{"metric", "TANIMOTO"}}), (Values{0, 1, 5.0f / 11}));
  EXPECT_EQ(Distances(left, right, {{"metric", "SUPERSTRUCTURE"}}), (Values{1, 0, 0}));
  // Of a dimension that fills no whole bytes the last bits do not count, and of any a part may be asked for.
  EXPECT_EQ(Distances(bits(12, std::string("\x0f\xff", 2)), bits(12, std::string("\x0f\x1f", 2)),
                      {{"metric", "HAMMING"}}),
            (Values{3}));
  const auto wide = bits(24, "\xff\xff\xff"), none = bits(24, std::string(3, '\0'));
  for (int64_t dim = 1; dim <= 24; ++dim) {
    EXPECT_EQ(Distances(wide, none, {{"metric", "HAMMING"}, {"dim", std::to_string(dim)}}),
              (Values{static_cast<float>(dim)}));
  }
  ExpectRefused(Calc(wide, none, {{"metric", "HAMMING"}, {"dim", "25"}}).status(), Code::kParameterInvalid,
                "dim [25] is more than the vectors have: 24");
}

TEST_F(CalcDistances, OfRowsByTheirKeys) {
  EXPECT_EQ(Distances(Ids({3, 1, 3}), Floats(2, {0, 0})), (Values{25, 1, 25}));
  EXPECT_EQ(Distances(Floats(2, {1, 0}), Ids({2, 1}), {{"metric", "IP"}}), (Values{0, 1}));
  auto by_ids = Ids({1});
  by_ids.partitions = {"_default"};
  EXPECT_EQ(Distances(by_ids, Ids({2}, "")), (Values{5}));
  by_ids.partitions = {"nowhere"};
  ExpectRefused(Calc(by_ids, Ids({2})).status(), Code::kParameterInvalid, "partition name nowhere not found");
  ExpectRefused(Calc(Ids({1, 77}), Ids({2})).status(), Code::kParameterInvalid, "missing IDs: [77]");
  ExpectRefused(Calc(Ids({1}, "tag"), Ids({2})).status(), Code::kParameterInvalid,
                "is not of vector data type");
  auto unknown = Ids({1});
  unknown.collection = "nothing";
  ExpectRefused(Calc(unknown, Ids({2})).status(), Code::kCollectionNotFound, "collection not found");
  ASSERT_TRUE(kit.Delete("id == 1").ok());
  EXPECT_FALSE(Calc(Ids({1}), Ids({2})).ok());
  ASSERT_TRUE(kit.proxy.ReleaseCollection({"", "items"}).ok());
  ExpectRefused(Calc(Ids({2}), Ids({2})).status(), Code::kCollectionNotLoaded, "collection not loaded");
}

TEST_F(CalcDistances, FloatsBecomeWhatTheOtherSideIs) {
  const uint16_t half[] = {HalfOfFloat(1.5f), HalfOfFloat(-2)};
  const auto halves = Bytes(DataType::kFloat16Vector, 2, std::string(reinterpret_cast<const char*>(half), 4));
  EXPECT_EQ(Distances(halves, Floats(2, {0.5f, 0})), (Values{5}));
  EXPECT_EQ(Distances(Floats(2, {0.5f, 0}), halves), (Values{5}));
  ExpectRefused(Calc(halves, Bytes(DataType::kInt8Vector, 2, "ab")).status(), Code::kParameterInvalid,
                "vector type must be the same");
}

TEST_F(CalcDistances, Refusals) {
  const auto one = Floats(2, {1, 2});
  const auto refused = [&](const Side& left, const Side& right, Params params, const std::string& phrase) {
    ExpectRefused(Calc(left, right, std::move(params)).status(), Code::kParameterInvalid, phrase);
  };
  refused(one, Floats(3, {1, 2, 3}), {}, "vectors dimension is not equal, left and right: 2, 3");
  refused(one, Ids({1}), {{"metric", "HAMMING"}}, "HAMMING does not fit vectors of type FloatVector");
  refused(Bytes(DataType::kBinaryVector, 8, "a"), Bytes(DataType::kBinaryVector, 8, "b"), {},
          "L2 does not fit vectors of type BinaryVector");
  refused(one, one, {{"metric", "BM25"}}, "metric type of distances is not supported: BM25");
  refused(one, one, {{"sqrt", "perhaps"}}, "sqrt [perhaps] is invalid");
  refused(one, one, {{"dim", "0"}}, "dim [0] is invalid");
  refused(Side(), one, {}, "a side of the distances has no vectors");
  refused(Floats(2, {}), one, {}, "do not fill the bytes");
  refused(Floats(2, {1, 2, 3}), one, {}, "do not fill the bytes");
  refused(Floats(0, {1}), one, {}, "dim [0] of the vectors is invalid");
  refused(Floats(int64_t{1} << 40, {1}), one, {}, "of the vectors is invalid");
  refused(Floats(2, {NAN, 1}), one, {}, "NaN");
}

TEST(CalcDistanceLimits, AnAnswerThatIsTooLargeIsRefused) {
  Limits limits;
  limits.output_bytes_max = 4 * 6;
  MemProxyKit kit(limits);
  const auto calc = [&](size_t left, size_t right) {
    return kit.proxy
        .CalcDistance({Floats(1, Values(left, 1.0f)).Make(), Floats(1, Values(right, 2.0f)).Make(), {}},
                      nullptr)
        .status();
  };
  EXPECT_TRUE(calc(2, 3).ok());
  ExpectRefused(calc(7, 1), Code::kParameterTooLarge, "limits.output_size");
}

}  // namespace
}  // namespace redkite::proxy
