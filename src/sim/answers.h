// Requests as the engine takes them, and what its answers must be when the collection holds given rows. All
// checks return what is wrong, or an empty text. Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/row_model.h"
#include "types/requests.h"

namespace redkite::sim {

/// How a collection is read and written; the fields are the same in all of them.
struct Shape {
  CollectionName name;  // or an alias
  bool text_keys = false;
  int dim = 4;
};

CreateCollectionRequest MakeCreate(const Shape& shape);
InsertRequest MakeInsert(const Shape& shape, const Mutation& mutation);

struct SearchAsk {
  Metric metric = Metric::kL2;
  bool through_graph = false;
  int64_t limit = 1;
  int ef = 0;
  std::optional<double> below;  // only rows that are nearer than this distance
  RowFilter filter;
  std::vector<Vector> queries;
};
SearchRequest MakeSearch(const Shape& shape, const SearchAsk& ask);

/// A row of an answer, its content checked.
struct SeenRow {
  int64_t key = 0;
  int64_t version = 0;
  GroupVersions groups{};  // none of them kOwnVersion
  bool operator==(const SeenRow&) const = default;
};
std::string ReadRows(const Shape& shape, const std::vector<OutputColumn>& columns, const Column* ids,
                     std::vector<SeenRow>* rows);

/// The newest row of each key among those that pass, in the order of keys.
std::vector<SeenRow> ExpectedRows(const Rows& rows, const RowFilter& filter);
size_t ExpectedCount(const Rows& rows, const RowFilter& filter);
std::string CompareRows(const std::vector<SeenRow>& seen, const std::vector<SeenRow>& expected);

struct Recall {
  uint64_t wanted = 0, found = 0;
};
std::string CheckSearch(const Shape& shape, const SearchAsk& ask, const SearchResult& result,
                        const Rows& rows, Recall* recall);

}  // namespace redkite::sim
