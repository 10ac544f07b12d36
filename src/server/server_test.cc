#include "server/server.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "io/file_paths.h"
#include "io/posix_file_system.h"
#include "server/transport/testing_client.h"

namespace redkite::server {
namespace {

struct ServerTest : testing::Test {
  void SetUp() override {
    std::string dir = io::JoinPath(testing::TempDir(), "redkite_server_XXXXXX");
    ASSERT_NE(::mkdtemp(dir.data()), nullptr);
    settings.data_dir = dir;
    settings.listen = "127.0.0.1:0";
    settings.management = "127.0.0.1:0";
    settings.log_level = LogLevel::kOff;
    settings.sandbox = "off";  // it would hold the other tests of this process, too
    settings.core_dumps = true;
  }
  void TearDown() override { EXPECT_TRUE(disk.RemoveTree(settings.data_dir).ok()); }
  std::string Get(int port, const std::string& path) {
    RawClient client(port);
    client.Send("GET " + path + " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    return client.ReceiveUntil("\r\n\r\n");
  }

  io::PosixFileSystem disk;
  config::Settings settings;
  const BuildInfo build{"0.1.0", "today", "abc"};
};

TEST_F(ServerTest, ServesBothPortsAndStopsTwice) {
  auto server = Server::Start(settings, build);
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  EXPECT_NE((*server)->port(), (*server)->management_port());
  EXPECT_NE(Get((*server)->management_port(), "/healthz").find("200"), std::string::npos);
  TestHttp2Client client((*server)->port());
  const int32_t id = client.Call("/milvus.proto.milvus.MilvusService/GetVersion", std::string(5, '\0'));
  EXPECT_TRUE(client.Finish(id));
  (*server)->Stop(1000);
  (*server)->Stop(0);
}

TEST_F(ServerTest, HalfOpenConnectionsKeepNobodyFromTheHealthCheck) {
  auto server = Server::Start(settings, build);
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  std::vector<std::unique_ptr<RawClient>> held;
  for (int i = 0; i < 300; ++i) {
    held.push_back(std::make_unique<RawClient>((*server)->management_port()));
    if (i % 2 == 0)
      held.back()->Send("POST /healthz HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n");
  }
  EXPECT_NE(Get((*server)->management_port(), "/healthz").find("200"), std::string::npos);
}

TEST_F(ServerTest, ASecondServerIsKeptOutOfTheDirectory) {
  auto first = Server::Start(settings, build);
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  const auto second = Server::Start(settings, build);
  EXPECT_EQ(second.status().code(), Code::kServiceUnavailable);
  first->reset();
  EXPECT_TRUE(Server::Start(settings, build).ok());
}

TEST_F(ServerTest, APortThatIsTakenIsRefused) {
  auto first = Server::Start(settings, build);
  ASSERT_TRUE(first.ok());
  config::Settings other = settings;
  other.data_dir = settings.data_dir + "/other";
  for (std::string config::Settings::*address : {&config::Settings::listen, &config::Settings::management}) {
    const int port = address == &config::Settings::listen ? (*first)->port() : (*first)->management_port();
    other.*address = "127.0.0.1:" + std::to_string(port);
    const auto refused = Server::Start(other, build);
    EXPECT_FALSE(refused.ok());
    EXPECT_NE(refused.status().message().find(std::to_string(port)), std::string::npos)
        << refused.status().ToString();
    EXPECT_FALSE(disk.Exists(other.data_dir).value());
    other.*address = "127.0.0.1:0";
  }
}

TEST_F(ServerTest, CertificateAndKeyBelongTogether) {
  config::Settings certificate_alone = settings, key_alone = settings, authority_alone = settings,
                   missing = settings;
  certificate_alone.tls_certificate = missing.tls_certificate = "/nowhere/a.pem";
  key_alone.tls_key = missing.tls_key = "/nowhere/b.pem";
  authority_alone.tls_client_ca = "/nowhere/c.pem";
  for (const config::Settings& half : {certificate_alone, key_alone, authority_alone}) {
    const std::string error = Server::Start(half, build).status().message();
    EXPECT_NE(error.find("tls.certificate"), std::string::npos) << error;
    EXPECT_NE(error.find("tls.key"), std::string::npos) << error;
  }
  const std::string error = Server::Start(missing, build).status().message();
  EXPECT_NE(error.find("tls.certificate"), std::string::npos) << error;
  EXPECT_NE(error.find("/nowhere/a.pem"), std::string::npos) << error;
}

TEST_F(ServerTest, ADamagedDirectoryIsNotServed) {
  ASSERT_TRUE(Server::Start(settings, build).ok());
  ASSERT_TRUE(io::WriteFileAtomically(&disk, settings.data_dir + "/FORMAT", "nonsense").ok());
  EXPECT_EQ(Server::Start(settings, build).status().code(), Code::kDataIntegrity);
}

TEST(MachineMemory, IsKnown) { EXPECT_GT(MachineMemoryBytes(), 1 << 20); }

}  // namespace
}  // namespace redkite::server
