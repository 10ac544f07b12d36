#include "exec/filter/json_value.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/random.h"
#include "plan/element_set.h"

namespace redkite::exec {
namespace {

JsonValue Find(std::string_view json, std::vector<std::string> keys) {
  std::vector<plan::JsonStep> path;
  for (std::string& key : keys) {
    const bool digits = !key.empty() && key.find_first_not_of("0123456789") == key.npos;
    path.push_back({key, digits ? std::stoll(key) : -1});
  }
  return FindJson(json, path);
}

TEST(FindJson, Kinds) {
  constexpr std::string_view kText =
      R"( {"a" : 1, "b":-2.5, "c":"x\"y\u0041", "d":true, "e":null, "f":{}, "g":[1,{"h":[10,20]},"z"], "i":{"j":{"k":false}},
          "big":18446744073709551615, "huge":1e300, "max":9223372036854775807, "esc\"aped":7, "a":2, "n":{ } , "0":5} )";
  EXPECT_EQ(Find(kText, {"a"}).kind, JsonKind::kInt);
  EXPECT_EQ(Find(kText, {"a"}).int_value, 1);
  EXPECT_EQ(Find(kText, {"b"}).double_value, -2.5);
  std::string scratch;
  EXPECT_EQ(JsonText(Find(kText, {"c"}), &scratch), "x\"yA");
  EXPECT_TRUE(Find(kText, {"d"}).bool_value);
  EXPECT_EQ(Find(kText, {"e"}).kind, JsonKind::kNull);
  EXPECT_TRUE(Find(kText, {"f"}).empty_object);
  EXPECT_TRUE(Find(kText, {"n"}).empty_object);
  EXPECT_FALSE(Find(kText, {"i"}).empty_object);
  EXPECT_EQ(Find(kText, {"g"}).kind, JsonKind::kArray);
  EXPECT_EQ(Find(kText, {"g", "1", "h", "1"}).int_value, 20);
  EXPECT_EQ(Find(kText, {"g", "2"}).text, "z");
  EXPECT_EQ(Find(kText, {"g", "3"}).kind, JsonKind::kMissing);
  EXPECT_EQ(Find(kText, {"g", "x"}).kind, JsonKind::kMissing);
  EXPECT_EQ(Find(kText, {"i", "j", "k"}).kind, JsonKind::kBool);
  EXPECT_EQ(Find(kText, {"i", "j", "k", "l"}).kind, JsonKind::kMissing);
  EXPECT_EQ(Find(kText, {"big"}).kind, JsonKind::kUint);
  EXPECT_EQ(Find(kText, {"huge"}).kind, JsonKind::kDouble);
  EXPECT_EQ(Find(kText, {"max"}).int_value, INT64_MAX);
  EXPECT_EQ(Find(kText, {"esc\"aped"}).int_value, 7);
  EXPECT_EQ(Find(kText, {"0"}).int_value, 5);
  EXPECT_EQ(Find(kText, {"zz"}).kind, JsonKind::kMissing);
  EXPECT_EQ(Find(kText, {}).kind, JsonKind::kObject);
}

std::vector<std::string> KeysOf(std::string_view json) {
  std::vector<std::string> keys;
  std::string scratch;
  JsonElements elements(FindJson(json, {}));
  for (JsonValue element; elements.Next(&element);) {
    std::string key;
    AppendElementKey(element, &scratch, &key);
    keys.push_back(plan::ElementText(key));
  }
  return keys;
}

TEST(JsonElements, Arrays) {
  using Keys = std::vector<std::string>;
  EXPECT_EQ(KeysOf("[]"), Keys{});
  EXPECT_EQ(KeysOf(" [ ] "), Keys{});
  EXPECT_EQ(KeysOf("[1]"), Keys{"1"});
  EXPECT_EQ(KeysOf(R"([1,-2.5,"a]\"",true , false,[1.0,[ "x" ,[ ]]],2])"),
            (Keys{"1", "-2.5", "\"a]\"\"", "true", "false", "[1, [\"x\", []]]", "2"}));
  // An object and null are no constants; they are counted all the same.
  EXPECT_EQ(KeysOf(R"([{"a":[1,2]},null,{},7])").size(), 4u);
  EXPECT_EQ(CountJsonElements(FindJson(R"([{"a":[1,2]},null,[[],[1,2]],"],[",7])", {})), 5);
  EXPECT_EQ(CountJsonElements(FindJson("[ ]", {})), 0);
  EXPECT_EQ(CountJsonElements(FindJson(R"({"a":[1,2]})", {{"a", -1}})), 2);
}

