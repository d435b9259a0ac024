#include "common/rpc/token_key.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "common/rpc/strict_json.h"

namespace daicho::rpc {
namespace {

constexpr std::size_t kMaxFileBytes = 64 << 10;
constexpr std::size_t kMaxKeys = 32;

std::string TextAt(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// Whether `key` is there to verify ES256, as far as its own description goes.
bool IsForUs(const nlohmann::json& key) {
  if (!key.is_object() || TextAt(key, "kty") != "EC" || TextAt(key, "crv") != "P-256") return false;
  if (key.contains("alg") && TextAt(key, "alg") != "ES256") return false;
  return !key.contains("use") || TextAt(key, "use") == "sig";
}

}  // namespace

absl::StatusOr<KeySet> ParseKeySet(absl::string_view jwks) {
  const auto json = ParseStrictJson(jwks);
  if (!json || !json->is_object() || !json->contains("keys") || !(*json)["keys"].is_array() ||
      (*json)["keys"].size() > kMaxKeys) {
    return absl::FailedPreconditionError("not a JWKS");
  }
  KeySet keys;
  for (const nlohmann::json& entry : (*json)["keys"]) {
    if (!IsForUs(entry)) continue;
    // The public part alone, so that a private key pasted by mistake is not kept in memory.
    nlohmann::json part;
    for (const char* name : {"kty", "crv", "x", "y"}) part[name] = TextAt(entry, name);
    const std::string text = part.dump();
    cjose_err error{};
    const Jwk key(cjose_jwk_import(text.data(), text.size(), &error), JwkDeleter());
    const std::string kid = TextAt(entry, "kid");
    if (key == nullptr) {
      return absl::FailedPreconditionError(absl::StrCat("key \"", kid, "\" is broken"));
    }
    if (!keys.emplace(kid, key).second) {
      return absl::FailedPreconditionError(absl::StrCat("two keys are called \"", kid, "\""));
    }
  }
  if (keys.empty()) return absl::FailedPreconditionError("no P-256 signing key");
  return keys;
}

absl::Status KeyFile::Load() {
  ASSIGN_OR_RETURN(const std::string text, file_.Read(kMaxFileBytes));
  absl::StatusOr<KeySet> keys = ParseKeySet(text);
  if (!keys.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(file_.path(), ": ", std::string(keys.status().message())));
  }
  const absl::MutexLock lock(&mutex_);
  keys_ = *std::move(keys);
  ++generation_;
  return absl::OkStatus();
}

void KeyFile::Follow() {
  if (!file_.Changed()) return;
  const absl::Status status = Load();
  if (status.ok()) {
    Log(LogLevel::kInfo, "token keys read anew", {{"file", file_.path()}});
  } else {
    Log(LogLevel::kWarning, "token keys could not be read; the old ones stay",
        {{"error", std::string(status.message())}});
  }
}

Jwk KeyFile::Find(const std::string& kid) const {
  const absl::MutexLock lock(&mutex_);
  if (kid.empty()) return keys_.size() == 1 ? keys_.begin()->second : nullptr;
  const auto found = keys_.find(kid);
  return found == keys_.end() ? nullptr : found->second;
}

int KeyFile::generation() const {
  const absl::MutexLock lock(&mutex_);
  return generation_;
}

}  // namespace daicho::rpc
