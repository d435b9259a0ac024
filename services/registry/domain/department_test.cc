#include "services/registry/domain/department.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "services/registry/domain/testing/today.h"

namespace daicho::registry::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

DepartmentImport Plan(const std::string& file, const DepartmentsByCode& known = {},
                      const DepartmentsByCode& imported = {}) {
  return PlanDepartmentImport(*ReadCsv(file), known, imported, kNow);
}

DepartmentsByCode ByCode(const std::vector<Department>& departments) {
  DepartmentsByCode by_code;
  for (const Department& department : departments) by_code[department.code] = department;
  return by_code;
}

// "LINE COLUMN REASON suggestion" of every problem.
std::vector<std::string> Problems(const DepartmentImport& plan) {
  std::vector<std::string> texts;
  for (const ImportProblem& problem : plan.problems) {
    EXPECT_FALSE(problem.en.empty() || problem.ja.empty()) << problem.reason;
    texts.push_back(absl::StrCat(problem.line, " ", problem.column, " ", problem.reason,
                                 problem.suggestion.empty() ? "" : " ", problem.suggestion));
  }
  return texts;
}

TEST(LocalGovernmentCodeTest, ChecksTheLastDigitByModulusEleven) {
  // Remainders of every kind: 札幌市, 東京都, 徳島県, 栃木県 (check digit 0), 北海道.
  for (const char* code : {"011002", "130001", "360007", "090000", "010006"}) {
    EXPECT_TRUE(IsLocalGovernmentCode(code)) << code;
  }
  for (const char* code : {"011003", "110002", "10006", "0110021", "01100X", ""}) {
    EXPECT_FALSE(IsLocalGovernmentCode(code)) << code;
  }
}

TEST(LocalGovernmentCodeTest, AcceptsOneCheckDigitForEachNumber) {
  for (int number = 1000; number < 48000; number += 7) {
    int accepted = 0;
    for (int digit = 0; digit < 10; ++digit) {
      std::string code = absl::StrCat(number, digit);
      code.insert(0, 6 - code.size(), '0');
      accepted += IsLocalGovernmentCode(code);
    }
    EXPECT_EQ(accepted, 1) << number;
  }
}

TEST(DepartmentCodeTest, TakesLettersDigitsAndDashesUpToThirtyTwo) {
  EXPECT_TRUE(IsDepartmentCode("0303-A"));
  EXPECT_TRUE(IsDepartmentCode(std::string(32, '1')));
  EXPECT_FALSE(IsDepartmentCode(std::string(33, '1')));
  EXPECT_FALSE(IsDepartmentCode(""));
  EXPECT_FALSE(IsDepartmentCode("03/03"));
  EXPECT_FALSE(IsDepartmentCode("課"));
}

TEST(ExistsOnTest, CountsBothItsFirstAndItsLastDay) {
  const Department department{.valid_from = absl::CivilDay(2026, 4, 1),
                              .valid_until = absl::CivilDay(2027, 3, 31)};
  EXPECT_FALSE(ExistsOn(department, absl::CivilDay(2026, 3, 31)));
  EXPECT_TRUE(ExistsOn(department, absl::CivilDay(2026, 4, 1)));
  EXPECT_TRUE(ExistsOn(department, absl::CivilDay(2027, 3, 31)));
  EXPECT_FALSE(ExistsOn(department, absl::CivilDay(2027, 4, 1)));
  EXPECT_TRUE(ExistsOn(Department{}, absl::CivilDay(2027, 4, 1)));
}

TEST(DepartmentKindTest, IsReadInBothLanguages) {
  for (const DepartmentKind kind : kAllDepartmentKinds) {
    EXPECT_EQ(ParseDepartmentKind(ToText(kind)), kind);
  }
  EXPECT_EQ(ParseDepartmentKind("受託団体"), DepartmentKind::kCommissionedBody);
  EXPECT_EQ(ParseDepartmentKind("課"), std::nullopt);
}

TEST(DepartmentImportTest, ReadsEveryColumnInEitherLanguage) {
  const DepartmentImport plan = Plan(
      "コード,所属名,かな,種別,上位,経由,ページ,窓口,団体コード\n"
      "0301,観光誘客課,かんこう,知事部局,,,https://www.pref.example.jp/,誘客担当,360007\n"
      "8001,共同企業体,,受託団体,観光誘客課,0301,,,\n");
  EXPECT_THAT(Problems(plan), IsEmpty());
  ASSERT_THAT(plan.created, SizeIs(2));
  const Department expected{.code = "0301",
                            .revision = 1,
                            .display_name = "観光誘客課",
                            .kana = "かんこう",
                            .kind = DepartmentKind::kPrefecturalOffice,
                            .page_url = "https://www.pref.example.jp/",
                            .contact_desk = "誘客担当",
                            .local_government_code = "360007",
                            .update_time = kNow};
  EXPECT_EQ(plan.created[0], expected);
  EXPECT_EQ(plan.created[1].parent, "0301");
  EXPECT_EQ(plan.created[1].via, "0301");
}

