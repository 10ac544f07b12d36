#include "proxy/fields/time_rules.h"

#include "proxy/mem_proxy_test_kit.h"
#include "types/array_value.h"
#include "types/testing/tzif_bytes.h"

namespace redkite::proxy {
namespace {

TimeZone Fixed(int32_t offset_s) {
  TzifBytes file;
  file.offsets = {offset_s};
  return TimeZone::Parse(file.Encode()).value();
}

FieldSchema AtField() {
  FieldSchema field = MemProxyKit::Field("at", DataType::kTimestamptz);
  field.id = FieldId(104);
  field.nullable = true;
  return field;
}

Column Texts(std::initializer_list<const char*> values) {
  Column column(FieldId(104), DataType::kVarChar, 0);
  for (const char* value : values) {
    if (value == nullptr)
      column.AppendNull();
    else
      column.AppendText(value);
  }
  return column;
}

TEST(TimeRules, InstantsInAndOut) {
  const TimeZone zone = Fixed(3600);
  auto taken =
      TakeInstants(AtField(), Texts({"1970-01-01T01:00:00", nullptr, "1970-01-01T00:00:00.5Z"}).view(), zone);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(taken->view().At<int64_t>(0), 0);
  EXPECT_FALSE(taken->view().IsValid(1));
  EXPECT_EQ(taken->view().At<int64_t>(2), 500'000);
  std::vector<OutputColumn> columns;
  columns.push_back({"at", false, Column(), true});
  columns[0].column = std::move(*taken);
  std::vector<OutputColumn> parts;
  parts.push_back({"at", false, Column(FieldId(104), DataType::kTimestamptz, 0), true});
  parts[0].column.AppendAll(columns[0].column.view());
  ShowInstants(zone, {}, &columns);
  EXPECT_EQ(columns[0].type(), DataType::kTimestamptz);
  EXPECT_EQ(columns[0].column.view().TextAt(2), "1970-01-01T01:00:00.5+01:00");
  EXPECT_FALSE(columns[0].column.view().IsValid(1));
  ShowInstants(zone, {TimePart::kHour, TimePart::kMicrosecond}, &parts);
  EXPECT_EQ(parts[0].type(), DataType::kArray);
  EXPECT_EQ(parts[0].element_type, DataType::kInt64);
  const auto array = ArrayValue::Parse(DataType::kInt64, parts[0].column.view().TextAt(2));
  ASSERT_TRUE(array && array->size() == 2);
  EXPECT_EQ(array->At<int64_t>(0), 1);
  EXPECT_EQ(array->At<int64_t>(1), 500'000);
  ExpectRefused(TakeInstants(AtField(), Texts({"x"}).view(), zone).status(), Code::kParameterInvalid,
                "got invalid timestamptz string 'x', field at, row number: 0");
}

TEST(TimeRules, DefaultInstants) {
  CollectionSchema schema;
  schema.fields = {AtField()};
  schema.fields[0].default_value = DefaultValue::Text("1970-01-01T01:00:00");
  MemProxyKit::Expect(TakeDefaultInstants(Fixed(3600), &schema));
  EXPECT_EQ(schema.fields[0].default_value, DefaultValue::Long(0));
  ShowDefaultInstants(Fixed(7200), &schema);
  EXPECT_EQ(schema.fields[0].default_value.text, "1970-01-01T02:00:00+02:00");
}

TEST(TimeRules, FieldOfTheTimeToLive) {
  CollectionSchema schema;
  schema.fields = {MemProxyKit::Field("id", DataType::kInt64), AtField()};
  MemProxyKit::Expect(CheckTtlField(schema, {}));
  MemProxyKit::Expect(CheckTtlField(schema, {{"ttl_field", "at"}}));
  MemProxyKit::Expect(CheckTtlField(schema, {{"ttl_field", "at"}, {"collection.ttl.seconds", "-1"}}));
  ExpectRefused(CheckTtlField(schema, {{"ttl_field", "id"}}), Code::kParameterInvalid,
                "ttl_field id is invalid");
  ExpectRefused(CheckTtlField(schema, {{"ttl_field", "no"}}), Code::kParameterInvalid,
                "ttl_field no is invalid");
  ExpectRefused(CheckTtlField(schema, {{"ttl_field", "at"}, {"collection.ttl.seconds", "5"}}),
                Code::kParameterInvalid, "cannot be set both");
}

/// Items with `at`, inserted as milliseconds since the epoch; 0: null.
struct Expiring : testing::Test {
  Expiring() {
    auto request = MemProxyKit::Items();
    request.schema.fields.push_back(AtField());
    request.properties = {{"ttl_field", "at"}};
    MemProxyKit::Expect(kit.proxy.CreateCollection(request));
    MemProxyKit::Expect(kit.proxy.CreateIndex(MemProxyKit::VectorIndex()));
    LoadRequest load;
    load.name.collection = "items";
    MemProxyKit::Expect(kit.proxy.LoadCollection(load));
  }
  void Insert(const std::vector<int64_t>& expires_ms) {
    std::vector<MemProxyKit::Item> items;
    Column at(FieldId(), DataType::kVarChar, 0);
    for (const int64_t ms : expires_ms) {
      items.push_back({static_cast<int64_t>(items.size()), "t"});
      if (ms == 0)
        at.AppendNull();
      else
        at.AppendText(FormatInstant(ms * 1000, TimeZone::Utc()));
    }
    InsertRequest request = MemProxyKit::Rows(items);
    request.columns.push_back({"at", false, std::move(at)});
    request.columns.back().has_valid_data = true;
    request.columns.back().stands_for = DataType::kTimestamptz;
    MemProxyKit::Expect(kit.Insert(std::move(request)).status());
  }
  MemProxyKit kit;
};

TEST_F(Expiring, EveryReadAtTheMoment) {
  const int64_t now = kit.clock.WallMs();
  Insert({now + 10, now + 20, 0, now - 1});
  using List = std::vector<int64_t>;
  EXPECT_EQ(kit.Ids(), (List{0, 1, 2}));
  kit.clock.AdvanceMs(9);
  EXPECT_EQ(kit.Ids(), (List{0, 1, 2}));
  kit.clock.AdvanceMs(1);
  EXPECT_EQ(kit.Ids(), (List{1, 2}));
  EXPECT_EQ(kit.Ids("id in [0, 1]"), (List{1}));  // a look-up by keys, too
  const auto hits = kit.proxy.Search(MemProxyKit::SearchFor({0, 0}, 9), nullptr);
  ASSERT_TRUE(hits.ok()) << hits.status().ToString();
  EXPECT_EQ(hits->ids.row_count(), 2u);
  SearchRequest by_ids = MemProxyKit::SearchFor({}, 9);
  by_ids.by_ids = true;
  by_ids.ids = Column(FieldId(), DataType::kInt64, 0);
  by_ids.ids.Append<int64_t>(0);
  by_ids.nq = 1;
  ExpectRefused(kit.proxy.Search(by_ids, nullptr).status(), Code::kParameterInvalid, "missing IDs: [0]");
  const auto count = kit.Query("", {"count(*)"});
  EXPECT_EQ(count->columns[0].column.view().At<int64_t>(0), 2);
  EXPECT_EQ(kit.Delete("n >= 0")->delete_count, 2);
}

TEST_F(Expiring, WithoutTheDatabaseOfZonesThereIsUtcAlone) {
  Insert({0});
  MemProxyKit::Expect(kit.Query("id >= 0", {"at"}, {{"timezone", "UTC"}}).status());
  ExpectRefused(kit.Query("id >= 0", {"at"}, {{"timezone", "Europe/Berlin"}}).status(),
                Code::kParameterInvalid, "unknown or invalid IANA Time Zone ID: Europe/Berlin");
  ExpectRefused(kit.proxy.AlterCollection({{"", "items"}, {}, {{{"timezone", "Europe/Berlin"}}, {}}}),
                Code::kParameterInvalid, "unknown or invalid IANA Time Zone ID: Europe/Berlin");
}

}  // namespace
}  // namespace redkite::proxy
