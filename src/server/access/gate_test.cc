#include "server/access/gate.h"

#include "proxy/mem_proxy_test_kit.h"
#include "server/access/gate_test_kit.h"
#include "wire/pb_writer.h"

namespace redkite::server {
namespace {

using wire::Method;

struct Sink final : ReplySink {
  void Deliver(Reply reply) override { replies.push_back(std::move(reply)); }
  std::vector<Reply> replies;
};

std::string Named(std::string_view collection, std::string_view database = "") {
  std::string out;
  wire::PbWriter w(&out);
  w.Bytes(2, database);
  w.Bytes(3, collection);
  return out;
}

struct GateTest : testing::Test {
  GateTest() : kit(&proxy.proxy) {
    EXPECT_TRUE(proxy.proxy.CreateCollection(proxy::MemProxyKit::Items("mine")).ok());
    EXPECT_TRUE(proxy.proxy.CreateCollection(proxy::MemProxyKit::Items("theirs")).ok());
    kit.MakeUser("alice");
    kit.Enforce();
  }
  Refusal Ask(const std::string& user, Method method, std::string request,
              const std::string& header_database = "") {
    RpcCall call;
    call.request = std::move(request);
    if (!header_database.empty()) call.headers.Add("dbname", header_database);
    kit.Login(&call, user);
    return kit.gate->Authorize(call, method);
  }
  bool May(const std::string& user, Method method, std::string request, const std::string& header = "") {
    return Ask(user, method, std::move(request), header).ok();
  }
  proxy::MemProxyKit proxy;
  GateKit kit;
};

TEST_F(GateTest, PrivilegesCountOnWhatTheyWereGrantedFor) {
  EXPECT_FALSE(May("alice", Method::kSearch, Named("mine")));
  kit.Grant("alice", "Search", "default", "mine");
  EXPECT_TRUE(May("alice", Method::kSearch, Named("mine")));
  EXPECT_FALSE(May("alice", Method::kSearch, Named("theirs")));
  EXPECT_FALSE(May("alice", Method::kInsert, Named("mine")));
  EXPECT_FALSE(May("alice", Method::kSearch, Named("mine", "other")));
  EXPECT_FALSE(May("alice", Method::kSearch, Named("mine"), "other"));
  EXPECT_TRUE(May("root", Method::kSearch, Named("theirs")));
  const Refusal refused = Ask("alice", Method::kSearch, Named("theirs"));
  EXPECT_EQ(refused.code, RpcCode::kPermissionDenied);
  EXPECT_EQ(refused.message, "PrivilegeSearch: permission deny to alice in the `default` database");
}

TEST_F(GateTest, AliasesStandForTheirCollection) {
  ASSERT_TRUE(proxy.proxy.CreateAlias({{"", "theirs"}, "a"}).ok());
  kit.Grant("alice", "Search", "default", "theirs");
  EXPECT_TRUE(May("alice", Method::kSearch, Named("a")));
  ASSERT_TRUE(proxy.proxy.AlterAlias({{"", "mine"}, "a"}).ok());
  EXPECT_FALSE(May("alice", Method::kSearch, Named("a")));
}

TEST_F(GateTest, IdsAreNoWayAround) {
  const auto theirs = proxy.proxy.DescribeCollection({{"", "theirs"}, {}});
  ASSERT_TRUE(theirs.ok());
  kit.Grant("alice", "ShowPartitions", "default", "mine");
  std::string by_id;
  wire::PbWriter(&by_id).Varint(4, static_cast<uint64_t>(theirs->id.value()));
  EXPECT_FALSE(May("alice", Method::kShowPartitions, by_id));
  EXPECT_FALSE(May("alice", Method::kShowPartitions, Named("mine") + by_id));
  EXPECT_TRUE(May("alice", Method::kShowPartitions, Named("mine")));
  EXPECT_FALSE(May("alice", Method::kShowPartitions, ""));
}

TEST_F(GateTest, TwoNamesNeedBoth) {
  kit.Grant("alice", "Flush", "default", "mine");
  std::string both = Named("mine");
  wire::PbWriter(&both).Bytes(3, "theirs");
  EXPECT_TRUE(May("alice", Method::kFlush, Named("mine")));
  EXPECT_FALSE(May("alice", Method::kFlush, both));
  std::string databases = Named("mine", "default");
  wire::PbWriter(&databases).Bytes(2, "other");
  EXPECT_EQ(Ask("alice", Method::kFlush, databases).code, RpcCode::kInvalidArgument);
}

TEST_F(GateTest, WhoUsesACollectionMayDescribeIt) {
  std::string there = Named("there", "db");
  EXPECT_FALSE(May("alice", Method::kDescribeCollection, there));
  kit.Grant("alice", "Insert", "db", "there");
  EXPECT_TRUE(May("alice", Method::kDescribeCollection, there));
  EXPECT_FALSE(May("alice", Method::kDescribeCollection, Named("x", "db2")));
}

TEST_F(GateTest, EveryUserMayChangeAndDescribeItself) {
  kit.MakeUser("bob");
  std::string alice, bob, entity;
  wire::PbWriter(&alice).Bytes(2, "alice");
  wire::PbWriter(&bob).Bytes(2, "bob");
  EXPECT_TRUE(May("alice", Method::kUpdateCredential, alice));
  EXPECT_FALSE(May("alice", Method::kUpdateCredential, bob));
  EXPECT_FALSE(May("alice", Method::kUpdateCredential, alice + bob));
  EXPECT_FALSE(May("alice", Method::kSelectUser, ""));
  wire::PbWriter(&entity).Bytes(1, "alice");
  std::string select;
  wire::PbWriter(&select).Bytes(2, entity);
  EXPECT_TRUE(May("alice", Method::kSelectUser, select));
  EXPECT_TRUE(May("alice", Method::kSelectRole, select));  // it holds the role of that name
  EXPECT_FALSE(May("bob", Method::kSelectRole, select));
}

TEST_F(GateTest, AdministratorsAlone) {
  EXPECT_FALSE(May("alice", Method::kGetMetrics, ""));
  EXPECT_TRUE(May("root", Method::kGetMetrics, ""));
  kit.Grant("alice", "ClusterAdmin", "*", "*");
  EXPECT_TRUE(May("alice", Method::kGetMetrics, ""));
}

TEST_F(GateTest, RenamesNeedBothDatabases) {
  kit.Grant("alice", "RenameCollection", "default", "*");
  std::string rename = Named("mine");
  EXPECT_TRUE(May("alice", Method::kRenameCollection, rename));
  wire::PbWriter(&rename).Bytes(5, "other");
  EXPECT_FALSE(May("alice", Method::kRenameCollection, rename));
}

TEST_F(GateTest, CompactionsBelongToTheirCollections) {
  const auto theirs = proxy.proxy.DescribeCollection({{"", "theirs"}, {}});
  CompactionPlan plan;
  plan.trigger = 9;
  plan.collection = theirs->id;
  proxy.backend.plans = {plan};
  std::string state;
  wire::PbWriter(&state).Varint(1, 9);
  EXPECT_FALSE(May("alice", Method::kGetCompactionState, state));
  kit.Grant("alice", "Compaction", "default", "theirs");
  EXPECT_TRUE(May("alice", Method::kGetCompactionState, state));
}

TEST_F(GateTest, ListsAreNarrowed) {
  RpcCall call;
  kit.Login(&call, "alice");
  EXPECT_TRUE(kit.gate->SeesDatabase(call, "default"));
  EXPECT_FALSE(kit.gate->SeesDatabase(call, "db"));
  EXPECT_FALSE(kit.gate->SeesCollection(call, "default", "mine"));
  kit.Grant("alice", "Query", "db", "x");
  kit.Grant("alice", "Query", "default", "mine");
  EXPECT_TRUE(kit.gate->SeesDatabase(call, "db"));
  EXPECT_TRUE(kit.gate->SeesCollection(call, "", "mine"));
  EXPECT_FALSE(kit.gate->SeesCollection(call, "", "theirs"));
  EXPECT_FALSE(kit.gate->MayDoEverything(call));
  EXPECT_EQ(Gate::UserOf(call), "alice");
}

TEST_F(GateTest, ACallThatWasAdmittedEndsWithItsCredentials) {
  RpcCall call;
  call.request = Named("mine");
  kit.Grant("alice", "Search", "default", "mine");
  kit.Login(&call, "alice");
  EXPECT_TRUE(kit.gate->Authorize(call, Method::kSearch).ok());
  ASSERT_TRUE(kit.users->DeleteCredential("alice").ok());
  EXPECT_EQ(kit.gate->Authorize(call, Method::kSearch).code, RpcCode::kUnauthenticated);
}

TEST_F(GateTest, WithoutACallerNothingIsAllowed) {
  RpcCall call;
  for (size_t i = 0; i < wire::kMethodCount; ++i) {
    const auto method = static_cast<Method>(i);
    if (RuleOf(method).need == AccessNeed::kNothing) continue;
    EXPECT_EQ(kit.gate->Authorize(call, method).code, RpcCode::kUnauthenticated) << wire::InfoOf(method).name;
  }
}

TEST_F(GateTest, AdmissionKnowsUsersByTheirPasswords) {
  const auto admit = [&](const std::string& header, bool* admitted) {
    auto call = std::make_shared<RpcCall>();
    call->peer = "127.0.0.1:1";
    if (!header.empty()) call->headers.Add("authorization", header);
    auto sink = std::make_shared<Sink>();
    RpcTicket ticket(sink, 1);
    const RpcVerdict verdict = kit.gate->Admit(call, ticket);
    *admitted = verdict.admitted() || (verdict.later() && call->caller != nullptr);
    if (!verdict.later()) ticket.Void();
    return call;
  };
  bool admitted = false;
  const auto call = admit(GateKit::Header("alice"), &admitted);
  EXPECT_TRUE(admitted);
  EXPECT_EQ(Gate::UserOf(*call), "alice");
  admit(GateKit::Header("alice"), &admitted);  // remembered now
  EXPECT_TRUE(admitted);
  for (const std::string& header : {std::string(), std::string("x"), GateKit::Header("alice", "wrong"),
                                    GateKit::Header("nobody"), EncodeBase64("rk_1_x")}) {
    admit(header, &admitted);
    EXPECT_FALSE(admitted) << header;
  }
}

TEST(GateWithoutCredentials, ForeignPagesAreRefused) {
  proxy::MemProxyKit proxy;
  GateKit kit(&proxy.proxy);
  const auto admit = [&](const char* name, const char* value) {
    auto request = std::make_shared<HttpRequest>();
    request->headers.Add(name, value);
    HttpTicket ticket;
    return kit.gate->Admit(request, ticket, true).admitted();
  };
  EXPECT_TRUE(admit("host", "127.0.0.1:9091"));
  EXPECT_TRUE(admit("origin", "http://localhost:3000"));
  EXPECT_FALSE(admit("host", "evil.example"));
  EXPECT_FALSE(admit("origin", "http://evil.example"));
  EXPECT_FALSE(admit("origin", "null"));
  RpcCall call;
  EXPECT_TRUE(kit.gate->Authorize(call, Method::kDropCollection).ok());
  EXPECT_TRUE(kit.gate->MayDoEverything(call));
  EXPECT_EQ(Gate::UserOf(call), "root");
}

TEST(LoopbackHosts, AreKnownByTheirNames) {
  for (const char* host :
       {"localhost", "localhost:19530", "127.0.0.1", "127.0.0.1:9091", "127.1.2.3", "[::1]:9091"}) {
    EXPECT_TRUE(IsLoopbackHost(host)) << host;
  }
  for (const char* host : {"", "example.com", "example.com:9091", "127.evil.example", "127.0.0.1.example.com",
                           "localhost.example.com", "[::2]:1", "10.0.0.1", "0.0.0.0"}) {
    EXPECT_FALSE(IsLoopbackHost(host)) << host;
  }
}

TEST(HttpRefusals, HaveMilvussCodes) {
  const HttpResponse unknown = HttpRefusal({RpcCode::kUnauthenticated, "secret details"});
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(unknown.body, R"({"code":1800,"message":"user hasn't authenticated"})");
  EXPECT_EQ(HttpRefusal({RpcCode::kPermissionDenied, "no"}).status, 403);
  EXPECT_EQ(HttpRefusal({RpcCode::kPermissionDenied, "no"}).body, R"({"code":1401,"message":"no"})");
  EXPECT_EQ(HttpRefusal({RpcCode::kResourceExhausted, "busy"}).status, 429);
}

}  // namespace
}  // namespace redkite::server
