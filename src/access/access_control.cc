#include "access/access_control.h"

#include "access/access_codec.h"

namespace redkite::access {

Result<std::unique_ptr<AccessControl>> AccessControl::Open(const Seams& seams, const Options& options) {
  std::unique_ptr<AccessControl> control(new AccessControl(seams, options));
  RK_RETURN_IF_ERROR(control->Load());
  return control;
}

template <class Record, class Decode>
Status AccessControl::LoadRecords(std::string_view prefix, Decode decode, Records<Record>* records) {
  RK_ASSIGN_OR_RETURN(const auto entries, seams_.kv->List(prefix));
  for (const meta::KvEntry& entry : entries) {
    Result<Record> record = decode(entry.value);
    if (!record.ok()) return record.status().WithContext(entry.key);
    PutRecord(records, entry.key.substr(prefix.size()), std::move(record).value());
    revisions_[entry.key] = entry.revision;
  }
  return Status::Ok();
}

Status AccessControl::Load() {
  AccessState state;
  MutexLock lock(write_mutex_);
  RK_RETURN_IF_ERROR(LoadRecords(kUserPrefix, DecodeUser, &state.users));
  RK_RETURN_IF_ERROR(LoadRecords(kRolePrefix, DecodeRole, &state.roles));
  RK_RETURN_IF_ERROR(LoadRecords(kGroupPrefix, DecodeGroup, &state.groups));
  RK_RETURN_IF_ERROR(LoadRecords(kApiKeyPrefix, DecodeApiKey, &state.api_keys));
  // Without a record until something about it changes: a store that never had users stays without.
  const std::string root(kRootUser);
  if (!state.users.contains(root)) PutRecord(&state.users, root, UserRecord{.name = root});
  Publish(std::move(state));
  return Status::Ok();
}

std::shared_ptr<const AccessSnapshot> AccessControl::snapshot() const {
  MutexLock lock(mutex_);
  return snapshot_;
}

void AccessControl::Publish(AccessState state) {
  auto made = std::make_shared<const AccessSnapshot>(std::move(state), options_.public_metadata);
  MutexLock lock(mutex_);
  snapshot_.swap(made);  // the one before goes, if it does, after the lock
}

template <class Record>
void AccessControl::AddDifference(std::string_view prefix, const Records<Record>& before,
                                  const Records<Record>& after, std::string (*encode)(const Record&),
                                  meta::KvTxn* txn) {
  const auto expect_stored = [&](const std::string& key) REQUIRES(write_mutex_) {
    const auto at = revisions_.find(key);
    txn->compares.push_back({key, at == revisions_.end() ? 0 : at->second});
  };
  for (const auto& [name, record] : after) {
    const auto old = before.find(name);
    if (old != before.end() && old->second == record) continue;
    const std::string key = std::string(prefix) + name;
    expect_stored(key);
    txn->puts.push_back({key, encode(*record)});
  }
  for (const auto& [name, record] : before) {
    if (after.contains(name)) continue;
    const std::string key = std::string(prefix) + name;
    expect_stored(key);
    txn->deletes.push_back(key);
  }
}

Status AccessControl::Commit(const Change& change) {
  MutexLock lock(write_mutex_);
  const std::shared_ptr<const AccessSnapshot> current = snapshot();
  const AccessState& before = current->state();
  AccessState after = before;
  RK_RETURN_IF_ERROR(change(&after));
  meta::KvTxn txn;
  AddDifference(kUserPrefix, before.users, after.users, EncodeUser, &txn);
  AddDifference(kRolePrefix, before.roles, after.roles, EncodeRole, &txn);
  AddDifference(kGroupPrefix, before.groups, after.groups, EncodeGroup, &txn);
  AddDifference(kApiKeyPrefix, before.api_keys, after.api_keys, EncodeApiKey, &txn);
  if (txn.compares.empty()) return Status::Ok();
  RK_ASSIGN_OR_RETURN(const meta::KvTxnResult result, seams_.kv->Commit(txn));
  if (!result.applied) return {Code::kServiceUnavailable, "users and roles were changed by another writer"};
  for (const meta::KvPut& put : txn.puts) revisions_[put.key] = result.revision;
  for (const std::string& key : txn.deletes) revisions_.erase(key);
  Publish(std::move(after));
  return Status::Ok();
}

Status UserNotFound() {
  return Status::Invalid("not found the user, maybe the user isn't existed or internal system error");
}

Status RoleNotFound() {
  return Status::Invalid("not found the role, maybe the role isn't existed or internal system error");
}

}  // namespace redkite::access
