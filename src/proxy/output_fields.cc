#include "proxy/output_fields.h"

#include <optional>
#include <set>

#include "types/json_text.h"

namespace redkite::proxy {
namespace {

// `$meta["key"]` → key; nothing for other texts.
std::optional<std::string> BracketKey(std::string_view name) {
  constexpr std::string_view prefix = "$meta[";
  if (name.size() < prefix.size() + 4 || name.substr(0, prefix.size()) != prefix || name.back() != ']') {
    return std::nullopt;
  }
  std::string_view inner = name.substr(prefix.size(), name.size() - prefix.size() - 1);
  if ((inner.front() != '"' && inner.front() != '\'') || inner.back() != inner.front()) return std::nullopt;
  inner = inner.substr(1, inner.size() - 2);
  if (inner.find_first_of("\"'[]") != std::string_view::npos) return std::nullopt;
  return std::string(inner);
}

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.find_first_of("[]\"' ()") == std::string_view::npos;
}

class Planner {
 public:
  Planner(const CollectionSchema& schema, OutputUse use) : schema_(schema), use_(use) {}

  Status Add(const std::string& asked) {
    const std::string name = TrimName(asked);
    if (name == "*") {
      AddAll();
      return Status::Ok();
    }
    if (use_ == OutputUse::kSearch && ParseAggregateCall(name)) {
      return Status::Invalid("aggregates are not supported in search request");
    }
    if (name == "count(*)") {  // queries with other aggregates do not come here
      plan_.count_only = true;
      return Status::Ok();
    }
    if (const StructSchema* of = schema_.FindStruct(name)) {
      for (const FieldSchema* sub : schema_.SubFields(of->id)) wanted_.insert(sub->id);
      AddName(name);
      return Status::Ok();
    }
    const FieldSchema* field = schema_.Find(name);
    if (field != nullptr && field->is_dynamic) {
      plan_.whole_dynamic = true;
      AddName(name);
      return Status::Ok();
    }
    if (field != nullptr) {
      wanted_.insert(field->id);
      AddName(name);
      return Status::Ok();
    }
    return AddDynamicKey(name);
  }

  OutputPlan Finish() {
    const FieldId primary = schema_.primary().id;
    plan_.return_primary = use_ == OutputUse::kQuery || wanted_.count(primary) > 0;
    plan_.fields.push_back(primary);
    for (const FieldSchema& field : schema_.fields) {
      const bool dynamic = field.is_dynamic && (plan_.whole_dynamic || !plan_.dynamic_keys.empty());
      if (field.id != primary && (dynamic || wanted_.count(field.id) > 0)) plan_.fields.push_back(field.id);
    }
    if (use_ == OutputUse::kQuery && !plan_.count_only) AddName(schema_.primary().name);
    return std::move(plan_);
  }

 private:
  void AddName(const std::string& name) {
    if (named_.insert(name).second) plan_.names.push_back(name);
  }

  void AddAll() {
    for (const FieldSchema& field : schema_.fields) {
      if (field.is_dynamic) {
        plan_.whole_dynamic = true;
      } else {
        wanted_.insert(field.id);
      }
      const StructSchema* of = schema_.FindStruct(field.struct_id);
      AddName(of == nullptr ? field.name : of->name);
    }
  }

  Status AddDynamicKey(const std::string& name) {
    const auto bracket = BracketKey(name);
    if (name.find('[') != std::string::npos && !bracket) {
      return Status::Invalid("parse output field name failed: " + name);
    }
    if (schema_.dynamic_field() == nullptr || (!bracket && !IsPlainName(name))) {
      return Status::Invalid("field " + name + " not exist");
    }
    plan_.dynamic_keys.push_back(bracket ? *bracket : name);
    AddName(name);
    return Status::Ok();
  }

  const CollectionSchema& schema_;
  const OutputUse use_;
  OutputPlan plan_;
  std::set<FieldId> wanted_;
  std::set<std::string> named_;
};

Column ProjectDynamic(const Column& column, const std::vector<std::string>& keys) {
  Column out(column.field(), column.type(), 0);
  const ColumnView view = column.view();
  for (size_t r = 0; r < view.row_count; ++r) out.AppendText(ProjectJsonObject(view.TextAt(r), keys));
  return out;
}

}  // namespace

std::string TrimName(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

std::optional<AggregateCall> ParseAggregateCall(std::string_view text) {
  const std::string call = TrimName(text);
  const size_t open = call.find('(');
  if (open == std::string::npos || call.back() != ')') return std::nullopt;
  const auto op = plan::ParseAggregateName(TrimName(call.substr(0, open)));
  const std::string field = TrimName(call.substr(open + 1, call.size() - open - 2));
  if (!op || field.find_first_of("() ") != std::string::npos) return std::nullopt;
  return AggregateCall{*op, field};
}

Result<OutputPlan> PlanOutput(const CollectionSchema& schema, const std::vector<std::string>& asked,
                              OutputUse use) {
  Planner planner(schema, use);
  for (const std::string& name : asked) RK_RETURN_IF_ERROR(planner.Add(name));
  return planner.Finish();
}

std::vector<OutputColumn> ShapeOutput(const CollectionSchema& schema, const OutputPlan& plan,
                                      std::vector<Column> columns) {
  std::vector<OutputColumn> out;
  for (size_t i = 0; i < columns.size(); ++i) {
    const FieldSchema& field = *schema.Find(plan.fields[i]);
    if (field.is_primary && !plan.return_primary) continue;
    const bool project = field.is_dynamic && !plan.whole_dynamic;
    OutputColumn shaped{field.name, field.is_dynamic,
                        project ? ProjectDynamic(columns[i], plan.dynamic_keys) : std::move(columns[i]),
                        field.nullable, field.element_type};
    const StructSchema* of = schema.FindStruct(field.struct_id);
    if (of == nullptr) {
      out.push_back(std::move(shaped));
      continue;
    }
    if (out.empty() || out.back().fields.empty() || out.back().column.field() != of->id) {
      out.push_back({of->name, false, Column(of->id, DataType::kNone, 0), of->nullable});
    }
    shaped.name = field.sub_name();
    out.back().fields.push_back(std::move(shaped));
  }
  return out;
}

}  // namespace redkite::proxy
