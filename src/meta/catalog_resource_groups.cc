// Resource groups: their records in the catalog (docs/formats/catalog.md) and the transaction that changes
// them.
#include "base/coding.h"
#include "meta/catalog.h"

namespace redkite::meta {
namespace {

constexpr std::string_view kGroupPrefix = "resource_group/";
constexpr uint64_t kGroupVersion = 1;
constexpr uint64_t kHasNode = 1;
constexpr int32_t kDefaultGroupLimits = 1'000'000;

void PutTexts(std::string* out, const std::vector<std::string>& texts) {
  PutVarint(out, texts.size());
  for (const std::string& text : texts) PutBytes(out, text);
}

std::vector<std::string> GetTexts(Decoder* in) {
  std::vector<std::string> texts;
  for (uint64_t n = in->Count(); n > 0 && in->ok(); --n) texts.push_back(in->String());
  return texts;
}

std::string KeyOf(std::string_view group) { return std::string(kGroupPrefix) + std::string(group); }

// The default one is there, and where none has the node it has.
void Complete(ResourceGroups* groups) {
  const std::string name(kDefaultResourceGroup);
  if (!groups->contains(name))
    (*groups)[name] = {name, {.requests = 0, .limits = kDefaultGroupLimits}, false};
  for (const auto& [other, group] : *groups) {
    if (group.has_node) return;
  }
  groups->at(name).has_node = true;
}

}  // namespace

std::string EncodeResourceGroup(const ResourceGroupMeta& group) {
  std::string body;
  PutBytes(&body, group.name);
  PutFixed<int32_t>(&body, group.config.requests);
  PutFixed<int32_t>(&body, group.config.limits);
  PutTexts(&body, group.config.transfer_from);
  PutTexts(&body, group.config.transfer_to);
  PutVarint(&body, group.config.node_labels.size());
  for (const auto& [key, value] : group.config.node_labels) {
    PutBytes(&body, key);
    PutBytes(&body, value);
  }
  PutVarint(&body, group.has_node ? kHasNode : 0);
  std::string out;
  PutVarint(&out, kGroupVersion);
  PutBytes(&out, body);
  return out;
}

Result<ResourceGroupMeta> DecodeResourceGroup(std::string_view value) {
  Decoder outer(value);
  const uint64_t version = outer.Varint();
  if (outer.ok() && version > kGroupVersion) {
    return Status(Code::kOperationNotSupported,
                  "resource group in the catalog is of a newer version: " + std::to_string(version));
  }
  Decoder in(outer.Bytes());
  ResourceGroupMeta group;
  group.name = in.String();
  group.config.requests = in.Fixed<int32_t>();
  group.config.limits = in.Fixed<int32_t>();
  group.config.transfer_from = GetTexts(&in);
  group.config.transfer_to = GetTexts(&in);
  for (uint64_t n = in.Count(); n > 0 && in.ok(); --n) {
    std::string key = in.String();
    group.config.node_labels.emplace_back(std::move(key), in.String());
  }
  group.has_node = (in.Varint() & kHasNode) != 0;
  if (!outer.done() || !in.ok() || version == 0)
    return Status::Corrupt("malformed resource group in the catalog");
  return group;
}

Status Catalog::LoadResourceGroups() {
  RK_ASSIGN_OR_RETURN(const auto entries, kv_->List(kGroupPrefix));
  MutexLock lock(mutex_);
  for (const KvEntry& e : entries) {
    Result<ResourceGroupMeta> group = DecodeResourceGroup(e.value);
    if (!group.ok()) return group.status().WithContext(e.key);
    group_revisions_[group->name] = e.revision;
    const std::string name = group->name;
    groups_.insert_or_assign(name, std::move(group).value());
  }
  Complete(&groups_);
  return Status::Ok();
}

ResourceGroups Catalog::ListResourceGroups() const {
  MutexLock lock(mutex_);
  return groups_;
}

Status Catalog::UpdateResourceGroups(const std::function<Status(ResourceGroups*)>& change) {
  MutexLock write_lock(write_mutex_);
  const ResourceGroups before = ListResourceGroups();
  ResourceGroups after = before;
  RK_RETURN_IF_ERROR(change(&after));
  Complete(&after);
  if (after == before) return Status::Ok();
  KvTxn txn;
  {
    MutexLock lock(mutex_);
    const auto expect_stored = [&](const std::string& name) REQUIRES(mutex_) {
      const auto at = group_revisions_.find(name);
      txn.compares.push_back({KeyOf(name), at == group_revisions_.end() ? 0 : at->second});
    };
    for (const auto& [name, group] : after) {
      const auto old = before.find(name);
      if (old != before.end() && old->second == group) continue;
      expect_stored(name);
      txn.puts.push_back({KeyOf(name), EncodeResourceGroup(group)});
    }
    for (const auto& [name, group] : before) {
      if (after.contains(name)) continue;
      expect_stored(name);
      txn.deletes.push_back(KeyOf(name));
    }
  }
  uint64_t revision = 0;
  RK_RETURN_IF_ERROR(CommitOrConflict(txn, &revision));
  MutexLock lock(mutex_);
  for (const KvPut& put : txn.puts) group_revisions_[put.key.substr(kGroupPrefix.size())] = revision;
  for (const std::string& key : txn.deletes) group_revisions_.erase(key.substr(kGroupPrefix.size()));
  groups_ = std::move(after);
  return Status::Ok();
}

}  // namespace redkite::meta
