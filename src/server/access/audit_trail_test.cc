#include "server/access/audit_trail.h"

#include "io/mem_file_system.h"
#include "server/mem_service_test_kit.h"
#include "server/rest/rest_test_kit.h"

namespace redkite::server {
namespace {

using wire::Method;

TEST(AccessSubject, IsTheUserTheRoleOrTheGroup) {
  const std::string user = Message().Text(2, "alice").bytes();
  EXPECT_EQ(AccessSubject(Method::kCreateCredential, user), "alice");
  EXPECT_EQ(AccessSubject(Method::kDropPrivilegeGroup, user), "alice");
  const std::string entity = Message().Text(2, Message().Text(1, "role").bytes()).bytes();
  EXPECT_EQ(AccessSubject(Method::kCreateRole, entity), "role");
  EXPECT_EQ(AccessSubject(Method::kOperatePrivilegeV2, entity), "role");
  const std::string grant =
      Message().Text(2, Message().Text(1, Message().Text(1, "role").bytes()).bytes()).bytes();
  EXPECT_EQ(AccessSubject(Method::kOperatePrivilege, grant), "role");
  EXPECT_EQ(AccessSubject(Method::kCreateCollection, user), "");
  EXPECT_EQ(AccessSubject(Method::kCreateRole, "\x12\x7f"), "");
}

// A log in memory, and what stands in it.
struct TrailTest : testing::Test {
  TrailTest() : logger(&clock, LogLevel::kOff) {
    audit::AuditLogOptions options;
    options.path = "/audit/log";
    auto opened = audit::AuditLog::Open({&fs, &clock, &executor, &metrics, &logger}, options);
    EXPECT_TRUE(opened.ok()) << opened.status().ToString();
    log = std::move(opened).value();
    trail = std::make_unique<AuditTrail>(log.get());
  }
  /// The lines of one kind.
  std::vector<std::string> Lines(const std::string& kind) {
    std::vector<std::string> out;
    const std::string text = fs.ReadAll("/audit/log").value();
    for (size_t at = 0; at < text.size();) {
      const size_t end = text.find('\n', at);
      const std::string line = text.substr(at, end - at);
      if (line.find("\"" + kind + "\"") != std::string::npos) out.push_back(line);
      at = end + 1;
    }
    return out;
  }
  io::MemFileSystem fs;
  ManualClock clock;
  Logger logger;
  MetricsRegistry metrics;
  InlineExecutor executor;
  std::unique_ptr<audit::AuditLog> log;
  std::unique_ptr<AuditTrail> trail;
};

TEST_F(TrailTest, EachEventMakesOneLine) {
  MemServiceKit kit;
  kit.access.MakeUser("alice");
  kit.Enforce(trail.get());
  const auto as = [](const std::string& user, const std::string& password) {
    return std::vector<std::pair<std::string, std::string>>{
        {"authorization", GateKit::Header(user, password)}, {"client-request-id", "trace-7"}};
  };
  ASSERT_TRUE(kit.access.users->SetRootPassword(Secret("rootroot")).ok());
  kit.Call("CreateCollection", MemServiceKit::Recorded("create_collection"), as("root", "rootroot"));
  kit.Call("DropCollection", MemServiceKit::Named("none", "db9"), as("alice", "password"));
  kit.Call("ListCredUsers", "", as("alice", "wrong"));
  kit.Call("CreateRole", Message().Text(2, Message().Text(1, "reader").bytes()).bytes(),
           as("root", "rootroot"));
  kit.Call("ShowCollections", "", as("root", "rootroot"));
  ASSERT_EQ(Lines("login").size(), 2u);  // root's second call is remembered
  ASSERT_EQ(Lines("login_failed").size(), 1u);
  EXPECT_NE(Lines("login_failed")[0].find("alice"), std::string::npos);
  const auto defined = Lines("define");
  ASSERT_EQ(defined.size(), 1u);
  for (const char* part : {"\"root\"", "\"CreateCollection\"", "\"words\"", "\"trace-7\"", "\"grpc\""})
    EXPECT_NE(defined[0].find(part), std::string::npos) << part << defined[0];
  const auto denied = Lines("denied");
  ASSERT_EQ(denied.size(), 1u);
  for (const char* part : {"\"alice\"", "\"DropCollection\"", "\"none\"", "\"db9\"", "1401"})
    EXPECT_NE(denied[0].find(part), std::string::npos) << part << denied[0];
  const auto access = Lines("access");
  ASSERT_EQ(access.size(), 1u);
  EXPECT_NE(access[0].find("\"reader\""), std::string::npos) << access[0];
  EXPECT_EQ(fs.ReadAll("/audit/log").value().find("password"), std::string::npos);
  EXPECT_EQ(fs.ReadAll("/audit/log").value().find("wrong"), std::string::npos);
}

TEST_F(TrailTest, RestToo) {
  RestKit kit;
  kit.access.MakeUser("alice");
  kit.Enforce(trail.get());
  const RestKit::Headers alice = {{"authorization", "Bearer alice:password"}};
  kit.Send("POST", "/v2/vectordb/databases/create", R"({"dbName":"d"})", alice);
  kit.access.Grant("alice", "ClusterAdmin", "*", "*");
  kit.Send("POST", "/v2/vectordb/databases/create", R"({"dbName":"d"})", alice);
  kit.Send("POST", "/v2/vectordb/users/create", R"({"userName":"bob","password":"secret-of-bob"})", alice);
  EXPECT_EQ(Lines("denied").size(), 1u);
  EXPECT_EQ(Lines("define").size(), 1u);
  ASSERT_EQ(Lines("access").size(), 1u);
  EXPECT_NE(Lines("access")[0].find("\"bob\""), std::string::npos);
  EXPECT_EQ(fs.ReadAll("/audit/log").value().find("secret-of-bob"), std::string::npos);
}

TEST_F(TrailTest, WithoutALogNothingHappens) {
  const AuditTrail none(nullptr);
  EXPECT_FALSE(none.Wants(Method::kDropCollection));
  EXPECT_TRUE(none.Check().ok());
  none.Login(RequestBase(), audit::Transport::kGrpc, "root");
  none.Denied(RequestBase(), {audit::Transport::kGrpc, "Search", Method::kSearch}, {});
}

}  // namespace
}  // namespace redkite::server
