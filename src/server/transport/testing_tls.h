// For tests of TLS: an authority that issues certificates, and a client. Thread safety: one thread each.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/transport/tls_credentials.h"

struct ssl_st;
struct ssl_ctx_st;

namespace redkite::server {

struct TestPem {
  std::string certificate;
  std::string key;
};

/// A key and a certificate that signs itself; elliptic, for speed.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name);
  struct Subject {
    std::string name = "localhost";
    int64_t from_s = -3600;  // from now on
    int64_t until_s = 3600;
  };
  TestPem Issue(const Subject& subject) const;
  TestPem Issue() const { return Issue(Subject()); }
  const std::string& certificate() const { return own_.certificate; }

 private:
  TestPem own_;
};

TlsPem PemOf(const TestPem& server, const std::string& client_ca = "");
/// What a port of the test shows.
std::shared_ptr<const TlsCredentials> CredentialsOf(const TestPem& server, const std::string& client_ca = "");

class TestTlsClient {
 public:
  struct Options {
    std::string ca = {};                 // trusted; empty: anybody
    TestPem own = {};                    // shown when asked for; may be empty
    std::vector<std::string> alpn = {};  // may be empty
    int version_max = 0;                 // of OpenSSL; 0: any
    std::function<void()> pump = {};     // makes the other side go on; empty: it does so by itself
  };
  /// Takes over a connected socket.
  TestTlsClient(int socket, Options options);
  ~TestTlsClient();
  TestTlsClient(const TestTlsClient&) = delete;

  bool Handshake();
  bool Send(std::string_view bytes);
  /// Empty at the end and on failure.
  std::string Receive(size_t bytes_max = 64 << 10);
  std::string ReceiveUntil(std::string_view end);
  /// Tells the end of what is sent.
  void EndWrites();
  std::string alpn() const;
  /// The common name of the server's certificate.
  std::string server_name() const;
  std::string version() const;
  /// "the end" or OpenSSL's reason, after something went wrong.
  const std::string& failure() const { return failure_; }

 private:
  /// True: try again.
  bool MayRetry(int result);
  const Options options_;
  const int socket_;
  ssl_ctx_st* context_;
  ssl_st* ssl_;
  std::string failure_;
};

}  // namespace redkite::server
