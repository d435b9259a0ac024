#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/base/refusal.h"
#include "common/base/status_macros.h"
#include "services/approval/absence_store.h"
#include "services/approval/announce.h"
#include "services/approval/domain/transfer.h"
#include "services/approval/handling.h"
#include "services/approval/service.h"
#include "services/approval/store.h"
#include "services/approval/transfer_store.h"
#include "services/approval/transfer_wire.h"

namespace daicho::approval {
namespace {

constexpr rpc::Method kTransferPeople{"daicho.approval.v1.FormService.TransferPeople"};

constexpr int kMostForms = 5000;

using People = std::vector<domain::Transferred>;

// Each department asked about once. Notes a department that the directory does not have.
class Directory {
 public:
  Directory(const Peers& peers, const rpc::Call& call) : peers_(peers), call_(call) {}

  absl::StatusOr<std::set<std::string>> HeirsOf(const std::string& department,
                                                const std::string& field) {
    auto found = known_.find(department);
    if (found == known_.end()) {
      absl::StatusOr<std::set<std::string>> heirs = peers_.GetHeirs(call_, department);
      const bool unknown = ReasonOf(heirs.status()) == "DEPARTMENT_NOT_FOUND";
      if (!heirs.ok() && !unknown) return heirs.status();
      if (unknown) {
        violations_.push_back(
            {field, "DEPARTMENT_NOT_FOUND",
             "The directory has no such department; write it as departments/CODE.",
             "その所属は登録されていません。departments/コード の形で指定してください。"});
        return std::set<std::string>();
      }
      found = known_.emplace(department, *std::move(heirs)).first;
    }
    return found->second;
  }

  const std::vector<Violation>& violations() const { return violations_; }

 private:
  const Peers& peers_;
  const rpc::Call& call_;
  std::map<std::string, std::set<std::string>> known_;
  std::vector<Violation> violations_;
};

std::string PathOf(std::size_t person, const char* field) {
  return absl::StrCat("people[", person, "].", field);
}

// Whether both left a department that is one by now, so that the one's work would be the other's.
bool LeftTheSame(const domain::Transferred& one, const domain::Transferred& other) {
  if (one.Left(other.department_left)) return true;
  for (const std::string& heir : other.heirs) {
    if (one.Left(heir)) return true;
  }
  return false;
}

absl::Status CheckSuccessors(const People& people) {
  std::vector<Violation> violations;
  for (std::size_t i = 0; i < people.size(); ++i) {
    for (const domain::Transferred& other : people) {
      if (people[i].successor.subject != other.person || !LeftTheSame(people[i], other)) continue;
      violations.push_back(wire::SuccessorIsTransferred(PathOf(i, "successor.subject")));
      break;
    }
  }
  return violations.empty() ? absl::OkStatus() : RefuseFields(violations);
}

absl::StatusOr<People> Prepare(const v1::TransferPeopleRequest& request, const Peers& peers,
                               const rpc::Call& call) {
  ASSIGN_OR_RETURN(People people, wire::Parse(request));
  Directory directory(peers, call);
  for (std::size_t i = 0; i < people.size(); ++i) {
    ASSIGN_OR_RETURN(people[i].heirs,
                     directory.HeirsOf(people[i].department_left, PathOf(i, "department_left")));
    if (people[i].department_joined.empty()) continue;
    RETURN_IF_ERROR(
        directory.HeirsOf(people[i].department_joined, PathOf(i, "department_joined")).status());
  }
  if (!directory.violations().empty()) return RefuseFields(directory.violations());
  RETURN_IF_ERROR(CheckSuccessors(people));
  return people;
}

store::Departures DeparturesOf(const People& people) {
  store::Departures left;
  const auto add = [&](const std::string& person, const std::string& department) {
    left.people.push_back(person);
    left.departments.push_back(department);
  };
  for (const domain::Transferred& one : people) {
    add(one.person, one.department_left);
    for (const std::string& heir : one.heirs) add(one.person, heir);
  }
  return left;
}

// Who of `people` was absent.
int IndexOf(const domain::Absence& absence, const People& people) {
  for (std::size_t i = 0; i < people.size(); ++i) {
    if (people[i].person == absence.person.subject && people[i].Left(absence.department)) {
      return static_cast<int>(i);
    }
  }
  return 0;
}

absl::Status EndAbsences(work::UnitOfWork& unit, const People& people,
                         const store::Departures& left, absl::Time now,
                         v1::TransferPeopleResponse& out) {
  ASSIGN_OR_RETURN(const std::vector<domain::Absence> absences,
                   store::AbsencesNotOver(unit.tx(), left.people, left.departments, TokyoDay(now)));
  for (const domain::Absence& absence : absences) {
    ASSIGN_OR_RETURN(const domain::AbsenceChange change, domain::EndAbsence(absence, now));
    store::SaveAbsenceEnd(unit.tx(), change.after);
    RETURN_IF_ERROR(unit.Announce(change.event));
    const domain::TransferNote note = {IndexOf(absence, people), domain::Effect::kAbsenceEnded,
                                       "end_time"};
    wire::ToProto(note, people, NameOf(absence), absence.department, out.add_effects());
  }
  return absl::OkStatus();
}

absl::Status TransferForms(work::UnitOfWork& unit, const People& people,
                           const store::Departures& left, const domain::Actor& actor,
                           absl::Time now, v1::TransferPeopleResponse& out) {
  ASSIGN_OR_RETURN(const std::vector<domain::Form> forms,
                   store::LoadWaiting(unit.tx(), left, kMostForms + 1));
  if (static_cast<int>(forms.size()) > kMostForms) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "TOO_MANY_FORMS",
                  {"They concern more than 5,000 forms; name fewer people at once.",
                   "該当する協議書が5,000件を超えます。対象の職員を分けて指定してください。"});
  }
  for (const domain::Form& form : forms) {
    const domain::TransferOutcome outcome = domain::Transfer(form, people, actor, now);
    for (const domain::TransferNote& note : outcome.notes) {
      wire::ToProto(note, people, NameOf(form), form.department, out.add_effects());
    }
    if (!outcome.change) continue;
    RETURN_IF_ERROR(store::Save(unit.tx(), outcome.change->after));
    RETURN_IF_ERROR(Announce(unit, *outcome.change));
    out.set_form_count(out.form_count() + 1);
  }
  return absl::OkStatus();
}

}  // namespace

grpc::Status FormServiceImpl::TransferPeople(grpc::ServerContext* context,
                                             const v1::TransferPeopleRequest* request,
                                             v1::TransferPeopleResponse* response) {
  return rpc::WriteAfter(
      env_, *context, kTransferPeople, *request, response,
      [&](const rpc::Call& call) { return Prepare(*request, *peers_, call); },
      [&](const rpc::Call& call, work::UnitOfWork& unit,
          const People& people) -> absl::StatusOr<v1::TransferPeopleResponse> {
        const store::Departures left = DeparturesOf(people);
        v1::TransferPeopleResponse out;
        // Whoever agrees as deputy holds the absence before the form, and so does this.
        RETURN_IF_ERROR(EndAbsences(unit, people, left, call.now(), out));
        RETURN_IF_ERROR(TransferForms(unit, people, left, ActorOf(call.caller()), call.now(), out));
        return out;
      });
}

}  // namespace daicho::approval
