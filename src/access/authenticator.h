// Authenticator: who sends a request, from the token in its authorization header (after base64):
// "user:password", or an API key, which has no colon. LookUp is for the threads that serve connections: it
// answers API keys, logins verified before, and attempts that need no look at the password; it never runs a
// slow hash. What it leaves open goes through TryBeginVerify, which bounds how many hashes run and wait.
//
// A wrong password and an unknown user answer the same and cost the same: the latter is verified against a
// hash that none matches. Failures are slowed down (login_backoff.h); a refused attempt costs no hash, and a
// login that is remembered is never refused. Thread safety: any thread. Invariants: a change of password, a
// drop of the user, a drop or the expiry of a key count from the next look-up on. Ownership: the seams
// outlive this, and this outlives the verifications that it began.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "access/access_control.h"
#include "access/hash_queue.h"
#include "access/login_backoff.h"
#include "access/verified_logins.h"
#include "base/executor.h"

namespace redkite::access {

struct Identity {
  std::string user;
  uint64_t generation = 0;  // of the user's credentials
  std::string api_key_id;   // empty: by password
  bool operator==(const Identity&) const = default;
};

/// What requests answer that carry no header, or one that is no base64 text.
Status MissingAuthorization();
Status InvalidTokenFormat();
/// When TryBeginVerify or HashQueue refuse.
Status TooManyLogins();

class Authenticator {
 public:
  struct Seams {
    AccessControl* control = nullptr;
    const Clock* clock = nullptr;
    SecretSource* secrets = nullptr;
    Executor* executor = nullptr;
  };
  struct Options {
    HashQueue::Options hashes;
    LoginBackoff::Options backoff;
    size_t remembered_logins = 4096;
  };
  Authenticator(const Seams& seams, const Options& options);

  /// nullopt: only Verify can tell. `address` is the peer's, without its port.
  std::optional<Result<Identity>> LookUp(std::string_view token, std::string_view address);
  /// Takes tens of milliseconds: not on a thread that serves connections, and not without HashQueue's leave.
  Result<Identity> Verify(std::string_view token, std::string_view address);
  /// Verify on the executor, then `done` there. False, and `done` is not called, when too many wait.
  [[nodiscard]] bool TryBeginVerify(Secret token, std::string address,
                                    std::function<void(Result<Identity>)> done);
  /// Whether an identity from before still is one: for calls that stay open.
  bool IsCurrent(const Identity& identity) const;
  /// For changes of passwords: they take no place of logins.
  HashQueue* hashes() { return &changes_; }

 private:
  struct Login {
    std::string_view user;
    std::string_view password;
  };
  /// nullopt: no login that anybody could have.
  static std::optional<Login> ParseLogin(std::string_view token);
  Result<Identity> LookUpApiKey(std::string_view token) const;
  bool IsExpired(const ApiKeyRecord& key) const;

  const Seams seams_;
  const DigestKey login_key_;
  VerifiedLogins verified_;
  LoginBackoff backoff_;
  HashQueue hashes_;
  HashQueue changes_;
};

}  // namespace redkite::access
