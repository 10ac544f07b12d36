// RowModel: what a collection must hold. A row is a key, the version that wrote it, and for each group of its
// fields the version that wrote them, which is an older one where a partial update kept them. Everything else
// in it follows from these, so that content can be checked without being stored. Mutations are applied in the
// order in which the engine acknowledged them. Thread safety: plain data and pure functions.
//
// A key may have several rows (insert does not look for an old one). A query answers the newest row of a key
// among those that pass its filter, a count counts all of them, a search takes the nearest.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "types/metric.h"

namespace redkite::sim {

inline constexpr int kDimMax = 8;
using Vector = std::array<float, kDimMax>;

/// Integral components, so that L2 and IP distances are exact whatever the order of summation.
struct RowContent {
  int tag = 0;
  int64_t n = 0;
  bool has_opt = false;
  int64_t opt = 0;
  int list_length = 0;
  bool has_list = false;
  int64_t list_first = 0;
  Vector vec{};
};
RowContent ContentOf(int64_t key, int64_t version);
std::string TagText(int tag);
std::string KeyText(int64_t key);

/// Fields that a partial update changes together. Each group has a field with the version that wrote it.
enum Group : size_t { kPlain, kNullable, kVector };
inline constexpr size_t kGroupCount = 3;
inline constexpr unsigned kAllGroups = (1U << kGroupCount) - 1;
using GroupVersions = std::array<int64_t, kGroupCount>;
inline constexpr int64_t kOwnVersion = 0;  // the row's
inline constexpr int64_t kNoVersion = -1;  // nobody wrote them: null
inline constexpr int64_t kNotKnown = -2;   // what no row holds

struct RowVersion {
  int64_t version = 0;
  uint64_t seq = 0;  // of the mutation that wrote it, in the order of application
  int64_t partition = 0;
  GroupVersions groups{};
  int64_t VersionOf(Group group) const { return groups[group] == kOwnVersion ? version : groups[group]; }
  bool operator==(const RowVersion&) const = default;
};
RowContent ContentOf(int64_t key, const RowVersion& row);
/// By key; versions oldest first, never empty.
using Rows = std::map<int64_t, std::vector<RowVersion>>;
size_t CountOf(const Rows& rows);

/// A filter that the engine reads as text and the model as code.
struct RowFilter {
  enum Kind : int { kAll, kLessN, kTag, kBetween, kNotTag, kInN, kOpt, kVersion, kKeys, kNothing };
  static constexpr int kDrawnKinds = 9;
  Kind kind = kAll;
  int64_t a = 0, b = 0;
  std::vector<int64_t> keys;
  bool text_keys = false;
  /// Not a part of the text: only rows of these partitions, when it is there.
  std::optional<std::vector<int64_t>> partitions;
  std::string Text() const;
  bool Matches(int64_t key, const RowVersion& row) const;
};

enum class MutationKind : int { kInsert, kUpsert, kDeleteKeys, kDeleteFilter, kTruncate };

struct Mutation {
  enum class State { kInFlight, kUnknown, kDone };
  MutationKind kind = MutationKind::kInsert;
  std::vector<int64_t> keys;
  int64_t version = 0;
  unsigned groups = kAllGroups;  // that an upsert brings; the others stay
  bool is_partial() const { return !kept_from.empty(); }
  bool Brings(Group group) const { return ((groups >> group) & 1) != 0; }
  std::vector<int64_t> kept_from;  // the partitions where it looks for them; none: it is no partial update
  bool may_lack_rows = false;      // perhaps there is no row to keep them of
  int64_t partition = 0;           // of the rows; of a delete: 0 = all
  bool partition_is_there = true;  // when it was handed over
  bool partition_is_loaded = true;
  // Of a delete by filter: its keys are those that pass in the snapshot at look_up_ts, and go with the rows
  // that were written up to then. The model may reach that snapshot later than the engine.
  RowFilter filter;
  uint64_t look_up_ts = 0;
  bool is_looked_up = true;
  uint64_t cut_seq = 0;
  // For whoever asked.
  size_t slot = 0;
  uint64_t incarnation = 0;
  uint64_t floor_ts = 0;      // largest timestamp that any client had seen before
  uint64_t disturbances = 0;  // when it was handed over
  uint64_t events = 0;        // of the catalog, likewise
  bool is_upset = false;      // the catalog changed or was broken while it ran: any answer goes
  State state = State::kInFlight;
};
void Apply(const Mutation& mutation, uint64_t seq, Rows* rows);
/// Whether an upsert needs fields of a row that is not there.
bool LacksRows(const Mutation& mutation, const Rows& rows);

/// Smaller is better, as inside the engine.
double DistanceOf(Metric metric, int dim, const Vector& a, const Vector& b);

}  // namespace redkite::sim
