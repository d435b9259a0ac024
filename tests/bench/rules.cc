#include "tests/bench/rules.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/server/config.h"
#include "common/wire/fields.h"
#include "daicho/approval/v1/form.pb.h"
#include "daicho/policy/v1/subject.pb.h"
#include "services/policy/account_checker.h"
#include "services/policy/guideline.h"
#include "tests/bench/load.h"

namespace daicho::bench {
namespace {

using policy::LoadedGuideline;
using policy::v1::AccountToCheck;

constexpr absl::CivilDay kToday(2026, 8, 31);
constexpr int kAccounts = 20000;
constexpr int kForms = 1000;
constexpr int kLedger = 10000;

template <typename Message>
Message ReadMessage(const std::string& path) {
  Message message;
  const auto text = server::ReadFile(path);
  if (!text.ok() || !google::protobuf::TextFormat::ParseFromString(*text, &message)) {
    Fail("cannot read " + path);
  }
  return message;
}

LoadedGuideline Load(const std::string& name) {
  const std::string path = absl::StrCat("services/policy/guidelines/", name, ".textproto");
  auto guideline = policy::ParseGuideline(path, server::ReadFile(path).value_or(""));
  if (guideline.ok()) return *std::move(guideline);
  Fail(std::string(guideline.status().message()));
}

// What the n-th account is about, in the words of a prefecture.
std::string TopicOf(unsigned n) {
  static const std::vector<std::string>& areas = *new std::vector<std::string>{
      "防災",     "観光", "移住",   "子育て", "文化財",   "農産物", "図書館",       "健康づくり",
      "スポーツ", "県税", "入札",   "環境",   "国際交流", "教育",   "道路",         "河川",
      "水産",     "林業", "美術館", "博物館", "消費生活", "統計",   "男女共同参画", "選挙"};
  static const std::vector<std::string>& acts = *new std::vector<std::string>{
      "催しの日程と会場", "申込みの受付状況", "当日の混雑や変更の案内",
      "調査の結果",       "制度の改正",       "窓口の開設時間",
      "職員の募集",       "現地の写真と動画", "注意の呼び掛け"};
  return absl::StrCat(areas[n % areas.size()], "に関する", acts[n / 7 % acts.size()], "、",
                      areas[n / 3 % areas.size()], "の", acts[n / 11 % acts.size()], "、第", n % 97,
                      "号のお知らせ");
}

// Most accounts are in order; some lack what accounts in real ledgers lack.
AccountToCheck AccountOf(const AccountToCheck& sample, unsigned n) {
  AccountToCheck out = sample;
  registry::v1::Account& account = *out.mutable_account();
  account.mutable_fields()->set_display_name(absl::StrCat("とくしま", TopicOf(n).substr(0, 12)));
  account.mutable_fields()->set_purpose(absl::StrCat(TopicOf(n), "を県民に知らせる。"));
  account.mutable_fields()->set_topics(TopicOf(n + 5));
  if (n % 3 != 0) account.mutable_fields()->clear_term();
  auto& last_post = *account.mutable_activity()->mutable_last_post_time();
  last_post.set_seconds(last_post.seconds() - 86400L * (n % 450 > 400 ? n % 450 : n % 40));
  if (n % 11 == 0) account.mutable_facts()->mutable_custody()->clear_password_rotated_on();
  if (n % 13 == 0) account.mutable_facts()->clear_verification();
  if (n % 17 == 0) account.mutable_listing()->clear_section_page();
  if (n % 19 == 0) account.clear_activity();
  if (n % 23 == 0) account.mutable_facts()->clear_watch();
  return out;
}

// The median of how many of `count` are done in a second of computing, whatever else the machine
// does.
double PerSecond(int rounds, int count, const std::function<void(int)>& act) {
  std::vector<double> figures;
  for (int round = 0; round < rounds; ++round) {
    const std::clock_t begin = std::clock();
    for (int i = 0; i < count; ++i) act(i);
    figures.push_back(count * static_cast<double>(CLOCKS_PER_SEC) /
                      static_cast<double>(std::clock() - begin));
  }
  std::nth_element(figures.begin(), figures.begin() + rounds / 2, figures.end());
  return figures[static_cast<std::size_t>(rounds / 2)];
}

struct Samples {
  std::vector<AccountToCheck> accounts;
  std::vector<Fields> account_fields;
  std::vector<Fields> form_fields;
  std::vector<policy::domain::OtherAccount> ledger;
};

Samples MakeSamples() {
  Samples out;
  const auto account =
      ReadMessage<AccountToCheck>("services/policy/guidelines/account.sample.textproto");
  for (unsigned n = 0; n < kAccounts; ++n) {
    out.accounts.push_back(AccountOf(account, n));
    out.account_fields.push_back(wire::Flatten(out.accounts.back()));
  }
  auto form = ReadMessage<approval::v1::FormContent>("deploy/sample/forms/open.textproto");
  for (unsigned n = 0; n < kForms; ++n) {
    form.mutable_fields()->set_topics(TopicOf(n));
    out.form_fields.push_back(wire::Flatten(form));
  }
  for (unsigned n = 0; n < kLedger; ++n) {
    const auto& fields = out.accounts[n].account().fields();
    out.ledger.push_back(
        {absl::StrCat("accounts/", n),
         fields.display_name(),
         {{"fields.purpose", fields.purpose()}, {"fields.topics", fields.topics()}}});
  }
  return out;
}

void Measure(const std::string& name, const Samples& samples, int rounds) {
  const LoadedGuideline guideline = Load(name);
  std::size_t found = 0;
  const auto check = [&](const Fields& fields, policy::domain::SubjectKind kind,
                         const policy::domain::Neighbours* others) {
    found += Evaluate(guideline.domain, {fields, "KIND_EDUCATION_BOARD", kToday, kind, others})
                 .findings.size();
  };
  const auto at = [](int i) { return static_cast<std::size_t>(i); };
  using policy::domain::SubjectKind;
  const double flat = PerSecond(rounds, kAccounts, [&](int i) {
    check(samples.account_fields[at(i)], SubjectKind::kAccount, nullptr);
  });
  const double per_account = static_cast<double>(found) / kAccounts / rounds;
  policy::AccountChecker checker(guideline.domain);
  const double whole = PerSecond(rounds, kAccounts, [&](int i) {
    (void)checker.Check(samples.accounts[at(i)].account(), "KIND_EDUCATION_BOARD", nullptr, kToday);
  });
  const double forms = PerSecond(rounds, kForms, [&](int i) {
    check(samples.form_fields[at(i)], SubjectKind::kForm, nullptr);
  });
  policy::domain::Neighbours ledger(ComparedFields(guideline.domain));
  for (const policy::domain::OtherAccount& account : samples.ledger) ledger.Put(account);
  const double against = PerSecond(rounds, kForms, [&](int i) {
    check(samples.form_fields[at(i)], SubjectKind::kForm, &ledger);
  });
  std::cout << absl::StrFormat("  %-12s %6d %10.2f %12.0f %14.0f %10.0f %14.1f\n", name,
                               guideline.domain.rules.size(), per_account, flat, whole, forms,
                               against)
            << std::flush;
}

}  // namespace

int MeasureRules(int rounds) {
  const Samples samples = MakeSamples();
  std::cout << "\nRules, on one core (aim: 100,000 accounts a second)\n"
            << absl::StrFormat("  %-12s %6s %10s %12s %14s %10s %14s\n", "guideline", "rules",
                               "findings", "accounts /s", "checked anew/s", "forms /s",
                               "with 10,000 /s");
  for (const char* name : {"tokushima", "aomori", "yatsushiro", "mine", "union"}) {
    Measure(name, samples, rounds);
  }
  return 0;
}

}  // namespace daicho::bench
