#include "services/registry/domain/public_list.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/uuid.h"

namespace daicho::registry::domain {
namespace {

// First day on which it is not official any more, past or to come.
std::optional<absl::CivilDay> EndOf(const PublicFacts& facts, absl::CivilDay today) {
  const bool gone_before = IsTombstone(facts.state) && facts.unlisted_on &&
                           facts.closing_effective_on && *facts.closing_effective_on > today;
  return gone_before ? facts.unlisted_on : facts.closing_effective_on;
}

bool HasEnded(const PublicFacts& facts, absl::CivilDay today) {
  const auto end = EndOf(facts, today);
  return IsTombstone(facts.state) || (end && *end <= today);
}

bool HasBeenPublished(const PublicFacts& facts) {
  return facts.opened && facts.state != AccountState::kPreparing && !facts.url.empty();
}

ListStanding StandingOf(const PublicFacts& facts, absl::CivilDay today) {
  if (IsTombstone(facts.state)) return ListStanding::kFormer;
  // A warning does not end with a day on paper.
  if (facts.condition == Condition::kCompromised) return ListStanding::kCompromised;
  if (HasEnded(facts, today)) return ListStanding::kFormer;
  if (facts.condition != Condition::kNormal) return ListStanding::kSuspended;
  // Agreed is not done: until it is renamed on its platform too, somebody else can take the name.
  return facts.renamed_unseen ? ListStanding::kUnconfirmed : ListStanding::kOfficial;
}

ListedAccount Stand(const PublicFacts& facts, absl::CivilDay today) {
  ListedAccount listed{
      .standing = StandingOf(facts, today), .facts = facts, .official_until = EndOf(facts, today)};
  if (facts.personal) listed.facts.display_name.clear();
  const bool troubled =
      listed.standing == ListStanding::kSuspended || listed.standing == ListStanding::kCompromised;
  if (!troubled) {
    listed.facts.notice.clear();
    listed.facts.condition_since.reset();
  }
  listed.successor = troubled && !facts.condition_successor.empty() ? facts.condition_successor
                                                                    : facts.closing_successor;
  return listed;
}

// T 6-1: readers who come late still learn that it is official no longer.
bool IsStillTold(absl::CivilDay until, absl::CivilDay today, int former_days) {
  return today - until < former_days;
}

absl::Time StartOf(absl::CivilDay day) {
  return absl::FromCivil(day, absl::FixedTimeZone(9 * 60 * 60));
}

bool SameName(const PublicFacts& a, const PublicFacts& b) {
  return a.display_name == b.display_name && a.handle == b.handle && a.url == b.url;
}

bool IsSuspended(Condition condition) {
  return condition == Condition::kSuspendedByPlatform ||
         condition == Condition::kSuspendedInternally;
}

std::optional<PublicChangeKind> ConditionChange(Condition before, Condition after) {
  if (before == after || (IsSuspended(before) && IsSuspended(after))) return std::nullopt;
  if (after == Condition::kNormal) return PublicChangeKind::kRestored;
  return after == Condition::kCompromised ? PublicChangeKind::kCompromised
                                          : PublicChangeKind::kSuspended;
}

// Collects the changes of one step.
class Teller {
 public:
  explicit Teller(const Step& step)
      : step_(step), account_(Stand(step.after, TokyoDay(step.time))) {}

  PublicChange& Tell(PublicChangeKind kind) {
    return changes_.emplace_back(
        PublicChange{.id = NamedUuid(absl::StrCat("daicho/public-list/", step_.after.account, "/",
                                                  step_.revision, "/", ToText(kind))),
                     .kind = kind,
                     .time = step_.time,
                     .account = account_});
  }

  std::vector<PublicChange> Finish() && { return std::move(changes_); }

 private:
  const Step& step_;
  const ListedAccount account_;
  std::vector<PublicChange> changes_;
};

}  // namespace

std::optional<ListedAccount> Place(const PublicFacts& facts, absl::CivilDay today,
                                   int former_days) {
  if (!HasBeenPublished(facts)) return std::nullopt;
  ListedAccount listed = Stand(facts, today);
  if (listed.standing != ListStanding::kFormer) return listed;
  // Every tombstone has both days; without one nothing could be said.
  if (!listed.official_until || !IsStillTold(*listed.official_until, today, former_days)) {
    return std::nullopt;
  }
  return listed;
}

std::optional<ListedAccount> Place(const FormerName& name, absl::CivilDay today, int former_days) {
  if (!HasBeenPublished(name.facts) || name.until_on > today ||
      !IsStillTold(name.until_on, today, former_days)) {
    return std::nullopt;
  }
  ListedAccount listed{.standing = ListStanding::kFormer,
                       .facts = name.facts,
                       .official_until = name.until_on,
                       .successor = name.facts.account,
                       .former_name = true};
  if (name.facts.personal) listed.facts.display_name.clear();
  listed.facts.notice.clear();
  listed.facts.condition_since.reset();
  return listed;
}

std::vector<PublicChange> ChangesOf(const Step& step) {
  const PublicFacts& before = step.before;
  const PublicFacts& after = step.after;
  const absl::CivilDay day = TokyoDay(step.time);
  Teller teller(step);
  if (!HasBeenPublished(after) || IsTombstone(after.state)) return {};
  if (!HasBeenPublished(before)) {
    if (!HasEnded(after, day)) teller.Tell(PublicChangeKind::kOpened);
    return std::move(teller).Finish();
  }
  if (const auto kind = ConditionChange(before.condition, after.condition)) teller.Tell(*kind);
  if (HasEnded(after, day)) return std::move(teller).Finish();
  if (!SameName(before, after)) {
    PublicChange& renamed = teller.Tell(PublicChangeKind::kRenamed);
    if (!before.personal && !after.personal) renamed.display_name_before = before.display_name;
    renamed.url_before = before.url;
  }
  if (before.department != after.department) {
    teller.Tell(PublicChangeKind::kMoved).department_before = before.department;
  }
  if (after.closing_effective_on && after.closing_effective_on != before.closing_effective_on) {
    teller.Tell(PublicChangeKind::kClosing);
  }
  return std::move(teller).Finish();
}

std::optional<PublicChange> ClosedChangeOf(const ListedAccount& account) {
  if (account.standing != ListStanding::kFormer || account.former_name || !account.official_until) {
    return std::nullopt;
  }
  return PublicChange{
      .id = NamedUuid(absl::StrCat("daicho/public-list/", account.facts.account, "/CLOSED")),
      .kind = PublicChangeKind::kClosed,
      .time = StartOf(*account.official_until),
      .account = account};
}

absl::string_view ToText(PublicChangeKind kind) {
  switch (kind) {
    case PublicChangeKind::kOpened:
      return "OPENED";
    case PublicChangeKind::kRenamed:
      return "RENAMED";
    case PublicChangeKind::kMoved:
      return "MOVED";
    case PublicChangeKind::kClosing:
      return "CLOSING";
    case PublicChangeKind::kClosed:
      return "CLOSED";
    case PublicChangeKind::kSuspended:
      return "SUSPENDED";
    case PublicChangeKind::kCompromised:
      return "COMPROMISED";
    case PublicChangeKind::kRestored:
      return "RESTORED";
  }
  return "";
}

}  // namespace daicho::registry::domain
