// AccessControl: users, roles, grants, privilege groups and API keys over a Kv, and the snapshot that checks
// read. One method for each RPC of the kind; who may call one is the caller's to decide by the snapshot,
// which also tells what depends on the state: a user may always look at itself and at the grants of roles it
// holds.
//
// Thread safety: any thread; writers are serialised, readers take one pointer. Invariants: what a reader sees
// is durable; a change that fails leaves the state as it was. One AccessControl per Kv writes; another writer
// is found by the revisions and refused. Methods that take a password hash it on the calling thread, outside
// of any lock: run them through HashQueue. Ownership: the seams are the caller's and outlive this.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/access_snapshot.h"
#include "access/crypto.h"
#include "access/password.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/status.h"
#include "meta/kv.h"
#include "types/access_requests.h"

namespace redkite::access {

class AccessControl {
 public:
  struct Seams {
    meta::Kv* kv = nullptr;
    const Clock* clock = nullptr;
    SecretSource* secrets = nullptr;
  };
  struct Options {
    size_t users_max = 100;               // with root
    size_t roles_max = 10;                // with admin and public
    size_t grants_per_role_max = 10'000;  // a role is one value of the store
    size_t groups_max = 1'000;
    size_t api_keys_max = 1'000;
    bool public_metadata = true;  // see access_snapshot.h
    PasswordCost password_cost = {};
  };
  static Result<std::unique_ptr<AccessControl>> Open(const Seams& seams, const Options& options);

  std::shared_ptr<const AccessSnapshot> snapshot() const;
  const Options& options() const { return options_; }

  // ---- users (access_users.cc)
  Status CreateCredential(const CreateCredentialRequest& request);
  /// A superuser may leave the old password out. While root has none, its old one may be "Milvus", since that
  /// is what the examples of clients send.
  Status UpdateCredential(const UpdateCredentialRequest& request, bool by_superuser);
  /// Success for one that is not there.
  Status DeleteCredential(std::string_view user);
  std::vector<std::string> ListUsers() const;
  std::vector<UserDescription> SelectUser(const SelectUserRequest& request) const;
  bool root_has_password() const;
  Status SetRootPassword(const Secret& password);

  // ---- roles (access_roles.cc)
  Status CreateRole(const CreateRoleRequest& request);
  Status AlterRole(const AlterRoleRequest& request);
  /// Its users lose it.
  Status DropRole(const DropRoleRequest& request);
  Status OperateUserRole(const OperateUserRoleRequest& request);
  std::vector<RoleDescription> SelectRole(const SelectRoleRequest& request) const;

  // ---- grants (access_grants.cc); `grantor` is the user who calls
  Status OperatePrivilege(const OperatePrivilegeRequest& request, std::string_view grantor);
  Status OperatePrivilegeV2(const OperatePrivilegeV2Request& request, std::string_view grantor);
  Result<std::vector<GrantEntity>> SelectGrant(const SelectGrantRequest& request) const;

  // ---- privilege groups (access_groups.cc)
  Status CreatePrivilegeGroup(std::string_view name);
  /// Success for one that is not there.
  Status DropPrivilegeGroup(std::string_view name);
  Status OperatePrivilegeGroup(const OperatePrivilegeGroupRequest& request);
  /// The custom ones, then the built-in ones.
  std::vector<PrivilegeGroup> ListPrivilegeGroups() const;

  // ---- backup (access_backup.cc)
  RbacMeta BackupRbac() const;
  /// All of it or, when a part exists already or is not well-formed, nothing.
  Status RestoreRbac(const RbacMeta& meta);

  // ---- API keys (access_api_keys.cc)
  /// The key's text, which cannot be had a second time. expires_ms 0: never.
  Result<Secret> CreateApiKey(std::string_view user, std::string_view name, int64_t expires_ms);
  /// Of one user, or of all when it is empty.
  std::vector<ApiKeyInfo> ListApiKeys(std::string_view user) const;
  /// Success for one that is not there.
  Status DropApiKey(std::string_view id);

 private:
  using Change = std::function<Status(AccessState*)>;

  AccessControl(const Seams& seams, const Options& options) : seams_(seams), options_(options) {}
  Status Load();
  template <class Record, class Decode>
  Status LoadRecords(std::string_view prefix, Decode decode, Records<Record>* records) REQUIRES(write_mutex_);
  /// Runs `change` on a copy of the state, makes what it changed durable in one transaction, publishes it.
  Status Commit(const Change& change) EXCLUDES(write_mutex_);
  template <class Record>
  void AddDifference(std::string_view prefix, const Records<Record>& before, const Records<Record>& after,
                     std::string (*encode)(const Record&), meta::KvTxn* txn) REQUIRES(write_mutex_);
  void Publish(AccessState state);
  Status ChangePassword(const std::string& user, const UserRecord* verified, std::string hash,
                        const std::optional<std::string>& description);
  Status ChangeGrant(const std::string& role, Grant grant, PrivilegeChange change);
  /// A generation that no user ever had.
  uint64_t FreshGeneration() const { return seams_.kv->revision() + 1; }

  const Seams seams_;
  const Options options_;
  Mutex write_mutex_;
  std::map<std::string, uint64_t> revisions_ GUARDED_BY(write_mutex_);  // of the entries in the store, by key
  mutable Mutex mutex_;
  std::shared_ptr<const AccessSnapshot> snapshot_ GUARDED_BY(mutex_);
};

/// What several calls answer about a user or a role that is not there.
Status UserNotFound();
Status RoleNotFound();
/// Whether a role may be given grants: it is there, and is not `admin`, which has them all.
Status CheckGrantable(const AccessState& state, const std::string& role);
/// A grant as answers have it.
GrantEntity EntityOf(const std::string& role, const Grant& grant);
/// Puts a grant in its place; what is there already stays. False when the role has its most.
bool AddGrant(RoleRecord* role, Grant grant, size_t grants_max);

}  // namespace redkite::access
