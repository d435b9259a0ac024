// What is printed of a form, in Japanese: 様式第1号, 利用方針, 利用規約 (forms.md). Pure: the same
// source gives the same document.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/event.h"
#include "common/paper/document.h"
#include "services/approval/domain/enactment.h"
#include "services/approval/domain/form.h"

namespace daicho::approval {

// Everything a document is made of.
struct DocumentSource {
  domain::Form form;
  std::string department_name;  // Of the form's department, as its route has it.
  // With kClose and kGrant, which say nothing of the account: its fields when the form was
  // submitted, under "fields."; otherwise empty.
  Fields named_account;
  std::map<std::string, std::string> account_names;  // Of other accounts it names: "accounts/…".
  std::vector<domain::Enactment> history;            // Before this form, oldest first.
};

// When and as which revision of the form the PR office agreed.
struct Agreement {
  std::int64_t revision = 0;
  absl::Time time;
};

// nullopt of a form that is not agreed to.
std::optional<Agreement> AgreementOf(const domain::Form& form);

// 様式第1号, as the form is now; one that is not on its way or in effect says so on each page.
paper::Document FormDocument(const DocumentSource& source);

// T 5-2, M 4-(2). What the form says, and nothing else, so that it is what was agreed for ever; one
// that is not agreed to is marked as 案. FAILED_PRECONDITION (DOCUMENT_NOT_APPLICABLE) of the
// others.
absl::StatusOr<paper::Document> PolicyDocument(const DocumentSource& source);

// M 4-(3). The same of the terms of use.
absl::StatusOr<paper::Document> TermsDocument(const DocumentSource& source);

}  // namespace daicho::approval
