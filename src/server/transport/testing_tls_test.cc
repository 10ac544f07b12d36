#include "server/transport/testing_tls.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "server/transport/testing_client.h"

namespace redkite::server {
namespace {

std::string Take(BIO* bio) {
  char* text = nullptr;
  const long bytes = BIO_get_mem_data(bio, &text);
  std::string out(text, static_cast<size_t>(bytes));
  BIO_free(bio);
  return out;
}

X509* ReadCertificate(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return certificate;
}

EVP_PKEY* ReadKey(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return key;
}

void AddExtension(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Signed by `issuer`; by itself when that is nullptr.
TestPem Make(const TestAuthority::Subject& subject, const TestPem* issuer) {
  static long serial = 0;
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509* issuing = issuer == nullptr ? certificate : ReadCertificate(issuer->certificate);
  EVP_PKEY* signing = issuer == nullptr ? key : ReadKey(issuer->key);
  CHECK(key != nullptr && certificate != nullptr && issuing != nullptr && signing != nullptr);
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), subject.from_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate), subject.until_s);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(subject.name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(issuing));
  if (issuer == nullptr) {
    AddExtension(certificate, issuing, NID_basic_constraints, "critical,CA:TRUE");
  } else {
    AddExtension(certificate, issuing, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  }
  CHECK(X509_sign(certificate, signing, EVP_sha256()) > 0);
  TestPem out;
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  out.certificate = Take(bio);
  bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  out.key = Take(bio);
  if (issuer != nullptr) {
    X509_free(issuing);
    EVP_PKEY_free(signing);
  }
  X509_free(certificate);
  EVP_PKEY_free(key);
  return out;
}

}  // namespace

TestAuthority::TestAuthority(const std::string& name) : own_(Make({name, -7200, 7200}, nullptr)) {}

TestPem TestAuthority::Issue(const Subject& subject) const { return Make(subject, &own_); }

TlsPem PemOf(const TestPem& server, const std::string& client_ca) {
  TlsPem pem;
  pem.certificate = server.certificate;
  pem.key = server.key;
  pem.client_ca = client_ca;
  return pem;
}

std::shared_ptr<const TlsCredentials> CredentialsOf(const TestPem& server, const std::string& client_ca) {
  const TlsFiles names{"cert.pem", "key.pem", client_ca.empty() ? "" : "ca.pem"};
  auto made = TlsCredentials::Parse(PemOf(server, client_ca), names, SystemClock().WallMs());
  CHECK(made.ok());
  return *made;
}

TestTlsClient::TestTlsClient(int socket, Options options)
    : options_(std::move(options)), socket_(socket), context_(SSL_CTX_new(TLS_client_method())) {
  signal(SIGPIPE, SIG_IGN);  // this side's own way of writing knows no other
  ::fcntl(socket_, F_SETFL, ::fcntl(socket_, F_GETFL) | O_NONBLOCK);
  SSL_CTX_set_security_level(context_, 0);
  if (options_.version_max != 0) {
    SSL_CTX_set_min_proto_version(context_, 0);
    SSL_CTX_set_max_proto_version(context_, options_.version_max);
  }
  if (!options_.ca.empty()) {
    X509* ca = ReadCertificate(options_.ca);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), ca);
    X509_free(ca);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  }
  if (!options_.own.certificate.empty()) {
    X509* own = ReadCertificate(options_.own.certificate);
    EVP_PKEY* key = ReadKey(options_.own.key);
    CHECK(SSL_CTX_use_certificate(context_, own) == 1 && SSL_CTX_use_PrivateKey(context_, key) == 1);
    X509_free(own);
    EVP_PKEY_free(key);
  }
  ssl_ = SSL_new(context_);
  std::string names;
  for (const std::string& name : options_.alpn) names += static_cast<char>(name.size()) + name;
  if (!names.empty()) {
    SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(names.data()),
                        static_cast<unsigned>(names.size()));
  }
  SSL_set_fd(ssl_, socket_);
  SSL_set_connect_state(ssl_);
}

TestTlsClient::~TestTlsClient() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  ::close(socket_);
}

bool TestTlsClient::MayRetry(int result) {
  const int error = SSL_get_error(ssl_, result);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
    const unsigned long code = ERR_peek_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    failure_ = error == SSL_ERROR_ZERO_RETURN ? "the end"
               : reason != nullptr            ? reason
                                              : "the connection is gone";
    ERR_clear_error();
    return false;
  }
  if (options_.pump) {
    options_.pump();
    return true;
  }
  pollfd waiting{socket_, static_cast<short>(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0};
  if (::poll(&waiting, 1, kTestPatienceMs) > 0) return true;
  failure_ = "out of patience";
  return false;
}

bool TestTlsClient::Handshake() {
  for (int tries = 0; tries < 1000; ++tries) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) return true;
    if (!MayRetry(result)) return false;
  }
  return false;
}

bool TestTlsClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    size_t n = 0;
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_, bytes.data(), bytes.size(), &n);
    if (result == 1) {
      bytes.remove_prefix(n);
    } else if (!MayRetry(result)) {
      return false;
    }
  }
  return true;
}

std::string TestTlsClient::Receive(size_t bytes_max) {
  std::string out(bytes_max, '\0');
  for (int tries = 0; tries < 100'000; ++tries) {
    size_t n = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_, out.data(), out.size(), &n);
    if (result == 1) {
      out.resize(n);
      return out;
    }
    if (!MayRetry(result)) return "";
  }
  return "";
}

std::string TestTlsClient::ReceiveUntil(std::string_view end) {
  std::string all;
  while (all.find(end, all.size() < (80u << 10) ? 0 : all.size() - (80u << 10)) == std::string::npos) {
    const std::string part = Receive();
    if (part.empty()) break;
    all += part;
  }
  return all;
}

void TestTlsClient::EndWrites() { SSL_shutdown(ssl_); }

std::string TestTlsClient::alpn() const {
  const unsigned char* name = nullptr;
  unsigned int bytes = 0;
  SSL_get0_alpn_selected(ssl_, &name, &bytes);
  return {reinterpret_cast<const char*>(name), bytes};
}

std::string TestTlsClient::server_name() const {
  char name[256] = "";
  X509* certificate = SSL_get0_peer_certificate(ssl_);
  if (certificate != nullptr) {
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  }
  return name;
}

std::string TestTlsClient::version() const { return SSL_get_version(ssl_); }

}  // namespace redkite::server