TEST(JsonElements, BrokenTexts) {
  for (const char* text : {"[", "[1", "[1,", "[1,]", "[,1]", "[\"a", "[[1", "[[1,", "[{\"a\":[1", "[1 2]",
                           "[[1}]", "[[:]]", "[x:y", "[\"\\"}) {
    (void)KeysOf(text);
    EXPECT_LE(CountJsonElements(FindJson(text, {})), 2) << text;
  }
  const std::string deep(100'000, '[');
  EXPECT_LE(KeysOf(deep).size(), 1u);
  EXPECT_EQ(KeysOf(deep + std::string(100'000, ']')).size(), 1u);
}

TEST(FindJson, BrokenTexts) {
  for (const char* text : {"", "{", "{\"a\"", "{\"a\":", "{\"a\" 1}", "[1", "{\"b\":\"", "{\"b\":[}", "{,}",
                           "\\", "{\"b\":1 \"a\":1}", "{\"a\":}", "{\"a\":x}", "{\"a\":-}", "{\"a\":1.2.3}",
                           "{\"a\":\"\\", "nul", "{\"a\":tru}"}) {
    EXPECT_EQ(Find(text, {"a"}).kind, JsonKind::kMissing) << text;
  }
  EXPECT_EQ(Find(std::string(100000, '['), {"0"}).kind, JsonKind::kArray);
  EXPECT_EQ(Find("{\"b\":" + std::string(100000, '[') + ",\"a\":1}", {"a"}).kind, JsonKind::kMissing);
}

TEST(FindJson, MutatedTexts) {
  const uint64_t seed = Random::FromSystem().Next();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const std::string base = R"({"x":[1,2,{"y":"z\n"}],"k":{"a":"\u00e9","b":[]},"a":{"b":[true,null,1.5]}})";
  std::string scratch;
  for (int round = 0; round < 20000; ++round) {
    std::string text = base;
    for (uint64_t edits = random.Below(4); edits > 0; --edits) {
      const size_t at = random.Below(text.size());
      if (random.Below(3) == 0)
        text.erase(at, random.Below(5));
      else
        text[at] = "{}[]\",:\\u1 "[random.Below(11)];
      if (text.empty()) text = "x";
    }
    // An exact heap block, so that the sanitizer sees any read beyond the text.
    const std::vector<char> exact(text.begin(), text.end());
    const JsonValue value = Find({exact.data(), exact.size()}, {"a", "b", "2"});
    if (text == base) {
      EXPECT_EQ(value.double_value, 1.5);
    }
    if (value.kind == JsonKind::kString) (void)JsonText(value, &scratch);
    (void)KeysOf({exact.data(), exact.size()});
    (void)Find({exact.data(), exact.size()}, {"x", "2", "y"});
  }
}

TEST(FindJson, NumbersAreTheNearestDoubles) {
  Random random(20261128);
  const auto digits = [&](uint64_t most) {
    std::string text(1 + random.Below(most), '0');
    for (char& c : text) c = static_cast<char>('0' + random.Below(10));
    return text;
  };
  for (int round = 0; round < 20'000; ++round) {
    std::string number = (random.Below(3) == 0 ? "-" : "") + digits(random.Below(4) == 0 ? 20 : 9);
    if (random.Below(3) > 0) number += "." + digits(10);
    if (random.Below(5) == 0) number += (random.Below(2) == 0 ? "e-" : "E") + digits(2);
    // Also where the text ends with it, in an exact heap block.
    const std::string text = random.Below(2) == 0 ? number : "{\"a\":" + number + ", \"b\": 1}";
    const std::vector<char> exact(text.begin(), text.end());
    const JsonValue value =
        text == number ? Find({exact.data(), exact.size()}, {}) : Find({exact.data(), exact.size()}, {"a"});
    ASSERT_TRUE(value.is_number()) << text;
    ASSERT_EQ(value.double_value, std::strtod(number.c_str(), nullptr)) << text;
    if (number.find_first_of(".eE") != number.npos) {
      ASSERT_EQ(value.kind, JsonKind::kDouble) << text;
    }
    if (value.kind == JsonKind::kInt) {
      ASSERT_EQ(value.int_value, std::strtoll(number.c_str(), nullptr, 10)) << text;
    }
  }
}

TEST(FindJson, NoTextHasNoValue) { EXPECT_EQ(Find({}, {}).kind, JsonKind::kMissing); }

}  // namespace
}  // namespace redkite::exec
