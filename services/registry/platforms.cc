#include "services/registry/platforms.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "daicho/registry/v1/platform.pb.h"
#include "services/registry/domain/readiness.h"

namespace daicho::registry::wire {
namespace {

constexpr char kLinkRulesFile[] = "link_rules.textproto";
constexpr char kPlaceholder[] = "{id}";

using google::protobuf::Message;
using google::protobuf::TextFormat;

// What is wrong with one file, each fault with its line.
class Faults : public google::protobuf::io::ErrorCollector {
 public:
  explicit Faults(std::string file) : file_(std::move(file)) {}

  void AddError(int line, google::protobuf::io::ColumnNumber /*column*/,
                const std::string& message) override {
    Add(line, message);
  }
  void Add(int line, absl::string_view message) {
    faults_.push_back(absl::StrCat(file_, ":", line + 1, ": ", message));
  }
  absl::Status ToStatus() const {
    return faults_.empty() ? absl::OkStatus()
                           : absl::InvalidArgumentError(absl::StrJoin(faults_, "\n"));
  }

 private:
  std::string file_;
  std::vector<std::string> faults_;
};

// One message while it is read: where its fields stand in the file.
class Reader {
 public:
  Reader(const Message& message, const TextFormat::ParseInfoTree* tree, Faults* faults)
      : message_(message), tree_(tree), faults_(faults) {}

  // Line of entry `index` of a field; the message's own when the field is not there.
  int Line(const char* field, int index = -1) const {
    const auto* descriptor = message_.GetDescriptor()->FindFieldByName(field);
    if (index < 0 && descriptor->is_repeated()) index = 0;
    const int line = tree_ == nullptr ? -1 : tree_->GetLocation(descriptor, index).line;
    return std::max(line, 0);
  }
  void Fault(const char* field, int index, absl::string_view message) const {
    faults_->Add(Line(field, index), absl::StrCat(field, ": ", message));
  }
  void Require(bool condition, const char* field, absl::string_view message) const {
    if (!condition) Fault(field, -1, message);
  }
  Reader Child(const Message& message, const char* field, int index) const {
    const auto* descriptor = message_.GetDescriptor()->FindFieldByName(field);
    return Reader(message, tree_ ? tree_->GetTreeForNested(descriptor, index) : nullptr, faults_);
  }

