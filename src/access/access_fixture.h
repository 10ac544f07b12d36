// What the tests of the room share: cheap hashes, known secrets, a store, an executor that a test runs by
// hand, sample records. Thread safety: one thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "access/access_control.h"
#include "access/access_model.h"
#include "access/crypto.h"
#include "access/password.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/executor.h"
#include "meta/mem_kv.h"

namespace redkite::access {

/// The least that Argon2 allows.
inline constexpr PasswordCost kCheapCost{1, 8 << 10};

/// 1, 2, 3 …: the same in each run, never twice.
class CountingSecretSource final : public SecretSource {
 public:
  void Fill(std::span<uint8_t> out) override {
    ++count_;
    for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<uint8_t>(i < 2 ? count_ >> (8 * i) : i);
  }

 private:
  uint32_t count_ = 0;
};

/// Keeps tasks until the test runs them.
class HeldExecutor final : public Executor {
 public:
  void Submit(Priority, std::function<void()> task) override { tasks_.push_back(std::move(task)); }
  int concurrency() const override { return 1; }
  bool ShouldYield() const override { return false; }
  size_t waiting() const { return tasks_.size(); }
  void RunOne() {
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    task();
  }
  void RunAll() {
    while (!tasks_.empty()) RunOne();
  }

 private:
  std::deque<std::function<void()>> tasks_;
};

/// An AccessControl over a store in memory.
struct AccessKit {
  explicit AccessKit(AccessControl::Options with = {}) : options(with) {
    options.password_cost = kCheapCost;
    Open();
  }
  void Open() { control = AccessControl::Open({&kv, &clock, &secrets}, options).value(); }
  /// The next life of the store.
  void Restart() {
    kv.Restart();
    Open();
  }
  AccessControl* operator->() { return control.get(); }
  void MakeUser(const std::string& name, const std::string& password = "password") {
    CHECK(control->CreateCredential({name, Secret(password), ""}).ok());
  }
  void MakeRole(const std::string& name) { CHECK(control->CreateRole({name, ""}).ok()); }
  void GiveRole(const std::string& user, const std::string& role) {
    CHECK(control->OperateUserRole({user, role, UserRoleChange::kAdd}).ok());
  }
  Status Grant(const std::string& role, const std::string& privilege, const std::string& database,
               const std::string& collection) {
    return control->OperatePrivilegeV2({role, privilege, database, collection, PrivilegeChange::kGrant},
                                       "root");
  }
  bool Allows(std::string_view user, Privilege privilege, std::string_view database,
              std::string_view object) {
    return control->snapshot()->Allows(user, privilege, database, object);
  }

  meta::MemKv kv;
  ManualClock clock;
  CountingSecretSource secrets;
  AccessControl::Options options;
  std::unique_ptr<AccessControl> control;
};

struct SampleRecords {
  UserRecord user{.name = "ann",
                  .password_hash =
                      "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
                      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                  .description = "first",
                  .roles = {"admin", "readers"},
                  .generation = 7,
                  .created_ms = 1'700'000'000'000};
  RoleRecord role{"readers",
                  "read words",
                  {{ObjectType::kCollection, "*", "Search", "default", "root"},
                   {ObjectType::kCollection, "words", "Query", "shop", "ann"},
                   {ObjectType::kGlobal, "*", "mine", "*", "root"},
                   {ObjectType::kUser, "bob", "SelectUser", "default", "root"}},
                  1'700'000'000'001};
  GroupRecord group{"mine", {"ListDatabases", "SelectUser"}};
  ApiKeyRecord api_key{"0102030405060708", "ci", "ann", std::string(32, '\x11'), 1'700'000'000'002,
                       1'800'000'000'000};
};

}  // namespace redkite::access
