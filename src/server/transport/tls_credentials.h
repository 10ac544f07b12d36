// TlsCredentials: what a TLS port shows and asks for: a certificate chain with its key, and optionally the
// authorities whose clients alone are let in (mTLS). TLS 1.2 (RFC 5246) and 1.3 (RFC 8446) with forward
// secrecy and authenticated encryption only; no renegotiation, no compression, no early data; ALPN (RFC 7301)
// h2 and http/1.1. Thread safety: immutable, shared by all connections that were accepted while it was
// current.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"

struct ssl_ctx_st;

namespace redkite::server {

struct TlsFiles {
  std::string certificate;  // the server's own first, then those between it and its authority
  std::string key;          // not encrypted
  std::string client_ca;    // empty: clients need no certificate
};

/// Contents of those files. The key's bytes are wiped when it is destroyed.
struct TlsPem {
  TlsPem() = default;
  TlsPem(TlsPem&&) = default;
  TlsPem& operator=(TlsPem&&) = delete;
  ~TlsPem();
  /// Differs when a file differs; tells nothing of the key.
  std::string Fingerprint() const;

  std::string certificate;
  std::string key;
  std::string client_ca;
};

class TlsCredentials {
 public:
  /// kParameterInvalid, naming the file of `names` and the reason: unreadable, key of another certificate,
  /// not (or no longer) valid at `wall_ms`.
  static Result<std::shared_ptr<const TlsCredentials>> Parse(const TlsPem& pem, const TlsFiles& names,
                                                             int64_t wall_ms);
  ~TlsCredentials();
  TlsCredentials(const TlsCredentials&) = delete;

  ssl_ctx_st* context() const { return context_; }
  /// "Nov 28 04:24:25 2027 GMT", of the first certificate.
  const std::string& valid_until() const { return valid_until_; }

 private:
  explicit TlsCredentials(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* const context_;
  std::string valid_until_;
};

}  // namespace redkite::server
