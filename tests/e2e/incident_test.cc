// Fakes as they happened to cities (domain.md §12, 5 and 6): incident, warning, lookup.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/refusal.h"
#include "common/base/uuid.h"
#include "common/rpc/handle.h"
#include "common/wire/fields.h"
#include "tests/e2e/world.h"
#include "tests/support/wait.h"

namespace daicho::testing {
namespace {

using registry::v1::Incident;
using registry::v1::IncidentService;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// What the public is told.
constexpr char kNotice[] = "偽のページです。当課から友達申請を送ることはありません。";

class IncidentTest : public ::testing::Test {
 protected:
  // The clock in Tokyo on 12 February 2024.
  static google::protobuf::Timestamp At(int hour, int minute) {
    return wire::ToTimestamp(absl::FromCivil(absl::CivilMinute(2024, 2, 12, hour, minute),
                                             absl::FixedTimeZone(9 * 60 * 60)));
  }

  template <typename Request>
  absl::StatusOr<Incident> Send(grpc::Status (IncidentService::Stub::*method)(grpc::ClientContext*,
                                                                              const Request&,
                                                                              Incident*),
                                Request request, const Person& person) {
    request.set_request_id(NewUuid(absl::Now()));
    IncidentService::Stub stub(world_.suite().Channel("registry"));
    const auto context = world_.suite().Context(&person);
    Incident incident;
    const grpc::Status status = (stub.*method)(context.get(), request, &incident);
    if (!status.ok()) return rpc::FromGrpc(status);
    return incident;
  }

  // The incident as it is after a call that must succeed.
  template <typename Request>
  void Do(grpc::Status (IncidentService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                        Incident*),
          Request request, const Person& person) {
    const auto after = Send(method, std::move(request), person);
    ASSERT_TRUE(after.ok()) << after.status();
    incident_ = *after;
  }

  template <typename Request>
  Request About() {
    Request request;
    request.set_name(incident_.name());
    request.set_etag(incident_.etag());
    return request;
  }

  void Open(const std::string& department, const std::string& account, const Person& person) {
    registry::v1::CreateIncidentRequest request;
    request.set_department(absl::StrCat("departments/", department));
    request.set_kind(Incident::KIND_IMPERSONATION);
    if (!account.empty()) request.add_accounts(account);
    request.set_url(fake_);
    *request.mutable_detect_time() = At(8, 8);
    request.set_seen_at("市民からの電話");
    request.set_summary("偽のページから友達申請が届いた。");
    Do(&IncidentService::Stub::CreateIncident, request, person);
  }

  void Note(int hour, int minute, const std::string& text) {
    auto request = About<registry::v1::AddIncidentNoteRequest>();
    *request.mutable_event_time() = At(hour, minute);
    request.set_text(text);
    Do(&IncidentService::Stub::AddIncidentNote, request, world_.pr_office);
  }

  void Done(const std::string& duty, int hour, int minute, const std::string& evidence,
            const std::string& warning = "") {
    auto request = About<registry::v1::RecordDutyRequest>();
    request.set_duty(duty);
    *request.mutable_done_time() = At(hour, minute);
    request.set_evidence(evidence);
    request.set_warning(warning);
    Do(&IncidentService::Stub::RecordDuty, request, world_.pr_office);
  }

  std::string Warned(const std::string& department) {
    registry::v1::CreateWarningRequest request;
    request.set_url(fake_);
    request.set_department(absl::StrCat("departments/", department));
    request.set_notice_ja(kNotice);
    *request.mutable_reported_on() = wire::ToDate(absl::CivilDay(2024, 2, 12));
    request.set_request_id(NewUuid(absl::Now()));
    registry::v1::ImpersonationWarning warning;
    const auto context = world_.suite().Context(&world_.pr_office);
    const grpc::Status status =
        registry::v1::WarningService::NewStub(world_.suite().Channel("registry"))
            ->CreateWarning(context.get(), request, &warning);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return warning.name();
  }

  registry::v1::CloseIncidentRequest Conclusion() {
    auto request = About<registry::v1::CloseIncidentRequest>();
    request.set_cause("公開している写真が転載された。");
    request.set_lesson("友達申請を送らないことを、公式ページで常に知らせる。");
    request.add_lesson_clauses("T 6-1-9");
    return request;
  }

