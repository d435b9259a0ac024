#include "services/registry/incident_service.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/testing/status.h"
#include "common/wire/fields.h"
#include "services/registry/testing/service_fixture.h"

namespace daicho::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Person kReader{"saito", {"AUDITOR"}, ""};
const Person kOtherHead{"endo", {"DEPARTMENT_HEAD"}, "0201"};

// One incident of 生涯学習課, which has an account on X. It is 08:30; the incident was seen at
// 08:08.
class IncidentServiceTest : public ServiceTest {
 protected:
  IncidentServiceTest() {
    ImportDepartments(kDepartments);
    account_ = ImportAccounts("5002", {"gakushu"}).front();
  }

  static google::protobuf::Timestamp At(absl::Time time) { return daicho::wire::ToTimestamp(time); }

  v1::CreateIncidentRequest Report(v1::Incident::Kind kind = v1::Incident::KIND_IMPERSONATION) {
    v1::CreateIncidentRequest request;
    request.set_department("departments/5002");
    request.set_kind(kind);
    request.add_accounts(account_);
    request.set_url("https://x.com/gakushu_fake");
    *request.mutable_detect_time() = At(kNow - absl::Minutes(22));
    request.set_seen_at("県民からの電話");
    request.set_summary("偽のアカウントからフォローされた。");
    request.set_request_id(NewId());
    return request;
  }

  v1::Incident Opened(v1::Incident::Kind kind = v1::Incident::KIND_IMPERSONATION) {
    return Must(kStaff, &Incidents::CreateIncident, Report(kind));
  }

  grpc::Status Create(const v1::CreateIncidentRequest& request, const Person& person = kStaff) {
    v1::Incident ignored;
    return CallAs(person, &Incidents::CreateIncident, request, &ignored);
  }

  template <typename Request>
  Request About(const v1::Incident& incident) {
    Request request;
    request.set_name(incident.name());
    request.set_etag(incident.etag());
    request.set_request_id(NewId());
    return request;
  }

  v1::RecordDutyRequest Done(const v1::Incident& incident, const std::string& duty) {
    auto request = About<v1::RecordDutyRequest>(incident);
    request.set_duty(duty);
    *request.mutable_done_time() = At(kNow - absl::Minutes(10));
    request.set_evidence("電話で連絡した。");
    return request;
  }

  v1::AddIncidentNoteRequest Note(const v1::Incident& incident) {
    auto request = About<v1::AddIncidentNoteRequest>(incident);
    request.set_text("偽のアカウントのフォロワーが100人を超えた。");
    return request;
  }

  v1::CloseIncidentRequest Conclusion(const v1::Incident& incident) {
    auto request = About<v1::CloseIncidentRequest>(incident);
    request.set_cause("公式の写真が転載された。");
    request.set_lesson("公式一覧への掲載を周知する。");
    request.add_lesson_clauses("T 6-1-9");
    return request;
  }

  v1::WithdrawIncidentRequest Withdrawal(const v1::Incident& incident) {
    auto request = About<v1::WithdrawIncidentRequest>(incident);
    request.set_reason("同じ事案を二重に登録したため");
    return request;
  }

  v1::Incident AllMandatoryDone(const v1::Incident& opened) {
    v1::Incident incident = opened;
    for (const v1::IncidentDuty& duty : opened.duties()) {
      if (duty.mandatory()) {
        incident = Must(kStaff, &Incidents::RecordDuty, Done(incident, duty.id()));
      }
    }
    return incident;
  }

  template <typename Request>
  std::string ReasonFor(const Person& person,
                        grpc::Status (Incidents::*method)(grpc::ClientContext*, const Request&,
                                                          v1::Incident*),
                        const Request& request) {
    v1::Incident ignored;
    return ReasonOf(CallAs(person, method, request, &ignored));
  }

  v1::Incident GetIncident(const std::string& name, const Person& person = kReader) {
    v1::GetIncidentRequest request;
    request.set_name(name);
    return Must(person, &Incidents::GetIncident, request);
  }

  std::vector<std::string> Listed(const v1::ListIncidentsRequest& request,
                                  const Person& person = kPrOffice) {
    const auto list = Must(person, &Incidents::ListIncidents, request);
    EXPECT_EQ(list.total_size(), list.incidents_size());
    std::vector<std::string> names;
    for (const v1::Incident& incident : list.incidents()) names.push_back(incident.name());
    return names;
  }

