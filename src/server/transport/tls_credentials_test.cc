#include "server/transport/tls_credentials.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "base/clock.h"
#include "server/transport/testing_tls.h"

namespace redkite::server {
namespace {

const TlsFiles kNames{"/etc/cert.pem", "/etc/key.pem", ""};
const TlsFiles kNamesWithCa{"/etc/cert.pem", "/etc/key.pem", "/etc/ca.pem"};

std::string ErrorOf(const TlsPem& pem, const TlsFiles& names = kNames) {
  const auto made = TlsCredentials::Parse(pem, names, SystemClock().WallMs());
  EXPECT_EQ(ERR_peek_error(), 0u);  // nothing is left for the next one to stumble over
  return made.ok() ? "" : made.status().message();
}

bool Has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

struct TlsCredentialsTest : testing::Test {
  TestAuthority authority{"authority"}, other{"other"};
};

TEST_F(TlsCredentialsTest, AGoodPair) {
  const TestPem own = authority.Issue();
  EXPECT_EQ(ErrorOf(PemOf(own)), "");
  TestPem chain = own;
  chain.certificate += authority.certificate();
  EXPECT_EQ(ErrorOf(PemOf(chain)), "");
  EXPECT_EQ(ErrorOf(PemOf(own, authority.certificate() + other.certificate()), kNamesWithCa), "");
  const auto made = TlsCredentials::Parse(PemOf(own), kNames, SystemClock().WallMs());
  EXPECT_TRUE(Has((*made)->valid_until(), "GMT")) << (*made)->valid_until();
}

TEST_F(TlsCredentialsTest, WhatIsWrongIsNamedWithItsFile) {
  const TestPem own = authority.Issue();
  const std::string foreign = ErrorOf(PemOf({own.certificate, authority.Issue().key}));
  EXPECT_TRUE(Has(foreign, "does not belong to the certificate") && Has(foreign, "/etc/key.pem")) << foreign;
  const std::string expired = ErrorOf(PemOf(authority.Issue({"localhost", -7200, -3600})));
  EXPECT_TRUE(Has(expired, "has expired") && Has(expired, "/etc/cert.pem")) << expired;
  const std::string early = ErrorOf(PemOf(authority.Issue({"localhost", 3600, 7200})));
  EXPECT_TRUE(Has(early, "not valid yet") && Has(early, "/etc/cert.pem")) << early;
  for (const std::string& no_certificate : {std::string(), std::string("nonsense"), own.key,
                                            own.certificate + "-----BEGIN CERTIFICATE-----\nAA\n",
                                            own.certificate.substr(0, own.certificate.size() / 2)}) {
    const std::string error = ErrorOf(PemOf({no_certificate, own.key}));
    EXPECT_TRUE(Has(error, "not a chain of PEM certificates") && Has(error, "/etc/cert.pem")) << error;
  }
  for (const std::string& no_key : {std::string(), std::string("nonsense"), own.certificate}) {
    const std::string error = ErrorOf(PemOf({own.certificate, no_key}));
    EXPECT_TRUE(Has(error, "not an unencrypted PEM key") && Has(error, "/etc/key.pem")) << error;
  }
  for (const std::string& no_ca : {std::string(), std::string("nonsense"), own.key}) {
    const std::string error = ErrorOf(PemOf(own, no_ca), kNamesWithCa);
    EXPECT_TRUE(Has(error, "not a list of PEM certificates") && Has(error, "/etc/ca.pem")) << error;
  }
}

TEST_F(TlsCredentialsTest, AnEncryptedKeyIsRefusedWithoutAQuestion) {
  const TestPem own = authority.Issue();
  const std::string encrypted =
      "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
      "00112233445566778899AABBCCDDEEFF\n\nAAAAAAAAAAAAAAAAAAAAAA==\n-----END EC PRIVATE KEY-----\n";
  EXPECT_TRUE(Has(ErrorOf(PemOf({own.certificate, encrypted})), "not an unencrypted PEM key"));
}

TEST_F(TlsCredentialsTest, FingerprintsDifferWhenAFileDoes) {
  const TestPem one = authority.Issue(), two = authority.Issue();
  EXPECT_EQ(PemOf(one).Fingerprint(), PemOf(one).Fingerprint());
  EXPECT_NE(PemOf(one).Fingerprint(), PemOf({one.certificate, two.key}).Fingerprint());
  EXPECT_NE(PemOf(one).Fingerprint(), PemOf({two.certificate, one.key}).Fingerprint());
  EXPECT_NE(PemOf(one).Fingerprint(), PemOf(one, other.certificate()).Fingerprint());
}

}  // namespace
}  // namespace redkite::server