 private:
  const Message& message_;
  const TextFormat::ParseInfoTree* tree_;
  Faults* faults_;
};

domain::Regex CompileAt(const Reader& reader, const char* field, int index,
                        const std::string& expression, int groups) {
  if (expression.empty()) return nullptr;
  auto regex = std::make_shared<const RE2>(expression, RE2::Quiet);
  if (!regex->ok()) {
    reader.Fault(field, index, regex->error());
  } else if (regex->NumberOfCapturingGroups() != groups) {
    reader.Fault(field, index, absl::StrCat("needs ", groups, " capturing group(s)"));
  }
  return regex;
}

bool IsHost(absl::string_view host) {
  const bool characters = std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
  return characters && absl::StrContains(host, '.') && !absl::StrContains(host, "..") &&
         host.front() != '.' && host.back() != '.';
}

bool IsIdentifier(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool HasOnePlaceholder(absl::string_view url) {
  const std::size_t at = url.find(kPlaceholder);
  return at != absl::string_view::npos && url.rfind(kPlaceholder) == at;
}

// Whether `url` is "https://HOST/…{id}…" on one of the platform's hosts, so that what it names is
// read back as the same account.
bool IsOwnUrl(const v1::Platform& platform, absl::string_view url) {
  if (!HasOnePlaceholder(url) || !absl::ConsumePrefix(&url, "https://")) return false;
  const absl::string_view host = url.substr(0, url.find('/'));
  return std::find(platform.hosts().begin(), platform.hosts().end(), host) !=
         platform.hosts().end();
}

domain::IdentityKind ToKind(v1::PathPattern::Identity identity) {
  if (identity == v1::PathPattern::IDENTITY_CASE_SENSITIVE_ID) {
    return domain::IdentityKind::kCaseSensitiveId;
  }
  return identity == v1::PathPattern::IDENTITY_ID ? domain::IdentityKind::kId
                                                  : domain::IdentityKind::kHandle;
}

// A handle has neither namespace nor URL of its own, every other identity both.
template <typename Shape>
void CheckIdentity(const Reader& reader, const v1::Platform& platform, const Shape& shape) {
  reader.Require(shape.identity() != v1::PathPattern::IDENTITY_UNSPECIFIED, "identity",
                 "is missing");
  if (shape.identity() == v1::PathPattern::IDENTITY_HANDLE) {
    reader.Require(!platform.handle_pattern().empty(), "identity", "needs `handle_pattern`");
    reader.Require(shape.namespace_().empty(), "namespace", "is for ids, not for handles");
    reader.Require(shape.url().empty(), "url", "is for ids; handles take `handle_url`");
  } else {
    reader.Require(IsIdentifier(shape.namespace_()), "namespace", "must be lower case");
  }
}

domain::PathPattern ToPattern(const Reader& reader, const v1::Platform& platform,
                              const v1::PathPattern& in) {
  CheckIdentity(reader, platform, in);
  const bool by_query = !in.query_parameter().empty();
  reader.Require(!in.path().empty(), "path", "is missing");
  reader.Require(by_query == !in.query_value().empty(), "query_value",
                 "is set if, and only if, `query_parameter` is");
  reader.Require(in.identity() == v1::PathPattern::IDENTITY_HANDLE || IsOwnUrl(platform, in.url()),
                 "url", "must be https, on a host of the platform, with one {id}");
  for (int i = 0; i < in.hosts_size(); ++i) {
    const auto& hosts = platform.hosts();
    if (std::find(hosts.begin(), hosts.end(), in.hosts(i)) == hosts.end()) {
      reader.Fault("hosts", i, "is no host of the platform");
    }
  }
  return {.hosts = {in.hosts().begin(), in.hosts().end()},
          .path = CompileAt(reader, "path", -1, in.path(), by_query ? 0 : 1),
          .query_parameter = in.query_parameter(),
          .query_value = CompileAt(reader, "query_value", -1, in.query_value(), 0),
          .identity = ToKind(in.identity()),
          .name_space = in.namespace_(),
          .url = in.url()};
}

// Whether `url` is "https://{id}.HOST/" under a host whose subdomains the platform gives to
// accounts.
bool IsOwnSubdomainUrl(const v1::Platform& platform, absl::string_view url) {
  const auto& all = platform.subdomains();
  return std::any_of(all.begin(), all.end(), [&](const v1::Subdomains& subdomains) {
    return url == absl::StrCat("https://", kPlaceholder, ".", subdomains.of(), "/");
  });
}

// Labels that are no account. A handle's canonical URL is a path, where reserved segments are none.
std::set<std::string> ReservedLabels(const v1::Platform& platform, const v1::Subdomains& in) {
  std::set<std::string> labels(in.reserved_labels().begin(), in.reserved_labels().end());
  if (in.identity() == v1::PathPattern::IDENTITY_HANDLE) {
    labels.insert(platform.reserved_segments().begin(), platform.reserved_segments().end());
  }
  return labels;
}

domain::Subdomains ToSubdomains(const Reader& reader, const v1::Platform& platform,
                                const v1::Subdomains& in) {
  CheckIdentity(reader, platform, in);
  reader.Require(IsHost(in.of()), "of", "must be a host name in lower case");
  reader.Require(!in.label().empty(), "label", "is missing");
  reader.Require(
      in.identity() == v1::PathPattern::IDENTITY_HANDLE || IsOwnSubdomainUrl(platform, in.url()),
      "url", "must be https://{id}. and a host above of the platform");
  return {.of = in.of(),
          .identity = ToKind(in.identity()),
          .name_space = in.namespace_(),
          .url = in.url(),
          .label = CompileAt(reader, "label", -1, in.label(), 0),
          .reserved_labels = ReservedLabels(platform, in)};
}

// Two shapes that give one namespace must give one URL, else one account had two.
class Namespaces {
 public:
  template <typename Shape>
  void Check(const Reader& reader, const char* field, const Shape& shapes) {
    for (int i = 0; i < shapes.size(); ++i) {
      const auto given = std::make_pair(shapes[i].url(), shapes[i].identity());
      const auto [first, is_new] = seen_.emplace(shapes[i].namespace_(), given);
      if (!is_new && first->second != given) {
        reader.Fault(field, i,
                     absl::StrCat("namespace \"", shapes[i].namespace_(),
                                  "\" has another url or identity above"));
      }
    }
  }

 private:
  std::map<std::string, std::pair<std::string, v1::PathPattern::Identity>> seen_;
};

void CheckNamespaces(const Reader& reader, const v1::Platform& platform) {
  Namespaces namespaces;
  namespaces.Check(reader, "paths", platform.paths());
  namespaces.Check(reader, "subdomains", platform.subdomains());
}

domain::ProgrammeCheck ToCheck(v1::VerificationCondition::Check check) {
  if (check == v1::VerificationCondition::CHECK_POSTED_WITHIN_DAYS) {
    return domain::ProgrammeCheck::kPostedWithinDays;
  }
  if (check == v1::VerificationCondition::CHECK_OPEN_FOR_DAYS) {
    return domain::ProgrammeCheck::kOpenForDays;
  }
  return check == v1::VerificationCondition::CHECK_MFA_ENABLED ? domain::ProgrammeCheck::kMfaEnabled
                                                               : domain::ProgrammeCheck::kByPeople;
}

domain::ProgrammeCondition ToCondition(const Reader& reader, const v1::VerificationCondition& in) {
  const domain::ProgrammeCheck check = ToCheck(in.check());
  const bool counts_days = check == domain::ProgrammeCheck::kPostedWithinDays ||
                           check == domain::ProgrammeCheck::kOpenForDays;
  reader.Require(IsIdentifier(in.id()), "id", "must be lower case letters, digits and \"_\"");
  reader.Require(!domain::IsGeneralCondition(in.id()), "id", "is asked for on every platform");
  reader.Require(!in.title().empty(), "title", "is missing");
  reader.Require(!in.title_ja().empty(), "title_ja", "is missing");
  reader.Require(!in.remedy().empty(), "remedy", "is missing");
  reader.Require(!in.remedy_ja().empty(), "remedy_ja", "is missing");
  reader.Require(counts_days == (in.days() > 0), "days",
                 "is set if, and only if, the check counts days");
  return {.id = in.id(),
          .title = in.title(),
          .title_ja = in.title_ja(),
          .remedy = in.remedy(),
          .remedy_ja = in.remedy_ja(),
          .check = check,
          .days = in.days()};
}

domain::VerificationProgramme ToProgramme(const Reader& reader,
                                          const v1::VerificationProgramme& in) {
  reader.Require(!in.display_name().empty(), "display_name", "is missing");
  reader.Require(absl::StartsWith(in.terms_url(), "https://"), "terms_url", "must be https");
  domain::VerificationProgramme out{.display_name = in.display_name(), .terms_url = in.terms_url()};
  std::set<std::string> ids;
  for (int i = 0; i < in.conditions_size(); ++i) {
    const Reader condition = reader.Child(in.conditions(i), "conditions", i);
    out.conditions.push_back(ToCondition(condition, in.conditions(i)));
    condition.Require(ids.insert(in.conditions(i).id()).second, "id", "stands there twice");
  }
  return out;
}

domain::Platform ToPlatform(const Reader& reader, const v1::Platform& in) {
  reader.Require(IsIdentifier(in.id()), "id", "must be lower case letters, digits and \"_\"");
  reader.Require(!in.display_name().empty(), "display_name", "is missing");
  reader.Require(in.handle_pattern().empty() == in.handle_url().empty(), "handle_url",
                 "is set if, and only if, `handle_pattern` is");
  reader.Require(in.handle_url().empty() || IsOwnUrl(in, in.handle_url()), "handle_url",
                 "must be https, on a host of the platform, with one {id}");
  CheckNamespaces(reader, in);

  domain::Platform out{
      .id = in.id(),
      .display_name = in.display_name(),
      .aliases = {in.aliases().begin(), in.aliases().end()},
      .hosts = {in.hosts().begin(), in.hosts().end()},
      .reserved_segments = {in.reserved_segments().begin(), in.reserved_segments().end()},
      .handle_pattern = CompileAt(reader, "handle_pattern", -1, in.handle_pattern(), 0),
      .handle_ignores_case = in.handle_ignores_case(),
      .handle_ignored_characters = in.handle_ignored_characters(),
      .handle_url = in.handle_url()};
  for (int i = 0; i < in.paths_size(); ++i) {
    out.paths.push_back(ToPattern(reader.Child(in.paths(i), "paths", i), in, in.paths(i)));
  }
  for (int i = 0; i < in.subdomains_size(); ++i) {
    const v1::Subdomains& subdomains = in.subdomains(i);
    out.subdomains.push_back(
        ToSubdomains(reader.Child(subdomains, "subdomains", i), in, subdomains));
  }
  for (int i = 0; i < in.reserved_paths_size(); ++i) {
    out.reserved_paths.push_back(CompileAt(reader, "reserved_paths", i, in.reserved_paths(i), 0));
  }
  if (in.has_verification()) {
    out.verification =
        ToProgramme(reader.Child(in.verification(), "verification", -1), in.verification());
  }
  return out;
}

// What only one platform may have, and which file has it.
class Owners {
 public:
  void Claim(const Reader& reader, const char* field, int index, const std::string& value,
             const std::string& file) {
    const auto [owner, is_new] = owners_.emplace(value, file);
    if (!is_new) {
      reader.Fault(field, index, absl::StrCat("\"", value, "\" is taken by ", owner->second));
    }
  }

 private:
  std::map<std::string, std::string> owners_;
};

struct Claims {
  Owners hosts;
  Owners names;
};

void ClaimAll(const Reader& reader, const v1::Platform& platform, const std::string& file,
              Claims& claims) {
  for (int i = 0; i < platform.hosts_size(); ++i) {
    if (!IsHost(platform.hosts(i))) reader.Fault("hosts", i, "must be a host name in lower case");
    claims.hosts.Claim(reader, "hosts", i, platform.hosts(i), file);
  }
  for (int i = 0; i < platform.subdomains_size(); ++i) {
    claims.hosts.Claim(reader, "subdomains", i, absl::StrCat("*.", platform.subdomains(i).of()),
                       file);
  }
  // An id that is also the display name, but for case, is one name.
  const std::string id = domain::FoldName(platform.id());
  claims.names.Claim(reader, "id", -1, id, file);
  const std::string display_name = domain::FoldName(platform.display_name());
  if (display_name != id) claims.names.Claim(reader, "display_name", -1, display_name, file);
  for (int i = 0; i < platform.aliases_size(); ++i) {
    claims.names.Claim(reader, "aliases", i, domain::FoldName(platform.aliases(i)), file);
  }
}

absl::Status ParseText(const PlatformFile& file, Message* message, TextFormat::ParseInfoTree* tree,
                       Faults* faults) {
  TextFormat::Parser parser;
  parser.RecordErrorsTo(faults);
  parser.WriteLocationsTo(tree);
  if (!parser.ParseFromString(file.text, message)) {
    const absl::Status status = faults->ToStatus();
    return status.ok() ? absl::InvalidArgumentError(absl::StrCat(file.name, ": cannot be read"))
                       : status;
  }
  return absl::OkStatus();
}

absl::StatusOr<domain::Platform> ParsePlatform(const PlatformFile& file, Claims& claims) {
  Faults faults(file.name);
  v1::Platform platform;
  TextFormat::ParseInfoTree tree;
  RETURN_IF_ERROR(ParseText(file, &platform, &tree, &faults));
  const Reader reader(platform, &tree, &faults);
  domain::Platform result = ToPlatform(reader, platform);
  ClaimAll(reader, platform, file.name, claims);
  RETURN_IF_ERROR(faults.ToStatus());
  return result;
}

absl::StatusOr<domain::LinkRules> ParseLinkRules(const PlatformFile& file, Claims& claims) {
  Faults faults(file.name);
  v1::LinkRules in;
  TextFormat::ParseInfoTree tree;
  RETURN_IF_ERROR(ParseText(file, &in, &tree, &faults));
  const Reader reader(in, &tree, &faults);
  domain::LinkRules out;
  const auto refuse = [&](const char* field, const auto& hosts) {
    for (int i = 0; i < hosts.size(); ++i) {
      if (!IsHost(hosts[i])) reader.Fault(field, i, "must be a host name in lower case");
      claims.hosts.Claim(reader, field, i, hosts[i], file.name);
      out.shortener_hosts.insert(hosts[i]);
    }
  };
  refuse("shortener_hosts", in.shortener_hosts());
  refuse("own_short_hosts", in.own_short_hosts());
  for (int i = 0; i < in.redirectors_size(); ++i) {
    const v1::Redirector& redirector = in.redirectors(i);
    if (!IsHost(redirector.host())) reader.Fault("redirectors", i, "needs a host in lower case");
    out.redirectors[redirector.host()].push_back(
        {redirector.with_subdomains(), redirector.segment()});
  }
  out.tracking_parameters = {in.tracking_parameters().begin(), in.tracking_parameters().end()};
  RETURN_IF_ERROR(faults.ToStatus());
  return out;
}

absl::StatusOr<PlatformFile> ReadPlatformFile(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return absl::NotFoundError(absl::StrCat(path.string(), ": cannot be opened"));
  std::ostringstream text;
  text << stream.rdbuf();
  return PlatformFile{path.string(), text.str()};
}

}  // namespace

absl::StatusOr<domain::PlatformTable> ParsePlatforms(const std::vector<PlatformFile>& platforms,
                                                     const PlatformFile& link_rules) {
  Claims claims;
  std::vector<domain::Platform> parsed;
  for (const PlatformFile& file : platforms) {
    ASSIGN_OR_RETURN(domain::Platform platform, ParsePlatform(file, claims));
    parsed.push_back(std::move(platform));
  }
  ASSIGN_OR_RETURN(domain::LinkRules rules, ParseLinkRules(link_rules, claims));
  const bool has_other = std::any_of(parsed.begin(), parsed.end(), [](const auto& platform) {
    return platform.id == domain::kOtherPlatform && platform.hosts.empty();
  });
  if (!has_other) {
    return absl::InvalidArgumentError("no platform file has id: \"other\" and no hosts");
  }
  return domain::PlatformTable(std::move(parsed), std::move(rules));
}

absl::StatusOr<domain::PlatformTable> LoadPlatforms(const std::string& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::filesystem::path& path = entry.path();
    if (path.extension() == ".textproto" && path.filename() != kLinkRulesFile) {
      paths.push_back(path);
    }
  }
  if (error) return absl::NotFoundError(absl::StrCat(folder, ": ", error.message()));
  std::sort(paths.begin(), paths.end());  // The same faults in the same order everywhere.
  std::vector<PlatformFile> files;
  for (const std::filesystem::path& path : paths) {
    ASSIGN_OR_RETURN(PlatformFile file, ReadPlatformFile(path));
    files.push_back(std::move(file));
  }
  ASSIGN_OR_RETURN(const PlatformFile rules,
                   ReadPlatformFile(std::filesystem::path(folder) / kLinkRulesFile));
  return ParsePlatforms(files, rules);
}

}  // namespace daicho::registry::wire
