#include "common/rpc/revocation.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdint>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"

namespace daicho::rpc {
namespace {

constexpr std::size_t kMaxFileBytes = 16 << 20;
constexpr std::size_t kMaxKnown = 1024;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::shared_ptr<X509>;

Bio Over(absl::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

Certificate ReadCertificate(BIO* bio) {
  return {PEM_read_bio_X509(bio, nullptr, nullptr, nullptr), &X509_free};
}

std::vector<Certificate> ReadCertificates(absl::string_view text) {
  std::vector<Certificate> certificates;
  const Bio bio = Over(text);
  while (Certificate next = ReadCertificate(bio.get())) certificates.push_back(std::move(next));
  ERR_clear_error();  // The end of the file is one.
  return certificates;
}

bool IsSignedByOneOf(const std::vector<Certificate>& authorities, X509_CRL* crl) {
  const bool found = absl::c_any_of(authorities, [crl](const Certificate& authority) {
    return X509_NAME_cmp(X509_get_subject_name(authority.get()), X509_CRL_get_issuer(crl)) == 0 &&
           X509_CRL_verify(crl, X509_get0_pubkey(authority.get())) == 1;
  });
  ERR_clear_error();
  return found;
}

// Counts the lists read in this process, so that no answer outlives the lists it was taken from.
std::atomic<std::uint64_t> last_generation = 0;

struct Seen {
  std::uint64_t generation = 0;
  std::string certificate;
  bool revoked = true;
};

bool IsOn(X509_CRL* crl, X509* certificate) {
  X509_REVOKED* entry = nullptr;
  return X509_CRL_get0_by_cert(crl, &entry, certificate) == 1;
}

}  // namespace

Revocations::Revocations(std::string crl_file, std::string ca_file)
    : file_(std::move(crl_file)), ca_file_(std::move(ca_file)) {}
Revocations::~Revocations() = default;

absl::StatusOr<Revocations::Lists> Revocations::ReadLists() {
  ASSIGN_OR_RETURN(const std::string text, file_.Read(kMaxFileBytes));
  ASSIGN_OR_RETURN(const std::string authorities, FollowedFile(ca_file_).Read(kMaxFileBytes));
  const std::vector<Certificate> signers = ReadCertificates(authorities);
  Lists lists;
  const Bio bio = Over(text);
  while (X509_CRL* const next = PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)) {
    lists.emplace_back(next, &X509_CRL_free);
    if (!IsSignedByOneOf(signers, next)) {
      return absl::FailedPreconditionError(
          absl::StrCat(file_.path(), ": no authority of ", ca_file_, " has signed it"));
    }
  }
  ERR_clear_error();
  if (!lists.empty()) return lists;
  return absl::FailedPreconditionError(absl::StrCat(file_.path(), ": no revocation list (PEM)"));
}

absl::Status Revocations::Load() {
  ASSIGN_OR_RETURN(Lists lists, ReadLists());
  const absl::MutexLock lock(&mutex_);
  lists_ = std::move(lists);
  known_.clear();
  generation_.store(++last_generation, std::memory_order_release);
  return absl::OkStatus();
}

void Revocations::Follow() {
  if (!file_.Changed()) return;
  const absl::Status status = Load();
  if (status.ok()) {
    Log(LogLevel::kInfo, "revocation list read anew", {{"file", file_.path()}});
  } else {
    Log(LogLevel::kWarning, "revocation list could not be read; the old one stays",
        {{"error", std::string(status.message())}});
  }
}

bool Revocations::Has(absl::string_view certificate) {
  Follow();
  // A thread mostly sees one peer call after call: comparing its bytes takes no lock and no hash.
  static thread_local Seen last;
  const std::uint64_t generation = generation_.load(std::memory_order_acquire);
  if (last.generation != generation || last.certificate != certificate) {
    last = {generation, std::string(certificate), Find(certificate)};
  }
  return last.revoked;
}

bool Revocations::Find(absl::string_view certificate) {
  const absl::MutexLock lock(&mutex_);
  if (const auto known = known_.find(certificate); known != known_.end()) return known->second;
  if (known_.size() >= kMaxKnown) known_.clear();
  const Certificate parsed = ReadCertificate(Over(certificate).get());
  const bool has =
      parsed == nullptr || lists_.empty() ||
      absl::c_any_of(lists_, [&](const Crl& list) { return IsOn(list.get(), parsed.get()); });
  return known_[std::string(certificate)] = has;
}

}  // namespace daicho::rpc
