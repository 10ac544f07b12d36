#include "index/index_spec.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

namespace redkite::index {
namespace {

constexpr int64_t kMaxInt = std::numeric_limits<int32_t>::max();
constexpr size_t kMinDefaultEf = 100;
constexpr int64_t kMaxSubQuantizers = 65536;

/// One parameter of one index type. Ranges are inclusive.
struct Rule {
  enum Kind { kInt, kFloat, kBool, kName } kind;
  std::string_view key;
  double min = 0;
  double max = 0;
  std::string_view names = {};  // kName: allowed values between spaces
  bool required = false;
  bool below_max = false;  // kFloat: max itself is out of range
};

constexpr std::string_view kRefineTypes = " SQ6 SQ8 FP16 BF16 FP32 FLAT ";
constexpr Rule kNlist{Rule::kInt, "nlist", 1, 65536};
constexpr Rule kNprobe{Rule::kInt, "nprobe", 1, 65536};
constexpr Rule kM{Rule::kInt, "M", 2, 2048};
constexpr Rule kEfConstruction{Rule::kInt, "efConstruction", 1, kMaxInt};
constexpr Rule kEf{Rule::kInt, "ef", 1, kMaxInt};
constexpr Rule kSeedEf{Rule::kInt, "seed_ef", 1, kMaxInt};
constexpr Rule kCacheOnDevice{Rule::kBool, "cache_dataset_on_device"};
constexpr std::string_view kScalarTypes = " SQ4U SQ6 SQ8 BF16 FP16 ";
constexpr double kMaxFloat = std::numeric_limits<float>::max();
constexpr Rule kNbits{Rule::kInt, "nbits", 1, 24};
constexpr Rule kRefine{Rule::kBool, "refine"};
constexpr Rule kRefineType{Rule::kName, "refine_type", 0, 0, kRefineTypes};
constexpr Rule kRefineK{Rule::kFloat, "refine_k", 1, std::numeric_limits<float>::max()};
constexpr Rule kEmptyBuckets{Rule::kInt, "max_empty_result_buckets", 0, 65536};
constexpr Rule kSubQuantizers{Rule::kInt, "m", 1, kMaxSubQuantizers};
constexpr Rule kBeamWidth{Rule::kInt, "beamwidth", 1, 128};
constexpr std::string_view kInvertedAlgos =
    " TAAT_NAIVE DAAT_WAND DAAT_MAXSCORE BLOCK_MAX_MAXSCORE BLOCK_MAX_WAND SINDI ";
constexpr std::string_view kInvertedSearchAlgos =
    " INHERIT TAAT_NAIVE DAAT_WAND DAAT_MAXSCORE BLOCK_MAX_MAXSCORE BLOCK_MAX_WAND SINDI ";
constexpr Rule kLevel{Rule::kInt, "level", 1, 10};
constexpr Rule kSearchList{Rule::kInt, "search_list", 1, kMaxInt};

// Types of vectors that an index type takes, as a set.
enum Data : unsigned { kFloat = 1, kHalf = 2, kBFloat16 = 4, kInt8 = 8, kBits = 16, kSparse = 32 };
constexpr unsigned kFloats = kFloat | kHalf | kBFloat16;

constexpr unsigned DataOf(DataType type) {
  switch (type) {
    case DataType::kFloatVector:
      return kFloat;
    case DataType::kFloat16Vector:
      return kHalf;
    case DataType::kBFloat16Vector:
      return kBFloat16;
    case DataType::kInt8Vector:
      return kInt8;
    case DataType::kBinaryVector:
      return kBits;
    case DataType::kSparseFloatVector:
      return kSparse;
    default:
      return 0;
  }
}

constexpr std::string_view kSvsTypes[] = {"SVS_FLAT",           "SVS_VAMANA", "SVS_VAMANA_LVQ",
                                          "SVS_VAMANA_LEANVEC", "SVS_IVF",    "SVS_IVF_LEANVEC"};

struct TypeRules {
  std::string_view type;
  Structure structure;
  unsigned data;
  std::vector<Rule> build;
  std::vector<Rule> search;
};

void AddSparseTypes(std::vector<TypeRules>* all) {
  const std::vector<Rule> build{{Rule::kName, "inverted_index_algo", 0, 0, kInvertedAlgos},
                                {Rule::kFloat, "drop_ratio_build", 0, 1, {}, false, true},
                                {Rule::kInt, "block_max_block_size", 1, kMaxInt},
                                {Rule::kInt, "sindi_window_size", 1024, 65535}};
  const std::vector<Rule> search{{Rule::kFloat, "drop_ratio_search", 0, 1, {}, false, true},
                                 {Rule::kInt, "refine_factor", 1, kMaxInt},
                                 {Rule::kFloat, "dim_max_score_ratio", 0.5, 1.3},
                                 {Rule::kName, "search_algo", 0, 0, kInvertedSearchAlgos}};
  for (const char* type : {"SPARSE_INVERTED_INDEX", "SPARSE_WAND"})
    all->push_back({type, Structure::kFlat, kSparse, build, search});
}

void AddDiskTypes(std::vector<TypeRules>* all) {
  const std::vector<Rule> graph{{Rule::kInt, "max_degree", 1, 2048},
                                {Rule::kInt, "search_list_size", 1, kMaxInt},
                                {Rule::kFloat, "pq_code_budget_gb_ratio", 0, kMaxFloat},
                                {Rule::kFloat, "search_cache_budget_gb_ratio", 0, kMaxFloat}};
  std::vector<Rule> inlined = graph;
  inlined.insert(inlined.end(), {{Rule::kInt, "inline_pq", 0, kMaxInt},
                                 {Rule::kBool, "rearrange"},
                                 {Rule::kInt, "num_entry_points", 0, kMaxInt},
                                 {Rule::kInt, "pq_cache_size", 0, kMaxInt}});
  constexpr auto kFlat = Structure::kFlat;
  all->push_back({"DISKANN", kFlat, kFloats, graph, {kSearchList, kBeamWidth}});
  all->push_back({"AISAQ",
                  kFlat,
                  kFloats,
                  inlined,
                  {kSearchList, kBeamWidth, {Rule::kInt, "vectors_beamwidth", 1, 128}}});
}

// Under the names of each library that may build them.
void AddGpuTypes(std::vector<TypeRules>* all) {
  const std::vector<Rule> ivf{kNlist, kCacheOnDevice};
  const std::vector<Rule> product{
      kNlist, {Rule::kInt, "m", 0, kMaxSubQuantizers}, {Rule::kInt, "nbits", 4, 8}, kCacheOnDevice};
  const std::vector<Rule> graph{{Rule::kInt, "intermediate_graph_degree", 1, kMaxInt},
                                {Rule::kInt, "graph_degree", 1, kMaxInt},
                                {Rule::kName, "build_algo", 0, 0, " NN_DESCENT IVF_PQ "},
                                kCacheOnDevice,
                                {Rule::kBool, "adapt_for_cpu"}};
  const std::vector<Rule> graph_search{
      {Rule::kInt, "itopk_size", 1, kMaxInt},     {Rule::kInt, "search_width", 1, kMaxInt},
      {Rule::kInt, "min_iterations", 0, kMaxInt}, {Rule::kInt, "max_iterations", 0, kMaxInt},
      {Rule::kInt, "team_size", 0, kMaxInt},      kEf};
  constexpr auto kFlat = Structure::kFlat;
  for (const std::string_view type : {"GPU_BRUTE_FORCE", "GPU_CUVS_BRUTE_FORCE", "GPU_FAISS_FLAT"})
    all->push_back({type, kFlat, kFloat, {}, {}});
  for (const std::string_view type :
       {"GPU_IVF_FLAT", "GPU_CUVS_IVF_FLAT", "GPU_FAISS_IVF_FLAT", "GPU_FAISS_IVF_SQ8"})
    all->push_back({type, kFlat, kFloat | kInt8, ivf, {kNprobe}});
  for (const std::string_view type : {"GPU_IVF_PQ", "GPU_CUVS_IVF_PQ", "GPU_FAISS_IVF_PQ"})
    all->push_back({type, kFlat, kFloat | kInt8, product, {kNprobe}});
  for (const std::string_view type : {"GPU_CAGRA", "GPU_CUVS_CAGRA"})
    all->push_back({type, kFlat, kFloat | kHalf | kInt8, graph, graph_search});
}

const std::vector<TypeRules>& Types() {
  static const std::vector<TypeRules> types = [] {
    using enum Structure;
    const std::vector<Rule> ivf_search{kNprobe, kEmptyBuckets, {Rule::kBool, "ensure_topk_full"}};
    const std::vector<Rule> rabitq{kNlist, {Rule::kInt, "rbq_bits", 1, 9}, kRefine, kRefineType};
    const std::vector<Rule> rabitq_search{kNprobe, {Rule::kInt, "rbq_bits_query", 0, 8}, kRefineK};
    const std::vector<Rule> product{kM, kEfConstruction, kSubQuantizers, kNbits, kRefine, kRefineType};
    const std::vector<Rule> graph_search{kEf, kSeedEf, kRefineK};
    const std::vector<Rule> segments{
        kNlist, {Rule::kInt, "ssize", 32, 2048}, {Rule::kName, "sq_type", 0, 0, kScalarTypes}};
    const std::vector<Rule> svs{{Rule::kInt, "svs_graph_max_degree", 1, kMaxInt},
                                {Rule::kInt, "svs_construction_window_size", 1, kMaxInt},
                                {Rule::kInt, "nlist", 1, 65536}};
    const std::vector<Rule> svs_search{{Rule::kInt, "svs_search_window_size", 1, kMaxInt},
                                       {Rule::kInt, "svs_search_buffer_capacity", 1, kMaxInt},
                                       kNprobe};
    std::vector<TypeRules> all{
        {"FLAT", kFlat, kFloats, {}, {}},
        {"IVF_FLAT", kFlat, kFloats, {kNlist}, ivf_search},
        {"IVF_SQ8", kFlat, kFloats, {kNlist}, ivf_search},
        {"IVF_PQ",
         kFlat,
         kFloats,
         {kNlist, {Rule::kInt, "m", 1, kMaxSubQuantizers, {}, true}, kNbits, kRefine, kRefineType},
         {kNprobe, kRefineK}},
        {"IVF_FLAT_CC", kFlat, kFloat, segments, {kNprobe}},
        {"IVF_SQ_CC", kFlat, kFloat, segments, {kNprobe}},
        {"SCANN",
         kFlat,
         kFloats,
         {kNlist, {Rule::kBool, "with_raw_data"}, {Rule::kInt, "sub_dim", 1, 65536}},
         {kNprobe, {Rule::kInt, "reorder_k", 1, kMaxInt}}},
        {"IVF_RABITQ", kFlat, kFloats, rabitq, rabitq_search},
        {"IVF_RABITQ_FASTSCAN", kFlat, kFloats, rabitq, rabitq_search},
        {"HNSW", kHnsw, kFloats | kInt8 | kBits, {kM, kEfConstruction}, {kEf, kSeedEf}},
        {"HNSW_SQ",
         kHnsw,
         kFloats | kInt8,
         {kM, kEfConstruction, {Rule::kName, "sq_type", 0, 0, kScalarTypes}, kRefine, kRefineType},
         graph_search},
        {"HNSW_PQ", kHnsw, kFloats | kInt8, product, graph_search},
        {"HNSW_PRQ",
         kHnsw,
         kFloats | kInt8,
         {kM, kEfConstruction, kSubQuantizers, {Rule::kInt, "nrq", 1, 16}, kNbits, kRefine, kRefineType},
         graph_search},
        {"BIN_FLAT", kFlat, kBits, {}, {}},
        {"BIN_IVF_FLAT", kFlat, kBits, {kNlist}, {kNprobe}},
        {"AUTOINDEX", kHnsw, kFloats | kInt8 | kBits | kSparse, {}, {kLevel}},
    };
    for (const std::string_view type : kSvsTypes) all.push_back({type, kFlat, kFloat, svs, svs_search});
    AddDiskTypes(&all);
    AddGpuTypes(&all);
    AddSparseTypes(&all);
    return all;
  }();
  return types;
}

constexpr std::string_view kTypesOfOtherData[] = {"MINHASH_LSH", "SCANN_DVR", "INVERTED", "BITMAP",
                                                  "STL_SORT",    "Trie",      "TRIE",     "marisa-trie",
                                                  "NGRAM",       "RTREE"};
/// Index properties that may accompany any type and change nothing here.
constexpr std::string_view kPropertyKeys[] = {"mmap.enabled", "warmup",     "indexoffsetcache.enabled",
                                              "dim",          "index_type", "metric_type"};

const TypeRules* FindType(std::string_view type) {
  for (const TypeRules& rules : Types()) {
    if (rules.type == type) return &rules;
  }
  return nullptr;
}

std::string_view Find(std::span<const KeyValue> texts, std::string_view key) {
  for (const auto& [k, v] : texts) {
    if (k == key) return v;
  }
  return {};
}

bool IsNull(std::string_view text) { return text.empty() || text == "null" || text == "None"; }

template <class T>
std::optional<T> ParseWhole(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool IsDigits(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// A JSON text stands for itself, a word was a JSON string.
std::string Quote(std::string_view text) {
  const bool bare = text == "true" || text == "false" || text == "null" || text.starts_with('[') ||
                    text.starts_with('{') || ParseWhole<double>(text).has_value();
  return bare ? std::string(text) : "\"" + std::string(text) + "\"";
}

Status TypeConflict(std::string_view key, std::string_view text, std::string_view expected) {
  return Status::Invalid("Type conflict in json: param '" + std::string(key) + "' (" + Quote(text) +
                         ") should be " + std::string(expected));
}

std::string NumberText(double value) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

std::string Bound(double value) {
  if (value >= std::numeric_limits<float>::max()) return "3.4028234663852886e+38";
  const auto whole = static_cast<int64_t>(value);
  return static_cast<double>(whole) == value ? std::to_string(whole) : NumberText(value);
}

Status OutOfRange(const Rule& rule, std::string_view text) {
  return Status::Invalid("Out of range in json: param '" + std::string(rule.key) + "' (" + std::string(text) +
                         ") should be in range [" + Bound(rule.min) + ", " + Bound(rule.max) +
                         (rule.below_max ? ")" : "]"));
}

enum class Phase { kBuild, kSearch };

Result<int64_t> ParseInteger(const Rule& rule, std::string_view text, Phase phase) {
  const std::optional<int64_t> value = ParseWhole<int64_t>(text);
  if (!value.has_value()) {
    if (IsDigits(text)) return OutOfRange(rule, text);
    if (phase == Phase::kSearch) return TypeConflict(rule.key, text, "integer");
    const bool number = ParseWhole<double>(text).has_value();
    return Status::Invalid((number ? "wrong data type in json, key: '" : "invalid integer value, key: '") +
                           std::string(rule.key) + "', value: '" + std::string(text) + "'");
  }
  if (static_cast<double>(*value) < rule.min || static_cast<double>(*value) > rule.max)
    return OutOfRange(rule, text);
  return *value;
}

Status CheckRule(const Rule& rule, std::string_view text, Phase phase) {
  switch (rule.kind) {
    case Rule::kInt: {
      Result<int64_t> value = ParseInteger(rule, text, phase);
      return value.ok() ? Status::Ok() : value.status();
    }
    case Rule::kFloat: {
      const std::optional<double> value = ParseWhole<double>(text);
      if (!value.has_value()) return TypeConflict(rule.key, text, "a number");
      const bool fits = *value >= rule.min && *value <= rule.max && !(rule.below_max && *value == rule.max);
      return fits ? Status::Ok() : OutOfRange(rule, text);
    }
    case Rule::kBool: {
      const bool is_bool = text == "true" || text == "false" || text == "True" || text == "False";
      return is_bool ? Status::Ok() : TypeConflict(rule.key, text, "a boolean");
    }
    case Rule::kName: {
      std::string upper;
      for (const char c : text)
        upper.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
      if (rule.names.find(" " + upper + " ") != std::string_view::npos) return Status::Ok();
      if (rule.names == kInvertedAlgos || rule.names == kInvertedSearchAlgos) {
        return Status::Invalid("sparse inverted index algo " + std::string(text) +
                               " not found or not supported, supported: [" +
                               std::string(kInvertedAlgos.substr(1, kInvertedAlgos.size() - 2)) + "]");
      }
      return Status::Invalid("invalid value, key: '" + std::string(rule.key) + "', value: '" +
                             std::string(text) + "'");
    }
  }
  return Status::Ok();
}

Status CheckRules(const std::vector<Rule>& rules, std::span<const KeyValue> texts, Phase phase) {
  for (const Rule& rule : rules) {
    const std::string_view text = Find(texts, rule.key);
    const bool absent = phase == Phase::kBuild ? IsNull(text) : text.empty();
    if (!absent) {
      RK_RETURN_IF_ERROR(CheckRule(rule, text, phase));
    } else if (rule.required) {
      return Status::Invalid("param '" + std::string(rule.key) + "' not exist in json");
    }
  }
  return Status::Ok();
}

/// The checked integer under `key`, or `fallback`.
int IntOr(std::span<const KeyValue> texts, std::string_view key, int fallback) {
  return static_cast<int>(ParseWhole<int64_t>(Find(texts, key)).value_or(fallback));
}

Status CheckDim(std::span<const KeyValue> texts, std::string_view type, int dim) {
  const std::string_view given = Find(texts, "dim");
  if (!IsNull(given) && ParseWhole<int64_t>(given).value_or(-1) != dim) {
    return Status::Invalid("dimension of the index differs from the field's, index: " + std::string(given) +
                           ", field: " + std::to_string(dim));
  }
  if (type == "IVF_PQ" || type.ends_with("_IVF_PQ")) {
    const int m = IntOr(texts, "m", 1);
    if (m != 0 && dim % m != 0) {
      return Status::Invalid(
          "The dimension of a vector (dim) should be a multiple of the number of subquantizers (m). "
          "Dimension:" +
          std::to_string(dim) + ", m:" + std::to_string(m));
    }
  }
  if (type == "SCANN") {
    const int sub_dim = IntOr(texts, "sub_dim", 2);
    if (!IsNull(Find(texts, "sub_dim")) && dim % sub_dim != 0) {
      return Status::Invalid("dimension must be able to be divided by sub_dim, dimension: " +
                             std::to_string(dim) + ", sub_dim: " + std::to_string(sub_dim));
    }
  }
  return Status::Ok();
}

Status CheckAutoIndex(std::span<const KeyValue> texts) {
  for (const auto& [key, value] : texts) {
    if (std::find(std::begin(kPropertyKeys), std::end(kPropertyKeys), key) == std::end(kPropertyKeys)) {
      return Status::Invalid("only metric type can be passed when use AutoIndex");
    }
  }
  return Status::Ok();
}

Status CheckAtLeastK(std::span<const KeyValue> texts, std::string_view key, std::string_view shown,
                     size_t k) {
  const std::optional<int64_t> value = ParseWhole<int64_t>(Find(texts, key));
  if (!value.has_value() || static_cast<uint64_t>(*value) >= k) return Status::Ok();
  return Status::Invalid(std::string(shown) + "(" + std::to_string(*value) + ") should be larger than k(" +
                         std::to_string(k) + ")");
}

/// A score that bounds a range search; nothing when absent.
Result<std::optional<double>> ParseScore(std::span<const KeyValue> texts, std::string_view key) {
  const std::string_view text = Find(texts, key);
  if (IsNull(text)) return std::optional<double>();
  const std::optional<double> value = ParseWhole<double>(text);
  if (!value.has_value() || !std::isfinite(*value)) return TypeConflict(key, text, "a number");
  return value;
}

// What those types cannot do for clients either where they are built.
Status CheckGpuSearch(std::string_view type, std::span<const KeyValue> texts, size_t k) {
  if (!type.starts_with("GPU_")) return Status::Ok();
  const std::string name(type);
  if (!IsNull(Find(texts, "radius")))
    return Status::Invalid("range search is not supported by index type " + name);
  constexpr size_t k_max = 1024;
  const bool bounded = type.ends_with("_IVF_PQ") || type.ends_with("CAGRA");
  if (!bounded || k <= k_max) return Status::Ok();
  return Status::Invalid("topk [" + std::to_string(k) + "] is invalid, index type " + name +
                         " finds at most " + std::to_string(k_max));
}

/// The smallest float that is not below `value`: for floats, `x >= value` and `x < value` are the same with
/// it.
float RoundUp(double value) {
  if (value > std::numeric_limits<float>::max()) return DistanceRange::kAny;
  const auto nearest = static_cast<float>(std::max(value, -double{std::numeric_limits<float>::max()}));
  return nearest < value ? std::nextafter(nearest, DistanceRange::kAny) : nearest;
}

/// Bounds stay doubles until the end, as clients know them: iterators ask for ranges narrower than floats
/// tell apart.
Result<DistanceRange> ParseRange(Metric metric, std::span<const KeyValue> texts) {
  DistanceRange range;
  RK_ASSIGN_OR_RETURN(const std::optional<double> radius, ParseScore(texts, "radius"));
  RK_ASSIGN_OR_RETURN(const std::optional<double> filter, ParseScore(texts, "range_filter"));
  const bool larger = LargerScoreIsBetter(metric);
  if (radius && filter && (larger ? *filter <= *radius : *filter >= *radius)) {
    return Status::Invalid("metric type (" + std::string(MetricName(metric)) + "), range_filter(" +
                           NumberText(*filter) + ") must be " + (larger ? "greater" : "less") +
                           " than radius(" + NumberText(*radius) + ")");
  }
  if (radius) range.below = RoundUp(larger ? -*radius : *radius);
  // A cosine of 1 comes out slightly larger at times.
  const bool all_pass = metric == Metric::kCosine && filter && *filter >= 1;
  if (filter && !all_pass) range.from = RoundUp(larger ? -*filter : *filter);
  return range;
}

Result<const TypeRules*> RulesFor(const std::string& type, DataType data) {
  const TypeRules* rules = FindType(type);
  const bool other = std::find(std::begin(kTypesOfOtherData), std::end(kTypesOfOtherData), type) !=
                     std::end(kTypesOfOtherData);
  if (rules == nullptr && !other) return Status::Invalid("invalid index type: " + type);
  if (type == "MINHASH_LSH" && data == DataType::kBinaryVector)
    return Status::Unimplemented("index type MINHASH_LSH is not implemented");
  if (rules == nullptr || (rules->data & DataOf(data)) == 0) {
    return Status::Invalid("data type " + std::string(DataTypeName(data)) + " can't build with this index " +
                           type);
  }
  return rules;
}

Result<Metric> SparseMetric(const std::string& name) {
  const std::optional<Metric> metric = ParseMetric(name);
  if (metric == Metric::kIp) return *metric;
  std::string upper;
  for (const char c : name) upper.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  if (upper == "BM25") return Status::Invalid("only BM25 Function output field support BM25 metric type");
  return Status::Invalid("only IP&BM25 is the supported metric type for sparse index, got " + name);
}

/// The metric of an index of `type` over `data`, by its name or by default.
Result<Metric> MetricFor(const std::string& type, DataType data, std::string_view name) {
  const bool bits = data == DataType::kBinaryVector;
  if (name.empty()) return DefaultMetric(data);
  if (data == DataType::kSparseFloatVector) return SparseMetric(std::string(name));
  const std::optional<Metric> metric = ParseMetric(name);
  if (metric.has_value() && (*metric >= Metric::kHamming) == bits) {
    if (!IsStructureMetric(*metric) || type == "BIN_FLAT") return *metric;
    return Status::Invalid("metric type " + std::string(MetricName(*metric)) +
                           " not found or not supported, supported: [HAMMING JACCARD]");
  }
  if (bits && name == "MHJACCARD") return Status::Unimplemented("metric type MHJACCARD is not implemented");
  const std::string kind = bits ? "binary" : data == DataType::kInt8Vector ? "int" : "float";
  return Status::Invalid(kind + " vector index does not support metric type: " + std::string(name));
}

}  // namespace

Metric DefaultMetric(DataType data) {
  return data == DataType::kBinaryVector        ? Metric::kHamming
         : data == DataType::kSparseFloatVector ? Metric::kIp
                                                : Metric::kCosine;
}

size_t DefaultEf(size_t k) { return std::max(k, kMinDefaultEf); }

Result<IndexSpec> ParseIndexSpec(std::span<const KeyValue> texts, DataType data, int dim) {
  IndexSpec spec;
  const std::string_view type = Find(texts, "index_type");
  spec.type = type.empty() ? "AUTOINDEX" : std::string(type);
  RK_ASSIGN_OR_RETURN(const TypeRules* rules, RulesFor(spec.type, data));
  RK_ASSIGN_OR_RETURN(spec.metric, MetricFor(spec.type, data, Find(texts, "metric_type")));
  spec.structure = rules->structure;
  RK_RETURN_IF_ERROR(CheckRules(rules->build, texts, Phase::kBuild));
  RK_RETURN_IF_ERROR(CheckDim(texts, spec.type, dim));
  if (spec.type == "AUTOINDEX") {
    RK_RETURN_IF_ERROR(CheckAutoIndex(texts));
    spec.m = 18;
    spec.ef_construction = 240;
    // A scan over bits costs little, and their many equal distances mislead a graph.
    if (data == DataType::kBinaryVector || data == DataType::kSparseFloatVector)
      spec.structure = Structure::kFlat;
  } else if (spec.structure == Structure::kHnsw) {
    spec.m = IntOr(texts, "M", spec.m);
    spec.ef_construction = IntOr(texts, "efConstruction", spec.ef_construction);
  }
  for (const KeyValue& text : texts) {
    if (text.first != "index_type" && text.first != "metric_type") spec.parameters.push_back(text);
  }
  return spec;
}

Result<SearchArgs> ParseSearchParams(const IndexSpec& spec, std::span<const KeyValue> texts, size_t k) {
  SearchArgs args;
  args.k = k;
  RK_ASSIGN_OR_RETURN(args.range, ParseRange(spec.metric, texts));
  // Rows that fit have distance 0, others 1.
  if (IsStructureMetric(spec.metric)) args.range.below = std::min(args.range.below, 0.5f);
  RK_RETURN_IF_ERROR(CheckGpuSearch(spec.type, texts, k));
  const TypeRules* rules = FindType(spec.type);
  if (rules == nullptr) return args;
  RK_RETURN_IF_ERROR(CheckRules(rules->search, texts, Phase::kSearch));
  for (const Rule& rule : rules->search) {
    if (rule.key == "ef") {
      RK_RETURN_IF_ERROR(CheckAtLeastK(texts, "ef", "ef", k));
      args.ef = static_cast<size_t>(IntOr(texts, "ef", 0));
    } else if (rule.key == "reorder_k") {
      RK_RETURN_IF_ERROR(CheckAtLeastK(texts, "reorder_k", "reorder_k", k));
    } else if (rule.key == "search_list") {
      RK_RETURN_IF_ERROR(CheckAtLeastK(texts, "search_list", "search_list_size", k));
    } else if (rule.key == "level") {
      // Level 1 is the default; each further one walks as much again.
      const int level = IntOr(texts, "level", 1);
      if (level > 1) args.ef = DefaultEf(k) * static_cast<size_t>(level);
    }
  }
  return args;
}

}  // namespace redkite::index
