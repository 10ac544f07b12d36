#include "rest/reads/read_members.h"

#include <gtest/gtest.h>

#include "rest/rows/all_types_fixture.h"

namespace redkite::rest {
namespace {

TEST(ReadMembers, ReadsConsistencyLevels) {
  const std::pair<const char*, Consistency> levels[] = {{"Strong", Consistency::kStrong},
                                                        {"Session", Consistency::kSession},
                                                        {"Bounded", Consistency::kBounded},
                                                        {"Eventually", Consistency::kEventually},
                                                        {"Customized", Consistency::kCustomized}};
  for (const auto& [name, level] : levels) {
    const JsonBody body = ParseBody(std::string(R"({"consistencyLevel":")") + name + "\"}");
    BodyReader reader(body.root());
    const ReadPoint point = ReadConsistency(&reader);
    EXPECT_TRUE(reader.status().ok());
    EXPECT_FALSE(point.use_default);
    EXPECT_EQ(point.consistency, level);
  }
  const JsonBody none = ParseBody("{}");
  BodyReader reader(none.root());
  EXPECT_TRUE(ReadConsistency(&reader).use_default);
  const JsonBody wrong = ParseBody(R"({"consistencyLevel":"strong"})");
  BodyReader other(wrong.root());
  ReadConsistency(&other);
  EXPECT_EQ(other.status().code(), Code::kParameterInvalid);
  EXPECT_NE(
      other.status().message().find(
          "consistencyLevel can only be [Strong,Session,Bounded,Eventually,Customized], default: Bounded"),
      std::string::npos);
}

TEST(ReadMembers, ReadsTemplates) {
  const JsonBody body =
      ParseBody(R"({"exprParams":{"b":true,"i":-1,"d":0.5,"big":18446744073709551615,"t":"x",
      "ints":[1,2],"reals":[1,2.5],"bools":[true],"texts":["a"],"mixed":[1,"a",{"k":1}],"none":[],
      "lists":[[1],["a"]],"null":null,"object":{}}})");
  BodyReader reader(body.root());
  TemplateValues values = ReadTemplates(&reader);
  ASSERT_TRUE(reader.status().ok());
  EXPECT_EQ(values.size(), 14u);
  EXPECT_EQ(std::get<bool>(values["b"].value), true);
  EXPECT_EQ(std::get<int64_t>(values["i"].value), -1);
  EXPECT_EQ(std::get<double>(values["d"].value), 0.5);
  EXPECT_EQ(std::get<double>(values["big"].value), 18446744073709551616.0);
  EXPECT_EQ(std::get<std::string>(values["t"].value), "x");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(values["null"].value));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(values["object"].value));
  const auto list = [&](const char* name) -> const TemplateArray& {
    return *std::get<std::shared_ptr<const TemplateArray>>(values[name].value);
  };
  EXPECT_EQ(list("ints").values.type(), DataType::kInt64);
  EXPECT_EQ(list("ints").values.view().At<int64_t>(1), 2);
  EXPECT_EQ(list("reals").values.type(), DataType::kDouble);
  EXPECT_EQ(list("reals").values.view().At<double>(0), 1.0);
  EXPECT_EQ(list("bools").values.type(), DataType::kBool);
  EXPECT_EQ(list("texts").values.view().TextAt(0), "a");
  EXPECT_EQ(list("mixed").values.type(), DataType::kJson);
  EXPECT_EQ(list("mixed").values.view().TextAt(1), "\"a\"");
  EXPECT_EQ(list("mixed").values.view().TextAt(2), R"({"k":1})");
  EXPECT_EQ(list("none").values.type(), DataType::kNone);
  ASSERT_EQ(list("lists").arrays.size(), 2u);
  EXPECT_EQ(list("lists").arrays[1].values.view().TextAt(0), "a");
}

TEST(ReadMembers, BoundsTemplates) {
  std::string many = "[[]";
  for (int i = 0; i < 40'000; ++i) many += ",[]";
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  for (const std::string& value : {many + "]", deep}) {
    const JsonBody body = ParseBody(R"({"exprParams":{"a":)" + value + "}}");
    BodyReader reader(body.root());
    EXPECT_TRUE(ReadTemplates(&reader).empty());
    EXPECT_EQ(reader.status().code(), Code::kParameterTooLarge);
  }
  const JsonBody body = ParseBody(R"({"exprParams":[1]})");
  BodyReader reader(body.root());
  ReadTemplates(&reader);
  EXPECT_EQ(reader.status().code(), Code::kRestBadFormat);
}

TEST(ReadMembers, NotesWhatIsNotServed) {
  const JsonBody body =
      ParseBody(R"({"functionScore":{"functions":[1]},"functionChains":[{}],"highlighter":{"type":1},
      "searchAggregation":{"a":1},"namespace":"n"})");
  BodyReader reader(body.root());
  std::vector<std::string> unsupported;
  NoteUnsupported(&reader, &unsupported);
  EXPECT_EQ(unsupported, (std::vector<std::string>{"function_score", "function_chains", "search_aggregation",
                                                   "highlighter", "namespace"}));
  const JsonBody none =
      ParseBody(R"({"functionScore":{},"functionChains":[],"highlighter":null,"namespace":""})");
  BodyReader other(none.root());
  unsupported.clear();
  NoteUnsupported(&other, &unsupported);
  EXPECT_TRUE(unsupported.empty());
}

TEST(ReadMembers, AddsNumbersThatAreGiven) {
  const JsonBody body = ParseBody(R"({"a":3,"b":null,"d":0})");
  BodyReader reader(body.root());
  Params params;
  AddNumber(&reader, "a", "x", 0, &params);
  AddNumber(&reader, "b", "y", 0, &params);
  AddNumber(&reader, "c", "z", 0, &params);
  AddNumber(&reader, "d", "v", 0, &params);
  AddNumber(&reader, "e", "w", 9, &params);
  EXPECT_EQ(params, (Params{{"x", "3"}, {"v", "0"}, {"w", "9"}}));
}

}  // namespace
}  // namespace redkite::rest