  registry::v1::LookupAccountResponse LookupDepartment(const std::string& department,
                                                       const std::string& platform) {
    registry::v1::LookupAccountRequest request;
    request.set_department(department);
    request.set_platform(platform);
    registry::v1::LookupAccountResponse response;
    const auto context = world_.suite().Context(nullptr);
    EXPECT_TRUE(registry::v1::LookupService::NewStub(world_.suite().Channel("registry"))
                    ->LookupAccount(context.get(), request, &response)
                    .ok());
    return response;
  }

  // Whether everybody who asks about the fake is warned with the notice.
  bool PublicIsWarned() {
    return Eventually([&] {
      const auto lookup = world_.Lookup(fake_);
      return lookup.ok() && lookup->verdict() == registry::v1::LOOKUP_VERDICT_KNOWN_IMPERSONATION &&
             lookup->notice_ja() == kNotice;
    });
  }

  World& world_ = World::Get();
  const std::string fake_ = absl::StrCat("https://www.facebook.com/", FreshHandle());
  Incident incident_;
};

TEST_F(IncidentTest, KoriyamaAFakePageIsReportedAtEightAndThePublicIsWarnedTheSameMorning) {
  ASSERT_NO_FATAL_FAILURE(Open(World::kSection, world_.names().at("accounts"), world_.staff));
  EXPECT_TRUE(incident_.overdue());
  Done("superior_report", 8, 15, "課長に口頭で報告した。");
  Done("offices_contact", 8, 30, "秘書課とスマート県庁推進課に電話で連絡した。");
  Note(8, 40, "同じページから申請を受けた人が3人いると分かった。");
  Done("removal_request", 8, 50, "運営者の窓口に通報し、受付番号を得た。");

  // Not before the public is warned, and what was learnt is settled.
  const auto early = Send(&IncidentService::Stub::CloseIncident, Conclusion(), world_.head);
  EXPECT_EQ(ReasonOf(early.status()), "INCIDENT_DUTY_OPEN");
  EXPECT_THAT(JapaneseOf(early.status()), HasSubstr("公式サイトでの周知と注意喚起"));
  EXPECT_THAT(JapaneseOf(early.status()), HasSubstr("原因の分析と再発防止策の検討"));

  const std::string warning = Warned(World::kSection);
  Done("site_notice", 9, 30, "公式サイトに掲載した。", warning);
  EXPECT_TRUE(PublicIsWarned());
  ASSERT_THAT(incident_.warnings(), SizeIs(1));
  EXPECT_EQ(incident_.warnings(0).warning(), warning);
  Done("review", 16, 0, "関係課で検討した。");
  Do(&IncidentService::Stub::CloseIncident, Conclusion(), world_.head);

  EXPECT_EQ(incident_.state(), Incident::STATE_CLOSED);
  EXPECT_THAT(incident_.lesson_clauses(), ElementsAre("T 6-1-9"));
  EXPECT_EQ(incident_.acts(0).act_time().seconds(), At(8, 8).seconds());
  EXPECT_THAT(incident_.acts(), SizeIs(8));
  EXPECT_TRUE(PublicIsWarned());
}

TEST_F(IncidentTest, SapporoAFakeOfABodyWithoutAnyPageIsToldApartByTheBodyHavingNone) {
  ASSERT_NO_FATAL_FAILURE(Open(World::kOtherSection, "", world_.pr_office));
  EXPECT_THAT(incident_.accounts(), IsEmpty());
  EXPECT_EQ(LookupDepartment(World::kOtherSection, "facebook").verdict(),
            registry::v1::LOOKUP_VERDICT_DEPARTMENT_HAS_NO_ACCOUNT);
  Done("superior_report", 8, 20, "課長に報告した。");
  Done("offices_contact", 8, 25, "電話で連絡した。");
  Done("removal_request", 8, 40, "運営者に通報した。");
  Done("site_notice", 9, 0, "当課のページはないことを掲載した。", Warned(World::kOtherSection));
  Done("review", 15, 0, "検討した。");
  Do(&IncidentService::Stub::CloseIncident, Conclusion(), world_.pr_office);
  EXPECT_EQ(incident_.state(), Incident::STATE_CLOSED);
  EXPECT_TRUE(PublicIsWarned());
  EXPECT_EQ(LookupDepartment(World::kOtherSection, "facebook").verdict(),
            registry::v1::LOOKUP_VERDICT_DEPARTMENT_HAS_NO_ACCOUNT);
}

}  // namespace
}  // namespace daicho::testing
