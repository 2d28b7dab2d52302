#include "client/cpp/credentials.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace actserve::client {
namespace {

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

Bio Reader(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

Certificate FirstCertificate(const std::string& text) {
  return Certificate(PEM_read_bio_X509(Reader(text).get(), nullptr, nullptr, nullptr));
}

// In place of asking for it at the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

// gRPC would report all of this as a server that cannot be reached.
absl::Status Check(const Tls& tls) {
  const auto bad = [](const char* what) {
    ERR_clear_error();
    return absl::InvalidArgumentError(what);
  };
  if (!tls.ca.empty() && FirstCertificate(tls.ca) == nullptr) {
    return bad("there is no certificate in what should be the authorities' (ca); expected PEM");
  }
  if (tls.certificate.empty() != tls.key.empty()) {
    return bad(tls.key.empty() ? "the client's certificate is given without its key; expected both"
                               : "the client's key is given without its certificate; expected both");
  }
  if (tls.key.empty()) return absl::OkStatus();
  const Certificate certificate = FirstCertificate(tls.certificate);
  if (certificate == nullptr) return bad("there is no certificate in what should be the client's; expected PEM");
  const Key key(PEM_read_bio_PrivateKey(Reader(tls.key).get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) return bad("there is no key without a passphrase in what should be the client's; expected PEM");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return bad("the client's key is not its certificate's; expected the one that was made with it");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeChannelCredentials(const Credentials& credentials,
                                                                                 grpc::ChannelArguments& arguments) {
  const std::string& token = credentials.token;
  if (!std::all_of(token.begin(), token.end(), [](unsigned char c) { return absl::ascii_isgraph(c); })) {
    return absl::InvalidArgumentError("the token cannot be sent; expected visible ASCII characters without spaces");
  }
  if (!credentials.tls.has_value()) return grpc::InsecureChannelCredentials();
  const Tls& tls = *credentials.tls;
  if (absl::Status status = Check(tls); !status.ok()) return status;
  if (!tls.server_name.empty()) arguments.SetSslTargetNameOverride(tls.server_name);
  return grpc::SslCredentials(
      {.pem_root_certs = tls.ca, .pem_private_key = tls.key, .pem_cert_chain = tls.certificate});
}

void AddToken(const Credentials& credentials, grpc::ClientContext& context) {
  if (!credentials.token.empty()) context.AddMetadata("authorization", "Bearer " + credentials.token);
}

}  // namespace actserve::client
