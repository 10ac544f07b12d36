#include "index/index_spec.h"

#include <gtest/gtest.h>

namespace redkite::index {
namespace {

using Texts = std::vector<KeyValue>;

Result<IndexSpec> ParseFloats(std::span<const KeyValue> texts, int dim) {
  return ParseIndexSpec(texts, DataType::kFloatVector, dim);
}

std::string BuildError(const Texts& texts, int dim = 8, DataType type = DataType::kFloatVector) {
  const Result<IndexSpec> spec = ParseIndexSpec(texts, type, dim);
  if (spec.ok()) return "ok";
  EXPECT_EQ(spec.status().code(), Code::kParameterInvalid);
  return spec.status().message();
}

std::string SearchError(const std::string& type, const Texts& texts, size_t k = 10) {
  Texts build = {{"index_type", type}, {"metric_type", "L2"}, {"m", type == "IVF_PQ" ? "2" : "null"}};
  if (type == "AUTOINDEX") build.pop_back();
  const IndexSpec spec = ParseFloats(build, 8).value();
  const Result<SearchArgs> args = ParseSearchParams(spec, texts, k);
  return args.ok() ? "ok" : args.status().message();
}

#define EXPECT_HAS(text, part) EXPECT_NE((text).find(part), std::string::npos) << (text)

TEST(IndexSpecTest, HnswTakesParametersAndDefaults) {
  const IndexSpec given =
      ParseFloats(
          Texts{{"index_type", "HNSW"}, {"metric_type", "ip"}, {"M", "16"}, {"efConstruction", "200"}}, 8)
          .value();
  EXPECT_EQ(given.structure, Structure::kHnsw);
  EXPECT_EQ(given.metric, Metric::kIp);
  EXPECT_EQ(given.m, 16);
  EXPECT_EQ(given.ef_construction, 200);
  EXPECT_EQ(given.parameters, (Texts{{"M", "16"}, {"efConstruction", "200"}}));
  const IndexSpec plain = ParseFloats(Texts{{"index_type", "HNSW"}, {"M", "null"}}, 8).value();
  EXPECT_EQ(plain.m, 30);
  EXPECT_EQ(plain.ef_construction, 360);
  EXPECT_EQ(plain.metric, Metric::kCosine);
}

TEST(IndexSpecTest, AutoIndexIsHnswAndTakesOnlyTheMetric) {
  for (const Texts& texts :
       {Texts{}, Texts{{"index_type", "AUTOINDEX"}, {"metric_type", "L2"}}, Texts{{"index_type", ""}}}) {
    const IndexSpec spec = ParseFloats(texts, 8).value();
    EXPECT_EQ(spec.type, "AUTOINDEX");
    EXPECT_EQ(spec.structure, Structure::kHnsw);
    EXPECT_EQ(spec.m, 18);
    EXPECT_EQ(spec.ef_construction, 240);
  }
  EXPECT_HAS(BuildError({{"index_type", "AUTOINDEX"}, {"M", "16"}}),
             "only metric type can be passed when use AutoIndex");
  EXPECT_EQ(BuildError({{"index_type", "AUTOINDEX"}, {"mmap.enabled", "true"}}), "ok");
}

TEST(IndexSpecTest, TypesWithoutOwnStructureAreServedFlat) {
  for (const char* type : {"FLAT", "IVF_FLAT", "IVF_SQ8", "SCANN", "DISKANN", "IVF_RABITQ", "GPU_CAGRA"}) {
    const IndexSpec spec = ParseFloats(Texts{{"index_type", type}}, 8).value();
    EXPECT_EQ(spec.structure, Structure::kFlat);
    EXPECT_EQ(spec.type, type);
  }
}

TEST(IndexSpecTest, BadTypesAndMetrics) {
  EXPECT_EQ(BuildError({{"index_type", "HNSWX"}}), "invalid index type: HNSWX: invalid parameter");
  EXPECT_HAS(BuildError({{"index_type", "BIN_FLAT"}}),
             "data type FloatVector can't build with this index BIN_FLAT");
  EXPECT_HAS(BuildError({{"index_type", "HNSW"}, {"metric_type", "HAMMING"}}),
             "float vector index does not support metric type: HAMMING");
}

TEST(IndexSpecTest, EachVectorTypeHasItsIndexTypesAndMetrics) {
  const auto error = [](DataType type, const char* index, const char* metric) {
    return BuildError({{"index_type", index}, {"metric_type", metric}}, 8, type);
  };
  for (const DataType type : {DataType::kFloat16Vector, DataType::kBFloat16Vector}) {
    for (const char* index :
         {"FLAT", "IVF_FLAT", "IVF_SQ8", "SCANN", "HNSW", "HNSW_SQ", "DISKANN", "AUTOINDEX"}) {
      for (const char* metric : {"L2", "IP", "COSINE", ""})
        EXPECT_EQ(error(type, index, metric), "ok") << index;
      EXPECT_HAS(error(type, index, "JACCARD"), "float vector index does not support metric type: JACCARD");
    }
    EXPECT_HAS(error(type, "SVS_FLAT", "L2"),
               "data type " + std::string(DataTypeName(type)) + " can't build with this index SVS_FLAT");
  }
  for (const char* index : {"HNSW", "HNSW_SQ", "HNSW_PQ", "HNSW_PRQ", "GPU_CAGRA", "AUTOINDEX"}) {
    EXPECT_EQ(error(DataType::kInt8Vector, index, "COSINE"), "ok") << index;
  }
  for (const char* index : {"FLAT", "IVF_FLAT", "SCANN", "DISKANN", "BIN_FLAT"}) {
    EXPECT_HAS(error(DataType::kInt8Vector, index, "L2"),
               std::string("data type Int8Vector can't build with this index ") + index);
  }
  EXPECT_HAS(error(DataType::kInt8Vector, "HNSW", "HAMMING"),
             "int vector index does not support metric type: HAMMING");
  for (const char* index : {"BIN_FLAT", "BIN_IVF_FLAT", "HNSW", "AUTOINDEX"}) {
    for (const char* metric : {"HAMMING", "JACCARD", "hamming", ""})
      EXPECT_EQ(error(DataType::kBinaryVector, index, metric), "ok") << index;
    EXPECT_HAS(error(DataType::kBinaryVector, index, "L2"),
               "binary vector index does not support metric type: L2");
  }
  EXPECT_HAS(error(DataType::kBinaryVector, "FLAT", "HAMMING"),
             "data type BinaryVector can't build with this index FLAT");
  EXPECT_EQ(error(DataType::kBinaryVector, "BIN_FLAT", "SUPERSTRUCTURE"), "ok");
  EXPECT_HAS(error(DataType::kBinaryVector, "BIN_IVF_FLAT", "SUBSTRUCTURE"),
             "metric type SUBSTRUCTURE not found or not supported, supported: [HAMMING JACCARD]");
}

TEST(IndexSpecTest, BinaryVectorsHaveDefaultsOfTheirOwn) {
  const IndexSpec spec = ParseIndexSpec(Texts{}, DataType::kBinaryVector, 16).value();
  EXPECT_EQ(spec.metric, Metric::kHamming);
  EXPECT_EQ(spec.structure, Structure::kFlat);
  const Texts hnsw{{"index_type", "HNSW"}, {"metric_type", "JACCARD"}};
  EXPECT_EQ(ParseIndexSpec(hnsw, DataType::kBinaryVector, 16)->structure, Structure::kHnsw);
}

TEST(IndexSpecTest, SparseVectors) {
  const auto parse = [](const Texts& texts) {
    return ParseIndexSpec(texts, DataType::kSparseFloatVector, 0);
  };
  const auto error = [](const Texts& texts) { return BuildError(texts, 0, DataType::kSparseFloatVector); };
  for (const char* type : {"SPARSE_INVERTED_INDEX", "SPARSE_WAND", "AUTOINDEX", ""}) {
    const auto spec = parse({{"index_type", type}});
    ASSERT_TRUE(spec.ok()) << spec.status().message();
    EXPECT_EQ(spec->structure, Structure::kFlat);
    EXPECT_EQ(spec->metric, Metric::kIp);
    EXPECT_EQ(error({{"index_type", type}, {"metric_type", "ip"}}), "ok");
    EXPECT_HAS(error({{"index_type", type}, {"metric_type", "COSINE"}}),
               "only IP&BM25 is the supported metric");
    EXPECT_HAS(error({{"index_type", type}, {"metric_type", "BM25"}}), "only BM25 Function output field");
  }
  EXPECT_HAS(error({{"index_type", "FLAT"}}), "can't build with this index FLAT");
  EXPECT_HAS(BuildError({{"index_type", "SPARSE_WAND"}}),
             "data type FloatVector can't build with this index");
  const auto wand = [&](const char* key, const char* value) {
    return error({{"index_type", "SPARSE_WAND"}, {key, value}});
  };
  EXPECT_EQ(wand("drop_ratio_build", "0.99"), "ok");
  EXPECT_HAS(wand("drop_ratio_build", "1.0"), "param 'drop_ratio_build' (1.0) should be in range [0, 1)");
  EXPECT_HAS(wand("drop_ratio_build", "nan"), "should be in range [0, 1)");
  EXPECT_EQ(wand("inverted_index_algo", "DAAT_WAND"), "ok");
  EXPECT_HAS(wand("inverted_index_algo", "WAND"),
             "sparse inverted index algo WAND not found or not supported");
  const IndexSpec spec = parse({{"index_type", "SPARSE_WAND"}}).value();
  const auto search = [&](const char* key, const char* value) {
    const Texts texts{{key, value}};
    const auto args = ParseSearchParams(spec, texts, 10);
    return args.ok() ? "ok" : args.status().message();
  };
  EXPECT_EQ(search("drop_ratio_search", "0.5"), "ok");
  EXPECT_HAS(search("drop_ratio_search", "1"), "should be in range [0, 1)");
  EXPECT_HAS(search("drop_ratio_search", "x"), "should be a number");
  EXPECT_HAS(search("dim_max_score_ratio", "1.4"), "should be in range [0.5, 1.3]");
  EXPECT_EQ(search("search_algo", "inherit"), "ok");
}

TEST(IndexSpecTest, MinHashIsNotBuilt) {
  for (const Texts& texts : {Texts{{"index_type", "MINHASH_LSH"}},
                             Texts{{"index_type", "BIN_FLAT"}, {"metric_type", "MHJACCARD"}}}) {
    const Status status = ParseIndexSpec(texts, DataType::kBinaryVector, 16).status();
    EXPECT_EQ(status.code(), Code::kUnimplemented);
  }
}

TEST(IndexSpecTest, RangesOfEveryMetric) {
  const auto range = [](DataType type, const char* metric, const char* radius, const char* filter) {
    const IndexSpec spec =
        ParseIndexSpec(Texts{{"index_type", type == DataType::kBinaryVector ? "BIN_FLAT" : "FLAT"},
                             {"metric_type", metric}},
                       type, 8)
            .value();
    const Texts texts{{"radius", radius}, {"range_filter", filter}};
    return ParseSearchParams(spec, texts, 10).value().range;
  };
  for (const char* metric : {"L2"}) {
    EXPECT_EQ(range(DataType::kFloatVector, metric, "5", "2").from, 2.0f);
    EXPECT_EQ(range(DataType::kFloatVector, metric, "5", "2").below, 5.0f);
  }
  for (const char* metric : {"HAMMING", "JACCARD"}) {
    EXPECT_EQ(range(DataType::kBinaryVector, metric, "0.75", "0.5").from, 0.5f);
    EXPECT_EQ(range(DataType::kBinaryVector, metric, "0.75", "0.5").below, 0.75f);
  }
  for (const char* metric : {"IP", "COSINE"}) {
    EXPECT_EQ(range(DataType::kBFloat16Vector, metric, "0.25", "0.9").from, -0.9f);
    EXPECT_EQ(range(DataType::kBFloat16Vector, metric, "0.25", "0.9").below, -0.25f);
  }
  const IndexSpec structure =
      ParseIndexSpec(Texts{{"index_type", "BIN_FLAT"}, {"metric_type", "SUBSTRUCTURE"}},
                     DataType::kBinaryVector, 8)
          .value();
  const DistanceRange fitting = ParseSearchParams(structure, Texts{}, 10).value().range;
  EXPECT_TRUE(fitting.Contains(0.0f));
  EXPECT_FALSE(fitting.Contains(1.0f));
}

TEST(IndexSpecTest, BadBuildValues) {
  const auto m = [](const char* value) { return BuildError({{"index_type", "HNSW"}, {"M", value}}); };
  EXPECT_HAS(m("1"), "Out of range in json: param 'M' (1) should be in range [2, 2048]");
  EXPECT_HAS(m("2049"), "param 'M' (2049) should be in range [2, 2048]");
  EXPECT_HAS(m("99999999999999999999"), "param 'M' (99999999999999999999) should be in range [2, 2048]");
  EXPECT_HAS(m("x"), "invalid integer value, key: 'M', value: 'x': invalid parameter");
  EXPECT_HAS(m("True"), "invalid integer value, key: 'M', value: 'True'");
  EXPECT_HAS(m("16.0"), "wrong data type in json, key: 'M', value: '16.0'");
  EXPECT_EQ(m("2"), "ok");
  EXPECT_EQ(m("2048"), "ok");
  EXPECT_HAS(BuildError({{"index_type", "HNSW"}, {"efConstruction", "0"}}),
             "param 'efConstruction' (0) should be in range [1, 2147483647]");
  EXPECT_HAS(BuildError({{"index_type", "IVF_FLAT"}, {"nlist", "0"}}),
             "Out of range in json: param 'nlist' (0) should be in range [1, 65536]");
  EXPECT_HAS(BuildError({{"index_type", "IVF_PQ"}}), "param 'm' not exist in json");
  EXPECT_HAS(BuildError({{"index_type", "IVF_PQ"}, {"m", "3"}}), "multiple of the number of subquantizers");
  EXPECT_HAS(BuildError({{"index_type", "FLAT"}, {"dim", "9"}}), "dimension of the index differs");
}

TEST(SearchParamsTest, HnswEf) {
  const IndexSpec spec = ParseFloats(Texts{{"index_type", "HNSW"}}, 8).value();
  EXPECT_EQ(ParseSearchParams(spec, Texts{{"ef", "50"}, {"nprobe", "x"}}, 10).value().ef, 50u);
  EXPECT_EQ(ParseSearchParams(spec, {}, 10).value().ef, 0u);
  EXPECT_HAS(SearchError("HNSW", {{"ef", "5"}}), "ef(5) should be larger than k(10)");
  EXPECT_HAS(SearchError("HNSW", {{"ef", "-1"}}), "param 'ef' (-1) should be in range [1, 2147483647]");
  EXPECT_HAS(SearchError("HNSW", {{"ef", "true"}}),
             "Type conflict in json: param 'ef' (true) should be integer");
  EXPECT_HAS(SearchError("HNSW", {{"ef", "32.0"}}),
             "Type conflict in json: param 'ef' (32.0) should be integer");
  EXPECT_HAS(SearchError("HNSW", {{"ef", "x"}}),
             "Type conflict in json: param 'ef' (\"x\") should be integer");
}

TEST(SearchParamsTest, OtherTypes) {
  EXPECT_HAS(SearchError("IVF_FLAT", {{"nprobe", "0"}}),
             "Out of range in json: param 'nprobe' (0) should be in range [1, 65536]");
  EXPECT_HAS(SearchError("SCANN", {{"reorder_k", "9"}}), "reorder_k(9) should be larger than k(10)");
  EXPECT_HAS(SearchError("DISKANN", {{"search_list", "9"}}),
             "search_list_size(9) should be larger than k(10)");
  EXPECT_HAS(SearchError("AUTOINDEX", {{"level", "11"}}), "param 'level' (11) should be in range [1, 10]");
  EXPECT_EQ(SearchError("AUTOINDEX", {{"ef", "1"}}), "ok");
  EXPECT_EQ(SearchError("FLAT", {{"ef", "1"}}), "ok");
}

TEST(SearchParamsTest, RangeBecomesDistances) {
  const IndexSpec l2 = ParseFloats(Texts{{"index_type", "FLAT"}, {"metric_type", "L2"}}, 8).value();
  const DistanceRange near =
      ParseSearchParams(l2, Texts{{"radius", "2"}, {"range_filter", "0.5"}}, 10).value().range;
  EXPECT_EQ(near.below, 2.0f);
  EXPECT_EQ(near.from, 0.5f);
  EXPECT_TRUE(near.Contains(0.5f));
  EXPECT_FALSE(near.Contains(2.0f));
  const IndexSpec cosine = ParseFloats(Texts{{"index_type", "FLAT"}}, 8).value();
  const DistanceRange like =
      ParseSearchParams(cosine, Texts{{"radius", "0.5"}, {"range_filter", "0.9"}}, 10).value().range;
  EXPECT_EQ(like.below, -0.5f);
  EXPECT_EQ(like.from, -0.9f);
  // No cosine is larger, but what comes out may be, by the last bit.
  const DistanceRange alike =
      ParseSearchParams(cosine, Texts{{"radius", "0.5"}, {"range_filter", "1"}}, 10).value().range;
  EXPECT_TRUE(alike.Contains(-1.0000001f));
  EXPECT_TRUE(ParseSearchParams(l2, {}, 10).value().range.any());
  EXPECT_FALSE(ParseSearchParams(l2, Texts{{"radius", "1"}, {"range_filter", "2"}}, 10).ok());
  EXPECT_FALSE(ParseSearchParams(cosine, Texts{{"radius", "0.9"}, {"range_filter", "0.5"}}, 10).ok());
  EXPECT_FALSE(ParseSearchParams(l2, Texts{{"radius", "far"}}, 10).ok());
}

TEST(SearchParamsTest, BoundsKeepTheirMeaningBetweenFloats) {
  const IndexSpec l2 =
      ParseIndexSpec(Texts{{"index_type", "FLAT"}, {"metric_type", "L2"}}, DataType::kFloatVector, 8).value();
  const IndexSpec ip =
      ParseIndexSpec(Texts{{"index_type", "FLAT"}, {"metric_type", "IP"}}, DataType::kFloatVector, 8).value();
  const auto range = [](const IndexSpec& spec, const char* radius, const char* filter) {
    return ParseSearchParams(spec, Texts{{"radius", radius}, {"range_filter", filter}}, 10).value().range;
  };
  // 100000000 and 100000008 are neighbours.
  const float low = 100000000.0f, high = 100000008.0f;
  const DistanceRange narrow = range(l2, "100000000.05", "100000000");
  EXPECT_TRUE(narrow.Contains(low));
  EXPECT_FALSE(narrow.Contains(high));
  const DistanceRange narrow_ip = range(ip, "99999999.95", "100000000");
  EXPECT_TRUE(narrow_ip.Contains(-low));
  EXPECT_FALSE(narrow_ip.Contains(-high));
  // 0.1f is a little above 0.1.
  EXPECT_TRUE(range(ip, "0.1", "0.5").Contains(-0.1f));
  EXPECT_FALSE(range(l2, "0.1", "0").Contains(0.1f));
  EXPECT_TRUE(range(l2, "1e300", "-1e300").any() || range(l2, "1e300", "-1e300").Contains(3e38f));
  EXPECT_NE(ParseSearchParams(l2, Texts{{"radius", "1"}, {"range_filter", "2.5"}}, 10)
                .status()
                .message()
                .find("metric type (L2), range_filter(2.5) must be less than radius(1)"),
            std::string::npos);
}

}  // namespace
}  // namespace redkite::index
