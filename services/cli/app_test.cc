#include "services/cli/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "common/rpc/token.h"
#include "common/server/config.h"

namespace daicho::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AppTest : public ::testing::Test {
 protected:
  AppTest() {
    std::string pattern = std::filesystem::path(::testing::TempDir()) / "app_test_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~AppTest() override { std::filesystem::remove_all(folder_); }

  Exit RunWords(const std::vector<std::string>& words) {
    out_.str("");
    err_.str("");
    return cli::Run(
        words, {out_, err_, 0, folder_ / "profile.textproto", QuotedForShell(words), absl::Now()});
  }

  // A profile with a local issuer and people, and services that nobody runs.
  void MakeProfile() {
    ASSERT_EQ(RunWords({"token", "init", folder_ / "issuer"}), Exit::kOk);
    std::ofstream profile(folder_ / "profile.textproto");
    for (const char* service : {"registry", "approval", "policy", "audit"}) {
      profile << "targets { service: '" << service
              << "' address: '127.0.0.1:1' uri: 'spiffe://x' }\n";
    }
    profile << "tls { ca_file: '/nowhere/ca' certificate_file: '/nowhere/crt' "
               "private_key_file: '/nowhere/key' }\n"
            << "issuer: 'https://issuer.test' audience: 'daicho'\n"
            << "signing_key_file: '" << (folder_ / "issuer" / "signing.jwk").string() << "'\n"
            << "identities { name: 'hirose' display_name: '広瀬' roles: 'DEPARTMENT_STAFF' "
               "department: '5002' }\n";
  }

  std::filesystem::path folder_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(AppTest, PrintsHelp) {
  EXPECT_EQ(RunWords({}), Exit::kOk);
  EXPECT_THAT(out_.str(), HasSubstr("daicho help exit-codes"));
  EXPECT_THAT(err_.str(), IsEmpty());
}

TEST_F(AppTest, SaysThatThereIsNoProfile) {
  EXPECT_EQ(RunWords({"form", "list"}), Exit::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("PROFILE_MISSING"));
  EXPECT_THAT(out_.str(), IsEmpty());
}

TEST_F(AppTest, NamesTheLineOfAProfileThatIsWrong) {
  std::ofstream(folder_ / "profile.textproto") << "issuer: 'a'\nno_such_field: 1\n";
  EXPECT_EQ(RunWords({"form", "list"}), Exit::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("profile.textproto:2:"));
}

TEST_F(AppTest, PrintsOverAFileOnlyWhenForcedTo) {
  const std::string file = folder_ / "form.pdf";
  std::ofstream(file) << "before";
  const std::vector<std::string> words = {"form", "print", "0197b1f0-5c1e-7d2a-9c33-0242ac120002",
                                          "--out=" + file};
  EXPECT_EQ(RunWords(words), Exit::kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("FILE_EXISTS"));
  std::vector<std::string> forced = words;
  forced.push_back("--force");
  EXPECT_EQ(RunWords(forced), Exit::kUsage);  // Comes as far as the profile, which is missing.
  EXPECT_THAT(err_.str(), HasSubstr("PROFILE_MISSING"));
  EXPECT_EQ(RunWords({"form", "print", words[2], "--out=x", "--format=docx"}), Exit::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("PDF, HTML"));
}

TEST_F(AppTest, RefusesAProfileWithoutCertificates) {
  std::ofstream(folder_ / "profile.textproto")
      << "targets { service: 'registry' address: '127.0.0.1:1' uri: 'spiffe://x' }\n";
  EXPECT_EQ(RunWords({"lookup", "https://x.com/a"}), Exit::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("tls"));
}

TEST_F(AppTest, ReportsErrorsAsJson) {
  EXPECT_EQ(RunWords({"form", "sow", "--format=json"}), Exit::kUsage);
  EXPECT_EQ(nlohmann::json::parse(err_.str())["error"]["reason"], "WRONG_COMMAND_LINE");
}

TEST_F(AppTest, MakesAnIssuerWhoseKeyNobodyElseReads) {
  ASSERT_EQ(RunWords({"token", "init", folder_ / "issuer"}), Exit::kOk) << err_.str();
  struct stat file = {};
  ASSERT_EQ(stat((folder_ / "issuer" / "signing.jwk").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
  EXPECT_EQ(*server::ReadFile(folder_ / "issuer" / "jwks.json") ==
                *server::ReadFile(folder_ / "issuer" / "signing.jwk"),
            false);
}

TEST_F(AppTest, NeverReplacesASigningKey) {
  ASSERT_EQ(RunWords({"token", "init", folder_ / "issuer"}), Exit::kOk);
  const std::string key = *server::ReadFile(folder_ / "issuer" / "signing.jwk");
  EXPECT_EQ(RunWords({"token", "init", folder_ / "issuer"}), Exit::kRefused);
  EXPECT_EQ(*server::ReadFile(folder_ / "issuer" / "signing.jwk"), key);
}

TEST_F(AppTest, SignsATokenThatTheIssuersKeysVerify) {
  MakeProfile();
  ASSERT_EQ(RunWords({"token", "--as", "hirose"}), Exit::kOk) << err_.str();
  rpc::TokenVerifier verifier(
      {{"https://issuer.test", "daicho", folder_ / "issuer" / "jwks.json"}});
  ASSERT_TRUE(verifier.Load().ok());
  std::string token = out_.str();
  token.pop_back();
  const auto caller = verifier.Verify(token, absl::Now());
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->subject, "users/hirose");
  EXPECT_EQ(caller->department, "departments/5002");
  EXPECT_TRUE(caller->Has(access::v1::ROLE_DEPARTMENT_STAFF));
}

TEST_F(AppTest, NamesThePeopleThereAre) {
  MakeProfile();
  EXPECT_EQ(RunWords({"token", "--as", "nobody"}), Exit::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("hirose"));
}

TEST_F(AppTest, RefusesAFileThatIsWrongBeforeItCallsAnybody) {
  MakeProfile();
  std::ofstream(folder_ / "form.textproto") << "fields {\n  purpos: 'x'\n}\n";
  EXPECT_EQ(RunWords({"form", "draft", "--from", folder_ / "form.textproto", "--as", "hirose"}),
            Exit::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("form.textproto:2:"));
  EXPECT_EQ(RunWords({"account", "import", folder_ / "missing.csv"}), Exit::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("UNREADABLE_FILE"));
}

TEST_F(AppTest, KnowsTheFormatsOfAnExportAndOfNothingElse) {
  MakeProfile();
  const auto refused = [&](const std::vector<std::string>& words, const std::string& why) {
    EXPECT_EQ(RunWords(words), Exit::kUsage);
    EXPECT_THAT(err_.str(), HasSubstr(why));
    EXPECT_THAT(out_.str(), IsEmpty());
  };
  refused({"account", "export", "--format=table"}, "csv, csv-cp932, xlsx or json");
  refused({"account", "export", "--format=xlsx"}, "--out");
  refused({"account", "list", "--format=csv"}, "table or json");
}

TEST_F(AppTest, LeavesNoFileWhenTheLedgerCannotBeRead) {
  MakeProfile();
  EXPECT_EQ(RunWords({"account", "export", "--out", folder_ / "ledger.csv", "--as", "hirose",
                      "--timeout=200ms"}),
            Exit::kFault);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "ledger.csv"));
}

TEST_F(AppTest, RefusesAFieldTheAnswerCannotHaveBeforeItChangesAnything) {
  MakeProfile();
  EXPECT_EQ(RunWords({"form", "draft", "--action=open", "--as", "hirose", "--get=nmae"}),
            Exit::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("nmae"));
}

TEST_F(AppTest, RefusesAFileThatHoldsNoToken) {
  MakeProfile();
  std::ofstream(folder_ / "token.txt") << "two\nlines\n";
  EXPECT_EQ(RunWords({"form", "list", "--token-file", folder_ / "token.txt"}), Exit::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("holds no token"));
}

TEST_F(AppTest, TellsHowToRepeatAChangeNobodyAnswered) {
  MakeProfile();
  EXPECT_EQ(RunWords({"form", "draft", "--action=open", "--set", "fields.purpose=a b", "--as",
                      "hirose", "--timeout=200ms"}),
            Exit::kFault);
  EXPECT_THAT(err_.str(), HasSubstr("daicho form draft --action=open --set 'fields.purpose=a b' "
                                    "--as hirose --timeout=200ms --request-id="));
}

TEST(QuotedForShellTest, ReadsBackAsTheSameWords) {
  EXPECT_EQ(QuotedForShell({"form", "--set", "a=it's", ""}), "daicho form --set 'a=it'\\''s' ''");
}

}  // namespace
}  // namespace daicho::cli
