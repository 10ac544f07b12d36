#include "sim/row_model.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/random.h"

namespace redkite::sim {

RowContent ContentOf(int64_t key, int64_t version) {
  Random random(static_cast<uint64_t>(key) * 1'000'003 + static_cast<uint64_t>(version) * 7919);
  RowContent row;
  const uint64_t bits = random.Next();
  row.tag = static_cast<int>(bits % 5);
  row.n = static_cast<int64_t>((bits >> 8) % 100);
  row.has_opt = (bits >> 20) % 3 != 0;
  row.opt = static_cast<int64_t>((bits >> 24) % 50);
  // As long as the tag's number; one of the tags has none.
  row.has_list = row.tag != 4;
  row.list_length = row.tag;
  row.list_first = row.n;
  for (float& v : row.vec) v = static_cast<float>(random.Below(101)) - 50;
  if (row.vec[0] == 0) row.vec[0] = 1;  // cosine needs a direction
  return row;
}

RowContent ContentOf(int64_t key, const RowVersion& row) {
  const int64_t plain = row.VersionOf(kPlain), nullable = row.VersionOf(kNullable);
  RowContent out = ContentOf(key, plain);
  if (row.VersionOf(kVector) != plain) out.vec = ContentOf(key, row.VersionOf(kVector)).vec;
  if (nullable == plain) return out;
  const RowContent other = ContentOf(key, nullable);
  out.has_opt = nullable != kNoVersion && other.has_opt;
  out.opt = other.opt;
  out.has_list = nullable != kNoVersion && other.has_list;
  out.list_length = other.list_length;
  out.list_first = other.list_first;
  return out;
}

std::string TagText(int tag) { return "tag" + std::to_string(tag); }

std::string KeyText(int64_t key) {
  char text[24];
  std::snprintf(text, sizeof text, "k%010lld", static_cast<long long>(key));
  return text;
}

size_t CountOf(const Rows& rows) {
  size_t count = 0;
  for (const auto& [key, versions] : rows) count += versions.size();
  return count;
}

namespace {

// The row of which an upsert keeps what it does not bring.
const RowVersion* KeptRow(const Mutation& mutation, int64_t key, const Rows& rows) {
  const auto it = rows.find(key);
  if (it == rows.end()) return nullptr;
  const auto& from = mutation.kept_from;
  const auto row = std::find_if(it->second.rbegin(), it->second.rend(), [&](const RowVersion& v) {
    return std::find(from.begin(), from.end(), v.partition) != from.end();
  });
  return row == it->second.rend() ? nullptr : &*row;
}

RowVersion RowAfter(const Mutation& mutation, int64_t key, uint64_t seq, const Rows& rows) {
  RowVersion row{mutation.version, seq, mutation.partition, {}};
  if (mutation.groups == kAllGroups) return row;
  const RowVersion* kept = KeptRow(mutation, key, rows);
  for (size_t group = 0; group < kGroupCount; ++group) {
    if (((mutation.groups >> group) & 1) != 0) continue;
    row.groups[group] = kept != nullptr      ? kept->VersionOf(static_cast<Group>(group))
                        : group == kNullable ? kNoVersion
                                             : kNotKnown;
  }
  return row;
}

}  // namespace

bool LacksRows(const Mutation& mutation, const Rows& rows) {
  constexpr unsigned kNeeded = kAllGroups & ~(1U << kNullable);
  if ((mutation.groups & kNeeded) == kNeeded) return false;
  return std::any_of(mutation.keys.begin(), mutation.keys.end(),
                     [&](int64_t key) { return KeptRow(mutation, key, rows) == nullptr; });
}

void Apply(const Mutation& mutation, uint64_t seq, Rows* rows) {
  if (mutation.kind == MutationKind::kTruncate) return rows->clear();
  const bool deletes = mutation.kind != MutationKind::kInsert;
  const uint64_t cut = mutation.kind == MutationKind::kDeleteFilter ? mutation.cut_seq : seq;
  for (const int64_t key : mutation.keys) {
    const RowVersion row = RowAfter(mutation, key, seq, *rows);
    auto it = rows->find(key);
    if (deletes && it != rows->end()) {
      const bool one_partition = mutation.kind != MutationKind::kUpsert && mutation.partition != 0;
      std::erase_if(it->second, [&](const RowVersion& old) {
        return old.seq <= cut && (!one_partition || old.partition == mutation.partition);
      });
      if (it->second.empty()) rows->erase(it);
    }
    if (mutation.kind == MutationKind::kInsert || mutation.kind == MutationKind::kUpsert) {
      (*rows)[key].push_back(row);
    }
  }
}

std::string RowFilter::Text() const {
  const auto list = [](const auto& values, auto text) {
    std::string out;
    for (const auto& v : values) out += (out.empty() ? "" : ",") + text(v);
    return "[" + out + "]";
  };
  switch (kind) {
    case kAll:
      return text_keys ? "id != \"\"" : "id >= 0";
    case kLessN:
      return "n < " + std::to_string(a);
    case kTag:
      return "tag == \"" + TagText(static_cast<int>(a)) + "\"";
    case kBetween:
      return "n >= " + std::to_string(a) + " and n <= " + std::to_string(b);
    case kNotTag:
      return "not (tag == \"" + TagText(static_cast<int>(a)) + "\") and n > " + std::to_string(b);
    case kInN:
      return "n in [" + std::to_string(a) + "," + std::to_string(b) + "] or tag == \"" +
             TagText(static_cast<int>(b % 5)) + "\"";
    case kOpt:
      return "opt > " + std::to_string(a);
    case kVersion:
      return "ver == " + std::to_string(a);
    case kKeys:
      return "id in " + list(keys, [this](int64_t key) {
               return text_keys ? "\"" + KeyText(key) + "\"" : std::to_string(key);
             });
    case kNothing:
      return "n < 0";
  }
  return "";
}

bool RowFilter::Matches(int64_t key, const RowVersion& written) const {
  const int64_t version = written.version;
  if (partitions && std::find(partitions->begin(), partitions->end(), written.partition) == partitions->end())
    return false;
  if (kind == kAll) return true;
  if (kind == kVersion) return version == a;
  if (kind == kKeys) return std::find(keys.begin(), keys.end(), key) != keys.end();
  const RowContent row = ContentOf(key, written);
  switch (kind) {
    case kLessN:
      return row.n < a;
    case kTag:
      return row.tag == a;
    case kBetween:
      return row.n >= a && row.n <= b;
    case kNotTag:
      return row.tag != a && row.n > b;
    case kInN:
      return row.n == a || row.n == b || row.tag == b % 5;
    case kOpt:
      return row.has_opt && row.opt > a;
    default:
      return false;
  }
}

double DistanceOf(Metric metric, int dim, const Vector& a, const Vector& b) {
  double dot = 0, aa = 0, bb = 0, l2 = 0;
  for (int i = 0; i < dim; ++i) {
    const double x = a[static_cast<size_t>(i)], y = b[static_cast<size_t>(i)];
    dot += x * y;
    aa += x * x;
    bb += y * y;
    l2 += (x - y) * (x - y);
  }
  switch (metric) {
    case Metric::kIp:
      return -dot;
    case Metric::kCosine:
      return -dot / std::sqrt(aa * bb);
    default:
      return l2;
  }
}

}  // namespace redkite::sim
