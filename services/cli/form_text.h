// Forms and findings as text.
#pragma once

#include <string>

#include "daicho/approval/v1/form.pb.h"
#include "daicho/approval/v1/form_service.pb.h"
#include "daicho/policy/v1/policy_service.pb.h"

namespace daicho::cli {

// The whole form: where it is, what it asks for, its route, before and after.
std::string FormText(const approval::v1::Form& form, int width);

std::string FormListText(const approval::v1::ListFormsResponse& list, int width);

// What was done to the form, oldest first, and who has to act now.
std::string TimelineText(const approval::v1::Form& form, int width);

// Steps of a route that is not fixed yet.
std::string PreviewText(const approval::v1::PreviewRouteResponse& route, int width);

// What waits, and how much there is in each bucket.
std::string InboxText(const approval::v1::ListInboxResponse& inbox, int width);

std::string LapsedText(const approval::v1::ExpireFormsResponse& lapsed);

std::string AbsencesText(const approval::v1::ListAbsencesResponse& list, int width);

// Every finding with its clause, field, message and remedy; one line when there is none.
std::string FindingsText(const policy::v1::CheckFormResponse& answer);

// Whether a finding stops the form.
bool Blocks(const policy::v1::CheckFormResponse& answer);

}  // namespace daicho::cli
