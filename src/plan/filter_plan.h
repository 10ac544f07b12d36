// FilterPlan: a filter text, parsed and checked against a schema. ParseFilter is the way in.
//
// The language and its error phrases: contract "Filter expression language". Depth, length and the number of
// predicates are limited, so that no text can exhaust the stack or the memory. Thread safety: immutable;
// ParseFilter may run in any thread. Owns everything, the schema may go.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "plan/expr.h"
#include "types/schema.h"
#include "types/template_value.h"
#include "types/time_zone.h"

namespace redkite::plan {

inline constexpr size_t kMaxFilterBytes = 32u << 20;
inline constexpr int kMaxFilterDepth = 400;
/// After `a == 1 or a == 2 …` has become one `in`.
inline constexpr size_t kMaxFilterPredicates = 128u << 10;

class FilterPlan {
 public:
  /// Always true.
  FilterPlan() = default;
  explicit FilterPlan(Expr root, std::optional<double> sample = {},
                      std::shared_ptr<const ElementPredicate> elements = nullptr);

  const Expr& root() const { return root_; }
  Expr TakeRoot() && { return std::move(root_); }
  /// The part of the rows which pass `root` that random_sample leaves, 0 < part < 1; nothing: all of them.
  /// Drawing it is left to who selects rows (exec/select_rows.h).
  std::optional<double> sample() const { return sample_; }
  /// Of element_filter: what leaves elements of the rows that pass, of each at least one; or nullptr.
  const std::shared_ptr<const ElementPredicate>& elements() const { return elements_; }
  /// True when every row passes, without looking at any.
  bool always_true() const;
  bool always_false() const;
  /// The columns that the evaluation reads: sorted, distinct.
  const std::vector<FieldId>& fields() const { return fields_; }
  size_t node_count() const { return node_count_; }
  std::string ToString() const;

 private:
  Expr root_;
  std::optional<double> sample_;
  std::shared_ptr<const ElementPredicate> elements_;
  std::vector<FieldId> fields_;
  size_t node_count_ = 1;
};

/// Text to plan; an empty or blank text is always true. The error holds only the inner reason ("field x not
/// exist", "line 1:7 …"): code 1100, or kUnimplemented for a construct that this build does not have.
/// FilterError makes of it what clients see.
/// Instants without an offset are local times of `zone`.
Result<FilterPlan> ParseFilter(std::string_view text, const CollectionSchema& schema,
                               const TemplateValues& templates = {}, const TimeZone& zone = TimeZone::Utc());
/// What `filter` leaves, without the rows whose instant in `field` is not after `now_micros`; a null never
/// is.
FilterPlan WithoutExpired(FilterPlan filter, FieldId field, int64_t now_micros);

enum class FilterUse { kQuery, kDelete };
/// "failed to create query plan: cannot parse expression: <text>, error: <reason>", with the code of
/// `reason`. A long text is cut.
Status FilterError(FilterUse use, std::string_view text, const Status& reason);

/// The values to which a filter pins a field (primary key or partition key): `key == x` or `key in [...]`.
struct KeyEquality {
  /// The filter says nothing else; otherwise it is one conjunct of an `and` and the whole filter must still
  /// be evaluated.
  bool exact = false;
  /// Came from an `in` (or from `or`), not from one `==`.
  bool is_list = false;
  std::vector<int64_t> ints;       // sorted, distinct; for integer keys
  std::vector<std::string> texts;  // sorted, distinct; for VarChar keys
};
/// Nothing when the filter does not pin `field` through `and` only.
std::optional<KeyEquality> FindKeyEquality(const FilterPlan& plan, FieldId field);
/// The values that `field` has in rows which pass, when the filter names them; through `and` and `or`,
/// however nested. Never `exact`.
std::optional<KeyEquality> FindKeyValues(const FilterPlan& plan, FieldId field);
/// A value that no row which passes has less of in `field`: from `field > x` and the like, alone or as a
/// conjunct. The whole filter must still be evaluated.
std::optional<Literal> FindKeyFloor(const FilterPlan& plan, FieldId field);

}  // namespace redkite::plan
