#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "common/pg/pg.h"
#include "tests/support/database.h"

namespace daicho::pg {
namespace {

using ::daicho::testing::Database;
using ::daicho::testing::Soon;

const Statement kText{"test_text", "SELECT $1::text"};
const Statement kBytea{"test_bytea", "SELECT $1::bytea"};
const Statement kInt8{"test_int8", "SELECT $1::int8"};
const Statement kBool{"test_bool", "SELECT $1::bool"};
const Statement kTime{"test_time", "SELECT $1::timestamptz"};
const Statement kDay{"test_day", "SELECT $1::date"};
const Statement kTextArray{"test_text_array", "SELECT unnest($1::text[])"};
const Statement kByteaArray{"test_bytea_array", "SELECT unnest($1::bytea[])"};

class ValueTest : public ::testing::Test {
 protected:
  Result Run(const Statement& statement, const Param& param) {
    Transaction tx = connection_.Begin(Soon());
    absl::StatusOr<Result> result = tx.Execute(statement, {param});
    EXPECT_EQ(result.status(), absl::OkStatus());
    return *std::move(result);
  }

  Database database_;
  Connection connection_ = database_.Connect();
};

TEST_F(ValueTest, TextComesBackAsItWas) {
  for (const std::string& text : {std::string(), std::string("広報課 𠮷田 é"),
                                  std::string("it's \"quoted\" \\ {a,b} NULL\n")}) {
    EXPECT_EQ(Run(kText, text)[0].Text(0), text);
  }
}

TEST_F(ValueTest, ANulByteIsAnErrorAndNotTheEndOfTheText) {
  Transaction tx = connection_.Begin(Soon());

  const absl::Status status = tx.Execute(kText, {std::string("a\0b", 3)}).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(connection_.usable());
}

TEST_F(ValueTest, TextThatIsNotUtf8IsAnError) {
  Transaction tx = connection_.Begin(Soon());

  EXPECT_EQ(tx.Execute(kText, {"\xe5\x8f"}).status().code(), absl::StatusCode::kInternal);
}

TEST_F(ValueTest, BytesComeBackAsTheyWere) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));

  EXPECT_EQ(Run(kBytea, Bytes{all})[0].Bytes(0), all);
  EXPECT_EQ(Run(kBytea, Bytes{""})[0].Bytes(0), "");
}

TEST_F(ValueTest, NumbersComeBackAsTheyWere) {
  for (const std::int64_t number : {std::numeric_limits<std::int64_t>::min(), std::int64_t{0},
                                    std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(Run(kInt8, number)[0].Int64(0), number);
  }
  EXPECT_TRUE(Run(kBool, true)[0].Bool(0));
  EXPECT_FALSE(Run(kBool, false)[0].Bool(0));
}

TEST_F(ValueTest, NullIsKeptApartFromEmpty) {
  const Row null = Run(kText, std::nullopt)[0];
  const Row empty = Run(kText, std::optional<std::string>(""))[0];

  EXPECT_TRUE(null.IsNull(0));
  EXPECT_EQ(null.OptionalText(0), std::nullopt);
  EXPECT_EQ(null.Text(0), "");
  EXPECT_EQ(null.Int64(0), 0);
  EXPECT_FALSE(null.Bool(0));
  EXPECT_EQ(null.Bytes(0), "");
  EXPECT_EQ(null.Time(0), std::nullopt);
  EXPECT_EQ(null.Day(0), std::nullopt);
  EXPECT_FALSE(empty.IsNull(0));
  EXPECT_EQ(empty.OptionalText(0), "");
  EXPECT_TRUE(Run(kTime, std::optional<absl::Time>())[0].IsNull(0));
}

TEST_F(ValueTest, TimesComeBackToTheMicrosecond) {
  for (const std::int64_t microseconds :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{1750000000000000},
        std::int64_t{1750000000100000}, std::int64_t{1750000000123000},
        std::int64_t{1750000000123456}, std::int64_t{-1}, std::int64_t{-1750000000123456},
        std::int64_t{253402300799999999}}) {
    const absl::Time time = absl::FromUnixMicros(microseconds);
    EXPECT_EQ(Run(kTime, time)[0].Time(0), time) << microseconds;
  }
}

TEST_F(ValueTest, TimesAreReadInUtcWhateverTheDatabaseSays) {
  database_.Execute("ALTER ROLE CURRENT_USER IN DATABASE " +
                    database_.Value("SELECT current_database()") + " SET timezone = 'Asia/Tokyo'");
  Connection connection = database_.Connect();
  Transaction tx = connection.Begin(Soon());

  const auto rows = tx.Execute(kTime, {"2025-06-01 09:00:00+09"});

  ASSERT_EQ(rows.status(), absl::OkStatus());
  EXPECT_EQ((*rows)[0].Time(0), absl::FromCivil(absl::CivilHour(2025, 6, 1), absl::UTCTimeZone()));
}

TEST_F(ValueTest, InfinityIsNoTime) {
  EXPECT_EQ(Run(kTime, absl::InfiniteFuture())[0].Text(0), "infinity");
  EXPECT_EQ(Run(kTime, absl::InfiniteFuture())[0].Time(0), std::nullopt);
  EXPECT_EQ(Run(kTime, absl::InfinitePast())[0].Time(0), std::nullopt);
  EXPECT_EQ(Run(kDay, "infinity")[0].Day(0), std::nullopt);
}

TEST_F(ValueTest, DaysComeBackAsTheyWere) {
  for (const absl::CivilDay day : {absl::CivilDay(2024, 2, 29), absl::CivilDay(1970, 1, 1)}) {
    EXPECT_EQ(Run(kDay, day)[0].Day(0), day);
  }
}

TEST_F(ValueTest, TextArraysComeBackAsTheyWere) {
  const std::vector<std::string> array = {"", "NULL", "a,b", "{x}", "\"q\"", "\\", " 広報 ", "'"};

  const Result rows = Run(kTextArray, array);

  std::vector<std::string> found;
  for (int i = 0; i < rows.size(); ++i) found.push_back(rows[i].Text(0));
  EXPECT_EQ(found, array);
  EXPECT_EQ(Run(kTextArray, std::vector<std::string>{}).size(), 0);
}

TEST_F(ValueTest, ByteArraysComeBackAsTheyWere) {
  const Result rows =
      Run(kByteaArray, std::vector<Bytes>{{absl::string_view("\0\xff\"\\,", 5)}, {""}});

  ASSERT_EQ(rows.size(), 2);
  EXPECT_EQ(rows[0].Bytes(0), std::string("\0\xff\"\\,", 5));
  EXPECT_EQ(rows[1].Bytes(0), "");
}

}  // namespace
}  // namespace daicho::pg
