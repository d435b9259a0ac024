#include "common/rpc/page_token.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/rpc/serialize.h"

namespace daicho::rpc {
namespace {

using google::protobuf::Message;
using google::protobuf::io::ArrayInputStream;
using google::protobuf::io::CodedInputStream;

constexpr int kNonceBytes = 12;
constexpr int kTagBytes = 16;
constexpr std::size_t kMaxPageTokenBytes = 4096;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Cipher NewCipher() { return {EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free}; }

const unsigned char* Data(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* Data(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

int Size(absl::string_view text) { return static_cast<int>(text.size()); }

// nonce || ciphertext || tag.
std::string Seal(absl::string_view key, absl::string_view context, absl::string_view plain) {
  std::string sealed(kNonceBytes + plain.size() + kTagBytes, '\0');
  unsigned char* const nonce = Data(sealed);
  unsigned char* const text = nonce + kNonceBytes;
  const Cipher cipher = NewCipher();
  int length = 0;
  const bool done =
      RAND_bytes(nonce, kNonceBytes) == 1 &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Data(key), nonce) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &length, Data(context), Size(context)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), text, &length, Data(plain), Size(plain)) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), text + length, &length) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, text + plain.size()) == 1;
  return done ? sealed : "";
}

std::optional<std::string> Open(absl::string_view key, absl::string_view context,
                                std::string sealed) {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  std::string plain(sealed.size() - kNonceBytes - kTagBytes, '\0');
  unsigned char* const nonce = Data(sealed);
  unsigned char* const text = nonce + kNonceBytes;
  const Cipher cipher = NewCipher();
  int length = 0;
  const bool genuine =
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Data(key), nonce) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &length, Data(context), Size(context)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), Data(plain), &length, text, Size(plain)) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, text + plain.size()) ==
          1 &&
      EVP_DecryptFinal_ex(cipher.get(), Data(plain) + length, &length) == 1;
  if (!genuine) return std::nullopt;
  return plain;
}

// Texts, each with its length before it.
std::string Pack(const std::vector<std::string>& texts) {
  std::string packed;
  google::protobuf::io::StringOutputStream stream(&packed);
  google::protobuf::io::CodedOutputStream out(&stream);
  for (const std::string& text : texts) {
    out.WriteVarint32(static_cast<std::uint32_t>(text.size()));
    out.WriteString(text);
  }
  out.Trim();
  return packed;
}

std::optional<std::vector<std::string>> Unpack(absl::string_view packed) {
  ArrayInputStream stream(packed.data(), Size(packed));
  CodedInputStream in(&stream);
  std::vector<std::string> texts;
  while (in.CurrentPosition() < Size(packed)) {
    std::uint32_t size = 0;
    std::string text;
    if (!in.ReadVarint32(&size) || size > packed.size() ||
        !in.ReadString(&text, static_cast<int>(size))) {
      return std::nullopt;
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

std::string TokenOf(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("page_token");
  return field == nullptr ? "" : request.GetReflection()->GetString(request, field);
}

// What a token is good for.
std::string ContextOf(absl::string_view method, absl::string_view caller, const Message& request) {
  const std::unique_ptr<Message> query(request.New());
  query->CopyFrom(request);
  for (const char* name : {"page_token", "page_size"}) {
    const auto* field = query->GetDescriptor()->FindFieldByName(name);
    if (field != nullptr) query->GetReflection()->ClearField(query.get(), field);
  }
  return Pack({std::string(method), std::string(caller), SerializeDeterministically(*query)});
}

}  // namespace

std::string PageTokens::Make(absl::string_view method, absl::string_view caller,
                             const Message& request,
                             const std::vector<std::string>& position) const {
  return absl::WebSafeBase64Escape(Seal(key_, ContextOf(method, caller, request), Pack(position)));
}

absl::StatusOr<std::vector<std::string>> PageTokens::Read(absl::string_view method,
                                                          absl::string_view caller,
                                                          const Message& request) const {
  const std::string token = TokenOf(request);
  if (token.empty()) return std::vector<std::string>();
  std::string sealed;
  if (token.size() <= kMaxPageTokenBytes && absl::WebSafeBase64Unescape(token, &sealed)) {
    const auto packed = Open(key_, ContextOf(method, caller, request), std::move(sealed));
    auto position = packed ? Unpack(*packed) : std::nullopt;
    if (position) return *std::move(position);
  }
  return Refuse(absl::StatusCode::kInvalidArgument, "INVALID_PAGE_TOKEN",
                {"page_token belongs to another query or caller; start again without it.",
                 "page_tokenがこの検索条件または利用者のものではありません。page_"
                 "tokenなしで最初からやり直してください。"},
                {{"field", "page_token"}});
}

absl::StatusOr<int> PageSize(int requested) {
  if (requested < 0) {
    return RefuseFields(
        {{"page_size", "OUT_OF_RANGE", "Give 0 or more.", "0以上の値を指定してください。"}});
  }
  if (requested == 0) return 50;
  return std::min(requested, 1000);
}

}  // namespace daicho::rpc
