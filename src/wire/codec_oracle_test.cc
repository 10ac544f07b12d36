// The hand-written decoders against the generated ones: random messages, sound and broken, then damaged
// bytes.
#include "wire/codec_oracle.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"
#include "proto/milvus_rows.pb.h"

namespace redkite::wire {
namespace {

namespace pb = ::milvus::proto::milvus;
namespace pbc = ::milvus::proto::common;
namespace pbs = ::milvus::proto::schema;

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}
  uint64_t Below(uint64_t n) { return random_.Below(n); }
  bool OneIn(uint64_t n) { return random_.Below(n) == 0; }

  std::string Text() {
    std::string text;
    for (uint64_t n = Below(12); n > 0; --n)
      text += OneIn(4) ? "\xc3\xa9" : std::string(1, static_cast<char>('a' + Below(26)));
    return text;
  }
  int64_t Number() {
    return OneIn(3) ? static_cast<int64_t>(random_.Next()) : static_cast<int64_t>(Below(300)) - 150;
  }

  void FillScalars(int type, size_t n, pbs::ScalarField* s) {
    // Presence matters: an empty array is there all the same.
    switch (type) {
      case 1:
        s->mutable_bool_data();
        break;
      case 2:
      case 3:
      case 4:
        s->mutable_int_data();
        break;
      case 5:
        s->mutable_long_data();
        break;
      case 10:
        s->mutable_float_data();
        break;
      case 11:
        s->mutable_double_data();
        break;
      case 21:
        s->mutable_string_data();
        break;
      case 23:
        s->mutable_json_data();
        break;
      default:
        s->mutable_geometry_wkt_data();
        break;
    }
    for (size_t i = 0; i < n; ++i) {
      switch (type) {
        case 1:
          s->mutable_bool_data()->add_data(OneIn(2));
          break;
        case 2:
          s->mutable_int_data()->add_data(static_cast<int>(Below(OneIn(40) ? 300 : 128)));
          break;
        case 3:
          s->mutable_int_data()->add_data(static_cast<int>(Below(OneIn(40) ? 70000 : 256)) - 128);
          break;
        case 4:
          s->mutable_int_data()->add_data(static_cast<int>(Number()));
          break;
        case 5:
          s->mutable_long_data()->add_data(Number());
          break;
        case 10:
          s->mutable_float_data()->add_data(static_cast<float>(Number()));
          break;
        case 11:
          s->mutable_double_data()->add_data(static_cast<double>(Number()));
          break;
        case 21:
          s->mutable_string_data()->add_data(Text());
          break;
        case 23:
          s->mutable_json_data()->add_data("{\"k\":" + std::to_string(Number()) + "}");
          break;
        default:
          s->mutable_geometry_wkt_data()->add_data(Text());
          break;
      }
    }
  }

  void FillArrays(size_t n, pbs::ArrayArray* arrays) {
    static constexpr int kElements[] = {1, 4, 5, 10, 11, 21};
    if (OneIn(2)) arrays->set_element_type(static_cast<pbs::DataType>(Below(30)));
    const int element = OneIn(40) ? 23 : kElements[Below(6)];
    for (; n > 0; --n) {
      auto* row = arrays->add_data();
      if (OneIn(6)) continue;  // without a member
      FillScalars(OneIn(60) ? kElements[Below(6)] : element, OneIn(300) ? 4096 + Below(2) : Below(5), row);
      if (OneIn(300)) row->mutable_array_data()->add_data()->mutable_int_data()->add_data(1);
    }
  }

  void FillField(size_t rows, pbs::FieldData* field) {
    static constexpr int kTypes[] = {1,  2,   3,   4,   5,   10,  11,  21,  22, 22,
                                     23, 101, 101, 100, 102, 103, 105, 104, 24, 20};
    const int type = kTypes[Below(OneIn(8) ? 20 : 18)];
    field->set_type(static_cast<pbs::DataType>(OneIn(40) ? kTypes[Below(20)] : type));
    field->set_field_name(Text());
    field->set_is_dynamic(OneIn(10));
    size_t present = rows;
    if (OneIn(3)) {
      present = 0;
      for (size_t i = 0; i < rows; ++i) {
        const bool valid = OneIn(2);
        field->add_valid_data(valid);
        present += valid ? 1 : 0;
      }
    }
    if (OneIn(25)) ++present;
    if (type == 22) return FillArrays(present, field->mutable_scalars()->mutable_array_data());
    if (type < 100) return FillScalars(type, present, field->mutable_scalars());
    FillVectors(type, present, field->mutable_vectors());
  }

