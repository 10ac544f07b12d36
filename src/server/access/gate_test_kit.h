// For tests of the server: a Gate with users in memory. Without credentials by default; Enforce() asks for
// them. Thread safety: one thread.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "access/access_fixture.h"
#include "access/authenticator.h"
#include "base/base64.h"
#include "server/access/gate.h"

namespace redkite::server {

class GateKit {
 public:
  explicit GateKit(const proxy::Proxy* proxy) : proxy_(proxy) {
    authenticator = std::make_unique<access::Authenticator>(
        access::Authenticator::Seams{users.control.get(), &users.clock, &users.secrets, &executor},
        access::Authenticator::Options{});
    Rebuild(false);
  }
  void Enforce(const AuditTrail* trail = nullptr) {
    trail_ = trail;
    Rebuild(true);
  }
  /// A user with a role of its own, which is named like it.
  void MakeUser(const std::string& name) {
    users.MakeUser(name);
    users.MakeRole(name);
    users.GiveRole(name, name);
  }
  void Grant(const std::string& user, const std::string& privilege, const std::string& database,
             const std::string& collection) {
    const Status granted = users.Grant(user, privilege, database, collection);
    ASSERT_TRUE(granted.ok()) << granted.ToString();
  }
  /// What gRPC's authorization header holds.
  static std::string Header(const std::string& user, const std::string& password = "password") {
    return EncodeBase64(user + ":" + password);
  }
  /// Sets the caller, as admission does.
  void Login(RequestBase* request, const std::string& user) {
    const access::UserRecord* record = users.control->snapshot()->FindUser(user);
    ASSERT_NE(record, nullptr) << user;
    request->caller = std::make_shared<const Caller>(Caller{{user, record->generation, ""}, "127.0.0.1"});
  }

  access::AccessKit users;
  InlineExecutor executor;
  std::unique_ptr<access::Authenticator> authenticator;
  std::unique_ptr<Gate> gate;

 private:
  void Rebuild(bool enforces) {
    gate = std::make_unique<Gate>(Gate::Seams{users.control.get(), authenticator.get(), proxy_, trail_},
                                  Gate::Options{enforces, false});
  }
  const proxy::Proxy* const proxy_;
  const AuditTrail* trail_ = nullptr;
};

}  // namespace redkite::server
