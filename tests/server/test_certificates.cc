#include "tests/server/test_certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdlib>

namespace actserve {
namespace {

// Tests cannot go on without.
void Require(bool ok) {
  if (!ok) std::abort();
}

template <class Write>
std::string ToPem(Write write) {
  BIO* bio = BIO_new(BIO_s_mem());
  Require(write(bio) == 1);
  char* text = nullptr;
  const auto length = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<size_t>(length));
  BIO_free(bio);
  return pem;
}

std::string ToPem(X509* certificate) {
  return ToPem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

std::string ToPem(EVP_PKEY* key, const char* passphrase = nullptr) {
  return ToPem([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key, passphrase == nullptr ? nullptr : EVP_aes_128_cbc(), nullptr, 0,
                                         nullptr, const_cast<char*>(passphrase));
  });
}

void AddExtension(X509* certificate, int id, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value);
  Require(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

// Not signed yet.
X509* MakeCertificate(const std::string& name, EVP_PKEY* key, std::chrono::seconds lifetime) {
  static int serial = 0;
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -24L * 3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), lifetime.count());
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

}  // namespace

struct TestAuthority::Pair {
  EVP_PKEY* key;
  X509* certificate;
};

TestAuthority::TestAuthority(const std::string& name) : self_(std::make_unique<Pair>()) {
  self_->key = EVP_EC_gen("P-256");
  self_->certificate = MakeCertificate(name, self_->key, std::chrono::hours(24));
  X509_set_issuer_name(self_->certificate, X509_get_subject_name(self_->certificate));
  AddExtension(self_->certificate, NID_basic_constraints, "critical,CA:TRUE");
  Require(X509_sign(self_->certificate, self_->key, EVP_sha256()) != 0);
  certificate_ = ToPem(self_->certificate);
}

TestAuthority::~TestAuthority() {
  X509_free(self_->certificate);
  EVP_PKEY_free(self_->key);
}

IssuedCertificate TestAuthority::Issue(const std::string& name, std::chrono::seconds lifetime) const {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = MakeCertificate(name, key, lifetime);
  X509_set_issuer_name(certificate, X509_get_subject_name(self_->certificate));
  AddExtension(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  Require(X509_sign(certificate, self_->key, EVP_sha256()) != 0);
  IssuedCertificate issued{.certificate = ToPem(certificate), .key = ToPem(key)};
  X509_free(certificate);
  EVP_PKEY_free(key);
  return issued;
}

IssuedCertificate WeakCertificate() {
  EVP_PKEY* key = EVP_RSA_gen(512);
  X509* certificate = MakeCertificate("weak", key, std::chrono::hours(24));
  Require(X509_sign(certificate, key, EVP_sha256()) != 0);
  IssuedCertificate weak{.certificate = ToPem(certificate), .key = ToPem(key)};
  X509_free(certificate);
  EVP_PKEY_free(key);
  return weak;
}

std::string Encrypted(const std::string& key) {
  BIO* bio = BIO_new_mem_buf(key.data(), static_cast<int>(key.size()));
  EVP_PKEY* parsed = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  std::string encrypted = ToPem(parsed, "secret");
  EVP_PKEY_free(parsed);
  return encrypted;
}

}  // namespace actserve
