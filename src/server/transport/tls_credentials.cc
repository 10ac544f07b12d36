#include "server/transport/tls_credentials.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <string_view>

namespace redkite::server {
namespace {

constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";  // of TLS 1.2; those of 1.3 are all as good
constexpr unsigned char kProtocols[] = "\x02h2\x08http/1.1";
constexpr unsigned char kSessionContext[] = "redkite";

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* p) const { Free(p); }
};
void FreeBio(BIO* bio) { BIO_free(bio); }
using BioPtr = std::unique_ptr<BIO, Freed<BIO, FreeBio>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509, X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX, SSL_CTX_free>>;

BioPtr Open(const std::string& pem) {
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// Instead of asking at the terminal.
int NoPassword(char*, int, int, void*) { return -1; }

// Takes the first error out of the queue, and empties it.
std::string Reason() {
  const unsigned long code = ERR_get_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "" : std::string(" (") + reason + ")";
}

// Takes the error of a read that found nothing more out of the queue; false: it was another one.
bool AtEnd() {
  const unsigned long code = ERR_peek_last_error();
  const bool end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
  if (end) ERR_clear_error();
  return end;
}

std::string TimeText(const ASN1_TIME* time) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || ASN1_TIME_print(out.get(), time) != 1) return "?";
  char* text = nullptr;
  const long bytes = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<size_t>(bytes)};
}

Status CheckTime(const X509* certificate, const std::string& path, int64_t wall_ms) {
  time_t now = static_cast<time_t>(wall_ms / 1000);
  const ASN1_TIME* from = X509_get0_notBefore(certificate);
  const ASN1_TIME* until = X509_get0_notAfter(certificate);
  if (X509_cmp_time(until, &now) <= 0) {
    return Status::Invalid("the certificate has expired (tls.certificate), at " + TimeText(until) + ": " +
                           path);
  }
  if (X509_cmp_time(from, &now) > 0) {
    return Status::Invalid("the certificate is not valid yet (tls.certificate), from " + TimeText(from) +
                           " on: " + path);
  }
  return Status::Ok();
}

Status UseChain(SSL_CTX* context, const std::string& pem, const std::string& path, int64_t wall_ms) {
  const BioPtr in = Open(pem);
  int count = 0;
  for (;; ++count) {
    CertificatePtr next(PEM_read_bio_X509(in.get(), nullptr, NoPassword, nullptr));
    if (!next) break;
    RK_RETURN_IF_ERROR(CheckTime(next.get(), path, wall_ms));
    const bool taken = count == 0 ? SSL_CTX_use_certificate(context, next.get()) == 1
                                  : SSL_CTX_add0_chain_cert(context, next.get()) == 1;
    if (!taken)
      return Status::Invalid("the certificate cannot be used (tls.certificate): " + path + Reason());
    if (count > 0) next.release();  // the context's now
  }
  if (count > 0 && AtEnd()) return Status::Ok();
  return Status::Invalid("not a chain of PEM certificates (tls.certificate): " + path + Reason());
}

Status UseKey(SSL_CTX* context, const std::string& pem, const std::string& path) {
  const BioPtr in = Open(pem);
  const KeyPtr key(PEM_read_bio_PrivateKey(in.get(), nullptr, NoPassword, nullptr));
  if (!key) return Status::Invalid("not an unencrypted PEM key (tls.key): " + path + Reason());
  const bool fits =
      SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1;
  ERR_clear_error();
  return fits ? Status::Ok()
              : Status::Invalid("the key does not belong to the certificate (tls.key): " + path);
}

Status UseClientCa(SSL_CTX* context, const std::string& pem, const std::string& path) {
  const BioPtr in = Open(pem);
  int count = 0;
  for (;; ++count) {
    const CertificatePtr next(PEM_read_bio_X509(in.get(), nullptr, NoPassword, nullptr));
    if (!next) break;
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), next.get()) != 1 ||
        SSL_CTX_add_client_CA(context, next.get()) != 1) {
      return Status::Invalid("an authority cannot be used (tls.client_ca): " + path + Reason());
    }
  }
  if (count == 0 || !AtEnd()) {
    return Status::Invalid("not a list of PEM certificates (tls.client_ca): " + path + Reason());
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return Status::Ok();
}

Result<ContextPtr> MakeContext() {
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context.get(), kCiphers) != 1 ||
      SSL_CTX_set_session_id_context(context.get(), kSessionContext, sizeof kSessionContext - 1) != 1) {
    return Status::Internal("cannot prepare TLS" + Reason());
  }
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Answers leave piece by piece out of a queue that moves; an idle connection keeps no buffers.
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);  // one system call a record instead of two
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);  // tickets need no memory here
  SSL_CTX_set_num_tickets(context.get(), 1);
  const auto choose = [](SSL*, const unsigned char** out, unsigned char* out_bytes,
                         const unsigned char* offered, unsigned int offered_bytes, void*) {
    unsigned char* chosen = nullptr;
    const int found =
        SSL_select_next_proto(&chosen, out_bytes, kProtocols, sizeof kProtocols - 1, offered, offered_bytes);
    *out = chosen;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
  };
  SSL_CTX_set_alpn_select_cb(context.get(), choose, nullptr);
  return context;
}

}  // namespace

TlsPem::~TlsPem() { OPENSSL_cleanse(key.data(), key.size()); }

std::string TlsPem::Fingerprint() const {
  std::string out;
  for (const std::string* text : {&certificate, &key, &client_ca}) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int bytes = 0;
    if (EVP_Digest(text->data(), text->size(), digest, &bytes, EVP_sha256(), nullptr) != 1) bytes = 0;
    out.append(reinterpret_cast<const char*>(digest), bytes);
  }
  return out;
}

TlsCredentials::~TlsCredentials() { SSL_CTX_free(context_); }

Result<std::shared_ptr<const TlsCredentials>> TlsCredentials::Parse(const TlsPem& pem, const TlsFiles& names,
                                                                    int64_t wall_ms) {
  ERR_clear_error();
  RK_ASSIGN_OR_RETURN(ContextPtr context, MakeContext());
  RK_RETURN_IF_ERROR(UseChain(context.get(), pem.certificate, names.certificate, wall_ms));
  RK_RETURN_IF_ERROR(UseKey(context.get(), pem.key, names.key));
  if (!names.client_ca.empty()) {
    RK_RETURN_IF_ERROR(UseClientCa(context.get(), pem.client_ca, names.client_ca));
  }
  std::shared_ptr<TlsCredentials> made(new TlsCredentials(context.release()));
  made->valid_until_ = TimeText(X509_get0_notAfter(SSL_CTX_get0_certificate(made->context_)));
  return std::shared_ptr<const TlsCredentials>(std::move(made));
}

}  // namespace redkite::server
