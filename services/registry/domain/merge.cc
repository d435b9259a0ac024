#include "services/registry/domain/merge.h"

#include <cstddef>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/base/refusal.h"

namespace daicho::registry::domain {
namespace {

std::string NameOf(const std::string& id) { return absl::StrCat("accounts/", id); }

Decision Absorb(const Absorbed& absorbed, const AgreedForm& form, const std::string& survivor,
                absl::CivilDay effective_on, absl::Time now) {
  if (absorbed.account) {
    return BeAbsorbed(*absorbed.account, form, absorbed.agreed_revision, survivor, effective_on,
                      now);
  }
  return Conflict{.reason = "ACCOUNT_NOT_FOUND",
                  .en = "The ledger has no such account; look it up in the list.",
                  .ja = "台帳にそのアカウントはありません。一覧で確認してください。"};
}

// `conflict` with the account it is about named, for a form may absorb many.
Conflict About(Conflict conflict, const Absorbed& absorbed, std::size_t index) {
  std::string name = NameOf(absorbed.id);
  if (absorbed.account) {
    const auto shown = absorbed.account->fields.find("display_name");
    if (shown != absorbed.account->fields.end()) absl::StrAppend(&name, " ", shown->second);
  }
  conflict.en = absl::StrCat(name, ": ", conflict.en);
  conflict.ja = absl::StrCat(name, ": ", conflict.ja);
  conflict.field = absl::StrCat("absorbed_accounts[", index, "]");
  conflict.account = absorbed.account ? absorbed.id : "";
  return conflict;
}

std::string PlatformIdOf(const Account& account) {
  const auto id = account.fields.find("platform_account_id");
  return id == account.fields.end() ? "" : id->second;
}

// What keeps `survivor` from taking others over as `after`.
std::optional<Conflict> CheckSurvivor(const Account& survivor, const Account& after) {
  if (const auto next = NextStanding(StandingOf(survivor), Act::kTakeOver); !next.ok()) {
    const Message message = MessageOfLife(ReasonOf(next.status()));
    return Conflict{.reason = ReasonOf(next.status()),
                    .en = std::string(message.en),
                    .ja = std::string(message.ja),
                    .field = "account",
                    .account = survivor.id};
  }
  if (PlatformIdOf(survivor).empty() || PlatformIdOf(survivor) == PlatformIdOf(after)) {
    return std::nullopt;
  }
  return Conflict{.reason = "PLATFORM_ID_CHANGED",
                  .en =
                      "Merging by renaming keeps the account, and with it the platform's own id; "
                      "put back the id that the ledger has.",
                  .ja =
                      "改名による統合ではサービス側のIDは変わりません。台帳にあるIDに戻して"
                      "ください。",
                  .field = "fields.platform_account_id",
                  .account = survivor.id};
}

}  // namespace

Ruling ToRuling(Decision decision) {
  Ruling ruling;
  if (auto* change = std::get_if<Change>(&decision)) {
    ruling.changes.push_back(std::move(*change));
  } else {
    ruling.conflicts.push_back(std::get<Conflict>(std::move(decision)));
  }
  return ruling;
}

Ruling Merge(const Account& survivor, Decision changed, const AgreedForm& form,
             const std::vector<Absorbed>& absorbed, absl::CivilDay effective_on, absl::Time now) {
  Ruling ruling = ToRuling(std::move(changed));
  if (ruling.conflicts.empty()) {
    auto conflict = CheckSurvivor(survivor, ruling.changes.front().after);
    if (conflict) ruling.conflicts.push_back(*std::move(conflict));
  }
  for (std::size_t i = 0; i < absorbed.size(); ++i) {
    Decision decision = Absorb(absorbed[i], form, survivor.id, effective_on, now);
    if (auto* conflict = std::get_if<Conflict>(&decision)) {
      ruling.conflicts.push_back(About(std::move(*conflict), absorbed[i], i));
      continue;
    }
    ruling.changes.push_back(std::get<Change>(std::move(decision)));
    ruling.changes.back().event.related.push_back(NameOf(survivor.id));
  }
  if (!ruling.conflicts.empty()) {
    ruling.changes.clear();
    return ruling;
  }
  for (const Absorbed& one : absorbed) {
    ruling.changes.front().event.related.push_back(NameOf(one.id));
  }
  return ruling;
}

}  // namespace daicho::registry::domain
