// One function for each kind of check. Each returns what it found wrong, at most one fault a field;
// nothing when the check is met. Contracts in daicho/policy/v1/guideline.proto.
#pragma once

#include <vector>

#include "services/policy/domain/guideline.h"

namespace daicho::policy::domain {

std::vector<Fault> Run(const RequiredFields& check, const Subject& subject);
std::vector<Fault> Run(const OneOfFields& check, const Subject& subject);
std::vector<Fault> Run(const AllowedValues& check, const Subject& subject);
std::vector<Fault> Run(const RequiredText& check, const Subject& subject);
std::vector<Fault> Run(const ForbiddenText& check, const Subject& subject);
std::vector<Fault> Run(const ForbiddenHosts& check, const Subject& subject);
std::vector<Fault> Run(const TextLength& check, const Subject& subject);
std::vector<Fault> Run(const HeadCount& check, const Subject& subject);
std::vector<Fault> Run(const DistinctPeople& check, const Subject& subject);
std::vector<Fault> Run(const DateLimit& check, const Subject& subject);
std::vector<Fault> Run(const UrlOnHosts& check, const Subject& subject);
std::vector<Fault> Run(const NumberLimit& check, const Subject& subject);
std::vector<Fault> Run(const RequiredTopics& check, const Subject& subject);
std::vector<Fault> Run(const ForbiddenPersonalData& check, const Subject& subject);
std::vector<Fault> Run(const SimilarAccounts& check, const Subject& subject);
std::vector<Fault> Run(const Inactivity& check, const Subject& subject);
std::vector<Fault> Run(const Concurrence& check, const Subject& subject);

}  // namespace daicho::policy::domain
