// Accounts in a running registry, for tests.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "common/wire/fields.h"
#include "services/registry/testing/service_fixture.h"

namespace daicho::registry {

inline google::type::Date DateOf(int year, int month, int day) {
  return daicho::wire::ToDate(absl::CivilDay(year, month, day));
}

// Accounts of 5002, and the forms and facts that carry them through their lives.
class AccountTest : public ServiceTest {
 protected:
  AccountTest() { ImportDepartments(kDepartments); }

  v1::ApplyFormRequest Form(v1::ApplyFormRequest::Action action) {
    v1::ApplyFormRequest request;
    request.set_form("forms/" + NewId());
    request.set_action(action);
    request.set_department("departments/5002");
    request.set_agreed_by("users/sasaki");
    request.set_reception_number("令和8年度 第12号");
    request.set_reason("講座の案内");
    request.set_request_id(NewId());
    return request;
  }

  v1::ApplyFormRequest OpenForm(const std::string& handle) {
    v1::ApplyFormRequest request = Form(v1::ApplyFormRequest::ACTION_OPEN);
    request.mutable_fields()->set_platform("x");
    request.mutable_fields()->set_display_name("生涯学習だより");
    if (!handle.empty()) request.mutable_fields()->set_url("https://x.com/" + handle);
    return request;
  }

  v1::ApplyFormRequest ChangeForm(const v1::Account& account) {
    v1::ApplyFormRequest request = Form(v1::ApplyFormRequest::ACTION_CHANGE);
    request.set_account(account.name());
    request.set_account_etag(account.etag());
    *request.mutable_fields() = account.fields();
    return request;
  }

  v1::ApplyFormRequest CloseForm(const v1::Account& account) {
    v1::ApplyFormRequest request = Form(v1::ApplyFormRequest::ACTION_CLOSE);
    request.set_account(account.name());
    request.set_account_etag(account.etag());
    request.mutable_closing()->set_reason(v1::Closing::REASON_INACTIVE);
    *request.mutable_effective_on() = DateOf(2026, 12, 1);
    return request;
  }

  v1::ApplyFormResponse MustApply(const v1::ApplyFormRequest& request) {
    v1::ApplyFormResponse response;
    const grpc::Status status = Apply(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  // Why the ledger could not take the form; "" when it could.
  std::string ConflictOf(const v1::ApplyFormRequest& request) {
    const std::string before = Sequence();
    const v1::ApplyFormResponse response = MustApply(request);
    if (response.outcome() == v1::ApplyFormResponse::OUTCOME_APPLIED) return "";
    EXPECT_EQ(Sequence(), before) << "a conflict changes nothing";
    EXPECT_FALSE(response.conflict_message().empty());
    return response.conflict_reason();
  }

  std::string Sequence() { return database_.Value("SELECT value FROM ledger_sequence"); }

  v1::Account Opened(const std::string& handle) {
    return Get(MustApply(OpenForm(handle)).account());
  }

  v1::ConfirmOpeningRequest OpeningOf(const v1::Account& account) {
    v1::ConfirmOpeningRequest request;
    request.set_name(account.name());
    request.set_etag(account.etag());
    *request.mutable_opened_on() = DateOf(2026, 11, 22);
    request.set_request_id(NewId());
    return request;
  }

  v1::RecordListingRequest ListingOf(const v1::Account& account, const std::string& page) {
    v1::RecordListingRequest request;
    request.set_name(account.name());
    request.set_etag(account.etag());
    auto* sighting = request.mutable_listing()->mutable_organization_page();
    sighting->set_url(page);
    *sighting->mutable_seen_on() = DateOf(2026, 11, 22);
    request.set_request_id(NewId());
    return request;
  }

  v1::ConfirmClosingRequest ClosingOf(const v1::Account& account) {
    v1::ConfirmClosingRequest request;
    request.set_name(account.name());
    request.set_etag(account.etag());
    request.mutable_evidence()->set_removal("退会手続を完了");
    *request.mutable_evidence()->mutable_unlisted_on() = DateOf(2026, 11, 22);
    request.mutable_evidence()->set_handle_protection("ユーザー名を県で保持");
    request.set_request_id(NewId());
    return request;
  }

  v1::Account Active(const std::string& handle) {
    return Must(kStaff, &Accounts::ConfirmOpening, OpeningOf(Opened(handle)));
  }

  v1::ListAccountRevisionsResponse RevisionsOf(const std::string& name) {
    v1::ListAccountRevisionsRequest request;
    request.set_name(name);
    return Must(kPrOffice, &Accounts::ListAccountRevisions, request);
  }

  v1::ReportConditionRequest ConditionOf(const v1::Account& account,
                                         v1::Account::Condition condition) {
    v1::ReportConditionRequest request;
    request.set_name(account.name());
    request.set_etag(account.etag());
    request.set_condition(condition);
    *request.mutable_since() = DateOf(2026, 11, 22);
    request.set_reason("夜間に凍結された");
    request.set_request_id(NewId());
    return request;
  }

  // Open, and seen on the organisation's page.
  v1::Account Listed(const std::string& handle) {
    return Must(kPrOffice, &Accounts::RecordListing,
                ListingOf(Active(handle), "https://www.pref.example.jp/sns/"));
  }

  v1::Account Renamed(const v1::Account& account, const std::string& handle) {
    v1::ApplyFormRequest change = ChangeForm(account);
    change.mutable_fields()->set_url("https://x.com/" + handle);
    return Get(MustApply(change).account());
  }

  // Agreed to close on `day`.
  v1::Account ClosingOn(const v1::Account& account, absl::CivilDay day) {
    v1::ApplyFormRequest close = CloseForm(account);
    *close.mutable_effective_on() = daicho::wire::ToDate(day);
    return Get(MustApply(close).account());
  }
};

}  // namespace daicho::registry
