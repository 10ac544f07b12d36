#include "wire/insert_codec.h"

#include <gtest/gtest.h>

#include "proto/milvus_rows.pb.h"

namespace redkite::wire {
namespace {

namespace pb = ::milvus::proto::milvus;
namespace pbs = ::milvus::proto::schema;

pbs::FieldData* AddField(pb::InsertRequest* m, pbs::DataType type, const char* name) {
  auto* field = m->add_fields_data();
  field->set_type(type);
  field->set_field_name(name);
  return field;
}

pb::InsertRequest Request(uint32_t rows) {
  pb::InsertRequest m;
  m.set_db_name("d");
  m.set_collection_name("c");
  m.set_partition_name("p");
  m.set_num_rows(rows);
  m.set_schema_timestamp(77);
  return m;
}

std::string ErrorOf(const pb::InsertRequest& m) {
  const auto request = DecodeInsert(m.SerializeAsString());
  if (request.ok()) return "accepted";
  EXPECT_EQ(request.status().code(), Code::kParameterInvalid) << request.status().message();
  return request.status().message();
}

TEST(InsertCodec, DecodesColumnsOfEveryStoredType) {
  pb::InsertRequest m = Request(2);
  for (const bool v : {true, false}) {
    if (v) AddField(&m, pbs::Bool, "b");
    m.mutable_fields_data(0)->mutable_scalars()->mutable_bool_data()->add_data(v);
  }
  auto* int8 = AddField(&m, pbs::Int8, "i8")->mutable_scalars()->mutable_int_data();
  int8->add_data(-128);
  int8->add_data(127);
  auto* int64 = AddField(&m, pbs::Int64, "i64")->mutable_scalars()->mutable_long_data();
  int64->add_data(INT64_MIN);
  int64->add_data(5);
  auto* text = AddField(&m, pbs::VarChar, "t")->mutable_scalars()->mutable_string_data();
  text->add_data("");
  text->add_data("h\xc3\xa9");
  auto* json = AddField(&m, pbs::JSON, "$meta");
  json->set_is_dynamic(true);
  json->mutable_scalars()->mutable_json_data()->add_data("{}");
  json->mutable_scalars()->mutable_json_data()->add_data("{\"a\":1}");
  auto* vectors = AddField(&m, pbs::FloatVector, "v")->mutable_vectors();
  vectors->set_dim(2);
  for (const float f : {1.0f, 2.0f, 3.0f, 4.5f}) vectors->mutable_float_vector()->add_data(f);

  const auto r = DecodeInsert(m.SerializeAsString());
  ASSERT_TRUE(r.ok()) << r.status().message();
  EXPECT_EQ(r->name.database, "d");
  EXPECT_EQ(r->name.collection, "c");
  EXPECT_EQ(r->partition, "p");
  EXPECT_EQ(r->row_count, 2U);
  EXPECT_EQ(r->schema_timestamp, 77U);
  EXPECT_FALSE(r->upsert);
  ASSERT_EQ(r->columns.size(), 6U);
  EXPECT_EQ(r->columns[0].column.view().At<uint8_t>(0), 1);
  EXPECT_EQ(r->columns[1].column.view().At<int8_t>(0), -128);
  EXPECT_EQ(r->columns[2].column.view().At<int64_t>(0), INT64_MIN);
  EXPECT_EQ(r->columns[3].column.view().TextAt(1), "h\xc3\xa9");
  EXPECT_TRUE(r->columns[4].is_dynamic);
  EXPECT_EQ(r->columns[4].column.view().TextAt(1), "{\"a\":1}");
  EXPECT_EQ(r->columns[5].column.dim(), 2);
  EXPECT_EQ(r->columns[5].column.view().VectorAt(1)[1], 4.5f);
}

TEST(InsertCodec, CompactColumnBecomesOneWithNulls) {
  pb::InsertRequest m = Request(4);
  auto* field = AddField(&m, pbs::Int64, "n");
  for (const bool valid : {false, true, false, true}) field->add_valid_data(valid);
  field->mutable_scalars()->mutable_long_data()->add_data(10);
  field->mutable_scalars()->mutable_long_data()->add_data(20);
  const auto r = DecodeInsert(m.SerializeAsString());
  ASSERT_TRUE(r.ok()) << r.status().message();
  const ColumnView view = r->columns[0].column.view();
  ASSERT_EQ(view.row_count, 4U);
  EXPECT_FALSE(view.IsValid(0));
  EXPECT_EQ(view.At<int64_t>(1), 10);
  EXPECT_FALSE(view.IsValid(2));
  EXPECT_EQ(view.At<int64_t>(3), 20);
}

TEST(InsertCodec, ColumnOfNullsOnlyMayHaveNoPayload) {
  pb::InsertRequest m = Request(2);
  auto* field = AddField(&m, pbs::VarChar, "n");
  field->add_valid_data(false);
  field->add_valid_data(false);
  const auto r = DecodeInsert(m.SerializeAsString());
  ASSERT_TRUE(r.ok()) << r.status().message();
  EXPECT_FALSE(r->columns[0].column.view().IsValid(1));
}

TEST(InsertCodec, CompactArraysBecomeRowsWithNulls) {
  pb::InsertRequest m = Request(3);
  auto* field = AddField(&m, pbs::Array, "a");
  for (const bool valid : {false, true, true}) field->add_valid_data(valid);
  auto* arrays = field->mutable_scalars()->mutable_array_data();
  arrays->add_data()->mutable_int_data()->add_data(7);
  arrays->add_data();
  const auto r = DecodeInsert(m.SerializeAsString());
  ASSERT_TRUE(r.ok()) << r.status().message();
  EXPECT_EQ(r->columns[0].element_type, DataType::kInt32);
  const ColumnView view = r->columns[0].column.view();
  ASSERT_EQ(view.row_count, 3U);
  EXPECT_FALSE(view.IsValid(0));
  EXPECT_EQ(view.TextAt(1), std::string_view("\x07\0\0\0", 4));
  EXPECT_TRUE(view.IsValid(2));
  EXPECT_EQ(view.TextAt(2), "");
  field->mutable_scalars()->mutable_long_data();
  EXPECT_NE(ErrorOf(m).find("[expected=need array of arrays][actual=got long array]"), std::string::npos);
}

TEST(InsertCodec, UnpackedNumbersAreRead) {
  // fields_data { type Int64, scalars { long_data { data: 3 data: 300 (unpacked) } } }, num_rows 2
  const std::string array("\x08\x03\x08\xac\x02", 5);
  const std::string scalars = std::string("\x1a\x05", 2) + array;
  const std::string field = std::string("\x08\x05\x1a\x07", 4) + scalars;
  const std::string bytes = std::string("\x2a\x0b", 2) + field + std::string("\x38\x02", 2);
  const auto r = DecodeInsert(bytes);
  ASSERT_TRUE(r.ok()) << r.status().message();
  EXPECT_EQ(r->columns[0].column.view().At<int64_t>(1), 300);
}

TEST(InsertCodec, ErrorsOfTheContract) {
  pb::InsertRequest narrow = Request(1);
  AddField(&narrow, pbs::Int8, "f")->mutable_scalars()->mutable_int_data()->add_data(300);
  EXPECT_EQ(ErrorOf(narrow),
            "the 0th element (300) out of range: [-128, 127]: invalid parameter[expected=integer doesn't "
            "overflow][actual=out of range]");
  pb::InsertRequest rows = Request(3);
  AddField(&rows, pbs::Int64, "f")->mutable_scalars()->mutable_long_data()->add_data(1);
  EXPECT_EQ(ErrorOf(rows),
            "the num_rows (1) of field (f) is not equal to passed num_rows (3): invalid parameter");
  pb::InsertRequest compact = Request(2);
  auto* field = AddField(&compact, pbs::Int64, "f");
  field->add_valid_data(true);
  EXPECT_NE(ErrorOf(compact).find("the length of valid_data of field(f) is wrong"), std::string::npos);
  field->add_valid_data(true);
  EXPECT_NE(ErrorOf(compact).find("the length of field is wrong"), std::string::npos);
}

TEST(InsertCodec, PayloadOfAnotherTypeIsNamed) {
  pb::InsertRequest m = Request(1);
  AddField(&m, pbs::VarChar, "f")->mutable_scalars()->mutable_int_data()->add_data(1);
  EXPECT_NE(ErrorOf(m).find("[expected=need string array][actual=got int array]"), std::string::npos);
  pb::InsertRequest sparse = Request(1);
  AddField(&sparse, pbs::SparseFloatVector, "s")
      ->mutable_vectors()
      ->mutable_sparse_float_vector()
      ->add_contents("x");
  EXPECT_EQ(ErrorOf(sparse), "accepted");
  sparse.mutable_fields_data(0)->set_type(pbs::FloatVector);
  EXPECT_NE(ErrorOf(sparse).find("[expected=need float vector][actual=got sparse float vector]"),
            std::string::npos);
  pb::InsertRequest structs = Request(1);
  AddField(&structs, pbs::ArrayOfStruct, "a");
  EXPECT_NE(ErrorOf(structs).find(" of field (a) is not supported"), std::string::npos);
  pb::InsertRequest text = Request(1);
  AddField(&text, pbs::String, "s");
  EXPECT_NE(ErrorOf(text).find("please use VarChar type instead"), std::string::npos);
}

pbs::FieldData* AddSubField(pbs::FieldData* of, pbs::DataType type, const char* name) {
  auto* field = of->mutable_struct_arrays()->add_fields();
  field->set_type(type);
  field->set_field_name(name);
  return field;
}

TEST(InsertCodec, StructArraysBecomeTheirSubFields) {
  pb::InsertRequest m = Request(2);
  auto* of = AddField(&m, pbs::ArrayOfStruct, "s");
  auto* numbers = AddSubField(of, pbs::Array, "n")->mutable_scalars()->mutable_array_data();
  numbers->add_data()->mutable_long_data()->add_data(7);
  numbers->add_data();
  auto* sub_field = AddSubField(of, pbs::ArrayOfVector, "s[v]");
  sub_field->add_valid_data(true);
  sub_field->add_valid_data(false);
  auto* lists = sub_field->mutable_vectors()->mutable_vector_array();
  lists->set_dim(2);
  auto* row = lists->add_data()->mutable_float_vector();
  for (const float v : {1.0f, 2.0f}) row->add_data(v);
  const auto r = DecodeInsert(m.SerializeAsString());
  ASSERT_TRUE(r.ok()) << r.status().message();
  ASSERT_EQ(r->columns.size(), 2U);
  EXPECT_EQ(r->columns[0].name, "s[n]");
  EXPECT_TRUE(r->columns[0].of_struct);
  EXPECT_EQ(r->columns[0].element_type, DataType::kInt64);
  EXPECT_EQ(r->columns[1].name, "s[v]");
  EXPECT_EQ(r->columns[1].element_type, DataType::kFloatVector);
  EXPECT_EQ(r->columns[1].column.view().TextAt(0).size(), 8U);
  EXPECT_FALSE(r->columns[1].column.view().IsValid(1));
  EXPECT_EQ(r->columns[1].column.dim(), 2);

  pb::InsertRequest nested = m;
  AddSubField(nested.mutable_fields_data(0), pbs::ArrayOfStruct, "x")->mutable_struct_arrays()->add_fields();
  EXPECT_NE(ErrorOf(nested).find("data type 200 of field (x) is not supported"), std::string::npos);
  pb::InsertRequest empty = Request(2);
  AddField(&empty, pbs::ArrayOfStruct, "s")->mutable_struct_arrays();
  EXPECT_NE(ErrorOf(empty).find("has no fields"), std::string::npos);
  pb::InsertRequest rows = m;
  rows.set_num_rows(3);
  EXPECT_NE(ErrorOf(rows).find("num_rows"), std::string::npos);
  pb::InsertRequest many = Request(2);
  auto* wide = AddField(&many, pbs::ArrayOfStruct, "s")->mutable_struct_arrays();
  for (int i = 0; i < 2000; ++i) wide->add_fields();
  EXPECT_EQ(DecodeInsert(many.SerializeAsString()).status().code(), Code::kParameterTooLarge);
}

TEST(InsertCodec, DimensionHasToDivideTheVectors) {
  pb::InsertRequest m = Request(1);
  auto* vectors = AddField(&m, pbs::FloatVector, "v")->mutable_vectors();
  for (int i = 0; i < 3; ++i) vectors->mutable_float_vector()->add_data(1);
  EXPECT_NE(ErrorOf(m).find("the dim (0) of field data(v)"), std::string::npos);
  vectors->set_dim(2);
  EXPECT_NE(ErrorOf(m).find("the length(3) of float data should divide the dim(2)"), std::string::npos);
}

TEST(InsertCodec, BrokenUtf8IsFoundAcrossTexts) {
  pb::InsertRequest m = Request(2);
  auto* texts = AddField(&m, pbs::VarChar, "t")->mutable_scalars()->mutable_string_data();
  texts->add_data("ab");
  texts->add_data("cd");
  std::string bytes = m.SerializeAsString();
  const size_t first = bytes.find("ab"), second = bytes.find("cd");
  bytes[first + 1] = '\xc3';  // the first half of a character ends one text …
  bytes[second] = '\xa9';     // … and the second half starts the next
  const auto r = DecodeInsert(bytes);
  ASSERT_FALSE(r.ok());
  EXPECT_NE(r.status().message().find("field (t) has invalid UTF-8 in row 0"), std::string::npos);
}

TEST(InsertCodec, NullsDoNotExpandWithoutBound) {
  pb::InsertRequest m = Request(1 << 20);
  auto* field = AddField(&m, pbs::FloatVector, "v");
  field->mutable_vectors()->set_dim(32768);
  for (int i = 0; i < 1 << 20; ++i) field->add_valid_data(false);
  EXPECT_EQ(DecodeInsert(m.SerializeAsString()).status().code(), Code::kParameterTooLarge);
  pb::InsertRequest numbers = Request((8 << 20) + 1);
  AddField(&numbers, pbs::Int64, "n")->mutable_valid_data()->Resize((8 << 20) + 1, false);
  EXPECT_EQ(DecodeInsert(numbers.SerializeAsString()).status().code(), Code::kParameterTooLarge);
}

TEST(InsertCodec, NullVectorsOfAllColumnsTogetherHaveABound) {
  pb::InsertRequest m = Request(200);
  constexpr const char* kNames[] = {"v0", "v1", "v2"};
  for (int column = 0; column < 3; ++column) {  // each takes 25 MB
    EXPECT_EQ(DecodeInsert(m.SerializeAsString()).ok(), true) << column;
    auto* field = AddField(&m, pbs::FloatVector, kNames[column]);
    field->mutable_vectors()->set_dim(32768);
    field->mutable_valid_data()->Resize(200, false);
  }
  const Status refused = DecodeInsert(m.SerializeAsString()).status();
  EXPECT_EQ(refused.code(), Code::kParameterTooLarge);
  EXPECT_NE(refused.message().find("field (v2) with 200 nulls"), std::string::npos) << refused.message();
}

TEST(InsertCodec, ColumnsWithoutEndAreRefused) {
  pb::InsertRequest m = Request(0);
  for (int i = 0; i < 2000; ++i) AddField(&m, pbs::Int64, "n");
  EXPECT_EQ(DecodeInsert(m.SerializeAsString()).status().code(), Code::kParameterTooLarge);
}

TEST(InsertCodec, UpsertFlagsAndArrayOps) {
  pb::UpsertRequest m;
  m.set_partial_update(true);
  auto* op = m.add_field_ops();
  op->set_field_name("a");
  auto r = DecodeUpsert(m.SerializeAsString());
  ASSERT_TRUE(r.ok());
  EXPECT_TRUE(r->upsert);
  EXPECT_TRUE(r->partial_update);
  EXPECT_TRUE(r->unsupported.empty());
  using Ops = std::vector<std::pair<std::string, FieldOp>>;
  EXPECT_EQ(r->field_ops, (Ops{{"a", FieldOp::kReplace}}));
  op->set_op(pbs::FieldPartialUpdateOp::ARRAY_APPEND);
  auto* second = m.add_field_ops();
  second->set_field_name("b");
  second->set_op(pbs::FieldPartialUpdateOp::ARRAY_REMOVE);
  m.clear_partial_update();
  r = DecodeUpsert(m.SerializeAsString());
  EXPECT_TRUE(r->partial_update);  // the operations say so
  EXPECT_EQ(r->field_ops, (Ops{{"a", FieldOp::kArrayAppend}, {"b", FieldOp::kArrayRemove}}));
  EXPECT_TRUE(r->unsupported.empty());
  second->set_op(static_cast<pbs::FieldPartialUpdateOp::OpType>(7));
  r = DecodeUpsert(m.SerializeAsString());
  EXPECT_EQ(r->unsupported, std::vector<std::string>{"field op 7"});
  second->set_field_name("\xff");
  EXPECT_EQ(DecodeUpsert(m.SerializePartialAsString()).status().code(), Code::kParameterInvalid);
  pb::UpsertRequest many;
  for (int i = 0; i < 2000; ++i) many.add_field_ops();
  EXPECT_EQ(DecodeUpsert(many.SerializeAsString()).status().code(), Code::kParameterTooLarge);
}

TEST(InsertCodec, MalformedBytesAreAnError) {
  for (const std::string& bytes :
       {std::string("\x2a\xff"), std::string("\x00\x01", 2), std::string("\x0c")}) {
    EXPECT_EQ(DecodeInsert(bytes).status().code(), Code::kParameterInvalid);
    EXPECT_EQ(DecodeDelete(bytes).status().code(), Code::kParameterInvalid);
  }
}

TEST(InsertCodec, DecodesDelete) {
  pb::DeleteRequest m;
  m.set_collection_name("c");
  m.set_partition_name("p");
  m.set_expr("id in [1]");
  auto r = DecodeDelete(m.SerializeAsString());
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->filter, "id in [1]");
  EXPECT_EQ(r->partition, "p");
  EXPECT_TRUE(r->templates.empty());
  (*m.mutable_expr_template_values())["x"].set_int64_val(1);
  r = DecodeDelete(m.SerializeAsString());
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(std::get<int64_t>(r->templates.at("x").value), 1);
}

TEST(InsertCodec, EncodesMutation) {
  MutationResult result;
  result.ids = Column(FieldId(100), DataType::kInt64, 0);
  for (int64_t i = 0; i < 300; ++i) result.ids.Append<int64_t>(i - 150);
  result.insert_count = 300;
  result.succeeded_rows = 300;
  result.timestamp = 99;
  pb::MutationResult m;
  ASSERT_TRUE(m.ParseFromString(EncodeMutation(result)));
  EXPECT_TRUE(m.has_status());
  ASSERT_EQ(m.ids().int_id().data_size(), 300);
  EXPECT_EQ(m.ids().int_id().data(0), -150);
  ASSERT_EQ(m.succ_index_size(), 300);
  EXPECT_EQ(m.succ_index(299), 299U);
  EXPECT_EQ(m.insert_cnt(), 300);
  EXPECT_EQ(m.delete_cnt(), 0);
  EXPECT_EQ(m.timestamp(), 99U);
  result.ids = Column(FieldId(100), DataType::kVarChar, 0);
  result.ids.AppendText("a");
  ASSERT_TRUE(m.ParseFromString(EncodeMutation(result)));
  EXPECT_EQ(m.ids().str_id().data(0), "a");
}

}  // namespace
}  // namespace redkite::wire
