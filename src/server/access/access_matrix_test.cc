// The whole matrix: every RPC, every REST route and every path of the management port, as seven principals,
// through the same admission and the same gate as requests from the network. What must come out follows from
// the rules alone.
#include "server/http_services.h"
#include "server/mem_service_test_kit.h"
#include "server/rest/rest_test_kit.h"

namespace redkite::server {
namespace {

using access::Privilege;
using wire::Method;

enum class Who { kNobody, kWrongPassword, kNoRole, kAllButNeeded, kExactlyNeeded, kOtherDatabase, kRoot };
constexpr Who kEverybody[] = {Who::kNobody,        Who::kWrongPassword, Who::kNoRole, Who::kAllButNeeded,
                              Who::kExactlyNeeded, Who::kOtherDatabase, Who::kRoot};
constexpr const char* kNames[] = {"nobody", "wrong", "norole", "allbut", "exactly", "otherdb", "root"};

enum class Outcome { kPasses, kUnauthenticated, kDenied };

constexpr char kDatabase[] = "db1";

// What a rule says of a principal.
Outcome Expected(const AccessRule& rule, Who who) {
  if (rule.need == AccessNeed::kNothing) return Outcome::kPasses;
  if (who == Who::kNobody || who == Who::kWrongPassword) return Outcome::kUnauthenticated;
  if (rule.need == AccessNeed::kLogin || who == Who::kRoot) return Outcome::kPasses;
  if (rule.need == AccessNeed::kSelf) return Outcome::kDenied;  // the user that is named is another one
  if (who == Who::kExactlyNeeded) return Outcome::kPasses;
  // What everybody may do in a database where they have anything to do.
  if (who == Who::kAllButNeeded && access::PublicMetadataPrivileges().Has(rule.privilege) &&
      rule.need != AccessNeed::kAdmin) {
    return Outcome::kPasses;
  }
  // Whoever has any privilege on a collection may look at it.
  if (rule.need == AccessNeed::kPrivilegeOrAny && who == Who::kAllButNeeded) return Outcome::kPasses;
  return Outcome::kDenied;
}

// Users whose grants are made anew for each rule.
class Principals {
 public:
  explicit Principals(GateKit* kit) : kit_(kit) {
    for (const Who who : {Who::kNoRole, Who::kAllButNeeded, Who::kExactlyNeeded, Who::kOtherDatabase})
      kit_->users.MakeUser(NameOf(who));
    EXPECT_TRUE(kit_->users->SetRootPassword(Secret("password")).ok());
  }
  static std::string NameOf(Who who) { return kNames[static_cast<size_t>(who)]; }
  void PrepareFor(const AccessRule& rule) {
    // Both roles are made from the rule alone: one grant, or all grants but those that bring it along.
    for (const Who who : {Who::kAllButNeeded, Who::kExactlyNeeded, Who::kOtherDatabase}) {
      const std::string name = NameOf(who);
      if (access::RoleExists(kit_->users->snapshot()->state(), name)) {
        ASSERT_TRUE(kit_->users->DropRole({name, true}).ok());
      }
      kit_->users.MakeRole(name);
      kit_->users.GiveRole(name, name);
    }
    for (size_t i = 0; i < access::kPrivilegeCount; ++i) {
      const auto privilege = static_cast<Privilege>(i);
      const bool needed = rule.need == AccessNeed::kAdmin ? privilege == Privilege::kManageOwnership
                                                          : privilege == rule.privilege;
      access::PrivilegeSet alone;
      alone.Add(privilege);
      const bool brings = access::WithImplied(alone).Has(
          rule.need == AccessNeed::kAdmin ? Privilege::kManageOwnership : rule.privilege);
      if (needed) Grant(Who::kExactlyNeeded, privilege, kDatabase);
      if (!brings) Grant(Who::kAllButNeeded, privilege, kDatabase);
    }
    for (const char* group : {"CollectionAdmin", "DatabaseAdmin"})
      kit_->Grant(NameOf(Who::kOtherDatabase), group, "db2", "*");
  }

