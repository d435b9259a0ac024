// No page token is taken but one that was given out, for the query it was given for.
#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/rpc/page_token.h"
#include "daicho/approval/v1/form_service.pb.h"
#include "tests/fuzz/check.h"

namespace {

using daicho::approval::v1::ListFormsRequest;

constexpr char kMethod[] = "daicho.approval.v1.FormService.ListForms";
constexpr char kCaller[] = "users/hirose";

const daicho::rpc::PageTokens& Tokens() {
  static const auto& tokens = *new daicho::rpc::PageTokens(std::string(32, 'k'));
  return tokens;
}

void Refused(const std::string& token) {
  ListFormsRequest request;
  request.set_page_token(token);
  const auto position = Tokens().Read(kMethod, kCaller, request);
  DAICHO_FUZZ_CHECK(!position.ok());
  DAICHO_FUZZ_CHECK(daicho::ReasonOf(position.status()) == "INVALID_PAGE_TOKEN");
}

// A token that was given out, as bytes.
const std::string& Given() {
  static const std::string& given = *[] {
    auto* bytes = new std::string;
    const std::string token =
        Tokens().Make(kMethod, kCaller, ListFormsRequest(), {"2026-08-03", "form"});
    DAICHO_FUZZ_CHECK(absl::WebSafeBase64Unescape(token, bytes));
    return bytes;
  }();
  return given;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const absl::string_view text = daicho::fuzz::Text(data, size);
  if (text.empty()) return 0;
  Refused(std::string(text));
  // The same bytes laid over a token that was given out: every change must show.
  std::string altered = Given();
  for (std::size_t i = 0; i < std::min(altered.size(), text.size()); ++i) altered[i] ^= text[i];
  if (text.size() > altered.size()) absl::StrAppend(&altered, text.substr(altered.size()));
  if (altered != Given()) Refused(absl::WebSafeBase64Escape(altered));
  return 0;
}
