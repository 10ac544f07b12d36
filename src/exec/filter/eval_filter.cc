#include "exec/filter/eval_filter.h"

#include <algorithm>
#include <string>
#include <vector>

#include "exec/filter/json_predicate.h"
#include "exec/filter/scalar_kernels.h"

namespace redkite::exec {
namespace {

using plan::Expr;

constexpr size_t kRegexBytesBetweenChecks = 64 << 10;

/// A column as this call sees it.
struct Source {
  FieldId field;
  bool present = false;  // otherwise every row is null
  ColumnView view;
};

class Evaluator {
 public:
  Evaluator(std::vector<Source> sources, const CancelToken* cancel, FilterStats* stats)
      : sources_(std::move(sources)), cancel_(cancel), stats_(stats) {}

  void Start(BlockRows rows) { rows_ = rows; }
  const Status& status() const { return status_; }
  /// Truth of `expr` for the rows in `active`; other bits of `out` are unspecified.
  void Eval(const Expr& expr, const RowBits& active, RowMask* out) {
    ++stats_->node_evaluations;
    std::visit([&](const auto& node) { On(node, active, out); }, expr.node);
  }

 private:
  void On(const plan::ConstantExpr& e, const RowBits& active, RowMask* out) { Fill(out, e.value); }
  void On(const plan::AndExpr& e, const RowBits& active, RowMask* out) {
    Chain<true>(e.operands, active, out);
  }
  void On(const plan::OrExpr& e, const RowBits& active, RowMask* out) {
    Chain<false>(e.operands, active, out);
  }
  void On(const plan::NotExpr& e, const RowBits& active, RowMask* out) {
    Eval(*e.operand, active, out);
    out->Negate();
  }
  void On(const plan::CompareExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::RangeExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::CompareColumnsExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::InExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::IntervalsExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::LikeExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::RegexExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::StartsWithExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::ContainsExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::ArrayLengthExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::IsNullExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::ExistsExpr& e, const RowBits& active, RowMask* out);

  template <bool kIsAnd>
  void Chain(const std::vector<Expr>& operands, const RowBits& active, RowMask* out);
  /// The column, or nullptr after everything was set to unknown because there is none (or a wrong one).
  const ColumnView* Find(const plan::ColumnRef& ref, RowMask* out);
  bool MatchesRegex(const plan::RegexPattern& pattern, std::string_view text);
  /// For a predicate on two text columns: out = test(left, right), for active rows.
  template <class Test>
  void EachPair(const ColumnView& left, const ColumnView& right, const RowBits& active, RowMask* out,
                Test test) const;
  /// out->is_true holds the raw result of a predicate on two columns: takes validity into account.
  void ApplyValidity(const ColumnView& left, const ColumnView& right, RowMask* out) const;
  void Fill(RowMask* out, bool value) const;
  void SetUnknown(RowMask* out) const;
  uint64_t ValidWord(const ColumnView& column, size_t word) const {
    return column.validity == nullptr ? ~uint64_t{0} : column.validity[rows_.begin / 64 + word];
  }
  /// out->is_true holds the raw result: takes validity into account.
  void ApplyValidity(const ColumnView& column, RowMask* out) const;
  /// out = test(text of the row), for active rows that are present.
  template <class Test>
  void EachText(const ColumnView& column, const RowBits& active, RowMask* out, Test test);
  /// The same for JSON texts; `test` gives true, false or unknown.
  template <class Test>
  void EachJson(const plan::ColumnRef& ref, const ColumnView& column, const RowBits& active, RowMask* out,
                Test test);

