#include "common/base/sha256.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

namespace daicho {

std::string Sha256(absl::string_view bytes) {
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return hash;
}

struct Sha256Stream::Context {
  Context() { EVP_DigestInit_ex(digest, EVP_sha256(), nullptr); }
  Context(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(digest); }
  EVP_MD_CTX* const digest = EVP_MD_CTX_new();
};

Sha256Stream::Sha256Stream() : context_(std::make_unique<Context>()) {}
Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::Add(absl::string_view bytes) {
  EVP_DigestUpdate(context_->digest, bytes.data(), bytes.size());
}

std::string Sha256Stream::Finish() {
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  EVP_DigestFinal_ex(context_->digest, reinterpret_cast<unsigned char*>(hash.data()), nullptr);
  return hash;
}

}  // namespace daicho