  void FillVectors(int type, size_t n, pbs::VectorField* v) {
    const auto dim = static_cast<int64_t>(type == 100 ? 8 * (1 + Below(3)) : 1 + Below(6));
    v->set_dim(OneIn(40) ? 0 : OneIn(40) ? dim + 1 : dim);
    const size_t elements = n * static_cast<size_t>(dim);
    std::string bytes(type == 100 ? elements / 8 : type == 105 ? elements : elements * 2, '\0');
    for (char& c : bytes) c = static_cast<char>(random_.Next());
    if (OneIn(40)) bytes += 'x';
    switch ((type == 102 || type == 103) && OneIn(3) ? 101 : type) {
      case 100:
        return v->set_binary_vector(bytes);
      case 102:
        return v->set_float16_vector(bytes);
      case 103:
        return v->set_bfloat16_vector(bytes);
      case 105:
        return v->set_int8_vector(bytes);
      case 104:
        v->mutable_sparse_float_vector()->set_dim(dim);
        for (; n > 0; --n) v->mutable_sparse_float_vector()->add_contents(bytes.substr(0, 8 * Below(3)));
        return;
      default:
        v->mutable_float_vector();
        for (size_t i = 0; i < elements; ++i)
          v->mutable_float_vector()->add_data(static_cast<float>(Number()));
    }
  }

  template <class M>
  std::string Rows() {
    M m;
    const size_t rows = Below(9);
    m.mutable_base()->set_msgid(Number());
    m.set_db_name(Text());
    m.set_collection_name(Text());
    m.set_partition_name(Text());
    m.set_num_rows(static_cast<uint32_t>(rows));
    m.set_schema_timestamp(random_.Next());
    m.add_hash_keys(7);
    for (uint64_t n = Below(5); n > 0; --n) FillField(rows, m.add_fields_data());
    return m.SerializeAsString();
  }

  template <class Pairs>
  void FillPairs(Pairs* pairs) {
    for (uint64_t n = Below(4); n > 0; --n) {
      auto* pair = pairs->Add();
      pair->set_key(Text());
      pair->set_value(Text());
    }
  }

  void FillArray(int depth, pbs::TemplateArrayValue* array) {
    const uint64_t n = Below(4);
    switch (Below(depth == 0 ? 6 : 8)) {
      case 0:
        array->mutable_bool_data();
        for (uint64_t i = 0; i < n; ++i) array->mutable_bool_data()->add_data(OneIn(2));
        return;
      case 1:
        array->mutable_long_data();
        for (uint64_t i = 0; i < n; ++i) array->mutable_long_data()->add_data(Number());
        return;
      case 2:
        array->mutable_double_data();
        for (uint64_t i = 0; i < n; ++i) array->mutable_double_data()->add_data(1.0 / static_cast<double>(i));
        return;
      case 3:
        array->mutable_string_data();
        for (uint64_t i = 0; i < n; ++i) array->mutable_string_data()->add_data(Text());
        return;
      case 4:
        for (uint64_t i = 0; i < n; ++i) array->mutable_json_data()->add_data(OneIn(2) ? "[1]" : "\xff");
        return;
      case 5:
        return;
      default:
        array->mutable_array_data();
        for (uint64_t i = 0; i < n; ++i) FillArray(depth - 1, array->mutable_array_data()->add_data());
    }
  }

  template <class Map>
  void FillTemplates(Map* map) {
    for (uint64_t n = Below(4); n > 0; --n) {
      pbs::TemplateValue& value = (*map)[Text()];
      switch (Below(7)) {
        case 0:
          value.set_bool_val(OneIn(2));
          break;
        case 1:
          value.set_int64_val(Number());
          break;
        case 2:
          value.set_float_val(static_cast<double>(Number()) / 4);
          break;
        case 3:
          value.set_string_val(Text());
          break;
        case 4:
          value.set_bytes_val("\xff");
          break;
        case 5:
          break;
        default:
          FillArray(3, value.mutable_array_val());
      }
    }
  }

  std::string Delete() {
    pb::DeleteRequest m;
    m.mutable_base()->set_msgid(Number());
    m.set_db_name(Text());
    m.set_collection_name(Text());
    m.set_partition_name(Text());
    m.set_expr(Text());
    m.add_hash_keys(7);
    FillTemplates(m.mutable_expr_template_values());
    return m.SerializeAsString();
  }