  std::vector<Source> sources_;
  const CancelToken* cancel_;
  FilterStats* stats_;
  BlockRows rows_;
  Status status_;
  std::string scratch_;
  JsonContains json_contains_;
  size_t regex_bytes_ = 0;  // since the last look at cancel_
};

void Evaluator::Fill(RowMask* out, bool value) const {
  std::fill_n(out->is_true.words, rows_.words(), value ? ~uint64_t{0} : 0);
  std::fill_n(out->is_false.words, rows_.words(), value ? 0 : ~uint64_t{0});
}

void Evaluator::SetUnknown(RowMask* out) const {
  std::fill_n(out->is_true.words, rows_.words(), 0);
  std::fill_n(out->is_false.words, rows_.words(), 0);
}

const ColumnView* Evaluator::Find(const plan::ColumnRef& ref, RowMask* out) {
  auto source = std::lower_bound(sources_.begin(), sources_.end(), ref.field,
                                 [](const Source& s, FieldId field) { return s.field < field; });
  if (source->present && source->view.type != ref.type) {
    status_ = Status::Internal("filter column has another type than its plan: field " +
                               std::to_string(ref.field.value()));
  }
  if (source->present && status_.ok()) return &source->view;
  SetUnknown(out);
  return nullptr;
}

void Evaluator::ApplyValidity(const ColumnView& column, RowMask* out) const {
  for (size_t w = 0; w < rows_.words(); ++w) {
    const uint64_t valid = ValidWord(column, w);
    out->is_false.words[w] = ~out->is_true.words[w] & valid;
    out->is_true.words[w] &= valid;
  }
}

void Evaluator::ApplyValidity(const ColumnView& left, const ColumnView& right, RowMask* out) const {
  for (size_t w = 0; w < rows_.words(); ++w) {
    const uint64_t valid = ValidWord(left, w) & ValidWord(right, w);
    out->is_false.words[w] = ~out->is_true.words[w] & valid;
    out->is_true.words[w] &= valid;
  }
}

template <class Test>
void Evaluator::EachPair(const ColumnView& left, const ColumnView& right, const RowBits& active, RowMask* out,
                         Test test) const {
  ForEachRow(active, rows_.words(), [&](size_t row) {
    const bool hit = test(left.TextAt(rows_.begin + row), right.TextAt(rows_.begin + row));
    const uint64_t bit = uint64_t{1} << (row & 63);
    uint64_t& word = out->is_true.words[row >> 6];
    word = hit ? word | bit : word & ~bit;
  });
}

template <bool kIsAnd>
void Evaluator::Chain(const std::vector<Expr>& operands, const RowBits& active, RowMask* out) {
  RowBits open = active;
  RowMask next;
  for (size_t i = 0; i < operands.size() && status_.ok(); ++i) {
    if (i == 0) {
      Eval(operands[0], open, out);
    } else {
      Eval(operands[i], open, &next);
    }
    uint64_t any_open = 0;
    for (size_t w = 0; w < rows_.words(); ++w) {
      uint64_t& is_true = out->is_true.words[w];
      uint64_t& is_false = out->is_false.words[w];
      if (i > 0 && kIsAnd) {
        is_true &= next.is_true.words[w];
        is_false |= next.is_false.words[w] & open.words[w];
      } else if (i > 0) {
        is_true |= next.is_true.words[w] & open.words[w];
        is_false &= next.is_false.words[w];
      }
      // A row that is decided need not be looked at again.
      open.words[w] &= ~(kIsAnd ? is_false : is_true);
      any_open |= open.words[w];
    }
    if (any_open == 0) return;
  }
}

template <class Test>
void Evaluator::EachText(const ColumnView& column, const RowBits& active, RowMask* out, Test test) {
  for (size_t w = 0; w < rows_.words(); ++w) {
    const uint64_t candidates = active.words[w] & ValidWord(column, w);
    uint64_t hits = 0;
    for (uint64_t rest = candidates; rest != 0; rest &= rest - 1) {
      const auto bit = static_cast<size_t>(std::countr_zero(rest));
      hits |= uint64_t{test(column.TextAt(rows_.begin + w * 64 + bit))} << bit;
    }
    out->is_true.words[w] = hits;
    out->is_false.words[w] = candidates & ~hits;
  }
}

template <class Test>
void Evaluator::EachJson(const plan::ColumnRef& ref, const ColumnView& column, const RowBits& active,
                         RowMask* out, Test test) {
  for (size_t w = 0; w < rows_.words(); ++w) {
    const uint64_t candidates = active.words[w] & ValidWord(column, w);
    uint64_t hits = 0;
    uint64_t misses = 0;
    for (uint64_t rest = candidates; rest != 0; rest &= rest - 1) {
      const auto bit = static_cast<size_t>(std::countr_zero(rest));
      const Truth truth = test(FindJson(column.TextAt(rows_.begin + w * 64 + bit), ref.path));
      hits |= uint64_t{truth == Truth::kTrue} << bit;
      misses |= uint64_t{truth == Truth::kFalse} << bit;
    }
    stats_->json_lookups += static_cast<uint64_t>(std::popcount(candidates));
    out->is_true.words[w] = hits;
    out->is_false.words[w] = misses;
  }
}

void Evaluator::On(const plan::CompareExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  if (column->type == DataType::kVarChar) {
    const std::string_view value = std::get<std::string>(e.value);
    switch (e.op) {
      case plan::CompareOp::kEq:
        return EachText(*column, active, out, [=](std::string_view t) { return t == value; });
      case plan::CompareOp::kNe:
        return EachText(*column, active, out, [=](std::string_view t) { return t != value; });
      default:
        return EachText(*column, active, out,
                        [&](std::string_view t) { return CompareValues(e.op, t, value); });
    }
  }
  if (column->type == DataType::kJson) {
    return EachJson(e.column, *column, active, out,
                    [&](const JsonValue& value) { return JsonCompare(e, value, &scratch_); });
  }
  CompareBits(*column, rows_, e, &out->is_true);
  ApplyValidity(*column, out);
}

void Evaluator::On(const plan::RangeExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  if (column->type == DataType::kVarChar) {
    const std::string_view lower = std::get<std::string>(e.lower);
    const std::string_view upper = std::get<std::string>(e.upper);
    return EachText(*column, active, out, [&](std::string_view t) {
      return (e.lower_inclusive ? t >= lower : t > lower) && (e.upper_inclusive ? t <= upper : t < upper);
    });
  }
  if (column->type == DataType::kJson) {
    return EachJson(e.column, *column, active, out,
                    [&](const JsonValue& value) { return JsonInRange(e, value, &scratch_); });
  }
  RangeBits(*column, rows_, e, &out->is_true);
  ApplyValidity(*column, out);
}

void Evaluator::On(const plan::CompareColumnsExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* left = Find(e.left, out);
  const ColumnView* right = Find(e.right, out);
  if (left == nullptr || right == nullptr) return SetUnknown(out);
  if (left->type == DataType::kVarChar) {
    EachPair(*left, *right, active, out,
             [&](std::string_view a, std::string_view b) { return CompareValues(e.op, a, b); });
  } else {
    CompareColumnsBits(*left, *right, rows_, e.op, &out->is_true);
  }
  ApplyValidity(*left, *right, out);
}

void Evaluator::On(const plan::StartsWithExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  const ColumnView* prefix = Find(e.prefix, out);
  if (column == nullptr || prefix == nullptr) return SetUnknown(out);
  EachPair(*column, *prefix, active, out,
           [](std::string_view text, std::string_view begin) { return text.starts_with(begin); });
  ApplyValidity(*column, *prefix, out);
}

void Evaluator::On(const plan::InExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  if (column->type == DataType::kVarChar) {
    return EachText(*column, active, out, [&](std::string_view t) { return e.values->ContainsText(t); });
  }
  if (column->type == DataType::kJson) {
    return EachJson(e.column, *column, active, out,
                    [&](const JsonValue& value) { return JsonIn(*e.values, value, &scratch_); });
  }
  InBits(*column, rows_, *e.values, &out->is_true);
  ApplyValidity(*column, out);
}

void Evaluator::On(const plan::IntervalsExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  if (column->type == DataType::kVarChar) {
    return EachText(*column, active, out, [&](std::string_view t) { return e.values->ContainsText(t); });
  }
  IntervalBits(*column, rows_, *e.values, &out->is_true);
  ApplyValidity(*column, out);
}

void Evaluator::On(const plan::LikeExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  if (column->type == DataType::kVarChar) {
    return EachText(*column, active, out, [&](std::string_view t) { return e.pattern->Matches(t); });
  }
  EachJson(e.column, *column, active, out, [&](const JsonValue& value) {
    if (value.kind != JsonKind::kString) return Truth::kUnknown;
    return TruthOf(e.pattern->Matches(JsonText(value, &scratch_)));
  });
}

// A row may take long: whoever waits may have given up meanwhile.
bool Evaluator::MatchesRegex(const plan::RegexPattern& pattern, std::string_view text) {
  regex_bytes_ += text.size();
  if (regex_bytes_ >= kRegexBytesBetweenChecks && cancel_ != nullptr && status_.ok()) {
    regex_bytes_ = 0;
    status_ = cancel_->Check();
  }
  return status_.ok() && pattern.Matches(text);
}

void Evaluator::On(const plan::RegexExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  if (column->type == DataType::kVarChar) {
    return EachText(*column, active, out, [&](std::string_view t) { return MatchesRegex(*e.pattern, t); });
  }
  EachJson(e.column, *column, active, out, [&](const JsonValue& value) {
    if (value.kind != JsonKind::kString) return Truth::kUnknown;
    return TruthOf(MatchesRegex(*e.pattern, JsonText(value, &scratch_)));
  });
}

void Evaluator::On(const plan::ContainsExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  EachJson(e.column, *column, active, out,
           [&](const JsonValue& value) { return json_contains_.Of(e, value); });
}

void Evaluator::On(const plan::ArrayLengthExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  EachJson(e.column, *column, active, out, [&](const JsonValue& value) { return JsonLength(e, value); });
}

void Evaluator::On(const plan::IsNullExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return Fill(out, true);
  for (size_t w = 0; w < rows_.words(); ++w) {
    const uint64_t valid = ValidWord(*column, w);
    out->is_true.words[w] = ~valid;
    out->is_false.words[w] = valid;
  }
}

void Evaluator::On(const plan::ExistsExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  EachJson(e.column, *column, active, out, [](const JsonValue& value) {
    const bool absent =
        value.kind == JsonKind::kMissing || value.kind == JsonKind::kNull || value.empty_object;
    return TruthOf(!absent);
  });
}

Result<std::vector<Source>> OpenColumns(const plan::FilterPlan& filter, const FilterInput& input) {
  std::vector<Source> sources;
  for (FieldId field : filter.fields()) {
    Source source;
    source.field = field;
    if (std::optional<ColumnView> view = input.column(field)) {
      if (view->row_count < input.row_count) {
        return Status::Internal("filter column is too short: field " + std::to_string(field.value()));
      }
      source.present = true;
      source.view = *view;
    }
    sources.push_back(source);
  }
  return sources;
}

}  // namespace

Status EvalFilter(const plan::FilterPlan& filter, const FilterInput& input, ExcludeBitset* exclude,
                  FilterStats* stats) {
  DCHECK(exclude->size() == input.row_count);
  FilterStats local;
  if (stats == nullptr) stats = &local;
  stats->rows += input.row_count;
  RK_ASSIGN_OR_RETURN(std::vector<Source> sources, OpenColumns(filter, input));
  Evaluator evaluator(std::move(sources), input.cancel, stats);
  RowBits active;
  RowMask mask;
  for (size_t begin = 0; begin < input.row_count; begin += kFilterBlockRows) {
    if (input.cancel != nullptr) RK_RETURN_IF_ERROR(input.cancel->Check());
    const BlockRows rows{begin, std::min(kFilterBlockRows, input.row_count - begin)};
    uint64_t* words = exclude->words().data() + begin / 64;
    uint64_t any = 0;
    for (size_t w = 0; w < rows.words(); ++w) active.words[w] = ~words[w];
    if ((rows.count & 63) != 0) active.words[rows.words() - 1] &= (uint64_t{1} << (rows.count & 63)) - 1;
    for (size_t w = 0; w < rows.words(); ++w) any |= active.words[w];
    if (any == 0) continue;
    evaluator.Start(rows);
    evaluator.Eval(filter.root(), active, &mask);
    RK_RETURN_IF_ERROR(evaluator.status());
    for (size_t w = 0; w < rows.words(); ++w) {
      const uint64_t kept = active.words[w] & mask.is_true.words[w];
      words[w] |= active.words[w] & ~kept;
      stats->rows_passed += static_cast<uint64_t>(std::popcount(kept));
    }
  }
  return Status::Ok();
}

}  // namespace redkite::exec
