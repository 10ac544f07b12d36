#include "wire/search_codec.h"

#include <gtest/gtest.h>

#include "proto/milvus_rows.pb.h"

namespace redkite::wire {
namespace {

namespace pb = ::milvus::proto::milvus;
namespace pbc = ::milvus::proto::common;
namespace pbs = ::milvus::proto::schema;

pb::SearchRequest Request(const std::vector<std::string>& vectors) {
  pb::SearchRequest m;
  pbc::PlaceholderGroup group;
  auto* value = group.add_placeholders();
  value->set_tag("$0");
  value->set_type(pbc::FloatVector);
  for (const std::string& v : vectors) value->add_values(v);
  m.set_placeholder_group(group.SerializeAsString());
  m.set_collection_name("c");
  return m;
}

TEST(SearchCodec, DecodesVectorsAndParams) {
  pb::SearchRequest m = Request({"12345678", "abcdefgh"});
  m.set_dsl("a > 1");
  auto* pair = m.add_search_params();
  pair->set_key("topk");
  pair->set_value("10");
  m.add_output_fields("a");
  m.add_partition_names("p");
  m.set_consistency_level(pbc::Eventually);
  m.set_guarantee_timestamp(4);
  const auto r = DecodeSearch(m.SerializeAsString());
  ASSERT_TRUE(r.ok()) << r.status().message();
  EXPECT_EQ(r->nq, 2);  // derived
  EXPECT_EQ(r->queries.placeholder_type, 101);
  EXPECT_TRUE(r->queries.uniform);
  EXPECT_EQ(r->queries.value_bytes, 8U);
  EXPECT_EQ(r->queries.bytes, "12345678abcdefgh");
  EXPECT_EQ(r->filter, "a > 1");
  EXPECT_EQ(*FindParam(r->params, "topk"), "10");
  EXPECT_EQ(r->output_fields, std::vector<std::string>{"a"});
  EXPECT_EQ(r->partitions, std::vector<std::string>{"p"});
  EXPECT_EQ(r->read_point.consistency, Consistency::kEventually);
  EXPECT_EQ(r->read_point.guarantee_ts, 4U);
  EXPECT_TRUE(r->unsupported.empty());
}

TEST(SearchCodec, ValuesOfDifferentLengthAreMarked) {
  const auto r = DecodeSearch(Request({"1234", "12345678"}).SerializeAsString());
  ASSERT_TRUE(r.ok());
  EXPECT_FALSE(r->queries.uniform);
  EXPECT_TRUE(r->queries.bytes.empty());
}

TEST(SearchCodec, SparseVectorsKeepTheirLengths) {
  pb::SearchRequest m = Request({});
  pbc::PlaceholderGroup group;
  auto* value = group.add_placeholders();
  for (const char* row : {"12345678", "", "12345678abcdefgh"}) value->add_values(row);
  value->set_type(pbc::SparseFloatVector);  // behind the values: its place is not fixed
  m.set_placeholder_group(group.SerializeAsString());
  m.set_nq(3);
  const auto got = DecodeSearch(m.SerializeAsString());
  ASSERT_TRUE(got.ok()) << got.status().message();
  EXPECT_FALSE(got->queries.uniform);
  EXPECT_EQ(got->queries.bytes, "1234567812345678abcdefgh");
  EXPECT_EQ(got->queries.offsets, (std::vector<uint64_t>{0, 8, 8, 24}));
}

TEST(SearchCodec, ListsOfVectorsKeepTheirLengths) {
  pb::SearchRequest m = Request({"12345678", "1234567812345678"});
  pbc::PlaceholderGroup group;
  ASSERT_TRUE(group.ParseFromString(m.placeholder_group()));
  group.mutable_placeholders(0)->set_type(pbc::EmbListFloatVector);
  m.set_placeholder_group(group.SerializeAsString());
  const auto r = DecodeSearch(m.SerializeAsString());
  ASSERT_TRUE(r.ok()) << r.status().message();
  EXPECT_TRUE(r->queries.is_lists());
  EXPECT_EQ(r->queries.offsets, (std::vector<uint64_t>{0, 8, 24}));
}

TEST(SearchCodec, ElementsAndStructArraysOfAnswers) {
  SearchResult result;
  result.nq = 1;
  result.topk = 2;
  result.hit_counts = {2};
  result.ids = Column(FieldId(100), DataType::kInt64, 0);
  for (const int64_t id : {5, 6}) result.ids.Append(id);
  result.scores = {1.0f, 2.0f};
  result.elements = {0, 300};
  OutputColumn of{"s", false, Column(FieldId(101), DataType::kNone, 0)};
  OutputColumn vectors{"v", false, Column(FieldId(102), DataType::kArrayOfVector, 2), true,
                       DataType::kFloatVector};
  const float values[] = {1, 2, 3, 4};
  vectors.column.AppendText({reinterpret_cast<const char*>(values), sizeof values});
  vectors.column.AppendNull();
  of.fields.push_back(std::move(vectors));
  result.columns.push_back(std::move(of));
  pb::SearchResults m;
  ASSERT_TRUE(m.ParseFromString(EncodeSearch(result)));
  ASSERT_EQ(m.results().element_indices().data_size(), 2);
  EXPECT_EQ(m.results().element_indices().data(1), 300);
  const auto& field = m.results().fields_data(0);
  EXPECT_EQ(field.type(), pbs::ArrayOfStruct);
  EXPECT_EQ(field.field_name(), "s");
  EXPECT_EQ(field.field_id(), 101);
  const auto& sub_field = field.struct_arrays().fields(0);
  EXPECT_EQ(sub_field.type(), pbs::ArrayOfVector);
  EXPECT_EQ(sub_field.valid_data_size(), 2);
  EXPECT_FALSE(sub_field.valid_data(1));
  const auto& lists = sub_field.vectors().vector_array();
  EXPECT_EQ(lists.element_type(), pbs::FloatVector);
  ASSERT_EQ(lists.data_size(), 2);
  EXPECT_EQ(lists.data(0).float_vector().data(3), 4.0f);
  EXPECT_EQ(lists.data(1).float_vector().data_size(), 0);

  QueryResult query;
  query.elements = {{1, 2}, {7}};
  pb::QueryResults q;
  ASSERT_TRUE(q.ParseFromString(EncodeQuery(query)));
  ASSERT_EQ(q.element_indices_size(), 2);
  EXPECT_EQ(q.element_indices(0).indices().data(1), 2);
  EXPECT_EQ(q.element_indices(1).indices().data(0), 7);
}

TEST(SearchCodec, NqHasToFitTheVectors) {
  pb::SearchRequest m = Request({"1234"});
  m.set_nq(2);
  const auto r = DecodeSearch(m.SerializeAsString());
  ASSERT_FALSE(r.ok());
  EXPECT_EQ(r.status().code(), Code::kParameterInvalid);
}

TEST(SearchCodec, FeaturesThatAreNotServedAreListed) {
  pb::SearchRequest m = Request({"1234"});
  m.mutable_function_score();
  m.mutable_highlighter();
  m.add_function_chains();
  m.add_function_chains();
  const auto r = DecodeSearch(m.SerializeAsString());
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->unsupported, (std::vector<std::string>{"function_score", "highlighter", "function_chains"}));
}

TEST(SearchCodec, SearchByIdsIsSeen) {
  pb::SearchRequest m;
  for (int64_t id : {1, 300, -5}) m.mutable_ids()->mutable_int_id()->add_data(id);
  const auto r = DecodeSearch(m.SerializeAsString());
  ASSERT_TRUE(r.ok());
  EXPECT_TRUE(r->by_ids);
  EXPECT_EQ(r->nq, 3);
  ASSERT_EQ(r->ids.type(), DataType::kInt64);
  EXPECT_EQ(r->ids.view().At<int64_t>(1), 300);
  EXPECT_EQ(r->ids.view().At<int64_t>(2), -5);
  for (const char* id : {"a", "", "c"}) m.mutable_ids()->mutable_str_id()->add_data(id);
  const auto texts = DecodeSearch(m.SerializeAsString());
  ASSERT_TRUE(texts.ok());
  ASSERT_EQ(texts->ids.type(), DataType::kVarChar);
  EXPECT_EQ(texts->ids.view().row_count, 3u);
  EXPECT_EQ(texts->ids.view().TextAt(2), "c");
  m.mutable_ids()->mutable_str_id()->add_data("\xff");
  EXPECT_FALSE(DecodeSearch(m.SerializeAsString()).ok());
  pb::SearchRequest none;
  none.mutable_ids();
  const auto empty = DecodeSearch(none.SerializeAsString());
  ASSERT_TRUE(empty.ok());
  EXPECT_TRUE(empty->by_ids);
  EXPECT_EQ(empty->ids.row_count(), 0u);
}

TEST(SearchCodec, StateOfAnIterator) {
  SearchResult result;
  result.nq = 1;
  result.iterator = SearchIteratorState{"0f8fad5b-d9cb-469f-a165-70867728950e", 0.0f};
  for (float bound : {0.0f, -0.25f, 3.4028235e38f}) {
    result.iterator->last_bound = bound;
    pb::SearchResults m;
    ASSERT_TRUE(m.ParseFromString(EncodeSearch(result)));
    ASSERT_TRUE(m.results().has_search_iterator_v2_results());
    EXPECT_EQ(m.results().search_iterator_v2_results().token(), result.iterator->token);
    EXPECT_EQ(m.results().search_iterator_v2_results().last_bound(), bound);
  }
  result.iterator.reset();
  pb::SearchResults m;
  ASSERT_TRUE(m.ParseFromString(EncodeSearch(result)));
  EXPECT_FALSE(m.results().has_search_iterator_v2_results());
}

TEST(SearchCodec, BrokenTextAndBytesAreErrors) {
  std::string bytes = Request({"1234"}).SerializeAsString();
  bytes += std::string("\x2a\x01\xff", 3);  // dsl that is no UTF-8
  EXPECT_EQ(DecodeSearch(bytes).status().code(), Code::kParameterInvalid);
  EXPECT_FALSE(DecodeSearch(std::string("\x32\x02\x0a\x09", 4)).ok());  // a placeholder cut off
  EXPECT_FALSE(DecodeQuery(std::string("\x22\x09", 2)).ok());
  EXPECT_FALSE(DecodeQuery(std::string("\x58\x09", 2)).ok());  // consistency level 9
}

// Columns of every type with and without nulls, as an answer holds them.
std::vector<OutputColumn> Columns(size_t rows, bool nulls) {
  std::vector<OutputColumn> columns;
  auto add = [&](const char* name, DataType type, auto append) {
    Column column(FieldId(100 + static_cast<int64_t>(columns.size())), type,
                  type == DataType::kBinaryVector ? 16
                  : IsVector(type)                ? 3
                                                  : 0);
    for (size_t row = 0; row < rows; ++row) {
      if (nulls && row % 3 == 1)
        column.AppendNull();
      else
        append(&column, static_cast<int64_t>(row));
    }
    columns.push_back({name, type == DataType::kJson, std::move(column)});
  };
  add("b", DataType::kBool, [](Column* c, int64_t r) { c->Append<uint8_t>(r % 2 == 0 ? 1 : 0); });
  add("i8", DataType::kInt8, [](Column* c, int64_t r) { c->Append(static_cast<int8_t>(r - 50)); });
  add("i16", DataType::kInt16, [](Column* c, int64_t r) { c->Append(static_cast<int16_t>(-r * 300)); });
  add("i32", DataType::kInt32, [](Column* c, int64_t r) { c->Append(static_cast<int32_t>(r * 70000 - 1)); });
  add("i64", DataType::kInt64, [](Column* c, int64_t r) { c->Append<int64_t>((r << 40) - 7); });
  add("f", DataType::kFloat, [](Column* c, int64_t r) { c->Append(static_cast<float>(r) / 4); });
  add("d", DataType::kDouble, [](Column* c, int64_t r) { c->Append(static_cast<double>(r) / 8); });
  add("t", DataType::kVarChar,
      [](Column* c, int64_t r) { c->AppendText(std::string(static_cast<size_t>(r * 7), 'x')); });
  add("$meta", DataType::kJson,
      [](Column* c, int64_t r) { c->AppendText("{\"a\":" + std::to_string(r) + "}"); });
  add("v", DataType::kFloatVector, [](Column* c, int64_t r) {
    const float vector[3] = {static_cast<float>(r), 1, 2};
    c->AppendVector(vector);
  });
  for (const DataType type : {DataType::kBinaryVector, DataType::kFloat16Vector, DataType::kBFloat16Vector,
                              DataType::kInt8Vector}) {
    add("n", type, [](Column* c, int64_t r) {
      const char bytes[6] = {static_cast<char>(r), 1, -2, 3, 4, static_cast<char>(r * 7)};
      c->AppendRaw(bytes, 1);
    });
  }
  return columns;
}

// Compares what a client reads with the column that was sent.
void ExpectEqual(const pbs::FieldData& m, const OutputColumn& sent) {
  const ColumnView view = sent.column.view();
  EXPECT_EQ(m.field_name(), sent.name);
  EXPECT_EQ(m.field_id(), sent.column.field().value());
  EXPECT_EQ(m.is_dynamic(), sent.is_dynamic);
  ASSERT_EQ(static_cast<int>(m.type()), static_cast<int>(view.type));
  const bool has_nulls = view.validity != nullptr && view.row_count > 0;
  ASSERT_EQ(static_cast<size_t>(m.valid_data_size()), has_nulls ? view.row_count : 0);
  int next = 0;
  for (int row = 0; row < static_cast<int>(view.row_count); ++row) {
    const auto r = static_cast<size_t>(row);
    if (has_nulls) {
      ASSERT_EQ(m.valid_data(row), view.IsValid(r));
    }
    const auto& s = m.scalars();
    switch (view.type) {
      case DataType::kBool:
        EXPECT_EQ(s.bool_data().data(row), view.At<uint8_t>(r) != 0);
        break;
      case DataType::kInt8:
        EXPECT_EQ(s.int_data().data(row), view.At<int8_t>(r));
        break;
      case DataType::kInt16:
        EXPECT_EQ(s.int_data().data(row), view.At<int16_t>(r));
        break;
      case DataType::kInt32:
        EXPECT_EQ(s.int_data().data(row), view.At<int32_t>(r));
        break;
      case DataType::kInt64:
        EXPECT_EQ(s.long_data().data(row), view.At<int64_t>(r));
        break;
      case DataType::kFloat:
        EXPECT_EQ(s.float_data().data(row), view.At<float>(r));
        break;
      case DataType::kDouble:
        EXPECT_EQ(s.double_data().data(row), view.At<double>(r));
        break;
      case DataType::kVarChar:
        EXPECT_EQ(s.string_data().data(row), view.TextAt(r));
        break;
      case DataType::kJson:
        EXPECT_EQ(s.json_data().data(row), view.TextAt(r));
        break;
      default:
        if (!view.IsValid(r) || view.type != DataType::kFloatVector) break;
        for (int i = 0; i < 3; ++i)
          EXPECT_EQ(m.vectors().float_vector().data(next * 3 + i), view.VectorAt(r)[i]);
        ++next;
    }
  }
  if (view.type == DataType::kFloatVector) {
    EXPECT_EQ(m.vectors().dim(), 3);
    EXPECT_EQ(m.vectors().float_vector().data_size(), next * 3);  // compact
  } else if (IsVector(view.type)) {
    EXPECT_EQ(m.vectors().dim(), view.dim);
    std::string valid;  // compact too
    const size_t bytes = ValueBytes(view.type, view.dim);
    for (size_t r = 0; r < view.row_count; ++r) {
      if (view.IsValid(r)) valid.append(reinterpret_cast<const char*>(view.data) + r * bytes, bytes);
    }
    const auto& v = m.vectors();
    EXPECT_EQ(valid, view.type == DataType::kBinaryVector     ? v.binary_vector()
                     : view.type == DataType::kFloat16Vector  ? v.float16_vector()
                     : view.type == DataType::kBFloat16Vector ? v.bfloat16_vector()
                                                              : v.int8_vector());
    EXPECT_NE(v.data_case(), pbs::VectorField::DATA_NOT_SET);
  } else {
    EXPECT_NE(m.scalars().data_case(), pbs::ScalarField::DATA_NOT_SET);  // typed even without rows
  }
}

TEST(SearchCodec, EncodesAnswersThatTheGeneratedCodeReads) {
  for (const size_t rows : {size_t{0}, size_t{1}, size_t{100}}) {
    for (const bool nulls : {false, true}) {
      SearchResult result;
      result.nq = 2;
      result.topk = static_cast<int64_t>(rows);
      result.hit_counts = {static_cast<int64_t>(rows), 0};
      result.ids = Column(FieldId(100), DataType::kInt64, 0);
      for (size_t i = 0; i < rows; ++i)
        result.ids.Append<int64_t>(static_cast<int64_t>(i) - 3), result.scores.push_back(0.5f);
      result.columns = Columns(rows, nulls);
      result.output_fields = {"b", "t"};
      result.primary_field_name = "id";
      result.collection_name = "c";
      result.session_ts = 12;
      result.searched_rows = 1000;
      pb::SearchResults m;
      ASSERT_TRUE(m.ParseFromString(EncodeSearch(result)));
      EXPECT_TRUE(m.has_status());
      const auto& data = m.results();
      EXPECT_EQ(data.num_queries(), 2);
      EXPECT_EQ(data.top_k(), static_cast<int64_t>(rows));
      ASSERT_EQ(data.topks_size(), 2);
      EXPECT_EQ(data.topks(0), static_cast<int64_t>(rows));
      EXPECT_EQ(static_cast<size_t>(data.scores_size()), rows);
      EXPECT_EQ(data.has_ids(), rows > 0);
      EXPECT_EQ(static_cast<size_t>(data.ids().int_id().data_size()), rows);
      ASSERT_EQ(data.fields_data_size(), 14);
      for (int i = 0; i < 14; ++i) ExpectEqual(data.fields_data(i), result.columns[static_cast<size_t>(i)]);
      EXPECT_EQ(data.output_fields_size(), 2);
      EXPECT_EQ(data.primary_field_name(), "id");
      EXPECT_EQ(data.all_search_count(), 1000);
      EXPECT_EQ(m.collection_name(), "c");
      EXPECT_EQ(m.session_ts(), 12U);
      // Nothing behind or beside what the generated code writes for the same message.
      EXPECT_EQ(m.ByteSizeLong(), EncodeSearch(result).size());
    }
  }
}

TEST(SearchCodec, EncodesQueryAnswers) {
  for (const size_t rows : {size_t{0}, size_t{65}}) {
    QueryResult result;
    result.columns = Columns(rows, true);
    result.output_fields = {"i64"};
    result.primary_field_name = "i64";
    result.collection_name = "c";
    result.session_ts = 5;
    pb::QueryResults m;
    ASSERT_TRUE(m.ParseFromString(EncodeQuery(result)));
    ASSERT_EQ(m.fields_data_size(), 14);
    for (int i = 0; i < 14; ++i) ExpectEqual(m.fields_data(i), result.columns[static_cast<size_t>(i)]);
    EXPECT_EQ(m.primary_field_name(), "i64");
    EXPECT_EQ(m.collection_name(), "c");
    EXPECT_EQ(m.session_ts(), 5U);
    EXPECT_EQ(m.ByteSizeLong(), EncodeQuery(result).size());
  }
}

}  // namespace
}  // namespace redkite::wire
