#include "exec/filter/json_cell.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace redkite::exec {
namespace {

Column Texts(const std::string& text) {
  Column column(FieldId(100), DataType::kJson, 0);
  column.AppendText("another row");
  column.AppendText(text);
  return column;
}

JsonValue Again(const std::string& text, const Column& column) {
  const std::string_view stored = column.view().TextAt(1);
  return UnpackJson(PackJson(FindJson(stored, {{"k", -1}}), stored), column.view(), 1);
}

TEST(JsonCell, GivesBackWhatWasPacked) {
  for (const char* value :
       {"null", "true", "false", "0", "-7", "9223372036854775807", "18446744073709551615", "1.25", "-0.0",
        "1e300", "\"\"", "\"text\"", "\"a\\\"b\"", "{}", "{\"a\": 1}", "[]", "[1, [2]]", "broken"}) {
    const std::string text = std::string("{\"a\": [1], \"k\": ") + value + "}";
    const Column column = Texts(text);
    const JsonValue wanted = FindJson(column.view().TextAt(1), {{"k", -1}});
    const JsonValue found = Again(text, column);
    EXPECT_EQ(found.kind, wanted.kind) << value;
    EXPECT_EQ(found.bool_value, wanted.bool_value) << value;
    EXPECT_EQ(found.escaped, wanted.escaped) << value;
    EXPECT_EQ(found.empty_object, wanted.empty_object) << value;
    EXPECT_EQ(found.int_value, wanted.int_value) << value;
    EXPECT_EQ(std::signbit(found.double_value), std::signbit(wanted.double_value)) << value;
    EXPECT_EQ(found.double_value, wanted.double_value) << value;
    EXPECT_EQ(found.text, wanted.text) << value;
    EXPECT_EQ(found.text.data(), wanted.text.data()) << value;
  }
}

TEST(JsonCell, ReadsNothingBehindATextThatBecameShorter) {
  const std::string text = "{\"k\": \"some text\"}";
  const Column column = Texts(text), shorter = Texts("{\"k\"");
  const std::string_view stored = column.view().TextAt(1);
  const JsonCell string = PackJson(FindJson(stored, {{"k", -1}}), stored);
  EXPECT_EQ(UnpackJson(string, shorter.view(), 1).kind, JsonKind::kMissing);
  const Column array = Texts("{\"k\": [1, 2]}");
  const std::string_view array_text = array.view().TextAt(1);
  const JsonCell cell = PackJson(FindJson(array_text, {{"k", -1}}), array_text);
  EXPECT_EQ(UnpackJson(cell, shorter.view(), 1).kind, JsonKind::kMissing);
}

}  // namespace
}  // namespace redkite::exec
