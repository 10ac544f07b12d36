#include "rest/reads/read_members.h"

#include <memory>
#include <utility>

#include "rest/consistency_name.h"

namespace redkite::rest {
namespace {

using Kind = JsonValue::Kind;

/// Values of templates. A list of numbers is a column; its memory is little more than its text's.
class TemplateReader {
 public:
  Result<TemplateValues> Read(const JsonValue& object) {
    TemplateValues values;
    object.EachMember([&](std::string_view name, const JsonValue& value) {
      if (!Spend(kNameElements)) return false;
      values.insert_or_assign(std::string(name), TemplateValue{Read(value, 0)});
      return !too_large_;
    });
    if (!too_large_) return values;
    return Status(Code::kParameterTooLarge,
                  "exprParams are too many or nested too deeply: parameter too large");
  }

 private:
  // A name and a list take as much memory as so many numbers.
  static constexpr size_t kNameElements = 64;
  static constexpr size_t kListElements = 32;
  static constexpr size_t kElementsMax = 1 << 20;
  static constexpr int kDepthMax = 64;

  bool Spend(size_t elements) {
    too_large_ = too_large_ || elements > room_;
    if (!too_large_) room_ -= elements;
    return !too_large_;
  }

  decltype(TemplateValue::value) Read(const JsonValue& value, int depth) {
    switch (value.kind()) {
      case Kind::kBool:
        return value.boolean();
      case Kind::kInteger:
        return value.integer();
      case Kind::kUnsigned:
      case Kind::kReal:
        return value.real();
      case Kind::kText:
        return std::string(value.text());
      case Kind::kArray:
        return std::shared_ptr<const TemplateArray>(std::make_shared<TemplateArray>(ReadList(value, depth)));
      default:
        return std::monostate();
    }
  }

  // The one type of the elements; JSON where they have none. None of lists and of no elements.
  static DataType TypeOf(const JsonValue& list) {
    bool bools = true, integers = true, numbers = true, texts = true, lists = true, none = true;
    list.EachItem([&](const JsonValue& item) {
      none = false;
      bools = bools && item.is(Kind::kBool);
      integers = integers && item.is(Kind::kInteger);
      numbers = numbers && item.is_number();
      texts = texts && item.is(Kind::kText);
      lists = lists && item.is(Kind::kArray);
      return true;
    });
    if (none || lists) return DataType::kNone;
    if (bools) return DataType::kBool;
    if (integers) return DataType::kInt64;
    if (numbers) return DataType::kDouble;
    return texts ? DataType::kVarChar : DataType::kJson;
  }

  TemplateArray ReadList(const JsonValue& list, int depth) {
    TemplateArray out;
    if (depth >= kDepthMax) too_large_ = true;
    if (!Spend(kListElements)) return out;
    const DataType type = TypeOf(list);
    if (type != DataType::kNone) out.values = Column(FieldId(), type, 0);
    list.EachItem([&](const JsonValue& item) {
      if (!Spend(1)) return false;
      if (type == DataType::kNone)
        out.arrays.push_back(ReadList(item, depth + 1));
      else
        Append(item, &out.values);
      return !too_large_;
    });
    return out;
  }

  static void Append(const JsonValue& item, Column* column) {
    switch (column->type()) {
      case DataType::kBool:
        return column->Append<uint8_t>(item.boolean() ? 1 : 0);
      case DataType::kInt64:
        return column->Append<int64_t>(item.integer());
      case DataType::kDouble:
        return column->Append<double>(item.real());
      case DataType::kVarChar:
        return column->AppendText(item.text());
      default:
        return column->AppendText(item.Json());
    }
  }

  size_t room_ = kElementsMax;
  bool too_large_ = false;
};

constexpr std::pair<std::string_view, std::string_view> kUnsupported[] = {
    {"functionScore", "function_score"},
    {"functionChains", "function_chains"},
    {"searchAggregation", "search_aggregation"},
    {"highlighter", "highlighter"},
    {"namespace", "namespace"}};

}  // namespace

ReadPoint ReadConsistency(BodyReader* body) {
  ReadPoint point;
  const std::string name = body->Text("consistencyLevel");
  point.use_default = name.empty();
  if (point.use_default) return point;
  const auto level = ParseConsistency(name);
  if (!level.ok()) body->Fail(level.status());
  point.consistency = level.ok() ? *level : point.consistency;
  return point;
}

TemplateValues ReadTemplates(BodyReader* body) {
  const JsonValue object = body->Object("exprParams");
  if (object.empty()) return {};
  auto values = TemplateReader().Read(object);
  if (values.ok()) return std::move(*values);
  body->Fail(values.status());
  return {};
}

void NoteUnsupported(BodyReader* body, std::vector<std::string>* unsupported) {
  for (const auto& [member, feature] : kUnsupported) {
    const JsonValue value = body->Value(member);
    const bool nothing = value.empty() || (value.is(Kind::kText) && value.text().empty()) ||
                         ((value.is(Kind::kArray) || value.is(Kind::kObject)) && value.size() == 0);
    if (!nothing) unsupported->emplace_back(feature);
  }
}

void AddNumber(BodyReader* body, std::string_view member, std::string key, int64_t absent, Params* params) {
  const int64_t number = body->Integer(member, absent);
  if (number != 0 || !body->Value(member).empty())
    params->emplace_back(std::move(key), std::to_string(number));
}

}  // namespace redkite::rest