  v1::ImpersonationWarning Warned(const std::string& url) {
    v1::CreateWarningRequest request;
    request.set_url(url);
    request.set_department("departments/5002");
    request.set_notice_ja("偽のアカウントです。");
    *request.mutable_reported_on() = daicho::wire::ToDate(absl::CivilDay(2026, 11, 22));
    request.set_request_id(NewId());
    return Must(kPrOffice, &Warnings::CreateWarning, request);
  }

  std::string account_;
};

TEST_F(IncidentServiceTest, CarriesAnImpersonationFromItsReportToItsLesson) {
  v1::Incident incident = Opened();
  EXPECT_EQ(incident.state(), v1::Incident::STATE_OPEN);
  ASSERT_THAT(incident.accounts(), SizeIs(1));
  EXPECT_EQ(incident.accounts(0).display_name(), "gakushu");
  ASSERT_THAT(incident.duties(), SizeIs(6));
  EXPECT_THAT(incident.duties(2).clauses(), ElementsAre("T 6-2-2-3", "M 6-3-1", "U 4-3-1"));
  EXPECT_EQ(incident.duties(0).outcome(), v1::IncidentDuty::OUTCOME_UNSPECIFIED);

  const v1::ImpersonationWarning warning = Warned("https://x.com/gakushu_fake");
  v1::RecordDutyRequest notice = Done(incident, "site_notice");
  notice.set_evidence_url("https://www.pref.example/notice");
  notice.set_warning(warning.name());
  incident = Must(kPrOffice, &Incidents::RecordDuty, notice);
  ASSERT_THAT(incident.warnings(), SizeIs(1));
  EXPECT_EQ(incident.warnings(0).canonical_url(), "https://x.com/gakushu_fake");
  EXPECT_EQ(incident.duties(3).actor().subject(), "users/sasaki");
  incident = Must(kItSecurity, &Incidents::AddIncidentNote, Note(incident));

  EXPECT_EQ(ReasonFor(kHead, &Incidents::CloseIncident, Conclusion(incident)),
            "INCIDENT_DUTY_OPEN");
  incident = AllMandatoryDone(incident);
  incident = Must(kHead, &Incidents::CloseIncident, Conclusion(incident));
  EXPECT_EQ(incident.state(), v1::Incident::STATE_CLOSED);
  EXPECT_EQ(incident.cause(), "公式の写真が転載された。");
  EXPECT_THAT(incident.lesson_clauses(), ElementsAre("T 6-1-9"));
  EXPECT_EQ(GetIncident(incident.name()).SerializeAsString(), incident.SerializeAsString());
  EXPECT_EQ(EventCount("incident.opened"), 1);
  EXPECT_EQ(EventCount("incident.duty_recorded"), 6);
  EXPECT_EQ(EventCount("incident.noted"), 1);
  EXPECT_EQ(EventCount("incident.closed"), 1);
}

TEST_F(IncidentServiceTest, ARefusedCloseNamesEveryOpenMandatoryDuty) {
  v1::Incident ignored;
  const grpc::Status refused =
      CallAs(kHead, &Incidents::CloseIncident, Conclusion(Opened()), &ignored);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(refused), "INCIDENT_DUTY_OPEN");
  for (const char* duty :
       {"superior_report", "offices_contact", "removal_request", "site_notice", "review"}) {
    EXPECT_THAT(refused.error_message(), HasSubstr(duty));
    EXPECT_THAT(refused.error_details(), HasSubstr(duty));
  }
  EXPECT_THAT(refused.error_details(), ::testing::Not(HasSubstr("報道機関")));
}

