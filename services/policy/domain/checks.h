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

// Where each looks: all that it reads is at or under these paths; a list is named without index.
std::vector<std::string> PathsOf(const RequiredFields& check);
std::vector<std::string> PathsOf(const OneOfFields& check);
std::vector<std::string> PathsOf(const AllowedValues& check);
std::vector<std::string> PathsOf(const RequiredText& check);
std::vector<std::string> PathsOf(const ForbiddenText& check);
std::vector<std::string> PathsOf(const ForbiddenHosts& check);
std::vector<std::string> PathsOf(const TextLength& check);
std::vector<std::string> PathsOf(const HeadCount& check);
std::vector<std::string> PathsOf(const DistinctPeople& check);
std::vector<std::string> PathsOf(const DateLimit& check);
std::vector<std::string> PathsOf(const UrlOnHosts& check);
std::vector<std::string> PathsOf(const NumberLimit& check);
std::vector<std::string> PathsOf(const RequiredTopics& check);
std::vector<std::string> PathsOf(const ForbiddenPersonalData& check);
std::vector<std::string> PathsOf(const SimilarAccounts& check);
std::vector<std::string> PathsOf(const Inactivity& check);
std::vector<std::string> PathsOf(const Concurrence& check);

}  // namespace daicho::policy::domain
