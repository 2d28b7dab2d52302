// Certificates made for a test.
#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace actserve {

struct IssuedCertificate {
  std::string certificate;  // both in PEM
  std::string key = {};
};

// Signs certificates with a key of its own.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name = "authority");
  ~TestAuthority();
  TestAuthority(const TestAuthority&) = delete;
  TestAuthority& operator=(const TestAuthority&) = delete;

  const std::string& certificate() const { return certificate_; }
  // For localhost and 127.0.0.1.
  IssuedCertificate Issue(const std::string& name, std::chrono::seconds lifetime = std::chrono::hours(24)) const;

 private:
  struct Pair;
  const std::unique_ptr<Pair> self_;
  std::string certificate_;
};

// With a key of RSA of so few bits that OpenSSL refuses it.
IssuedCertificate WeakCertificate();

// The same key, with a passphrase.
std::string Encrypted(const std::string& key);

}  // namespace actserve
