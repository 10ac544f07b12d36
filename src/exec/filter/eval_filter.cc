#include "exec/filter/eval_filter.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "exec/filter/array_predicate.h"
#include "exec/filter/element_rows.h"
#include "exec/filter/json_cell.h"
#include "exec/filter/json_chunks.h"
#include "exec/filter/json_numbers.h"
#include "exec/filter/json_predicate.h"
#include "exec/filter/scalar_kernels.h"
#include "exec/filter/text_and_shape.h"
#include "exec/filter/zone_truth.h"

namespace redkite::exec {
namespace {

using plan::Expr;

static_assert(kValueZoneRows == kFilterBlockRows, "a block is a zone");
static_assert(segment::kJsonChunkRows == kFilterBlockRows, "a block is a chunk");

constexpr size_t kBytesBetweenChecks = 64 << 10;

/// A column as this call sees it.
struct Source {
  FieldId field;
  bool present = false;  // otherwise every row is null
  bool same = false;     // every row has the value of the one row that there is
  ColumnView view;
  std::span<const ValueZone> zones;
  Column spread;  // `same` as a whole column, where one is needed
  ColumnView spread_view;
};

constexpr size_t kSpreadBytesMax = 256 << 20;

bool Matches(const plan::MatchExpr& e, size_t passing, size_t all) {
  const auto count = static_cast<int64_t>(passing);
  switch (e.kind) {
    case plan::MatchKind::kAny:
      return passing > 0;
    case plan::MatchKind::kAll:
      return passing == all;
    case plan::MatchKind::kLeast:
      return count >= e.threshold;
    case plan::MatchKind::kMost:
      return count <= e.threshold;
    case plan::MatchKind::kExact:
      return count == e.threshold;
  }
  return false;
}

class Evaluator {
 public:
  Evaluator(std::vector<Source> sources, const FilterInput& input, FilterStats* stats)
      : sources_(std::move(sources)),
        row_count_(input.row_count),
        cancel_(input.cancel),
        stats_(stats),
        json_chunks_(input.json_paths, input.row_count) {}

