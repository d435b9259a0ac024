#include "services/registry/domain/inquiry.h"

#include <algorithm>
#include <utility>

namespace daicho::registry::domain {
namespace {

// The account to point readers to: the first along the successors that is official today. An
// account asked for by a former name may be that itself.
const LookupEntry* SuccessorOf(const CanonicalUrl& asked, const Finding& finding,
                               const DirectorySnapshot& snapshot, absl::CivilDay today) {
  const LookupEntry* entry = finding.entry;
  if (entry == nullptr || finding.verdict == Verdict::kOfficial) return nullptr;
  for (int i = 0; entry != nullptr && i < kMostSuccessors; ++i) {
    const bool another = entry->key.view() != asked.key;
    if (another && Decide(*entry, today) == Verdict::kOfficial) return entry;
    entry = entry->successor.empty() ? nullptr : snapshot.Account(entry->successor);
  }
  return nullptr;
}

// Accounts of the departments on `platform` with that verdict, by key.
std::vector<const LookupEntry*> AccountsOf(const DirectorySnapshot& snapshot,
                                           const std::vector<const PublicDepartment*>& departments,
                                           absl::string_view platform, Verdict verdict,
                                           absl::CivilDay today) {
  std::vector<const LookupEntry*> accounts;
  for (const PublicDepartment* department : departments) {
    for (const LookupEntry* entry : snapshot.AccountsOf(department->code)) {
      const bool asked = entry->platform.view() == platform && !entry->personal;
      if (asked && Decide(*entry, today) == verdict) accounts.push_back(entry);
    }
  }
  std::sort(accounts.begin(), accounts.end(), [](const LookupEntry* a, const LookupEntry* b) {
    return a->key.view() < b->key.view();
  });
  return accounts;
}

std::vector<const LookupEntry*> AtMost(std::size_t count, std::vector<const LookupEntry*> entries) {
  if (entries.size() > count) entries.resize(count);
  return entries;
}

// What readers who look for the department should hear of first.
constexpr Verdict kOfInterest[] = {Verdict::kOfficial, Verdict::kOfficialButSuspended,
                                   Verdict::kCompromised, Verdict::kUnconfirmed};

Answer AboutDepartment(const Inquiry& inquiry, const PlatformTable& platforms,
                       const DirectorySnapshot& snapshot, absl::CivilDay today) {
  Answer answer;
  const auto departments = snapshot.FindDepartments(inquiry.department, today);
  if (!departments.empty()) answer.department = departments.front();
  const Platform* platform = platforms.ByName(inquiry.platform);
  answer.department_unknown = answer.department == nullptr;
  if (platform == nullptr) answer.problem = UrlProblem::kPlatformUnknown;
  if (answer.department_unknown || answer.problem) return answer;
  answer.finding.verdict = Verdict::kDepartmentHasNoAccount;
  for (const Verdict verdict : kOfInterest) {
    const auto accounts = AccountsOf(snapshot, departments, platform->id, verdict, today);
    if (accounts.empty()) continue;
    answer.finding = {.verdict = verdict, .entry = accounts.front()};
    if (verdict == Verdict::kOfficial) {
      answer.alternatives = AtMost(kMostAlternatives, {accounts.begin() + 1, accounts.end()});
    }
    break;
  }
  return answer;
}

absl::StatusOr<CanonicalUrl> Identify(const PlatformTable& platforms, const Inquiry& inquiry) {
  return inquiry.url.empty() ? CanonicalizeHandle(platforms, inquiry.platform, inquiry.handle)
                             : Canonicalize(platforms, inquiry.url);
}

}  // namespace

std::string KeyOf(const Inquiry& inquiry, const PlatformTable& platforms) {
  const absl::StatusOr<CanonicalUrl> asked = Identify(platforms, inquiry);
  return asked.ok() ? asked->key : "";
}

Answer AnswerTo(const Inquiry& inquiry, const PlatformTable& platforms,
                const DirectorySnapshot& snapshot, absl::CivilDay today) {
  if (!inquiry.department.empty()) return AboutDepartment(inquiry, platforms, snapshot, today);
  Answer answer;
  absl::StatusOr<CanonicalUrl> asked = Identify(platforms, inquiry);
  if (!asked.ok()) {
    answer.problem = UrlProblemOf(asked.status()).value_or(UrlProblem::kMalformedUrl);
    return answer;
  }
  answer.asked = *std::move(asked);
  // Whatever the ledger held once: readers must be warned.
  answer.warning = snapshot.WarningOf(answer.asked->key);
  if (answer.warning != nullptr) {
    answer.finding.verdict = Verdict::kKnownImpersonation;
    return answer;
  }
  answer.finding = WithPlatformId(Judge(snapshot.HoldersOf(answer.asked->key), today),
                                  inquiry.platform_account_id);
  answer.successor = SuccessorOf(*answer.asked, answer.finding, snapshot, today);
  if (answer.finding.verdict == Verdict::kOfficialButSuspended) {
    answer.alternatives = Alternatives(
        *answer.finding.entry, today,
        [&](absl::string_view department) { return snapshot.AccountsOf(department); },
        [&](absl::string_view code) {
          const PublicDepartment* department = snapshot.Department(code);
          return department == nullptr ? std::string() : department->parent;
        });
  }
  if (answer.finding.verdict == Verdict::kUnknown && !answer.finding.id_differs) {
    const Likeness likeness(HandleOf(*answer.asked));
    answer.look_alike =
        NearestOfficial(*answer.asked, likeness, snapshot.Resembling(likeness), today);
  }
  return answer;
}

}  // namespace daicho::registry::domain
