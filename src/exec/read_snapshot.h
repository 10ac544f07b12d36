// SearchSegments and QuerySegments: a plan over the segments of one snapshot: select → search → merge, and
// the fetch of output columns. Thread safety: free functions over immutable data.
//
// A primary key appears at most once in an answer, although rows may share one (insert does not check):
// searches keep its best row, queries its newest. Where elements of rows are hits of their own, several of
// one row may be there.
#pragma once

#include <memory>
#include <vector>

#include "base/cancel.h"
#include "base/executor.h"
#include "plan/read_plan.h"
#include "segment/segment_snapshot.h"

namespace redkite::exec {

using Segments = std::vector<std::shared_ptr<const segment::SegmentSnapshot>>;

/// A row of one of `segments`.
struct RowRef {
  uint32_t segment = 0;  // position in Segments
  RowOffset row = 0;
};

struct ScoredRow {
  RowRef ref;
  float distance = 0;
  uint32_t element = 0;  // where elements of rows are hits of their own: which one
};

/// Who may end a read, where it counts its work and where it may run; all may be empty.
struct ReadContext {
  const CancelToken* cancel = nullptr;
  ReadStats* stats = nullptr;
  Executor* executor = nullptr;  // null: the calling thread alone
};

/// `hits[q]`: the up to plan.query.k best rows of query q, best first; equal distances by smaller primary
/// key. More rows than that only for plan.whole_ties. The answer does not depend on the executor.
Status SearchSegments(const plan::SearchPlan& plan, const Segments& segments, const ReadContext& context,
                      std::vector<std::vector<ScoredRow>>* hits);
/// Rows in plan.order, where it is given, and then in the order of their primary keys; from plan.offset on,
/// at most plan.limit. Where element_filter is in the plan, these count elements: then all
/// rows that may have those.
Status QuerySegments(const plan::QueryPlan& plan, const Segments& segments, const CancelToken* cancel,
                     ReadStats* stats, std::vector<RowRef>* rows);
/// plan.groups over the selected rows, equal keys or not: a column for each key and then for each aggregate,
/// in the order that is asked for and then in the order of the keys; from plan.offset on, at most plan.limit
/// groups. kParameterTooLarge for more groups than the plan allows.
Result<std::vector<Column>> GroupRows(const plan::QueryPlan& plan, const Segments& segments,
                                      const CancelToken* cancel, ReadStats* stats);
/// Selected rows, without a look at equal keys.
Result<int64_t> CountRows(const plan::RowSelection& selection, const Segments& segments,
                          const CancelToken* cancel, ReadStats* stats);
/// One column per output field, with one value per row of `rows`. Segments written before a field was added
/// give what AppendAbsent does. kParameterTooLarge, before anything large is allocated, when the values
/// exceed selection.output_bytes_max.
Result<std::vector<Column>> FetchColumns(const plan::RowSelection& selection, const Segments& segments,
                                         const std::vector<RowRef>& rows);

/// For each row the elements of a struct array that pass, in order; ends with the row where they are `most`.
Result<std::vector<std::vector<int64_t>>> ListElements(const plan::RowSelection& selection,
                                                       const Segments& segments,
                                                       const std::vector<RowRef>& rows, size_t most,
                                                       const CancelToken* cancel);

Status OutputTooLarge(const plan::RowSelection& selection);
/// The same refusal for what is known without the rows: values of a fixed size in so many of them.
Status CheckOutputFits(const plan::RowSelection& selection, size_t row_count);

}  // namespace redkite::exec
