// Steps that change the ledger, for tests of what reads it.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/civil.h"
#include "common/wire/fields.h"
#include "services/registry/testing/service_fixture.h"

namespace daicho::registry {

class AccountSteps : public ServiceTest {
 protected:
  AccountSteps() { ImportDepartments(kDepartments); }

  // Rows of department, service, account_name, url.
  void Import(const std::string& rows) {
    v1::ImportAccountsRequest request;
    request.set_content(absl::StrCat("department,service,account_name,url\n", rows));
    request.set_request_id(NewId());
    Must(kPrOffice, &Accounts::ImportAccounts, request);
  }

  v1::ListAccountsResponse List(const std::string& filter, const std::string& order_by = "",
                                const Person& person = kPrOffice) {
    v1::ListAccountsRequest request;
    request.set_page_size(1000);
    request.set_filter(filter);
    request.set_order_by(order_by);
    return Must(person, &Accounts::ListAccounts, request);
  }

  // The account with that address.
  v1::Account At(const std::string& url) {
    const auto found = List(absl::StrCat("url=\"", url, "\""));
    EXPECT_EQ(found.accounts_size(), 1) << url;
    return found.accounts_size() == 1 ? found.accounts(0) : v1::Account();
  }

  v1::ApplyFormRequest Form(v1::ApplyFormRequest::Action action, const v1::Account& account) {
    v1::ApplyFormRequest request;
    request.set_form("forms/" + NewId());
    request.set_action(action);
    request.set_department(account.department());
    request.set_account(account.name());
    request.set_account_etag(account.etag());
    request.set_agreed_by("users/sasaki");
    request.set_request_id(NewId());
    return request;
  }

  v1::Account Applied(const v1::ApplyFormRequest& request) {
    v1::ApplyFormResponse response;
    const grpc::Status status = Apply(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(response.outcome(), v1::ApplyFormResponse::OUTCOME_APPLIED)
        << response.conflict_message();
    return Get(response.account());
  }

  v1::Account Rename(const v1::Account& account, const std::string& url,
                     const std::string& display_name) {
    v1::ApplyFormRequest request = Form(v1::ApplyFormRequest::ACTION_CHANGE, account);
    *request.mutable_fields() = account.fields();
    request.mutable_fields()->set_url(url);
    request.mutable_fields()->clear_handle();
    request.mutable_fields()->set_display_name(display_name);
    return Applied(request);
  }

  v1::Account Close(const v1::Account& account, absl::CivilDay effective_on) {
    v1::ApplyFormRequest request = Form(v1::ApplyFormRequest::ACTION_CLOSE, account);
    request.mutable_closing()->set_reason(v1::Closing::REASON_INACTIVE);
    *request.mutable_effective_on() = daicho::wire::ToDate(effective_on);
    return Applied(request);
  }

  v1::Account Listed(const v1::Account& account) {
    v1::RecordListingRequest request;
    request.set_name(account.name());
    request.set_etag(account.etag());
    auto* sighting = request.mutable_listing()->mutable_organization_page();
    sighting->set_url("https://www.pref.example.jp/sns/");
    *sighting->mutable_seen_on() = daicho::wire::ToDate(TokyoDay(clock_.Now()));
    request.set_request_id(NewId());
    return Must(kPrOffice, &Accounts::RecordListing, request);
  }
};

}  // namespace daicho::registry
