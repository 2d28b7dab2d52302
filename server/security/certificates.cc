#include "server/security/certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <vector>

#include "absl/strings/str_format.h"
#include "kernels/api/status.h"

namespace actserve {
namespace {

constexpr char kChain[] = "tls_certificate";
constexpr char kKey[] = "tls_key";
constexpr char kClientCa[] = "tls_client_ca";

template <auto kFree>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Context = std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>>;

// Why OpenSSL's last call failed. Its errors wait in a queue of the thread's, which this empties.
std::string Reason() {
  const unsigned long code = ERR_peek_last_error();  // NOLINT(google-runtime-int): OpenSSL's type
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : absl::StrFormat("error %d", code);
}

Bio Reader(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

absl::StatusOr<std::vector<Certificate>> ReadCertificates(const std::string& field, const std::string& text) {
  ERR_clear_error();
  const Bio reader = Reader(text);
  std::vector<Certificate> certificates;
  while (X509* certificate = PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(certificate);
  }
  const bool is_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string reason = Reason();
  if (!is_end) {
    return InvalidField(field, absl::StrFormat("certificate %d of the file is broken (%s); expected PEM",
                                               certificates.size() + 1, reason));
  }
  if (certificates.empty()) return InvalidField(field, "there is no certificate in it; expected one or more, in PEM");
  return certificates;
}

// In place of asking for it at the terminal.
int NoPassphrase(char*, int, int, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

absl::StatusOr<Key> ReadKey(const std::string& text) {
  ERR_clear_error();
  bool was_asked = false;
  Key key(PEM_read_bio_PrivateKey(Reader(text).get(), nullptr, NoPassphrase, &was_asked));
  if (key != nullptr) return key;
  const std::string reason = Reason();
  if (was_asked) return InvalidField(kKey, "the key is encrypted; expected one without a passphrase");
  return InvalidField(kKey, absl::StrFormat("there is no good private key in it (%s); expected one, in PEM", reason));
}

// Whether OpenSSL takes them for a server's, as the transport will ask it to. It refuses keys that are too short, too.
absl::Status Try(const std::vector<Certificate>& chain, EVP_PKEY* key) {
  const Context context(SSL_CTX_new(TLS_server_method()));
  if (SSL_CTX_use_certificate(context.get(), chain.front().get()) != 1) {
    return InvalidField(kChain, absl::StrFormat("the certificate cannot be used: %s", Reason()));
  }
  for (size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context.get(), chain[i].get()) != 1) {
      return InvalidField(kChain, absl::StrFormat("certificate %d of the file cannot be used: %s", i + 1, Reason()));
    }
  }
  if (X509_check_private_key(chain.front().get(), key) != 1) {
    ERR_clear_error();
    return InvalidField(kKey, "the key is not the certificate's; expected the one that was made with it");
  }
  if (SSL_CTX_use_PrivateKey(context.get(), key) != 1) {
    return InvalidField(kKey, absl::StrFormat("the key cannot be used: %s", Reason()));
  }
  return absl::OkStatus();
}

CertificateInfo Describe(const X509* certificate) {
  const Bio writer(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(writer.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const auto length = BIO_get_mem_data(writer.get(), &text);
  std::tm not_after{};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &not_after);
  return {.subject = std::string(text, static_cast<size_t>(length)),
          .not_after = std::chrono::system_clock::from_time_t(timegm(&not_after))};
}

}  // namespace

absl::StatusOr<CertificateInfo> CheckCertificates(const Certificates& certificates) {
  const auto chain = ReadCertificates(kChain, certificates.chain);
  if (!chain.ok()) return chain.status();
  const auto key = ReadKey(certificates.key);
  if (!key.ok()) return key.status();
  if (absl::Status status = Try(*chain, key->get()); !status.ok()) return status;
  if (certificates.client_ca.has_value()) {
    if (const auto ca = ReadCertificates(kClientCa, *certificates.client_ca); !ca.ok()) return ca.status();
  }
  return Describe(chain->front().get());
}

}  // namespace actserve
