// What a login costs: the slow hash of a wrong password and of an unknown user, whose medians must not differ
// by more than 5 %, the look-up of a login that is remembered, and a check of a privilege with 100 users, 10
// roles and 10,000 grants. Usage: password_bench [logins].
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "access/access_fixture.h"
#include "access/authenticator.h"
#include "base/random.h"

namespace redkite::access {
namespace {

double MedianMs(std::vector<int64_t> ns) {
  std::nth_element(ns.begin(), ns.begin() + static_cast<ptrdiff_t>(ns.size() / 2), ns.end());
  return static_cast<double>(ns[ns.size() / 2]) / 1e6;
}

void MeasureLogins(int logins) {
  const SystemClock clock;
  meta::MemKv kv;
  SystemSecretSource secrets;
  HeldExecutor executor;
  auto control = AccessControl::Open({&kv, &clock, &secrets}, {}).value();
  Authenticator::Options options;
  options.backoff.per_user.free_failures = options.backoff.per_address.free_failures = UINT32_MAX;
  Authenticator auth({control.get(), &clock, &secrets, &executor}, options);
  CHECK(control->CreateCredential({"ann", Secret("password"), ""}).ok());
  const auto time_ns = [&](const char* token) {
    const int64_t start_ns = clock.MonotonicNs();
    CHECK(!auth.Verify(token, "a").ok());
    return clock.MonotonicNs() - start_ns;
  };
  std::vector<int64_t> wrong, unknown;
  for (int i = 0; i < logins; ++i) {  // in turns, so that a noisy moment hits both
    wrong.push_back(time_ns("ann:wrong-password"));
    unknown.push_back(time_ns("nobody:wrong-password"));
  }
  const double wrong_ms = MedianMs(std::move(wrong)), unknown_ms = MedianMs(std::move(unknown));
  std::printf("%d logins each: wrong password %.3f ms, unknown user %.3f ms, they differ by %.2f %%\n",
              logins, wrong_ms, unknown_ms, 100 * std::abs(wrong_ms - unknown_ms) / wrong_ms);
  CHECK(auth.Verify("ann:password", "a").ok());
  constexpr int kLookUps = 200'000;
  const int64_t start_ns = clock.MonotonicNs();
  for (int i = 0; i < kLookUps; ++i) CHECK(auth.LookUp("ann:password", "a")->ok());
  std::printf("remembered login: %.0f ns\n", static_cast<double>(clock.MonotonicNs() - start_ns) / kLookUps);
}

void MeasureChecks() {
  Random random(1);
  AccessState state;
  for (int r = 0; r < 10; ++r) {
    RoleRecord role{.name = "r" + std::to_string(r)};
    while (role.grants.size() < 1000) {
      AddGrant(&role,
               {ObjectType::kCollection, "c" + std::to_string(random.Below(1000)),
                std::string(PrivilegeName(static_cast<Privilege>(random.Below(12)))),
                "d" + std::to_string(random.Below(60)), "root"},
               1000);
    }
    PutRecord(&state.roles, role.name, role);
  }
  for (int u = 0; u < 100; ++u) {
    UserRecord user{.name = "u" + std::to_string(u)};
    for (int r = 0; r < 10; ++r) user.roles.push_back("r" + std::to_string(r));
    PutRecord(&state.users, user.name, user);
  }
  const SystemClock clock;
  int64_t start_ns = clock.MonotonicNs();
  const AccessSnapshot snapshot(std::move(state), true);
  std::printf("compiling 10,000 grants: %.1f ms\n",
              static_cast<double>(clock.MonotonicNs() - start_ns) / 1e6);
  std::vector<std::string> users, databases, objects;
  for (int i = 0; i < 4096; ++i) {
    users.push_back("u" + std::to_string(random.Below(100)));
    databases.push_back("d" + std::to_string(random.Below(60)));
    objects.push_back("c" + std::to_string(random.Below(1000)));
  }
  constexpr int kChecks = 1'000'000;
  int allowed = 0;
  start_ns = clock.MonotonicNs();
  for (int i = 0; i < kChecks; ++i) {
    const auto n = static_cast<size_t>(i) % users.size();
    allowed += snapshot.Allows(users[n], Privilege::kSearch, databases[n], objects[n]) ? 1 : 0;
  }
  std::printf("check: %.0f ns, %d of %d allowed\n",
              static_cast<double>(clock.MonotonicNs() - start_ns) / kChecks, allowed, kChecks);
}

}  // namespace
}  // namespace redkite::access

int main(int argc, char** argv) {
  redkite::access::MeasureChecks();
  redkite::access::MeasureLogins(argc > 1 ? std::atoi(argv[1]) : 200);
}