TEST_F(IncidentServiceTest, KeepsEveryActInOrderAndReopensWithWhatWasDone) {
  v1::Incident incident = AllMandatoryDone(Opened(v1::Incident::KIND_MISTAKEN_POST));
  incident = Must(kPrOffice, &Incidents::CloseIncident, Conclusion(incident));
  EXPECT_EQ(ReasonFor(kStaff, &Incidents::AddIncidentNote, Note(incident)), "INCIDENT_CLOSED");
  auto reopening = About<v1::ReopenIncidentRequest>(incident);
  reopening.set_reason("訂正した投稿にも誤りがあったため");
  incident = Must(kStaff, &Incidents::ReopenIncident, reopening);
  EXPECT_EQ(incident.state(), v1::Incident::STATE_OPEN);
  EXPECT_THAT(incident.cause(), IsEmpty());
  EXPECT_EQ(incident.duties(0).outcome(), v1::IncidentDuty::OUTCOME_DONE);
  EXPECT_EQ(database_.Value("SELECT string_agg(kind, ' ' ORDER BY position) FROM incident_acts"),
            "OPENED DUTY_DONE DUTY_DONE DUTY_DONE DUTY_DONE CLOSED REOPENED");
  EXPECT_EQ(Must(kPrOffice, &Incidents::CloseIncident, Conclusion(incident)).state(),
            v1::Incident::STATE_CLOSED);
}

TEST_F(IncidentServiceTest, TakesAnImpersonationOfABodyWithoutAccountAndNothingElseWithoutOne) {
  v1::CreateIncidentRequest report = Report();
  report.clear_accounts();
  EXPECT_TRUE(Create(report).ok());
  report = Report(v1::Incident::KIND_TAKEOVER);
  report.clear_accounts();
  const grpc::Status refused = Create(report);
  EXPECT_EQ(ReasonOf(refused), "INVALID_FIELD");
  EXPECT_THAT(testing::BadFields(refused), ElementsAre("accounts"));
}

TEST_F(IncidentServiceTest, NamesWhatIsWrongWithAReport) {
  const auto bad_field = [&](const v1::CreateIncidentRequest& report) {
    const grpc::Status status = Create(report, kPrOffice);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    const auto fields = testing::BadFields(status);
    return fields.empty() ? ReasonOf(status) : fields.front();
  };
  v1::CreateIncidentRequest report = Report();
  report.set_department("departments/0201");
  EXPECT_EQ(bad_field(report), "accounts[0]");
  report = Report();
  report.set_url("x.com/fake");
  EXPECT_EQ(bad_field(report), "url");
  report = Report();
  report.add_accounts("accounts/gakushu");
  EXPECT_EQ(bad_field(report), "accounts[1]");
  report = Report();
  for (int i = 0; i < 50; ++i) report.add_accounts(account_);
  EXPECT_EQ(bad_field(report), "accounts");
  report = Report();
  *report.mutable_detect_time() = At(kNow + absl::Seconds(1));
  EXPECT_EQ(ReasonOf(Create(report)), "TIME_IN_FUTURE");
  report = Report();
  report.set_accounts(0, "accounts/" + NewId());
  EXPECT_EQ(ReasonOf(Create(report)), "ACCOUNT_NOT_FOUND");
  report = Report();
  report.set_department("departments/9999");
  EXPECT_EQ(ReasonOf(Create(report, kPrOffice)), "DEPARTMENT_NOT_FOUND");
}

TEST_F(IncidentServiceTest, NamesWarningsInForceAlone) {
  v1::CreateIncidentRequest report = Report();
  report.set_warning("warnings/" + NewId());
  EXPECT_EQ(ReasonOf(Create(report)), "WARNING_NOT_FOUND");
  const v1::ImpersonationWarning warning = Warned("https://x.com/gakushu_fake");
  v1::WithdrawWarningRequest withdrawal;
  withdrawal.set_name(warning.name());
  withdrawal.set_etag(warning.etag());
  withdrawal.set_reason("誤り");
  withdrawal.set_request_id(NewId());
  Must(kPrOffice, &Warnings::WithdrawWarning, withdrawal);
  report.set_warning(warning.name());
  EXPECT_EQ(ReasonOf(Create(report)), "WARNING_WITHDRAWN");
}

TEST_F(IncidentServiceTest, IsTheOwnDepartmentsAloneAndTheHeadsToClose) {
  const v1::Incident incident = AllMandatoryDone(Opened());
  EXPECT_EQ(ReasonOf(Create(Report(), kForeign)), "FOREIGN_DEPARTMENT");
  v1::GetIncidentRequest get;
  get.set_name(incident.name());
  EXPECT_EQ(ReasonFor(kForeign, &Incidents::GetIncident, get), "FOREIGN_DEPARTMENT");
  EXPECT_EQ(ReasonFor(kForeign, &Incidents::RecordDuty, Done(incident, "press")),
            "FOREIGN_DEPARTMENT");
  EXPECT_EQ(ReasonFor(kOtherHead, &Incidents::CloseIncident, Conclusion(incident)),
            "FOREIGN_DEPARTMENT");
  EXPECT_EQ(ReasonFor(kStaff, &Incidents::CloseIncident, Conclusion(incident)), "ROLE_NOT_ALLOWED");
  EXPECT_THAT(Listed({}, kForeign), IsEmpty());
  EXPECT_THAT(Listed({}, kHead), ElementsAre(incident.name()));
}

