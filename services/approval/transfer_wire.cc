#include "services/approval/transfer_wire.h"

#include <cstddef>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/wire/fields.h"
#include "services/approval/wire.h"

namespace daicho::approval::wire {
namespace {

v1::TransferEffect::What ToProto(domain::Effect effect) {
  switch (effect) {
    case domain::Effect::kReviewGiven:
      return v1::TransferEffect::WHAT_REVIEW_GIVEN;
    case domain::Effect::kReviewLeft:
      return v1::TransferEffect::WHAT_REVIEW_LEFT;
    case domain::Effect::kFormGiven:
      return v1::TransferEffect::WHAT_FORM_GIVEN;
    case domain::Effect::kNamed:
      return v1::TransferEffect::WHAT_NAMED;
    case domain::Effect::kAbsenceEnded:
      return v1::TransferEffect::WHAT_ABSENCE_ENDED;
  }
  return v1::TransferEffect::WHAT_UNSPECIFIED;
}

}  // namespace

Violation SuccessorIsTransferred(std::string field) {
  return {std::move(field), "SUCCESSOR_IS_TRANSFERRED",
          "Name somebody who stays in the department left.",
          "異動元の所属に残る人を後任に指定してください。"};
}

absl::StatusOr<std::vector<domain::Transferred>> Parse(const v1::TransferPeopleRequest& request) {
  std::vector<domain::Transferred> people;
  std::vector<Violation> violations;
  std::set<std::pair<std::string, std::string>> seen;
  for (int i = 0; i < request.people_size(); ++i) {
    const v1::TransferredPerson& person = request.people(i);
    const std::string path = absl::StrCat("people[", i, "].");
    const std::string& successor = person.successor().subject();
    const auto check_department = [&](const std::string& name, const char* field) {
      if (daicho::wire::ParseDepartmentName(name, path + field).ok()) return;
      violations.push_back(InvalidName(path + field, "departments/CODE"));
    };
    if (!IsUserName(person.subject())) {
      violations.push_back(InvalidName(path + "subject", "users/NAME"));
    } else if (!seen.emplace(person.subject(), person.department_left()).second) {
      violations.push_back({path + "subject", "NAMED_TWICE",
                            "The person is named before; leave them out.",
                            "同じ人が重複しています。一つだけにしてください。"});
    }
    check_department(person.department_left(), "department_left");
    if (!person.department_joined().empty()) {
      check_department(person.department_joined(), "department_joined");
    }
    if (!IsUserName(successor)) {
      violations.push_back(InvalidName(path + "successor.subject", "users/NAME"));
    } else if (successor == person.subject()) {
      violations.push_back(SuccessorIsTransferred(path + "successor.subject"));
    }
    people.push_back({.person = person.subject(),
                      .department_left = person.department_left(),
                      .department_joined = person.department_joined(),
                      .successor = {successor, person.successor().display_name()}});
  }
  if (!violations.empty()) return RefuseFields(violations);
  return people;
}

void ToProto(const domain::TransferNote& note, const std::vector<domain::Transferred>& people,
             const std::string& name, const std::string& department, v1::TransferEffect* out) {
  out->set_person(note.person);
  out->set_name(name);
  out->set_department(department);
  out->set_what(ToProto(note.effect));
  out->set_field(note.path);
  SetPerson(people[static_cast<std::size_t>(note.person)].successor, out->mutable_successor());
}

}  // namespace daicho::approval::wire