  void Start(BlockRows rows) { rows_ = rows; }
  const Status& status() const { return status_; }
  /// Truth of `expr` for the rows in `active`; other bits of `out` are unspecified.
  void Eval(const Expr& expr, const RowBits& active, RowMask* out) {
    ++stats_->node_evaluations;
    std::visit(
        [&](const auto& node) {
          if constexpr (
              requires { node.column; } && !requires { node.prefix; }) {
            const Source* source = SourceOf(node.column.field);
            if (source->same) return OnSame(node, out);
            if (const auto truth = TruthOfZone(node, *source)) return FillValid(source->view, *truth, out);
          }
          On(node, active, out);
        },
        expr.node);
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
  void On(const plan::CompareShiftedExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::RangeExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::CompareColumnsExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::InExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::IntervalsExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::LikeExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::RegexExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::StartsWithExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::ContainsExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::ArrayContainsExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::ArrayEqualsExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::ArrayLengthExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::TextMatchExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::PhraseMatchExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::GeometryExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::MatchExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::IsNullExpr& e, const RowBits& active, RowMask* out);
  void On(const plan::ExistsExpr& e, const RowBits& active, RowMask* out);

  /// A predicate on a column in which every row has one value.
  template <class Node>
  void OnSame(const Node& node, RowMask* out);
  /// A predicate that the bounds of the block's values decide.
  template <class Node>
  std::optional<bool> TruthOfZone(const Node& node, const Source& source) const {
    if (source.zones.empty() || source.view.type != node.column.type) return std::nullopt;
    return ZoneTruth(node, source.zones[rows_.begin / kValueZoneRows]);
  }
  /// `value` where there is a value, else unknown.
  void FillValid(const ColumnView& column, bool value, RowMask* out);
  Source* SourceOf(FieldId field);
  /// Find for predicates on two columns: with a value for every row.
  const ColumnView* FindWhole(const plan::ColumnRef& ref, RowMask* out);
  template <bool kIsAnd>
  void Chain(const std::vector<Expr>& operands, const RowBits& active, RowMask* out);
  /// The column, or nullptr after everything was set to unknown because there is none (or a wrong one).
  const ColumnView* Find(const plan::ColumnRef& ref, RowMask* out);
  /// The values of a fixed-length column or, for active rows, of an element of an Array; nothing where there
  /// is no column. `gathered` holds the elements.
  std::optional<BlockValues> ValuesOf(const plan::ColumnRef& ref, const ColumnView* column,
                                      const RowBits& active, GatheredElements* gathered) const;
  /// For a fixed-length column: `predicate` sets the bits of its values, without regard to
  /// validity.
  template <class Predicate>
  void EachValue(const plan::ColumnRef& ref, const RowBits& active, RowMask* out, Predicate predicate);
  /// A row may take long: false once whoever waits has given up.
  bool GoesOn(size_t bytes);
  bool MatchesRegex(const plan::RegexPattern& pattern, std::string_view text);
  /// For a predicate on two text columns: out = test(left, right), for active rows.
  template <class Test>
  void EachPair(const plan::ColumnRef& left, const plan::ColumnRef& right, const RowBits& active,
                RowMask* out, Test test);
  void Fill(RowMask* out, bool value) const;
  void SetUnknown(RowMask* out) const;
  uint64_t ValidWord(const ColumnView& column, size_t word) const {
    return BlockValues{column, rows_}.ValidWord(word);
  }
  /// out = test(bytes of the row), for active rows that are present.
  template <class Test>
  void EachBytes(const ColumnView& column, const RowBits& active, RowMask* out, Test test);
  /// The same for the text of a column, or of an element of its arrays: unknown where there is none.
  template <class Test>
  void EachText(const plan::ColumnRef& ref, const ColumnView& column, const RowBits& active, RowMask* out,
                Test test);
  /// The same for an Array column; `test` gets an ArrayValue.
  template <class Test>
  void EachArray(const plan::ColumnRef& ref, const ColumnView& column, const RowBits& active, RowMask* out,
                 Test test) {
    EachTruth(column, active, out,
              [&](std::string_view bytes) { return test(ArrayValue::OfStored(ref.element_type, bytes)); });
  }
  /// The same; `test` gets the bytes of the row and gives true, false or unknown.
  template <class Test>
  void EachTruth(const ColumnView& column, const RowBits& active, RowMask* out, Test test);
  /// The same; `test` gets the number of the row in the block.
  template <class Test>
  void EachRow(const ColumnView& column, const RowBits& active, RowMask* out, Test test);
  /// The same for JSON texts; `test` gives true, false or unknown.
  template <class Test>
  void EachJson(const plan::ColumnRef& ref, const ColumnView& column, const RowBits& active, RowMask* out,
                Test test) {
    EachJsonOf(JsonOf(ref, column, active), active, out, test);
  }
  /// JSON texts of a block and the path into them.
  struct JsonRows {
    const plan::ColumnRef& ref;
    const ColumnView& column;
    const segment::JsonPathChunk* chunk;  // the values there; nullptr: look at the texts
  };
  JsonRows JsonOf(const plan::ColumnRef& ref, const ColumnView& column, const RowBits& active) {
    const bool is_kept = !SourceOf(ref.field)->same;
    return {ref, column, is_kept ? json_chunks_.Find(ref, {column, rows_}, active, stats_) : nullptr};
  }
  template <class Test>
  void EachJsonOf(const JsonRows& json, const RowBits& active, RowMask* out, Test test);

  std::vector<Source> sources_;
  const size_t row_count_;
  const CancelToken* cancel_;
  FilterStats* stats_;
  BlockRows rows_;
  Status status_;
  std::string scratch_;
  JsonContains json_contains_;
  ArrayContains array_contains_;
  GatheredElements gathered_[2];
  TextAndShape text_and_shape_;
  ElementRows elements_;
  JsonChunks json_chunks_;
  size_t bytes_since_check_ = 0;  // of cancel_, in rows that may take long
};

void Evaluator::Fill(RowMask* out, bool value) const {
  std::fill_n(out->is_true.words, rows_.words(), value ? ~uint64_t{0} : 0);
  std::fill_n(out->is_false.words, rows_.words(), value ? 0 : ~uint64_t{0});
}

void Evaluator::FillValid(const ColumnView& column, bool value, RowMask* out) {
  ++stats_->zones_decided;
  for (size_t w = 0; w < rows_.words(); ++w) {
    const uint64_t valid = ValidWord(column, w);
    out->is_true.words[w] = value ? valid : 0;
    out->is_false.words[w] = value ? 0 : valid;
  }
}

void Evaluator::SetUnknown(RowMask* out) const {
  std::fill_n(out->is_true.words, rows_.words(), 0);
  std::fill_n(out->is_false.words, rows_.words(), 0);
}

Source* Evaluator::SourceOf(FieldId field) {
  return &*std::lower_bound(sources_.begin(), sources_.end(), field,
                            [](const Source& s, FieldId id) { return s.field < id; });
}

template <class Node>
void Evaluator::OnSame(const Node& node, RowMask* out) {
  const BlockRows rows = std::exchange(rows_, {0, 1});
  RowBits active;
  active.words[0] = 1;
  RowMask one;
  On(node, active, &one);
  rows_ = rows;
  std::fill_n(out->is_true.words, rows_.words(), (one.is_true.words[0] & 1) != 0 ? ~uint64_t{0} : 0);
  std::fill_n(out->is_false.words, rows_.words(), (one.is_false.words[0] & 1) != 0 ? ~uint64_t{0} : 0);
}

const ColumnView* Evaluator::FindWhole(const plan::ColumnRef& ref, RowMask* out) {
  const ColumnView* column = Find(ref, out);
  Source* source = SourceOf(ref.field);
  if (column == nullptr || !source->same) return column;
  if (source->spread.row_count() == 0) {
    if (column->data_bytes() > kSpreadBytesMax / row_count_) {
      status_ = Status(Code::kMemoryLimitExceeded,
                       "a comparison of columns needs the default value of field " +
                           std::to_string(ref.field.value()) + " for each of " + std::to_string(row_count_) +
                           " rows that are older than the field: memory limit exceeded");
      return nullptr;
    }
    source->spread = Column(ref.field, column->type, column->dim);
    source->spread.Reserve(row_count_, column->data_bytes() * row_count_);
    for (size_t row = 0; row < row_count_; ++row) source->spread.AppendFrom(*column, 0);
    source->spread_view = source->spread.view();
  }
  return &source->spread_view;
}

const ColumnView* Evaluator::Find(const plan::ColumnRef& ref, RowMask* out) {
  const Source* source = SourceOf(ref.field);
  if (source->present && source->view.type != ref.stored_type()) {
    status_ = Status::Internal("filter column has another type than its plan: field " +
                               std::to_string(ref.field.value()));
  }
  if (source->present && status_.ok()) return &source->view;
  SetUnknown(out);
  return nullptr;
}

std::optional<BlockValues> Evaluator::ValuesOf(const plan::ColumnRef& ref, const ColumnView* column,
                                               const RowBits& active, GatheredElements* gathered) const {
  if (column == nullptr) return std::nullopt;
  const BlockValues whole{*column, rows_};
  return ref.is_element() ? gathered->Gather(ref, whole, active) : whole;
}

template <class Predicate>
void Evaluator::EachValue(const plan::ColumnRef& ref, const RowBits& active, RowMask* out,
                          Predicate predicate) {
  const auto values = ValuesOf(ref, Find(ref, out), active, &gathered_[0]);
  if (!values) return;
  predicate(values->column, values->rows, &out->is_true);
  for (size_t w = 0; w < rows_.words(); ++w) {
    const uint64_t valid = values->ValidWord(w);
    out->is_false.words[w] = ~out->is_true.words[w] & valid;
    out->is_true.words[w] &= valid;
  }
}

template <class Test>
void Evaluator::EachPair(const plan::ColumnRef& left, const plan::ColumnRef& right, const RowBits& active,
                         RowMask* out, Test test) {
  const ColumnView* a = FindWhole(left, out);
  const ColumnView* b = FindWhole(right, out);
  SetUnknown(out);
  if (a == nullptr || b == nullptr) return;
  ForEachRow(active, rows_.words(), [&](size_t row) {
    const auto left_text = TextOf(left, *a, rows_.begin + row);
    const auto right_text = TextOf(right, *b, rows_.begin + row);
    if (!left_text || !right_text) return;
    RowBits& bits = test(*left_text, *right_text) ? out->is_true : out->is_false;
    bits.words[row >> 6] |= uint64_t{1} << (row & 63);
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
void Evaluator::EachBytes(const ColumnView& column, const RowBits& active, RowMask* out, Test test) {
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
void Evaluator::EachRow(const ColumnView& column, const RowBits& active, RowMask* out, Test test) {
  for (size_t w = 0; w < rows_.words(); ++w) {
    const uint64_t candidates = active.words[w] & ValidWord(column, w);
    uint64_t hits = 0;
    uint64_t misses = 0;
    for (uint64_t rest = candidates; rest != 0; rest &= rest - 1) {
      const auto bit = static_cast<size_t>(std::countr_zero(rest));
      const Truth truth = test(w * 64 + bit);
      hits |= uint64_t{truth == Truth::kTrue} << bit;
      misses |= uint64_t{truth == Truth::kFalse} << bit;
    }
    out->is_true.words[w] = hits;
    out->is_false.words[w] = misses;
  }
}

template <class Test>
void Evaluator::EachTruth(const ColumnView& column, const RowBits& active, RowMask* out, Test test) {
  EachRow(column, active, out, [&](size_t row) { return test(column.TextAt(rows_.begin + row)); });
}

template <class Test>
void Evaluator::EachText(const plan::ColumnRef& ref, const ColumnView& column, const RowBits& active,
                         RowMask* out, Test test) {
  if (!ref.is_element()) return EachBytes(column, active, out, test);
  EachTruth(column, active, out, [&](std::string_view bytes) {
    const auto text = ElementText(ref, bytes);
    return text ? TruthOf(test(*text)) : Truth::kUnknown;
  });
}

template <class Test>
void Evaluator::EachJsonOf(const JsonRows& json, const RowBits& active, RowMask* out, Test test) {
  if (json.chunk != nullptr) {
    return EachRow(json.column, active, out, [&](size_t row) {
      return test(
          UnpackJson({json.chunk->kinds[row], json.chunk->values[row]}, json.column, rows_.begin + row));
    });
  }
  EachTruth(json.column, active, out, [&](std::string_view text) {
    ++stats_->json_lookups;
    return test(FindJson(text, json.ref.path));
  });
}

void Evaluator::On(const plan::CompareExpr& e, const RowBits& active, RowMask* out) {
  if (IsFixedLength(e.column)) {
    return EachValue(e.column, active, out, [&](const ColumnView& column, BlockRows rows, RowBits* bits) {
      CompareBits(column, rows, e, bits);
    });
  }
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  if (e.column.type == DataType::kJson) {
    const JsonRows json = JsonOf(e.column, *column, active);
    if (json.chunk != nullptr && CompareJsonNumbers(e, *json.chunk, rows_, out)) return;
    return EachJsonOf(json, active, out,
                      [&](const JsonValue& value) { return JsonCompare(e, value, &scratch_); });
  }
  const std::string_view value = std::get<std::string>(e.value);
  switch (e.op) {
    case plan::CompareOp::kEq:
      return EachText(e.column, *column, active, out, [=](std::string_view t) { return t == value; });
    case plan::CompareOp::kNe:
      return EachText(e.column, *column, active, out, [=](std::string_view t) { return t != value; });
    default:
      return EachText(e.column, *column, active, out,
                      [&](std::string_view t) { return CompareValues(e.op, t, value); });
  }
}

void Evaluator::On(const plan::CompareShiftedExpr& e, const RowBits& active, RowMask* out) {
  EachValue(e.column, active, out, [&](const ColumnView& column, BlockRows rows, RowBits* bits) {
    std::fill_n(bits->words, rows.words(), 0);
    const int64_t* instants = column.Values<int64_t>().data() + rows.begin;
    ForEachRow(active, rows.words(), [&](size_t row) {
      const int64_t moved = AddInterval(instants[row], e.interval, e.subtract);
      bits->words[row >> 6] |= uint64_t{CompareValues(e.op, moved, e.value)} << (row & 63);
    });
  });
}

void Evaluator::On(const plan::RangeExpr& e, const RowBits& active, RowMask* out) {
  if (IsFixedLength(e.column)) {
    return EachValue(e.column, active, out, [&](const ColumnView& column, BlockRows rows, RowBits* bits) {
      RangeBits(column, rows, e, bits);
    });
  }
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  if (e.column.type == DataType::kJson) {
    const JsonRows json = JsonOf(e.column, *column, active);
    if (json.chunk != nullptr && JsonNumbersInRange(e, *json.chunk, rows_, out)) return;
    return EachJsonOf(json, active, out,
                      [&](const JsonValue& value) { return JsonInRange(e, value, &scratch_); });
  }
  const std::string_view lower = std::get<std::string>(e.lower);
  const std::string_view upper = std::get<std::string>(e.upper);
  EachText(e.column, *column, active, out, [&](std::string_view t) {
    return (e.lower_inclusive ? t >= lower : t > lower) && (e.upper_inclusive ? t <= upper : t < upper);
  });
}

void Evaluator::On(const plan::CompareColumnsExpr& e, const RowBits& active, RowMask* out) {
  if (!IsFixedLength(e.left)) {
    return EachPair(e.left, e.right, active, out,
                    [&](std::string_view a, std::string_view b) { return CompareValues(e.op, a, b); });
  }
  const auto left = ValuesOf(e.left, FindWhole(e.left, out), active, &gathered_[0]);
  const auto right = ValuesOf(e.right, FindWhole(e.right, out), active, &gathered_[1]);
  if (!left || !right) return SetUnknown(out);
  CompareColumnsBits(*left, *right, e.op, &out->is_true);
  for (size_t w = 0; w < rows_.words(); ++w) {
    const uint64_t valid = left->ValidWord(w) & right->ValidWord(w);
    out->is_false.words[w] = ~out->is_true.words[w] & valid;
    out->is_true.words[w] &= valid;
  }
}

void Evaluator::On(const plan::StartsWithExpr& e, const RowBits& active, RowMask* out) {
  EachPair(e.column, e.prefix, active, out,
           [](std::string_view text, std::string_view begin) { return text.starts_with(begin); });
}

void Evaluator::On(const plan::InExpr& e, const RowBits& active, RowMask* out) {
  if (IsFixedLength(e.column)) {
    return EachValue(e.column, active, out, [&](const ColumnView& column, BlockRows rows, RowBits* bits) {
      InBits(column, rows, *e.values, bits);
    });
  }
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  if (e.column.type == DataType::kJson) {
    return EachJson(e.column, *column, active, out,
                    [&](const JsonValue& value) { return JsonIn(*e.values, value, &scratch_); });
  }
  EachText(e.column, *column, active, out, [&](std::string_view t) { return e.values->ContainsText(t); });
}

void Evaluator::On(const plan::IntervalsExpr& e, const RowBits& active, RowMask* out) {
  if (IsFixedLength(e.column)) {
    return EachValue(e.column, active, out, [&](const ColumnView& column, BlockRows rows, RowBits* bits) {
      IntervalBits(column, rows, *e.values, bits);
    });
  }
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  EachText(e.column, *column, active, out, [&](std::string_view t) { return e.values->ContainsText(t); });
}

void Evaluator::On(const plan::LikeExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  if (e.column.type == DataType::kVarChar) {
    return EachText(e.column, *column, active, out,
                    [&](std::string_view t) { return e.pattern->Matches(t); });
  }
  EachJson(e.column, *column, active, out, [&](const JsonValue& value) {
    if (value.kind != JsonKind::kString) return Truth::kUnknown;
    return TruthOf(e.pattern->Matches(JsonText(value, &scratch_)));
  });
}

bool Evaluator::GoesOn(size_t bytes) {
  bytes_since_check_ += bytes;
  if (bytes_since_check_ >= kBytesBetweenChecks && cancel_ != nullptr && status_.ok()) {
    bytes_since_check_ = 0;
    status_ = cancel_->Check();
  }
  return status_.ok();
}

bool Evaluator::MatchesRegex(const plan::RegexPattern& pattern, std::string_view text) {
  return GoesOn(text.size()) && pattern.Matches(text);
}

void Evaluator::On(const plan::TextMatchExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  EachBytes(*column, active, out,
            [&](std::string_view t) { return GoesOn(t.size()) && text_and_shape_.Matches(*e.query, t); });
}

void Evaluator::On(const plan::PhraseMatchExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  EachBytes(*column, active, out,
            [&](std::string_view t) { return GoesOn(t.size()) && text_and_shape_.Matches(*e.query, t); });
}

void Evaluator::On(const plan::GeometryExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  EachBytes(*column, active, out, [&](std::string_view wkb) {
    return GoesOn(wkb.size()) && text_and_shape_.Holds(*e.predicate, wkb);
  });
}

void Evaluator::On(const plan::RegexExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  if (e.column.type == DataType::kVarChar) {
    return EachText(e.column, *column, active, out,
                    [&](std::string_view t) { return MatchesRegex(*e.pattern, t); });
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

void Evaluator::On(const plan::ArrayContainsExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  if (ArrayContainsInteger(e, {*column, rows_}, active, out)) return;
  EachArray(e.column, *column, active, out,
            [&](const ArrayValue& array) { return array_contains_.Of(e, array); });
}

void Evaluator::On(const plan::ArrayEqualsExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  EachBytes(*column, active, out, [&](std::string_view bytes) { return ArrayEquals(e, bytes); });
}

void Evaluator::On(const plan::ArrayLengthExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  if (e.column.type == DataType::kArray) {
    return EachArray(e.column, *column, active, out, [&](const ArrayValue& array) {
      return TruthOf(CompareValues(e.op, static_cast<int64_t>(array.size()), e.value));
    });
  }
  if (e.column.type == DataType::kArrayOfVector) {
    const size_t width = ValueBytes(e.column.element_type, column->dim);
    return EachTruth(*column, active, out, [&](std::string_view bytes) {
      const size_t vectors = width == 0 ? 0 : bytes.size() / width;
      return TruthOf(CompareValues(e.op, static_cast<int64_t>(vectors), e.value));
    });
  }
  EachJson(e.column, *column, active, out, [&](const JsonValue& value) { return JsonLength(e, value); });
}

void Evaluator::On(const plan::MatchExpr& e, const RowBits& active, RowMask* out) {
  const ColumnView* column = Find(e.column, out);
  if (column == nullptr) return;
  SetUnknown(out);
  const auto sub_field = [this](FieldId field) {
    const Source* source = SourceOf(field);
    return source->present ? std::optional(source->view) : std::nullopt;
  };
  FilterStats of_elements;  // what passes there are no rows
  const Status ran = elements_.Run(*e.elements, sub_field, rows_, cancel_, &of_elements);
  stats_->node_evaluations += of_elements.node_evaluations;
  if (!ran.ok()) {
    if (status_.ok()) status_ = ran;
    return;
  }
  ForEachRow(active, rows_.words(), [&](size_t row) {
    if (!column->IsValid(rows_.begin + row)) return;
    const size_t all = elements_.End(row) - elements_.Begin(row);
    const bool matches = Matches(e, elements_.CountPassing(row), all);
    RowBits& bits = matches ? out->is_true : out->is_false;
    bits.words[row >> 6] |= uint64_t{1} << (row & 63);
  });
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
      if (input.zones) source.zones = input.zones(field);
      if (source.zones.size() * kValueZoneRows < input.row_count) source.zones = {};
    } else if (std::optional<ColumnView> value = input.absent ? input.absent(field) : std::nullopt) {
      source.present = source.same = true;
      source.view = *value;
    }
    sources.push_back(std::move(source));
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
  Evaluator evaluator(std::move(sources), input, stats);
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