TEST_F(IncidentServiceTest, FollowsItsAccountsToTheDepartmentThatHasThemNow) {
  const v1::Incident incident = Opened();
  database_.Execute("UPDATE accounts SET department = '0201'");
  EXPECT_THAT(Listed({}, kForeign), ElementsAre(incident.name()));
  EXPECT_EQ(GetIncident(incident.name(), kForeign).department(), "departments/5002");
  Must(kForeign, &Incidents::RecordDuty, Done(incident, "press"));
}

TEST_F(IncidentServiceTest, ListsOpenOnesByKindDepartmentAndWhatIsOverdue) {
  v1::CreateIncidentRequest old = Report(v1::Incident::KIND_FLAMING);
  *old.mutable_detect_time() = At(kNow - absl::Hours(4));
  const v1::Incident overdue = Must(kStaff, &Incidents::CreateIncident, old);
  EXPECT_TRUE(overdue.overdue());
  EXPECT_TRUE(overdue.duties(0).overdue());
  EXPECT_FALSE(overdue.duties(2).overdue());
  const v1::Incident fresh = Opened();
  v1::CreateIncidentRequest elsewhere = Report();
  elsewhere.set_department("departments/0101");
  elsewhere.clear_accounts();
  const v1::Incident other = Must(kItSecurity, &Incidents::CreateIncident, elsewhere);
  v1::Incident closed = AllMandatoryDone(Opened(v1::Incident::KIND_LEAK));
  closed = Must(kPrOffice, &Incidents::CloseIncident, Conclusion(closed));

  v1::ListIncidentsRequest request;
  EXPECT_THAT(Listed(request), ElementsAre(other.name(), fresh.name(), overdue.name()));
  request.set_department("departments/5002");
  EXPECT_THAT(Listed(request), ElementsAre(fresh.name(), overdue.name()));
  request.set_kind(v1::Incident::KIND_FLAMING);
  EXPECT_THAT(Listed(request), ElementsAre(overdue.name()));
  request = {};
  request.set_overdue(true);
  EXPECT_THAT(Listed(request), ElementsAre(overdue.name()));
  request = {};
  request.set_show_closed(true);
  EXPECT_THAT(Listed(request), SizeIs(4));
}

TEST_F(IncidentServiceTest, IsNoLongerOverdueOnceTheLateDutyIsDone) {
  v1::CreateIncidentRequest old = Report();
  *old.mutable_detect_time() = At(kNow - absl::Hours(4));
  v1::Incident incident = Must(kStaff, &Incidents::CreateIncident, old);
  v1::ListIncidentsRequest request;
  request.set_overdue(true);
  incident = Must(kStaff, &Incidents::RecordDuty, Done(incident, "superior_report"));
  EXPECT_THAT(Listed(request), SizeIs(1));
  incident = Must(kStaff, &Incidents::RecordDuty, Done(incident, "offices_contact"));
  EXPECT_FALSE(incident.overdue());
  EXPECT_THAT(Listed(request), IsEmpty());
}

