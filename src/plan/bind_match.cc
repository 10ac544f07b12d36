// text_match and phrase_match, whose texts are analysed as their field says, and the relations of shapes.
#include <limits>
#include <utility>

#include "plan/bound.h"
#include "plan/constant_fold.h"
#include "types/collection_properties.h"

namespace redkite::plan {
namespace {

constexpr int64_t kLeastMax = 1000;
/// A row takes time by its words times those of the phrase.
constexpr size_t kPhraseWordsMax = 256;

const std::string* TextOf(const Bound& bound) {
  const auto* literal = std::get_if<BoundLiteral>(&bound);
  return literal == nullptr ? nullptr : std::get_if<std::string>(&literal->value);
}

const int64_t* IntegerOf(const Bound& bound) {
  const auto* literal = std::get_if<BoundLiteral>(&bound);
  return literal == nullptr ? nullptr : std::get_if<int64_t>(&literal->value);
}

Result<std::string> QueryOf(std::string_view function, const Bound& query) {
  const std::string* text = TextOf(query);
  if (text == nullptr) return Refuse("the query of " + std::string(function) + " must be a string");
  return *text;
}

}  // namespace

Result<text::AnalyzerPtr> MatchAnalyzer(const FieldSchema& field) {
  if (field.type != DataType::kVarChar && field.type != DataType::kText)
    return Refuse("text match is only supported on varchar and text fields, field: " + field.name);
  const std::string* match = FindParam(field.type_params, "enable_match");
  if (match == nullptr || !ParsePropertyFlag(*match).value_or(false))
    return Refuse("field \"" + field.name + "\" does not enable match");
  const std::string* params = FindParam(field.type_params, "analyzer_params");
  return text::Analyzer::Make(params == nullptr ? std::string_view() : std::string_view(*params));
}

Result<Bound> BindTextMatch(MatchCall call) {
  RK_ASSIGN_OR_RETURN(std::string query, QueryOf("text_match", call.query));
  int64_t least = 1;
  if (call.option) {
    const int64_t* given = IntegerOf(*call.option);
    if (call.option_name != "minimum_should_match")
      return Refuse("the only option of text_match is minimum_should_match = N");
    if (given == nullptr || *given < 1 || *given > kLeastMax)
      return Refuse("minimum_should_match must be an integer between 1 and " + std::to_string(kLeastMax));
    least = *given;
  }
  auto terms = std::make_shared<const text::TermQuery>(std::move(call.analyzer), std::move(query),
                                                       static_cast<uint32_t>(least));
  return Bound(Expr{TextMatchExpr{std::move(call.column), std::move(terms)}});
}

Result<Bound> BindPhraseMatch(MatchCall call) {
  RK_ASSIGN_OR_RETURN(std::string phrase, QueryOf("phrase_match", call.query));
  if (text::Analysis(*call.analyzer).Run(phrase).size() > kPhraseWordsMax)
    return Refuse("the phrase of phrase_match has more than " + std::to_string(kPhraseWordsMax) + " words");
  int64_t slop = 0;
  if (call.option) {
    const auto* literal = std::get_if<BoundLiteral>(&*call.option);
    const int64_t* given = IntegerOf(*call.option);
    const bool constant = given != nullptr && literal->variable.empty() && call.option_name.empty();
    if (!constant || *given < 0 || *given > std::numeric_limits<uint32_t>::max())
      return Refuse("the slop of phrase_match must be a constant integer between 0 and " +
                    std::to_string(std::numeric_limits<uint32_t>::max()));
    slop = *given;
  }
  auto words = std::make_shared<const text::PhraseQuery>(std::move(call.analyzer), std::move(phrase),
                                                         static_cast<uint32_t>(slop));
  return Bound(Expr{PhraseMatchExpr{std::move(call.column), std::move(words)}});
}

Result<Bound> BindRelation(geo::Relation relation, ColumnRef column, const std::vector<Bound>& arguments) {
  const std::string name(geo::RelationName(relation));
  if (column.type != DataType::kGeometry)
    return Refuse("spatial operation are only supported on geometry fields now: " + name);
  const size_t wanted = relation == geo::Relation::kIsValid ? 0 : relation == geo::Relation::kDWithin ? 2 : 1;
  if (arguments.size() != wanted) {
    return Refuse("function " + name + " takes " + std::to_string(wanted + 1) +
                  (wanted == 0 ? " argument" : " arguments"));
  }
  if (wanted == 0)
    return Bound(Expr{GeometryExpr{std::move(column), std::make_shared<const geo::Predicate>()}});
  const std::string* wkt = TextOf(arguments[0]);
  if (wkt == nullptr) return Refuse("the shape of " + name + " must be a WKT string");
  if (relation != geo::Relation::kDWithin) {
    RK_ASSIGN_OR_RETURN(auto predicate, geo::Predicate::Make(relation, *wkt));
    return Bound(Expr{GeometryExpr{std::move(column), std::move(predicate)}});
  }
  const auto* distance = std::get_if<BoundLiteral>(&arguments[1]);
  const bool number = distance != nullptr && IsNumber(distance->value);
  if (!number || !(ToDouble(distance->value) >= 0))
    return Refuse("the distance of st_dwithin must be a number of meters of at least 0");
  RK_ASSIGN_OR_RETURN(auto predicate, geo::Predicate::MakeDWithin(*wkt, ToDouble(distance->value)));
  return Bound(Expr{GeometryExpr{std::move(column), std::move(predicate)}});
}

}  // namespace redkite::plan
