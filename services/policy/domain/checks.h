// One function for each kind of check. Each returns what it found wrong, at most one fault a field;
// nothing when the check is met. Contracts in daicho/policy/v1/guideline.proto.
#pragma once

#include <string>
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

// Paths that a check holds; they live as long as it does.
using Paths = std::vector<const std::string*>;

// Where each looks: all that it reads is at or under these paths; a list is named without index.
Paths PathsOf(const RequiredFields& check);
Paths PathsOf(const OneOfFields& check);
Paths PathsOf(const AllowedValues& check);
Paths PathsOf(const RequiredText& check);
Paths PathsOf(const ForbiddenText& check);
Paths PathsOf(const ForbiddenHosts& check);
Paths PathsOf(const TextLength& check);
Paths PathsOf(const HeadCount& check);
Paths PathsOf(const DistinctPeople& check);
Paths PathsOf(const DateLimit& check);
Paths PathsOf(const UrlOnHosts& check);
Paths PathsOf(const NumberLimit& check);
Paths PathsOf(const RequiredTopics& check);
Paths PathsOf(const ForbiddenPersonalData& check);
Paths PathsOf(const SimilarAccounts& check);
Paths PathsOf(const Inactivity& check);
Paths PathsOf(const Concurrence& check);

}  // namespace daicho::policy::domain