TEST(DepartmentImportTest, NamesEveryProblemAtOnce) {
  const DepartmentImport plan = Plan(
      "code,name,kind,parent,via,page_url,local_government_code\n"
      "03/1,課,PREFECTURAL_OFFICE,,,,\n"                  // 2
      "0301,観光誘客課,課,,,,\n"                          // 3
      "0302,文化振興課,PREFECTURAL_OFFICE,観光誘客,,,\n"  // 4
      "0303,,PREFECTURAL_OFFICE,,9999,,\n"                // 5
      "0301,観光課,PREFECTURAL_OFFICE,,,,\n"              // 6
      "010006,北海道,OUT_OF_SCOPE,,,ftp://x,10006\n"      // 7
      "020001,青森県,OUT_OF_SCOPE,,,,020002\n");          // 8
  EXPECT_THAT(Problems(plan),
              ElementsAre("2 code INVALID_CODE", "3 kind UNKNOWN_KIND",
                          "4 parent DEPARTMENT_NOT_FOUND 観光誘客課", "5 name REQUIRED",
                          "5 via DEPARTMENT_NOT_FOUND", "6 code REPEATED_CODE",
                          "7 local_government_code INVALID_LOCAL_GOVERNMENT_CODE 010006",
                          "7 page_url INVALID_URL",
                          "8 local_government_code INVALID_LOCAL_GOVERNMENT_CODE"));
}

// T 5-3: forms of the education board go via 教育政策課, which goes via nobody.
TEST(DepartmentImportTest, AsksEverySectionOfTheEducationBoardForItsRoute) {
  const std::string header = "code,name,kind,via\n5001,教育政策課,EDUCATION_BOARD,\n";
  EXPECT_THAT(Problems(Plan(header + "5002,生涯学習課,EDUCATION_BOARD,教育政策課\n")), IsEmpty());
  EXPECT_THAT(Problems(Plan(header + "5002,生涯学習課,EDUCATION_BOARD,5001\n"
                                     "5003,体育課,EDUCATION_BOARD,\n")),
              ElementsAre("4 via VIA_MISSING"));
  EXPECT_THAT(Problems(Plan(header)), ElementsAre("2 via VIA_MISSING"));
}

TEST(DepartmentImportTest, KnowsTheRouteOfDepartmentsThatTheFileLeavesOut) {
  const DepartmentsByCode known = ByCode(Plan("code,name,kind,via\n"
                                              "5001,教育政策課,EDUCATION_BOARD,\n"
                                              "5002,生涯学習課,EDUCATION_BOARD,5001\n")
                                             .created);
  EXPECT_THAT(Problems(Plan("code,name,kind,via\n5001,教育総務課,EDUCATION_BOARD,\n", known)),
              IsEmpty());
}

// T 5-7.
TEST(DepartmentImportTest, AsksACommissionedBodyForTheDepartmentThatCommissionsIt) {
  EXPECT_THAT(Problems(Plan("code,name,kind\n8001,共同企業体,COMMISSIONED_BODY\n")),
              ElementsAre("2 via VIA_MISSING"));
  EXPECT_THAT(Problems(Plan("code,name,kind\n8002,財団,AFFILIATED_BODY\n")), IsEmpty());
}

TEST(DepartmentImportTest, RefusesTreesThatLeadBackToThemselves) {
  EXPECT_THAT(Problems(Plan("code,name,kind,parent,via\n"
                            "1,一課,PREFECTURAL_OFFICE,2,\n"
                            "2,二課,PREFECTURAL_OFFICE,1,\n"
                            "3,三課,PREFECTURAL_OFFICE,1,3\n")),
              ElementsAre("2 parent PARENT_LOOP", "3 parent PARENT_LOOP", "4 via VIA_LOOP"));
}

TEST(DepartmentImportTest, LeavesNamesThatTwoDepartmentsShareToPeople) {
  EXPECT_THAT(Problems(Plan("code,name,kind,parent\n"
                            "1,池田町,OUT_OF_SCOPE,\n"
                            "2,池田町,OUT_OF_SCOPE,\n"
                            "3,教育委員会,OUT_OF_SCOPE,池田町\n"
                            "4,議会,OUT_OF_SCOPE,2\n")),
              ElementsAre("4 parent DEPARTMENT_AMBIGUOUS"));
}

TEST(DepartmentImportTest, TellsNewChangedAndUnchangedApart) {
  const std::string file =
      "code,name,kind,kana\n0101,秘書課,PREFECTURAL_OFFICE,ひしょか\n"
      "0102,情報課,PREFECTURAL_OFFICE,\n";
  DepartmentsByCode known = ByCode(Plan(file).created);
  EXPECT_EQ(Plan(file, known).unchanged_count, 2);

  known["0102"].display_name = "旧情報課";
  known["0102"].revision = 4;
  known["0102"].contact_desk = "情報担当";
  const DepartmentImport plan = Plan(file, known);
  EXPECT_EQ(plan.unchanged_count, 1);
  ASSERT_THAT(plan.updated, SizeIs(1));
  EXPECT_EQ(plan.updated[0].revision, 5);
  EXPECT_EQ(plan.updated[0].display_name, "情報課");
  EXPECT_EQ(plan.updated[0].contact_desk, "情報担当") << "a column left out keeps its value";
}

TEST(DepartmentNamesTest, SuggestsANameOnlyWhenItIsNear) {
  DepartmentNames names;
  names.Add("1", "教育委員会事務局教育政策課");
  names.Add("2", "観光誘客課");
  EXPECT_EQ(names.Nearest("観光誘客化"), "観光誘客課");
  EXPECT_EQ(names.Nearest("教育政策課"), "教育委員会事務局教育政策課");
  EXPECT_EQ(names.Nearest("農林水産部"), "");
  EXPECT_EQ(names.Nearest("課"), "");
  names.Add("3", "市教育政策課");
  EXPECT_EQ(names.Nearest("教育政策課長"), "市教育政策課");
}

}  // namespace
}  // namespace daicho::registry::domain
