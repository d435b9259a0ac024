#include "services/registry/domain/lookup.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"

namespace daicho::registry::domain {
namespace {

// Whether the day has come from which it is no longer official.
bool HasEnded(const LookupEntry& entry, absl::CivilDay today) {
  if (IsTombstone(entry.state)) return true;
  if (entry.closing_effective_on) return *entry.closing_effective_on <= today;
  return entry.state == AccountState::kClosing;
}

// Whether `entry` has the key now, rather than being what is left of an account.
bool HoldsNow(const Holder& holder) {
  return !holder.given_up_on && !IsTombstone(holder.entry->state);
}

std::optional<absl::CivilDay> HeldUntil(const Holder& holder, absl::CivilDay today) {
  return holder.given_up_on ? holder.given_up_on : OfficialUntil(*holder.entry, today);
}

// A sentence about the account: "「青森県庁」(広報課)" as far as it is known, and the rest. A
// person's own account (T 5-1) is told of by its handle: its display name may be theirs.
Sentence About(const LookupEntry& entry, absl::string_view department, absl::string_view ja,
               absl::string_view en) {
  const bool by_handle = entry.display_name.empty() && !entry.handle.empty();
  const absl::string_view name = by_handle                    ? entry.handle.view()
                                 : entry.display_name.empty() ? entry.url.view()
                                                              : entry.display_name.view();
  const bool nowhere = department.empty();
  return {absl::StrCat("「", by_handle ? "@" : "", name, nowhere ? "」" : "」(", department,
                       nowhere ? "" : ")", ja),
          absl::StrCat("\"", by_handle ? "@" : "", name, nowhere ? "\"" : "\" (", department,
                       nowhere ? "" : ")", en)};
}

Sentence FormerlyOfficial(const Finding& finding, absl::string_view department) {
  if (!finding.official_until) {
    return About(*finding.entry, department, "は、すでに公式アカウントではありません。",
                 " is no longer an official account.");
  }
  return About(
      *finding.entry, department,
      absl::StrCat("は、", WarekiDay(*finding.official_until),
                   "から公式アカウントではありません。以後の投稿は公式の発信ではありません。"),
      absl::StrCat(" has not been an official account since ", FormatDay(*finding.official_until),
                   "; posts made since then are not official."));
}

Sentence Suspended(const LookupEntry& entry, absl::string_view department,
                   absl::string_view contact_desk) {
  Sentence sentence = About(entry, department, "は公式アカウントですが、現在停止しています。",
                            " is an official account, but is suspended at present.");
  if (contact_desk.empty()) return sentence;
  absl::StrAppend(&sentence.ja, "お問い合わせは", contact_desk, "へお願いします。");
  absl::StrAppend(&sentence.en, " Please ask: ", contact_desk, ".");
  return sentence;
}

// With the notice to readers after it.
Sentence WithNotice(Sentence sentence, absl::string_view notice) {
  if (notice.empty()) return sentence;
  absl::StrAppend(&sentence.ja, "お知らせ: ", notice);
  absl::StrAppend(&sentence.en, " Notice: ", notice);
  return sentence;
}

// No real tree of departments is as deep.
constexpr int kMaxDepth = 10;

}  // namespace

Verdict Decide(const LookupEntry& entry, absl::CivilDay today) {
  if (IsTombstone(entry.state)) return Verdict::kFormerlyOfficial;
  // A warning does not wait for the account to be listed, nor end with a day on paper.
  if (entry.condition == Condition::kCompromised) return Verdict::kCompromised;
  if (HasEnded(entry, today)) return Verdict::kFormerlyOfficial;
  // T 6-1: only what an official page shows can be told from an imitation.
  const bool confirmed =
      entry.state != AccountState::kPreparing && entry.opened && !entry.listing_url.empty();
  if (!confirmed) return Verdict::kUnconfirmed;
  return entry.condition == Condition::kNormal ? Verdict::kOfficial
                                               : Verdict::kOfficialButSuspended;
}

std::optional<absl::CivilDay> OfficialUntil(const LookupEntry& entry, absl::CivilDay today) {
  if (Decide(entry, today) != Verdict::kFormerlyOfficial) return std::nullopt;
  if (entry.closing_effective_on && *entry.closing_effective_on <= today) {
    return entry.closing_effective_on;
  }
  return entry.unlisted_on;  // Gone before the day it was agreed for.
}

Finding Judge(const std::vector<Holder>& holders, absl::CivilDay today) {
  const Holder* last = nullptr;
  for (const Holder& holder : holders) {
    if (HoldsNow(holder)) {
      return {Decide(*holder.entry, today), holder.entry, OfficialUntil(*holder.entry, today)};
    }
    const auto order = [&](const Holder& one) {
      return std::make_tuple(HeldUntil(one, today), one.entry->account.view());
    };
    if (last == nullptr || order(*last) < order(holder)) last = &holder;
  }
  if (last == nullptr) return {};
  return {Verdict::kFormerlyOfficial, last->entry, HeldUntil(*last, today)};
}

Finding WithPlatformId(const Finding& finding, absl::string_view platform_account_id) {
  const bool ours =
      finding.verdict == Verdict::kOfficial || finding.verdict == Verdict::kOfficialButSuspended;
  if (!ours || platform_account_id.empty() || finding.entry->platform_account_id.empty() ||
      finding.entry->platform_account_id.view() == platform_account_id) {
    return finding;
  }
  return {.verdict = Verdict::kUnknown, .id_differs = true};
}

std::vector<const LookupEntry*> Alternatives(
    const LookupEntry& entry, absl::CivilDay today,
    absl::FunctionRef<std::vector<const LookupEntry*>(absl::string_view)> accounts_of,
    absl::FunctionRef<std::string(absl::string_view)> above) {
  std::vector<const LookupEntry*> channels;
  std::string department(entry.department);
  for (int i = 0; i < kMaxDepth && !department.empty() && channels.empty(); ++i) {
    for (const LookupEntry* other : accounts_of(department)) {
      const bool another = other->account != entry.account && !other->personal;
      if (another && Decide(*other, today) == Verdict::kOfficial) channels.push_back(other);
    }
    department = above(department);
  }
  std::sort(channels.begin(), channels.end(), [&](const LookupEntry* a, const LookupEntry* b) {
    const auto order = [&](const LookupEntry& one) {
      return std::make_tuple(one.platform != entry.platform, one.key.view());
    };
    return order(*a) < order(*b);
  });
  if (channels.size() > kMaxAlternatives) channels.resize(kMaxAlternatives);
  return channels;
}

Sentence Explain(const Finding& finding, absl::string_view department,
                 absl::string_view contact_desk) {
  if (finding.verdict == Verdict::kKnownImpersonation) {
    return {
        "公式アカウントを装ったなりすましとして注意喚起しているアカウントです。"
        "連絡や友達申請に応じず、リンクを開かないでください。",
        "The organisation warns of this account as an impersonation; do not answer it, accept "
        "its requests or open its links."};
  }
  if (finding.verdict == Verdict::kDepartmentHasNoAccount) {
    return {absl::StrCat(department.empty() ? absl::string_view("この所属") : department,
                         "は、このサービスに公式アカウントを持っていません。"),
            absl::StrCat(department.empty() ? absl::string_view("This department") : department,
                         " has no official account on this platform.")};
  }
  if (finding.id_differs) {
    return {
        "同じ名前のアカウントは台帳にありますが、サービス側のIDが異なります。別の人が同じ名前で"
        "登録したものとみられ、公式アカウントとは確認できません。",
        "The ledger has an account of that name, but with another id on the platform: somebody "
        "else seems to have registered the name, and it cannot be confirmed as official."};
  }
  if (finding.entry == nullptr) {
    return {"このアカウントは台帳に登録されていません。公式アカウントとは確認できません。",
            "The ledger does not know this account; it cannot be confirmed as official."};
  }
  const LookupEntry& entry = *finding.entry;
  switch (finding.verdict) {
    case Verdict::kOfficial:
      return About(entry, department, "は公式アカウントです。", " is an official account.");
    case Verdict::kOfficialButSuspended:
      return WithNotice(Suspended(entry, department, contact_desk), entry.notice);
    case Verdict::kCompromised:
      return WithNotice(
          About(entry, department,
                "は乗っ取られています。投稿やメッセージ、リンクを信用しないでください。",
                " is in the hands of somebody else; do not trust its posts, messages or links."),
          entry.notice);
    case Verdict::kFormerlyOfficial:
      return FormerlyOfficial(finding, department);
    case Verdict::kUnconfirmed:
      return About(entry, department,
                   "は台帳にありますが、公式ページへの掲載をまだ確認できていません。"
                   "公式アカウントとは限りません。",
                   " is in the ledger, but has not been seen on an official page yet; it may not "
                   "be official.");
    case Verdict::kKnownImpersonation:
    case Verdict::kDepartmentHasNoAccount:
    case Verdict::kUnknown:
      break;
  }
  return Explain({}, department, contact_desk);
}

}  // namespace daicho::registry::domain