 private:
  void Grant(Who who, Privilege privilege, const std::string& database) {
    const bool cluster = access::LevelOf(privilege) == access::PrivilegeLevel::kCluster;
    if (access::TypeOf(privilege) == access::ObjectType::kUser) {
      OperatePrivilegeRequest request;
      request.entity = {NameOf(who), "User", "*", std::string(access::PrivilegeName(privilege)),
                        "default",   ""};
      ASSERT_TRUE(kit_->users->OperatePrivilege(request, "root").ok());
      return;
    }
    kit_->Grant(NameOf(who), std::string(access::PrivilegeName(privilege)), cluster ? "*" : database, "*");
  }
  GateKit* const kit_;
};

// A request that names what the rule looks for: collection "c" of kDatabase, a user and a role that nobody
// here is.
std::string Forge(const AccessRule& rule) {
  Message request;
  if (rule.database_field != 0) request.Text(rule.database_field, kDatabase);
  if (rule.named == Named::kDistance) {
    request.Text(2, Message().Text(1, Message().Text(1, "c").bytes()).bytes());
  } else if (rule.method == Method::kSelectGrant) {
    request.Text(2, Message().Text(1, Message().Text(1, "other").bytes()).bytes());
  } else if (rule.method == Method::kSelectUser || rule.method == Method::kSelectRole) {
    request.Text(2, Message().Text(1, "other").bytes());
  } else if (rule.name_field != 0) {
    request.Text(rule.name_field, rule.named == Named::kUser || rule.named == Named::kRole ? "other" : "c");
  }
  if (rule.named == Named::kCompaction) request.Number(1, 9);
  return request.bytes();
}

Outcome OutcomeOf(RpcCode code) {
  if (code == RpcCode::kUnauthenticated) return Outcome::kUnauthenticated;
  return code == RpcCode::kPermissionDenied ? Outcome::kDenied : Outcome::kPasses;
}

std::string PasswordOf(Who who) { return who == Who::kWrongPassword ? "wrong" : "password"; }
std::string UserOf(Who who) { return Principals::NameOf(who == Who::kWrongPassword ? Who::kNoRole : who); }

// A compaction of "c", which is there: what is not there is nobody's.
void MakeCollection(proxy::MemProxyKit* proxy) {
  ASSERT_TRUE(proxy->proxy.CreateDatabase({kDatabase, {}}).ok());
  CreateCollectionRequest request = proxy::MemProxyKit::Items("c");
  request.name.database = kDatabase;
  ASSERT_TRUE(proxy->proxy.CreateCollection(request).ok());
  CompactionPlan plan;
  plan.trigger = 9;
  plan.collection = proxy->proxy.DescribeCollection({{kDatabase, "c"}, {}})->id;
  proxy->backend.plans = {plan};
}

TEST(AccessMatrix, EveryRpc) {
  int cases = 0;
  for (size_t i = 0; i < wire::kMethodCount; ++i) {
    const auto method = static_cast<Method>(i);
    const AccessRule& rule = RuleOf(method);
    if (method == Method::kHealthWatch) continue;  // open, and a stream
    MemServiceKit kit;
    MakeCollection(&kit.proxy);
    Principals principals(&kit.access);
    principals.PrepareFor(rule);
    kit.Enforce();
    for (const Who who : kEverybody) {
      auto call = std::make_shared<RpcCall>();
      call->method = wire::InfoOf(method).path;
      call->request = Forge(rule);
      call->peer = "127.0.0.1:1";
      // Where a request names no database the connection does.
      call->headers.Add("dbname", kDatabase);
      if (who != Who::kNobody)
        call->headers.Add("authorization", GateKit::Header(UserOf(who), PasswordOf(who)));
      const ServiceAnswer answer = kit.Run(call);
      ++cases;
      // What is not built is told to every user, whatever it would need.
      if (answer.rpc.code == RpcCode::kUnimplemented) {
        EXPECT_NE(Expected(rule, who), Outcome::kUnauthenticated) << call->method;
        continue;
      }
      EXPECT_EQ(OutcomeOf(answer.rpc.code), Expected(rule, who))
          << wire::InfoOf(method).name << " as " << kNames[static_cast<size_t>(who)] << ": "
          << answer.rpc.message;
    }
  }
  EXPECT_GT(cases, 1000);
}

std::string ForgeJson(const AccessRule& rule) {
  std::string body =
      R"({"dbName":")" + std::string(kDatabase) + R"(","collectionName":"c","userName":"other",)";
  if (rule.named == Named::kCompaction) body += R"("jobID":9,)";
  return body + R"("roleName":"other","name":"x"})";
}

Reply SendTo(RestKit* kit, const RestRoute& route, const AccessRule& rule, const RestKit::Headers& headers) {
  auto request = std::make_shared<HttpRequest>();
  request->method = route.is_get ? "GET" : "POST";
  request->path = (route.first_interface ? "/" : "/v2/vectordb/") + std::string(route.path);
  request->query = std::string("collectionName=c&dbName=") + kDatabase;
  request->body = route.is_get ? "" : ForgeJson(rule);
  for (const auto& [name, value] : headers) request->headers.Add(name, value);
  return kit->Send(std::move(request));
}

TEST(AccessMatrix, EveryRoute) {
  int cases = 0;
  for (const RestRoute& route : RestService::Routes()) {
    const AccessRule& rule = route.rule();
    RestKit kit;
    MakeCollection(&kit.proxy);
    Principals principals(&kit.access);
    principals.PrepareFor(rule);
    kit.Enforce();
    for (const Who who : kEverybody) {
      RestKit::Headers headers;
      if (who != Who::kNobody) headers = {{"authorization", "Bearer " + UserOf(who) + ":" + PasswordOf(who)}};
      const Reply reply = SendTo(&kit, route, rule, headers);
      const Outcome outcome = reply.http_status == 401   ? Outcome::kUnauthenticated
                              : reply.http_status == 403 ? Outcome::kDenied
                                                         : Outcome::kPasses;
      EXPECT_EQ(outcome, Expected(rule, who))
          << route.path << " as " << kNames[static_cast<size_t>(who)] << ": " << reply.message;
      ++cases;
    }
  }
  EXPECT_GT(cases, 400);
}

TEST(AccessMatrix, EveryPathOfTheManagementPort) {
  proxy::MemProxyKit proxy;
  GateKit kit(&proxy.proxy);
  Principals principals(&kit);
  const AccessRule administrators{Method::kGetMetrics, AccessNeed::kAdmin};
  principals.PrepareFor(administrators);
  kit.Enforce();
  MetricsRegistry metrics;
  ManagementService service(
      kit.gate.get(), [] { return Status::Ok(); }, &metrics);
  struct Sink final : ReplySink {
    void Deliver(Reply reply) override { replies.push_back(std::move(reply)); }
    std::vector<Reply> replies;
  };
  for (const char* peer : {"127.0.0.1:1", "10.0.0.1:1"}) {
    for (const char* path : {"/healthz", "/livez", "/metrics", "/", "/nothing", "/metrics/"}) {
      for (const Who who : kEverybody) {
        auto request = std::make_shared<HttpRequest>();
        request->method = "GET";
        request->path = path;
        request->peer = peer;
        request->headers.Add("host", "redkite.example:9091");
        if (who != Who::kNobody)
          request->headers.Add("authorization", "Bearer " + UserOf(who) + ":" + PasswordOf(who));
        auto sink = std::make_shared<Sink>();
        HttpTicket ticket(sink, 1);
        HttpVerdict verdict = service.Admit(request, ticket);
        if (!verdict.later()) ticket.Void();
        int status = verdict.refused() ? verdict.refusal().status : 200;
        if (verdict.later() && sink->replies.at(0).step == Reply::Step::kRefused)
          status = sink->replies[0].http_status;
        if (status == 200) {
          sink->replies.clear();
          service.Handle(request, HttpResponder(sink, 1));
          status = sink->replies.at(0).http_status;
        }
        const std::string text = path;
        const bool health = text == "/healthz" || text == "/livez";
        const bool open = health || (text == "/metrics" && IsLoopbackHost(peer));
        int expected = health || text == "/metrics" ? 200 : 404;
        if (!open && Expected(administrators, who) == Outcome::kUnauthenticated) expected = 401;
        if (!open && Expected(administrators, who) == Outcome::kDenied) expected = 403;
        EXPECT_EQ(status, expected) << peer << path << " as " << kNames[static_cast<size_t>(who)];
      }
    }
  }
}

}  // namespace
}  // namespace redkite::server