  std::string Search() {
    pb::SearchRequest m;
    m.set_db_name(Text());
    m.set_collection_name(Text());
    m.set_dsl(Text());
    for (uint64_t n = Below(3); n > 0; --n) m.add_partition_names(Text()), m.add_output_fields(Text());
    FillPairs(m.mutable_search_params());
    m.set_guarantee_timestamp(random_.Next());
    m.set_travel_timestamp(Below(3));
    m.set_consistency_level(static_cast<pbc::ConsistencyLevel>(Below(OneIn(9) ? 7 : 5)));
    m.set_use_default_consistency(OneIn(2));
    if (OneIn(2)) FillTemplates(m.mutable_expr_template_values());
    const auto count = static_cast<int64_t>(Below(5));
    if (OneIn(4)) {
      for (int64_t i = 0; i < count; ++i) m.mutable_ids()->mutable_int_id()->add_data(Number());
      if (count == 0) m.mutable_ids();
    } else {
      pbc::PlaceholderGroup group;
      auto* value = group.add_placeholders();
      value->set_tag("$0");
      value->set_type(pbc::FloatVector);
      for (int64_t i = 0; i < count; ++i) value->add_values(std::string(OneIn(9) ? 4 : 8, 'v'));
      if (OneIn(12)) group.add_placeholders()->set_tag("$1");
      m.set_placeholder_group(group.SerializeAsString());
    }
    m.set_nq(OneIn(3) ? 0 : OneIn(9) ? count + 1 : count);
    return m.SerializeAsString();
  }

  std::string Query() {
    pb::QueryRequest m;
    m.set_db_name(Text());
    m.set_collection_name(Text());
    m.set_expr(Text());
    for (uint64_t n = Below(3); n > 0; --n) m.add_partition_names(Text()), m.add_output_fields(Text());
    FillPairs(m.mutable_query_params());
    m.set_guarantee_timestamp(random_.Next());
    m.set_consistency_level(static_cast<pbc::ConsistencyLevel>(Below(OneIn(9) ? 7 : 5)));
    m.set_use_default_consistency(OneIn(2));
    if (OneIn(2)) FillTemplates(m.mutable_expr_template_values());
    return m.SerializeAsString();
  }

  std::string Damage(std::string bytes, const std::string& other) {
    switch (Below(6)) {
      case 0:
        if (!bytes.empty()) bytes[Below(bytes.size())] ^= static_cast<char>(1 << Below(8));
        break;
      case 1:
        bytes.resize(Below(bytes.size() + 1));
        break;
      case 2:
        bytes.insert(Below(bytes.size() + 1), 1, static_cast<char>(random_.Next()));
        break;
      case 3:
        bytes += other;
        break;  // a merge of two messages
      case 4: {
        const size_t from = Below(bytes.size() + 1);
        bytes.insert(Below(bytes.size() + 1), bytes.substr(from, Below(40)));
        break;
      }
      default:
        if (!bytes.empty()) bytes.erase(Below(bytes.size()), Below(8));
    }
    return bytes;
  }

 private:
  Random random_;
};

constexpr int kRounds = 3000;
constexpr int kDamagedPerRound = 10;

template <class Make, class Compare>
void ExpectAgreement(Make make, Compare compare) {
  const uint64_t seed = Random::FromSystem().Next();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Generator g(seed);
  std::string before;
  for (int round = 0; round < kRounds; ++round) {
    const std::string bytes = make(&g);
    ASSERT_EQ(compare(bytes), "") << "round " << round;
    for (int i = 0; i < kDamagedPerRound; ++i) {
      const std::string damaged = g.Damage(bytes, before);
      ASSERT_EQ(compare(damaged), "")
          << "round " << round << ", damage " << i << ": " << testing::PrintToString(damaged);
    }
    before = bytes;
  }
}

TEST(CodecOracle, InsertAgrees) {
  ExpectAgreement([](Generator* g) { return g->Rows<pb::InsertRequest>(); },
                  [](const auto& b) { return CompareInsert(b, false); });
}

TEST(CodecOracle, UpsertAgrees) {
  ExpectAgreement([](Generator* g) { return g->Rows<pb::UpsertRequest>(); },
                  [](const auto& b) { return CompareInsert(b, true); });
}

TEST(CodecOracle, SearchAgrees) {
  ExpectAgreement([](Generator* g) { return g->Search(); }, [](const auto& b) { return CompareSearch(b); });
}

TEST(CodecOracle, DeleteAgrees) {
  ExpectAgreement([](Generator* g) { return g->Delete(); }, [](const auto& b) { return CompareDelete(b); });
}

TEST(CodecOracle, QueryAgrees) {
  ExpectAgreement([](Generator* g) { return g->Query(); }, [](const auto& b) { return CompareQuery(b); });
}

}  // namespace
}  // namespace redkite::wire
