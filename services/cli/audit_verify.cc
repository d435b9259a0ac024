#include "services/cli/audit_verify.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "common/wire/sealed_event.h"

namespace daicho::cli {
namespace {

using audit::domain::Finding;
using audit::domain::Flaw;
using audit::domain::Hash;

constexpr std::size_t kMostFlawsNamed = 20;

absl::string_view Japanese(Flaw flaw) {
  switch (flaw) {
    case Flaw::kAltered:
      return "改ざん";
    case Flaw::kMissing:
      return "欠落";
    case Flaw::kDuplicated:
      return "重複";
    case Flaw::kOutOfOrder:
      return "順序違い";
    case Flaw::kBeyondEnd:
      return "範囲外";
    case Flaw::kInserted:
      return "挿入";
    case Flaw::kUnreadable:
      return "読取り不能";
    case Flaw::kHashesDiffer:
      return "ハッシュの不一致・欠落";
    case Flaw::kRootDiffers:
      return "根のハッシュ不一致";
  }
  return "";
}

std::string Positions(const Finding& finding) {
  return finding.first == finding.last ? absl::StrCat(finding.first)
                                       : absl::StrCat(finding.first, "–", finding.last);
}

absl::StatusOr<std::vector<Hash>> ToHashes(
    const google::protobuf::RepeatedPtrField<std::string>& in) {
  std::vector<Hash> hashes;
  for (const std::string& bytes : in) {
    const auto hash = audit::domain::HashFromBytes(bytes);
    if (!hash.has_value()) {
      return NotVerified("The proof holds something that is no hash.",
                         "証明にハッシュでないものが含まれています。");
    }
    hashes.push_back(*hash);
  }
  return hashes;
}

}  // namespace

absl::Status NotVerified(absl::string_view en, absl::string_view ja) {
  return Refuse(absl::StatusCode::kDataLoss, "AUDIT_NOT_VERIFIED", {en, ja});
}

absl::StatusOr<audit::domain::TreeHead> ToDomain(const audit::v1::TreeHead& head) {
  const auto root = audit::domain::HashFromBytes(head.root_hash());
  if (root.has_value()) return audit::domain::TreeHead{head.tree_size(), *root};
  return NotVerified("The log's root is no hash.", "監査ログの根がハッシュではありません。");
}

absl::Status CheckEntry(const audit::v1::Entry& entry) {
  if (audit::domain::BytesOf(audit::domain::LeafHash(entry.leaf())) != entry.leaf_hash()) {
    return NotVerified(
        absl::StrCat("Entry ", entry.index(), " was altered: its hash differs."),
        absl::StrCat(entry.index(), " 番の記録は改ざんされています(ハッシュ不一致)。"));
  }
  event::v1::Event event;
  if (!event.ParseFromString(entry.leaf()) || !wire::UnsealValues(entry.bodies(), event).ok() ||
      !google::protobuf::util::MessageDifferencer::Equals(event, entry.event())) {
    return NotVerified(
        absl::StrCat("Entry ", entry.index(), " is shown differently from what the log holds."),
        absl::StrCat(entry.index(), " 番の記録の表示が、ログの中身と異なります。"));
  }
  return absl::OkStatus();
}

absl::Status CheckInclusion(const audit::v1::Entry& entry, const audit::v1::InclusionProof& proof,
                            const audit::domain::TreeHead& head) {
  RETURN_IF_ERROR(CheckEntry(entry));
  ASSIGN_OR_RETURN(const std::vector<Hash> hashes, ToHashes(proof.hashes()));
  if (audit::domain::VerifyInclusion(audit::domain::LeafHash(entry.leaf()), entry.index(),
                                     head.size, hashes, head.root)) {
    return absl::OkStatus();
  }
  return NotVerified(absl::StrCat("Entry ", entry.index(), " is not in the log of ", head.size,
                                  " entries: its proof does not hold."),
                     absl::StrCat(entry.index(), " 番の記録は ", head.size,
                                  " 件のログに含まれていません(証明が成り立ちません)。"));
}

absl::Status CheckConsistency(const audit::domain::TreeHead& first,
                              const audit::domain::TreeHead& second,
                              const audit::v1::ConsistencyProof& proof) {
  ASSIGN_OR_RETURN(const std::vector<Hash> hashes, ToHashes(proof.hashes()));
  if (audit::domain::VerifyConsistency(first, second, hashes)) return absl::OkStatus();
  return NotVerified(absl::StrCat("The log is not a continuation of the one verified last (",
                                  first.size, " entries): its past was rewritten."),
                     absl::StrCat("前回検証したログ(", first.size,
                                  " 件)の続きではありません。過去の記録が書き換えられています。"));
}

absl::Status CheckReport(const audit::domain::Report& report) {
  if (report.holds()) return absl::OkStatus();
  const std::size_t named = std::min(report.findings.size(), kMostFlawsNamed);
  std::string en, ja;
  for (std::size_t i = 0; i < named; ++i) {
    const Finding& finding = report.findings[i];
    absl::StrAppend(&en, i == 0 ? "" : ", ", "entry ", Positions(finding), " ",
                    NameOf(finding.flaw));
    absl::StrAppend(&ja, i == 0 ? "" : "、", Positions(finding), " 番 ", Japanese(finding.flaw));
  }
  const std::int64_t unnamed = report.flaw_count - static_cast<std::int64_t>(named);
  if (unnamed > 0) {
    absl::StrAppend(&en, ", and ", unnamed, " more");
    absl::StrAppend(&ja, "、ほか ", unnamed, " 件");
  }
  return NotVerified(absl::StrCat("The log was tampered with: ", en, "."),
                     absl::StrCat("監査ログが改ざんされています: ", ja, "。"));
}

}  // namespace daicho::cli
