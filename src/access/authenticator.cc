#include "access/authenticator.h"

#include "access/api_key.h"
#include "access/name_rules.h"

namespace redkite::access {
namespace {

Status WrongLogin() {
  return {Code::kNotAuthenticated, "auth check failure, please check username and password are correct"};
}
Status WrongApiKey() {
  return {Code::kNotAuthenticated, "auth check failure, please check api key is correct"};
}
Status RefusedLogin() { return {Code::kNotAuthenticated, "too many failed logins, try again later"}; }

}  // namespace

Status MissingAuthorization() { return {Code::kNotAuthenticated, "missing authorization in header"}; }
Status InvalidTokenFormat() { return {Code::kNotAuthenticated, "invalid token format"}; }
Status TooManyLogins() { return {Code::kRateLimit, "too many logins at once: rate limit exceeded"}; }

Authenticator::Authenticator(const Seams& seams, const Options& options)
    : seams_(seams),
      login_key_(MakeDigestKey(seams.secrets)),
      verified_(options.remembered_logins),
      backoff_(seams.clock, MakeDigestKey(seams.secrets), options.backoff),
      hashes_(seams.executor, options.hashes),
      changes_(seams.executor, {.concurrency = 1, .waiting_max = 16, .priority = options.hashes.priority}) {}

std::optional<Authenticator::Login> Authenticator::ParseLogin(std::string_view token) {
  const size_t colon = token.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const Login login{token.substr(0, colon), token.substr(colon + 1)};
  // Such names and passwords are refused when they are made: no need to hash them, whoever is there.
  if (login.user.empty() || login.user.size() > kUsernameBytesMax || login.password.empty() ||
      login.password.size() > kPasswordBytesMax)
    return std::nullopt;
  return login;
}

bool Authenticator::IsExpired(const ApiKeyRecord& key) const {
  return key.expires_ms != 0 && seams_.clock->WallMs() >= key.expires_ms;
}

Result<Identity> Authenticator::LookUpApiKey(std::string_view token) const {
  const auto parts = ParseApiKey(token);
  if (!parts.has_value()) return WrongApiKey();
  const auto current = seams_.control->snapshot();
  const ApiKeyRecord* key = current->FindApiKey(parts->id);
  if (key == nullptr || !EqualInConstantTime(BytesOf(PlainDigest(parts->secret)), key->digest))
    return WrongApiKey();
  const UserRecord* user = current->FindUser(key->user);
  if (IsExpired(*key) || user == nullptr) return WrongApiKey();
  return Identity{user->name, user->generation, key->id};
}

std::optional<Result<Identity>> Authenticator::LookUp(std::string_view token, std::string_view address) {
  if (token.empty()) return InvalidTokenFormat();
  if (token.find(':') == std::string_view::npos) return LookUpApiKey(token);
  const auto login = ParseLogin(token);
  if (!login.has_value()) return WrongLogin();
  const auto current = seams_.control->snapshot();
  const UserRecord* user = current->FindUser(login->user);
  const Digest digest = KeyedDigest(login_key_, login->user, login->password);
  if (user != nullptr && verified_.Contains(digest, user->generation))
    return Identity{user->name, user->generation, {}};
  if (backoff_.IsRefused(login->user, address)) return RefusedLogin();
  return std::nullopt;
}

Result<Identity> Authenticator::Verify(std::string_view token, std::string_view address) {
  const auto login = ParseLogin(token);
  if (!login.has_value()) return WrongLogin();
  // Others from there may have failed while this one waited.
  if (backoff_.IsRefused(login->user, address)) return RefusedLogin();
  const auto current = seams_.control->snapshot();
  const UserRecord* user = current->FindUser(login->user);
  const bool has_password = user != nullptr && !user->password_hash.empty();
  const std::string hash =
      has_password ? user->password_hash : UnmatchedHash(seams_.control->options().password_cost);
  const bool matches = VerifyPassword(hash, login->password);  // also where it cannot: for the time it takes
  if (!matches || !has_password) {
    backoff_.AddFailure(login->user, address);
    return WrongLogin();
  }
  // Not the one before a change that came meanwhile.
  const auto now = seams_.control->snapshot();
  const UserRecord* still = now->FindUser(login->user);
  if (still == nullptr || still->generation != user->generation) return WrongLogin();
  verified_.Add(KeyedDigest(login_key_, login->user, login->password), user->generation);
  backoff_.AddSuccess(login->user, address);
  return Identity{user->name, user->generation, {}};
}

bool Authenticator::TryBeginVerify(Secret token, std::string address,
                                   std::function<void(Result<Identity>)> done) {
  return hashes_.TrySubmit([this, token = std::move(token), address = std::move(address),
                            done = std::move(done)] { done(Verify(token.Reveal(), address)); });
}

bool Authenticator::IsCurrent(const Identity& identity) const {
  const auto current = seams_.control->snapshot();
  const UserRecord* user = current->FindUser(identity.user);
  if (user == nullptr) return false;
  if (identity.api_key_id.empty()) return user->generation == identity.generation;
  const ApiKeyRecord* key = current->FindApiKey(identity.api_key_id);
  return key != nullptr && key->user == identity.user && !IsExpired(*key);
}

}  // namespace redkite::access
