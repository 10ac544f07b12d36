#include "server/access/gate.h"

#include <algorithm>

#include "rest/json_writer.h"
#include "server/access/audit_trail.h"
#include "server/access/login_token.h"
#include "server/transport/address_counts.h"

namespace redkite::server {
namespace {

using access::AccessSnapshot;
using access::Privilege;

// The host of "http://localhost:8080"; empty for "null" and anything unusual.
std::string_view HostOfOrigin(std::string_view origin) {
  const size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
}

Refusal CheckOrigin(const RequestBase& request) {
  if (request.Find("sec-fetch-site").value_or("") == "cross-site")
    return {RpcCode::kPermissionDenied, "requests from web pages of another origin are refused"};
  const auto origin = request.Find("origin");
  if (!origin || IsLoopbackHost(HostOfOrigin(*origin))) return {};
  return {RpcCode::kPermissionDenied,
          "requests from web pages of another origin are refused: " + std::string(*origin)};
}

Refusal CheckHost(const RequestBase& request) {
  const auto host = request.Find("host");
  if (!host || IsLoopbackHost(*host)) return {};
  return {RpcCode::kPermissionDenied, "requests for another host are refused: " + std::string(*host)};
}

Refusal NotAuthenticated(const Status& why) {
  const bool busy = why.code() == Code::kRateLimit;
  return {busy ? RpcCode::kResourceExhausted : RpcCode::kUnauthenticated, why.message()};
}

const Caller* CallerOf(const RequestBase& request) {
  return static_cast<const Caller*>(request.caller.get());
}

CallerPtr MakeCaller(access::Identity identity, std::string_view address) {
  return std::make_shared<const Caller>(Caller{std::move(identity), std::string(address)});
}

Refusal Denied(const AccessRule& rule, const Caller& caller, std::string_view database) {
  if (rule.need == AccessNeed::kAdmin) {
    return {RpcCode::kPermissionDenied, std::string(wire::InfoOf(rule.method).name) +
                                            ": permission deny to " + caller.identity.user +
                                            ": it is for administrators"};
  }
  return {RpcCode::kPermissionDenied,
          access::PermissionDenied(rule.privilege, caller.identity.user, database).message()};
}

// Before the colon; a key has none.
std::string_view UserOfToken(std::string_view token) { return token.substr(0, token.find(':')); }

std::string_view OrDefault(std::string_view database) {
  return database.empty() ? access::kDefaultDatabase : database;
}

}  // namespace

// One thing that a request is about.
struct Gate::Object {
  std::string_view database;
  std::string_view name;  // "*" where there is none
};

bool IsLoopbackHost(std::string_view host) {
  if (host.empty()) return false;
  std::string_view name = host;
  if (name.front() == '[') {
    const size_t end = name.find(']');
    name = end == std::string_view::npos ? std::string_view() : name.substr(1, end - 1);
    return name == "::1";
  }
  const size_t colon = std::min(name.find(':'), name.size());
  if (name.substr(colon).find_first_not_of(":0123456789") != std::string_view::npos) return false;
  name = name.substr(0, colon);
  return name == "localhost" || IsLoopbackAddress(name);
}

bool IsLoopbackAddress(std::string_view address) {
  // 127.0.0.0/8, digits and dots only, so that 127.evil.example is not one.
  return address == "::1" ||
         (address.starts_with("127.") && address.find_first_not_of("0123456789.") == std::string_view::npos);
}

HttpResponse HttpRefusal(const Refusal& refusal) {
  HttpResponse response;
  const bool unknown = refusal.code == RpcCode::kUnauthenticated;
  response.status = unknown ? 401 : refusal.code == RpcCode::kResourceExhausted ? 429 : 403;
  response.headers.emplace_back("content-type", "application/json; charset=utf-8");
  // Clients know the first text; what was wrong with the credentials is nobody's business but the log's.
  const Code code = unknown                  ? Code::kRestNotAuthenticated
                    : response.status == 429 ? Code::kRestRateLimit
                                             : Code::kNotPermitted;
  rest::JsonWriter(&response.body)
      .BeginObject()
      .Key("code")
      .Integer(static_cast<int>(code))
      .Key("message")
      .Text(unknown ? CodeText(Code::kRestNotAuthenticated) : std::string_view(refusal.message))
      .EndObject();
  return response;
}

void Gate::NoteLogin(const RequestBase& request, audit::Transport transport, std::string_view user,
                     bool ok) const {
  if (seams_.trail == nullptr) return;
  if (ok) {
    seams_.trail->Login(request, transport, user);
  } else {
    seams_.trail->LoginFailed(request, transport, user);
  }
}

RpcVerdict Gate::Admit(const std::shared_ptr<RpcCall>& call, RpcTicket& ticket) const {
  if (!options_.enforces) {
    Refusal foreign = CheckOrigin(*call);
    return foreign.ok() ? RpcVerdict::Admitted() : RpcVerdict::Refused(std::move(foreign));
  }
  auto token = RpcToken(*call);
  if (!token.ok()) return RpcVerdict::Refused(NotAuthenticated(token.status()));
  const std::string address = AddressCounts::KeyOf(call->peer);
  if (auto known = seams_.authenticator->LookUp(token->Reveal(), address)) {
    if (!known->ok()) return RpcVerdict::Refused(NotAuthenticated(known->status()));
    call->caller = MakeCaller(std::move(**known), address);
    return RpcVerdict::Admitted();
  }
  auto later = std::make_shared<RpcTicket>(std::move(ticket));
  const std::string user(UserOfToken(token->Reveal()));
  const bool begun = seams_.authenticator->TryBeginVerify(
      std::move(*token), address, [this, call, later, user](Result<access::Identity> identity) {
        NoteLogin(*call, audit::Transport::kGrpc, user, identity.ok());
        if (!identity.ok()) return later->Refuse(NotAuthenticated(identity.status()));
        call->caller = MakeCaller(std::move(*identity), AddressCounts::KeyOf(call->peer));
        later->Admit();
      });
  if (!begun) later->Refuse(NotAuthenticated(access::TooManyLogins()));
  return RpcVerdict::Later();
}

HttpVerdict Gate::Admit(const std::shared_ptr<HttpRequest>& request, HttpTicket& ticket, bool open) const {
  if (!options_.enforces) {
    Refusal foreign = CheckOrigin(*request);
    if (foreign.ok() && !options_.any_host) foreign = CheckHost(*request);
    return foreign.ok() ? HttpVerdict::Admitted() : HttpVerdict::Refused(HttpRefusal(foreign));
  }
  if (open) return HttpVerdict::Admitted();
  auto token = HttpToken(*request);
  if (!token.ok()) return HttpVerdict::Refused(HttpRefusal(NotAuthenticated(token.status())));
  const std::string address = AddressCounts::KeyOf(request->peer);
  if (auto known = seams_.authenticator->LookUp(token->Reveal(), address)) {
    if (!known->ok()) return HttpVerdict::Refused(HttpRefusal(NotAuthenticated(known->status())));
    request->caller = MakeCaller(std::move(**known), address);
    return HttpVerdict::Admitted();
  }
  auto later = std::make_shared<HttpTicket>(std::move(ticket));
  const std::string user(UserOfToken(token->Reveal()));
  const bool begun = seams_.authenticator->TryBeginVerify(
      std::move(*token), std::string(address),
      [this, request, later, user](Result<access::Identity> identity) {
        NoteLogin(*request, audit::Transport::kRest, user, identity.ok());
        if (!identity.ok()) return later->Refuse(HttpRefusal(NotAuthenticated(identity.status())));
        request->caller = MakeCaller(std::move(*identity), AddressCounts::KeyOf(request->peer));
        later->Admit();
      });
  if (!begun) later->Refuse(HttpRefusal(NotAuthenticated(access::TooManyLogins())));
  return HttpVerdict::Later();
}

Refusal Gate::Authorize(const RpcCall& call, wire::Method method) const {
  if (!options_.enforces) return {};
  const AccessRule& rule = RuleOf(method);
  AccessTarget target;
  if (!ReadTarget(rule, call.request, &target))
    return {RpcCode::kInvalidArgument, "malformed request: what it is about cannot be told"};
  // As the handlers fill it in; those of databases name theirs.
  if (target.database.empty()) {
    if (const auto header = call.Find("dbname")) target.database = *header;
  }
  Refusal refused = Authorize(call, rule, target);
  if (refused.code == RpcCode::kPermissionDenied && seams_.trail != nullptr) {
    seams_.trail->Denied(call, {audit::Transport::kGrpc, wire::InfoOf(method).name, method}, target);
  }
  return refused;
}

Refusal Gate::Authorize(const RequestBase& request, const AccessRule& rule,
                        const AccessTarget& target) const {
  if (!options_.enforces || rule.need == AccessNeed::kNothing) return {};
  const Caller* caller = CallerOf(request);
  if (caller == nullptr) return NotAuthenticated(access::MissingAuthorization());
  if (!seams_.authenticator->IsCurrent(caller->identity)) {
    return {RpcCode::kUnauthenticated, "the credentials have changed since the request was admitted"};
  }
  const std::shared_ptr<const AccessSnapshot> snapshot = seams_.control->snapshot();
  const std::string& user = caller->identity.user;
  if (rule.need == AccessNeed::kLogin || snapshot->MayDoEverything(user)) return {};
  if (rule.need == AccessNeed::kAdmin) {
    const bool may = snapshot->Allows(user, Privilege::kManageOwnership, access::kAny, access::kAny);
    return may ? Refusal() : Denied(rule, *caller, {});
  }
  return AuthorizeNames(*snapshot, *caller, rule, target);
}

bool Gate::Allows(const AccessSnapshot& snapshot, const Caller& caller, const AccessRule& rule,
                  const Object& object) const {
  const std::string& user = caller.identity.user;
  if (rule.need == AccessNeed::kSelf) return object.name == user && caller.identity.api_key_id.empty();
  if (snapshot.Allows(user, rule.privilege, object.database, object.name)) return true;
  switch (rule.need) {
    case AccessNeed::kPrivilegeOrAny:
      return snapshot.AllowsAnyOn(user, object.database, object.name);
    case AccessNeed::kPrivilegeOrSelf:
      return object.name == user;
    case AccessNeed::kPrivilegeOrHeldRole:
      return snapshot.HoldsRole(user, object.name);
    default:
      return false;
  }
}

void Gate::ResolveCompactions(AccessTarget* target) const {
  for (const int64_t id : target->compactions) {
    if (id == 0) continue;
    for (const CompactionPlan& plan : seams_.proxy->CompactionPlans(id))
      target->ids.push_back(plan.collection.value());
  }
}

Refusal Gate::AuthorizeNames(const AccessSnapshot& snapshot, const Caller& caller, const AccessRule& rule,
                             const AccessTarget& given) const {
  AccessTarget target = given;
  ResolveCompactions(&target);
  const std::string_view database = OrDefault(target.database);
  const bool collections = rule.named == Named::kCollection || rule.named == Named::kRename ||
                           rule.named == Named::kCompaction || rule.named == Named::kDistance;
  for (const std::string& name : target.names) {
    Object object{database, name};
    Result<CollectionName> real = CollectionName();
    // What an alias stands for; a name that is not there is asked for as it is, so that nobody learns which
    // it is.
    if (collections && !name.empty())
      real = seams_.proxy->RealName({std::string(database), name}, CollectionId());
    if (collections && real.ok() && !real->collection.empty()) object = {real->database, real->collection};
    if (name.empty()) object.name = access::kAny;
    if (!Allows(snapshot, caller, rule, object)) return Denied(rule, caller, database);
  }
  for (const int64_t id : target.ids) {
    if (id == 0) continue;
    const auto real = seams_.proxy->RealName({}, CollectionId(id));
    const Object object =
        real.ok() ? Object{real->database, real->collection} : Object{database, access::kAny};
    if (!Allows(snapshot, caller, rule, object)) return Denied(rule, caller, object.database);
  }
  if (!target.second_database.empty() &&
      !Allows(snapshot, caller, rule, {target.second_database, access::kAny})) {
    return Denied(rule, caller, target.second_database);
  }
  if (!target.names.empty() || !target.ids.empty()) return {};
  // Nothing is named: of what can be told without a name there is nothing to protect, the rest needs "*".
  const bool harmless = rule.need == AccessNeed::kPrivilegeOrAny || rule.named == Named::kDistance ||
                        rule.named == Named::kCompaction;
  if (harmless || Allows(snapshot, caller, rule, {database, access::kAny})) return {};
  return Denied(rule, caller, database);
}

bool Gate::SeesDatabase(const RequestBase& request, std::string_view database) const {
  if (!options_.enforces) return true;
  const Caller* caller = CallerOf(request);
  return caller != nullptr && (OrDefault(database) == access::kDefaultDatabase ||
                               seams_.control->snapshot()->SeesDatabase(caller->identity.user, database));
}

bool Gate::SeesCollection(const RequestBase& request, std::string_view database,
                          std::string_view collection) const {
  if (!options_.enforces) return true;
  const Caller* caller = CallerOf(request);
  if (caller == nullptr) return false;
  const auto snapshot = seams_.control->snapshot();
  const std::string_view in = OrDefault(database);
  const std::string& user = caller->identity.user;
  return snapshot->MayDoEverything(user) || snapshot->AllowsAnyOn(user, in, collection) ||
         snapshot->Allows(user, Privilege::kShowCollections, in, access::kAny);
}

bool Gate::MayDoEverything(const RequestBase& request) const {
  if (!options_.enforces) return true;
  const Caller* caller = CallerOf(request);
  return caller != nullptr && seams_.control->snapshot()->MayDoEverything(caller->identity.user);
}

std::string_view Gate::UserOf(const RequestBase& request) {
  const Caller* caller = CallerOf(request);
  return caller == nullptr ? access::kRootUser : std::string_view(caller->identity.user);
}

}  // namespace redkite::server