TEST_F(IncidentServiceTest, AMistakeIsWithdrawnStaysOnRecordAndCanBeOpenedAgain) {
  v1::CreateIncidentRequest old = Report();
  *old.mutable_detect_time() = At(kNow - absl::Hours(4));
  v1::Incident incident = Must(kStaff, &Incidents::CreateIncident, old);
  incident = Must(kStaff, &Incidents::RecordDuty, Done(incident, "superior_report"));
  incident = Must(kStaff, &Incidents::WithdrawIncident, Withdrawal(incident));

  EXPECT_EQ(incident.state(), v1::Incident::STATE_WITHDRAWN);
  EXPECT_EQ(incident.withdrawal_reason(), "同じ事案を二重に登録したため");
  EXPECT_FALSE(incident.overdue());
  EXPECT_THAT(incident.acts(), SizeIs(3));
  EXPECT_EQ(GetIncident(incident.name()).SerializeAsString(), incident.SerializeAsString());
  EXPECT_EQ(EventCount("incident.withdrawn"), 1);
  EXPECT_EQ(ReasonFor(kStaff, &Incidents::AddIncidentNote, Note(incident)), "INCIDENT_WITHDRAWN");

  auto reopening = About<v1::ReopenIncidentRequest>(incident);
  reopening.set_reason("誤りではなかったため");
  incident = Must(kStaff, &Incidents::ReopenIncident, reopening);
  EXPECT_TRUE(incident.overdue());
  EXPECT_THAT(incident.withdrawal_reason(), IsEmpty());
}

TEST_F(IncidentServiceTest, ListsWithdrawnOnesWhenAskedFor) {
  const v1::Incident open = Opened();
  const v1::Incident withdrawn =
      Must(kHead, &Incidents::WithdrawIncident, Withdrawal(Opened(v1::Incident::KIND_LEAK)));
  v1::ListIncidentsRequest request;
  EXPECT_THAT(Listed(request), ElementsAre(open.name()));
  request.set_state(v1::Incident::STATE_WITHDRAWN);
  EXPECT_THAT(Listed(request), ElementsAre(withdrawn.name()));
  request.set_show_closed(true);
  EXPECT_THAT(Listed(request), ElementsAre(withdrawn.name()));
  request.clear_state();
  EXPECT_THAT(Listed(request), ElementsAre(withdrawn.name(), open.name()));
  request.set_state(v1::Incident::STATE_CLOSED);
  EXPECT_THAT(Listed(request), IsEmpty());
}

TEST_F(IncidentServiceTest, StaffWithdrawWhatTheyOpenedAndTheHeadAndTheOfficesAnything) {
  v1::Incident incident = Must(kPrOffice, &Incidents::CreateIncident, Report());
  EXPECT_EQ(ReasonFor(kStaff, &Incidents::WithdrawIncident, Withdrawal(incident)),
            "INCIDENT_OPENED_BY_ANOTHER");
  EXPECT_EQ(ReasonFor(kOtherHead, &Incidents::WithdrawIncident, Withdrawal(incident)),
            "FOREIGN_DEPARTMENT");
  Must(kHead, &Incidents::WithdrawIncident, Withdrawal(incident));
  Must(kItSecurity, &Incidents::WithdrawIncident, Withdrawal(Opened()));
}

TEST_F(IncidentServiceTest, AWarningInForceIsWithdrawnFirstUnlessAnotherIncidentStandsBehindIt) {
  const v1::ImpersonationWarning warning = Warned("https://x.com/gakushu_fake");
  v1::CreateIncidentRequest report = Report();
  report.set_warning(warning.name());
  const v1::Incident incident = Must(kStaff, &Incidents::CreateIncident, report);
  v1::Incident ignored;
  const grpc::Status refused =
      CallAs(kStaff, &Incidents::WithdrawIncident, Withdrawal(incident), &ignored);
  EXPECT_EQ(ReasonOf(refused), "INCIDENT_IN_USE");
  EXPECT_THAT(refused.error_message(), HasSubstr("https://x.com/gakushu_fake"));
  EXPECT_THAT(refused.error_details(), HasSubstr(warning.name()));

  report.set_request_id(NewId());
  const v1::Incident again = Must(kStaff, &Incidents::CreateIncident, report);
  Must(kStaff, &Incidents::WithdrawIncident, Withdrawal(incident));
  EXPECT_EQ(ReasonFor(kStaff, &Incidents::WithdrawIncident, Withdrawal(again)), "INCIDENT_IN_USE");
  v1::WithdrawWarningRequest withdrawal;
  withdrawal.set_name(warning.name());
  withdrawal.set_etag(warning.etag());
  withdrawal.set_reason("誤り");
  withdrawal.set_request_id(NewId());
  Must(kPrOffice, &Warnings::WithdrawWarning, withdrawal);
  Must(kStaff, &Incidents::WithdrawIncident, Withdrawal(again));
}

