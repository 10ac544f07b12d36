// Struct arrays: their sub-fields, and predicates over their elements.
#include <algorithm>
#include <limits>
#include <utility>

#include "plan/bound.h"
#include "plan/filter_plan.h"

namespace redkite::plan {
namespace {

constexpr std::pair<std::string_view, MatchKind> kMatchNames[] = {
    {"match_any", MatchKind::kAny},   {"match_all", MatchKind::kAll},     {"match_least", MatchKind::kLeast},
    {"match_most", MatchKind::kMost}, {"match_exact", MatchKind::kExact},
};

std::string_view MatchName(MatchKind kind) { return kMatchNames[static_cast<int>(kind)].first; }

Result<const FieldSchema*> FindSubField(const CollectionSchema& schema, const StructSchema& of,
                                        std::string_view sub_name) {
  const FieldSchema* field = schema.Find(SubFieldName(of.name, sub_name));
  if (field != nullptr && field->struct_id == of.id) return field;
  return Refuse("field " + SubFieldName(of.name, sub_name) + " not exist");
}

// Values of one length tell the number of elements at once.
const FieldSchema* BestToCount(const std::vector<const FieldSchema*>& fields) {
  const auto fixed = std::find_if(fields.begin(), fields.end(), [](const FieldSchema* f) {
    return f->type == DataType::kArray && f->element_type != DataType::kVarChar;
  });
  CHECK(!fields.empty());
  return fixed == fields.end() ? fields[0] : *fixed;
}

ColumnRef WholeOf(const FieldSchema& field) {
  ColumnRef ref;
  ref.field = field.id;
  ref.type = field.type;
  ref.element_type = field.element_type;
  ref.nullable = field.nullable;
  return ref;
}

}  // namespace

Result<ColumnRef> ResolveSubField(const CollectionSchema& schema, const StructSchema& of,
                                  const AstColumn& column) {
  if (column.sub_field.empty()) {
    return Refuse("struct array field " + of.name + " has to be followed by one of its sub-fields: " +
                  of.name + "[sub] or " + of.name + "[0][sub]");
  }
  RK_ASSIGN_OR_RETURN(const FieldSchema* field, FindSubField(schema, of, column.sub_field));
  ColumnRef ref = WholeOf(*field);
  if (column.path.empty()) return ref;
  const int64_t index = column.path[0].index;
  if (column.text_key || column.path.size() > 1 || index < 0)
    return Refuse("can only access array field with integer index");
  if (field->type != DataType::kArray)
    return Refuse("elements of vector field " + field->name + " cannot be used in a filter");
  // No array is as long as the largest one.
  ref.element = static_cast<int32_t>(std::min<int64_t>(index, std::numeric_limits<int32_t>::max()));
  ref.type = std::exchange(ref.element_type, DataType::kNone);
  return ref;
}

Result<ColumnRef> ResolveOfElement(const CollectionSchema& schema, const StructSchema& of,
                                   const AstColumn& column) {
  if (column.sub_field.empty() || !column.path.empty())
    return Refuse("a sub-field of an element is written $[sub]");
  RK_ASSIGN_OR_RETURN(const FieldSchema* field, FindSubField(schema, of, column.sub_field));
  if (field->type != DataType::kArray)
    return Refuse("elements of vector field " + field->name + " cannot be used in a filter");
  ColumnRef ref;
  ref.field = field->id;
  ref.type = field->element_type;
  return ref;
}

ColumnRef CountedSubField(const CollectionSchema& schema, const StructSchema& of) {
  return WholeOf(*BestToCount(schema.SubFields(of.id)));
}

std::shared_ptr<const ElementPredicate> MakeElementPredicate(const CollectionSchema& schema,
                                                             const StructSchema& of, Expr filter) {
  auto elements = std::make_shared<ElementPredicate>();
  elements->struct_id = of.id;
  elements->filter = std::make_shared<const FilterPlan>(std::move(filter));
  std::vector<const FieldSchema*> fields;
  for (const FieldId id : elements->filter->fields()) fields.push_back(schema.Find(id));
  for (const FieldSchema* field : fields) elements->read.push_back(WholeOf(*field));
  // Others may not be loaded, and would be read for this alone.
  elements->counted = fields.empty() ? CountedSubField(schema, of) : WholeOf(*BestToCount(fields));
  return elements;
}

std::optional<MatchKind> ParseMatchKind(std::string_view lower) {
  for (const auto& [name, kind] : kMatchNames) {
    if (name == lower) return kind;
  }
  return std::nullopt;
}

Result<Bound> BindElementMatch(MatchKind kind, std::shared_ptr<const ElementPredicate> elements,
                               const std::optional<Bound>& threshold) {
  const std::string name(MatchName(kind));
  MatchExpr match{elements->counted, kind, 0, std::move(elements)};
  const bool counts = kind >= MatchKind::kLeast;
  if (counts != threshold.has_value())
    return Refuse("function " + name + (counts ? " needs a threshold = N" : " takes no threshold"));
  if (!counts) return Bound(Expr{std::move(match)});
  const auto* literal = std::get_if<BoundLiteral>(&*threshold);
  const auto* value = literal == nullptr ? nullptr : std::get_if<int64_t>(&literal->value);
  const int64_t least = kind == MatchKind::kLeast ? 1 : 0;
  if (value == nullptr || *value < least)
    return Refuse("the threshold of " + name + " must be an integer of at least " + std::to_string(least));
  match.threshold = *value;
  return Bound(Expr{std::move(match)});
}

}  // namespace redkite::plan