TEST_F(IncidentServiceTest, AnAccountReportedTakenOverIsReportedInOrderFirst) {
  const v1::Incident leak = Opened(v1::Incident::KIND_LEAK);
  const v1::Incident takeover = Opened(v1::Incident::KIND_TAKEOVER);
  database_.Execute("UPDATE accounts SET condition = 'COMPROMISED'");
  EXPECT_EQ(ReasonFor(kStaff, &Incidents::WithdrawIncident, Withdrawal(takeover)),
            "INCIDENT_IN_USE");
  // Of another kind: it says nothing of a takeover.
  Must(kStaff, &Incidents::WithdrawIncident, Withdrawal(leak));
  const v1::Incident same = Opened(v1::Incident::KIND_TAKEOVER);
  Must(kStaff, &Incidents::WithdrawIncident, Withdrawal(same));
  database_.Execute("UPDATE accounts SET condition = 'NORMAL'");
  Must(kStaff, &Incidents::WithdrawIncident, Withdrawal(takeover));
}

TEST_F(IncidentServiceTest, PagesThroughTheListWithoutPersons) {
  for (int i = 0; i < 3; ++i) Must(kStaff, &Incidents::RecordDuty, Done(Opened(), "press"));
  v1::ListIncidentsRequest request;
  request.set_page_size(2);
  const auto first = Must(kPrOffice, &Incidents::ListIncidents, request);
  ASSERT_THAT(first.incidents(), SizeIs(2));
  EXPECT_EQ(first.total_size(), 3);
  EXPECT_THAT(first.incidents(0).acts(), IsEmpty());
  EXPECT_EQ(first.incidents(0).duties(4).outcome(), v1::IncidentDuty::OUTCOME_DONE);
  EXPECT_FALSE(first.incidents(0).duties(4).has_actor());
  EXPECT_THAT(first.incidents(0).duties(4).evidence(), IsEmpty());
  request.set_page_token(first.next_page_token());
  const auto second = Must(kPrOffice, &Incidents::ListIncidents, request);
  ASSERT_THAT(second.incidents(), SizeIs(1));
  EXPECT_THAT(second.next_page_token(), IsEmpty());
  EXPECT_LT(second.incidents(0).name(), first.incidents(1).name());
}

TEST_F(IncidentServiceTest, RefusesAStaleEtagAndAnUnknownName) {
  v1::Incident incident = Opened();
  Must(kStaff, &Incidents::AddIncidentNote, Note(incident));
  EXPECT_EQ(ReasonFor(kStaff, &Incidents::RecordDuty, Done(incident, "press")), "ETAG_MISMATCH");
  EXPECT_EQ(ReasonFor(kStaff, &Incidents::AddIncidentNote, Note(incident)), "ETAG_MISMATCH");
  EXPECT_EQ(ReasonFor(kHead, &Incidents::CloseIncident, Conclusion(incident)), "ETAG_MISMATCH");
  incident.set_name("incidents/" + NewId());
  EXPECT_EQ(ReasonFor(kPrOffice, &Incidents::RecordDuty, Done(incident, "press")),
            "INCIDENT_NOT_FOUND");
}

TEST_F(IncidentServiceTest, RecordsADutyOnceHoweverOftenTheRequestIsSent) {
  const v1::RecordDutyRequest request = Done(Opened(), "removal_request");
  const auto first = Must(kStaff, &Incidents::RecordDuty, request);
  const auto again = Must(kStaff, &Incidents::RecordDuty, request);
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(database_.Value("SELECT count(*) FROM incident_acts"), "2");
}

TEST_F(IncidentServiceTest, TellsWhichClauseOfALessonIsNone) {
  v1::CloseIncidentRequest request = Conclusion(AllMandatoryDone(Opened()));
  request.add_lesson_clauses("第6条");
  v1::Incident ignored;
  const grpc::Status refused = CallAs(kHead, &Incidents::CloseIncident, request, &ignored);
  EXPECT_THAT(testing::BadFields(refused), ElementsAre("lesson_clauses[1]"));
}

TEST_F(IncidentServiceTest, EveryReadingOfPersonsIsAnEvent) {
  const v1::Incident incident = Opened();
  GetIncident(incident.name());
  Listed({});
  EXPECT_EQ(EventCount("IncidentService/GetIncident"), 1);
  EXPECT_EQ(EventCount("IncidentService/ListIncidents"), 1);
}

}  // namespace
}  // namespace daicho::registry
