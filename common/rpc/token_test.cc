#include "common/rpc/token.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/base/refusal.h"
#include "common/rpc/testing/people.h"
#include "common/rpc/token_key.h"

namespace daicho::rpc {
namespace {

using nlohmann::json;
using testing::TokenIssuer;

const absl::Time kNow = absl::FromUnixSeconds(1764000000);

class TokenTest : public ::testing::Test {
 protected:
  TokenTest() : verifier_({issuer_.issuer()}) { EXPECT_TRUE(verifier_.Load().ok()); }

  TokenClaims GoodClaims() const {
    return issuer_.Claims("hirose", {"DEPARTMENT_STAFF", "AUDITOR"}, "0123-4", kNow);
  }

  std::string GoodToken() const { return issuer_.Sign(GoodClaims()); }

  // What GoodToken() says, for changing.
  json GoodJson() const {
    std::string text;
    const std::vector<std::string> parts = absl::StrSplit(GoodToken(), '.');
    absl::WebSafeBase64Unescape(parts[1], &text);
    return json::parse(text);
  }

  // A good signature over any header and claims whatsoever.
  std::string SignRaw(const std::string& claims,
                      const std::vector<std::pair<std::string, std::string>>& raw_header = {},
                      bool with_kid = true) const {
    cjose_err error{};
    const Jwk key(cjose_jwk_import(issuer_.key().jwk.data(), issuer_.key().jwk.size(), &error),
                  JwkDeleter());
    cjose_header_t* const header = cjose_header_new(&error);
    cjose_header_set(header, "alg", "ES256", &error);
    if (with_kid) cjose_header_set(header, "kid", cjose_jwk_get_kid(key.get(), &error), &error);
    for (const auto& [name, value] : raw_header) {
      EXPECT_TRUE(cjose_header_set_raw(header, name.c_str(), value.c_str(), &error));
    }
    cjose_jws_t* const jws =
        cjose_jws_sign(key.get(), header, reinterpret_cast<const std::uint8_t*>(claims.data()),
                       claims.size(), &error);
    const char* compact = nullptr;
    EXPECT_TRUE(cjose_jws_export(jws, &compact, &error));
    std::string token = compact;
    cjose_jws_release(jws);
    cjose_header_release(header);
    return token;
  }

  std::string Kid() const { return json::parse(issuer_.key().jwks)["keys"][0]["kid"]; }

  // "" when the token is accepted.
  std::string ReasonFor(absl::string_view token, absl::Time now = kNow) const {
    const absl::StatusOr<Caller> caller = verifier_.Verify(token, now);
    if (caller.ok()) return "";
    EXPECT_EQ(caller.status().code(), absl::StatusCode::kUnauthenticated);
    return ReasonOf(caller.status());
  }

  std::string ReasonForClaims(const json& claims) const {
    return ReasonFor(SignRaw(claims.dump()));
  }

  TokenIssuer issuer_;
  TokenVerifier verifier_;
};

TEST_F(TokenTest, SaysWhoTheCallerIs) {
  const absl::StatusOr<Caller> caller = verifier_.Verify(GoodToken(), kNow);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->subject, "users/hirose");
  EXPECT_EQ(caller->display_name, "hiroseさん");
  EXPECT_EQ(caller->department, "departments/0123-4");
  EXPECT_EQ(caller->service, "");
  EXPECT_THAT(caller->roles,
              ::testing::ElementsAre(access::v1::ROLE_DEPARTMENT_STAFF, access::v1::ROLE_AUDITOR));
}

TEST_F(TokenTest, TakesAPersonWithoutDepartmentAndAnAudienceInAList) {
  json claims = GoodJson();
  claims.erase("department");
  claims["aud"] = {"other", "daicho"};
  EXPECT_EQ(ReasonForClaims(claims), "");
}

TEST_F(TokenTest, RefusesATokenWithAnyByteChanged) {
  const std::string token = GoodToken();
  for (std::size_t i = 0; i < token.size(); i += i + 12 < token.size() ? 3 : 1) {
    std::string forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(ReasonFor(forged), "TOKEN_INVALID") << "byte " << i;
  }
}

TEST_F(TokenTest, RefusesWhatIsNoToken) {
  const std::string token = GoodToken();
  for (const std::string& text :
       {std::string(), std::string("x"), std::string(".."), std::string("a.b.c"), token + ".x",
        token + "=", " " + token, token + "\n", token.substr(0, token.rfind('.')),
        token.substr(0, token.rfind('.') + 1), std::string(9000, 'a')}) {
    EXPECT_EQ(ReasonFor(text), "TOKEN_INVALID") << text;
  }
}

TEST_F(TokenTest, RefusesATokenWithoutSignature) {
  const std::string claims = absl::WebSafeBase64Escape(GoodJson().dump());
  for (const char* alg : {"none", "None", "NONE", ""}) {
    const std::string header = absl::WebSafeBase64Escape(json{{"alg", alg}, {"kid", Kid()}}.dump());
    EXPECT_EQ(ReasonFor(absl::StrCat(header, ".", claims, ".")), "TOKEN_INVALID");
    EXPECT_EQ(ReasonFor(absl::StrCat(header, ".", claims, ".AAAA")), "TOKEN_INVALID");
  }
}

TEST_F(TokenTest, RefusesThePublicKeyUsedAsASecret) {
  const std::string signed_part =
      absl::StrCat(absl::WebSafeBase64Escape(json{{"alg", "HS256"}, {"kid", Kid()}}.dump()), ".",
                   absl::WebSafeBase64Escape(GoodJson().dump()));
  const json key = json::parse(issuer_.key().jwks)["keys"][0];
  for (const std::string& secret : {issuer_.key().jwks, key.dump(), key["x"].get<std::string>()}) {
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(signed_part.data()), signed_part.size(), mac,
         &size);
    const std::string signature(reinterpret_cast<const char*>(mac), size);
    EXPECT_EQ(ReasonFor(absl::StrCat(signed_part, ".", absl::WebSafeBase64Escape(signature))),
              "TOKEN_INVALID");
  }
}

TEST_F(TokenTest, RefusesAnotherKeyUnderTheSameId) {
  json foreign = json::parse(MakeSigningKey()->jwk);
  foreign["kid"] = Kid();
  EXPECT_EQ(ReasonFor(*SignToken(foreign.dump(), GoodClaims())), "TOKEN_INVALID");
}

TEST_F(TokenTest, RefusesAKeyItDoesNotKnow) {
  EXPECT_EQ(ReasonFor(*SignToken(MakeSigningKey()->jwk, GoodClaims())), "TOKEN_INVALID");
}

TEST_F(TokenTest, NeedsAKeyIdOnlyWhenThereAreSeveralKeys) {
  const std::string without_kid = SignRaw(GoodJson().dump(), {}, /*with_kid=*/false);
  EXPECT_EQ(ReasonFor(without_kid), "");
  json keys = json::parse(issuer_.key().jwks);
  keys["keys"].push_back(json::parse(MakeSigningKey()->jwks)["keys"][0]);
  issuer_.folder().Write("jwks.json", keys.dump());
  ASSERT_TRUE(verifier_.Load().ok());
  EXPECT_EQ(ReasonFor(without_kid), "TOKEN_INVALID");
  EXPECT_EQ(ReasonFor(GoodToken()), "");
}

TEST_F(TokenTest, RefusesHeadersThatAskForMore) {
  EXPECT_EQ(ReasonFor(SignRaw(GoodJson().dump(), {{"crit", R"(["exp"])"}})), "TOKEN_INVALID");
  EXPECT_EQ(ReasonFor(SignRaw(GoodJson().dump(), {{"kid", R"(["x"])"}}, false)), "TOKEN_INVALID");
}

TEST_F(TokenTest, RefusesAnotherIssuerOrAudience) {
  for (const char* claim : {"iss", "aud"}) {
    json claims = GoodJson();
    claims[claim] = "https://elsewhere.example";
    EXPECT_EQ(ReasonForClaims(claims), "TOKEN_INVALID") << claim;
    claims[claim] = 7;
    EXPECT_EQ(ReasonForClaims(claims), "TOKEN_INVALID") << claim;
    claims[claim] = json::array();
    EXPECT_EQ(ReasonForClaims(claims), "TOKEN_INVALID") << claim;
  }
}

TEST_F(TokenTest, RefusesATokenThatLacksAClaim) {
  for (const char* claim : {"iss", "aud", "sub", "roles", "iat", "exp"}) {
    json claims = GoodJson();
    claims.erase(claim);
    EXPECT_EQ(ReasonForClaims(claims), "TOKEN_INVALID") << claim;
  }
}

TEST_F(TokenTest, RefusesClaimsOfTheWrongShape) {
  const std::pair<const char*, json> kBad[] = {
      {"sub", ""},
      {"sub", "a/b"},
      {"sub", "広瀬"},
      {"sub", 7},
      {"sub", std::string(129, 'a')},
      {"name", 7},
      {"name", "a\nb"},
      {"name", std::string(201, 'a')},
      {"department", "a/b"},
      {"department", 7},
      {"department", std::string(33, '1')},
      {"roles", "AUDITOR"},
      {"roles", json::array()},
      {"roles", {7}},
      {"roles", {"BOSS"}},
      {"roles", {"auditor"}},
      {"exp", "1764003600"},
      {"exp", -1},
      {"iat", nullptr},
      {"exp", 1e300},
      {"nbf", "now"},
  };
  for (const auto& [claim, value] : kBad) {
    json claims = GoodJson();
    claims[claim] = value;
    EXPECT_EQ(ReasonForClaims(claims), "TOKEN_INVALID") << claim << " " << value;
  }
}

TEST_F(TokenTest, NeverGivesRolesThatOnlyCertificatesGive) {
  for (const char* role : {"SYSTEM", "PUBLIC", "UNSPECIFIED"}) {
    json claims = GoodJson();
    claims["roles"] = {"AUDITOR", role};
    EXPECT_EQ(ReasonForClaims(claims), "TOKEN_INVALID") << role;
  }
}

TEST_F(TokenTest, RefusesClaimsThatSayAThingTwice) {
  std::string text = GoodJson().dump();
  text.insert(1, R"("sub":"admin",)");
  EXPECT_EQ(ReasonFor(SignRaw(text)), "TOKEN_INVALID");
}

TEST_F(TokenTest, RefusesClaimsThatAreNoObject) {
  EXPECT_EQ(ReasonFor(SignRaw("[]")), "TOKEN_INVALID");
  EXPECT_EQ(ReasonFor(SignRaw("x")), "TOKEN_INVALID");
}

TEST_F(TokenTest, ExpiresThirtySecondsAfterItsLastSecond) {
  const std::string token = GoodToken();
  const absl::Time end = kNow + absl::Hours(1);
  EXPECT_EQ(ReasonFor(token, end + absl::Seconds(30) - absl::Milliseconds(1)), "");
  EXPECT_EQ(ReasonFor(token, end + absl::Seconds(30)), "TOKEN_EXPIRED");
}

TEST_F(TokenTest, IsNotValidMoreThanThirtySecondsEarly) {
  const std::string token = GoodToken();
  EXPECT_EQ(ReasonFor(token, kNow - absl::Seconds(30)), "");
  EXPECT_EQ(ReasonFor(token, kNow - absl::Seconds(31)), "TOKEN_EXPIRED");
  json claims = GoodJson();
  claims["nbf"] = absl::ToUnixSeconds(kNow) + 31;
  EXPECT_EQ(ReasonForClaims(claims), "TOKEN_EXPIRED");
  claims["nbf"] = absl::ToUnixSeconds(kNow) + 30;
  EXPECT_EQ(ReasonForClaims(claims), "");
}

TEST_F(TokenTest, LivesTwelveHoursAtMost) {
  TokenClaims claims = GoodClaims();
  claims.lifetime = absl::Hours(12);
  EXPECT_EQ(ReasonFor(issuer_.Sign(claims)), "");
  claims.lifetime += absl::Seconds(1);
  EXPECT_EQ(ReasonFor(issuer_.Sign(claims)), "TOKEN_EXPIRED");
}

TEST_F(TokenTest, ForgetsTokensWhoseKeyWasTakenBack) {
  const std::string token = GoodToken();
  ASSERT_EQ(ReasonFor(token), "");
  issuer_.folder().Write("jwks.json", MakeSigningKey()->jwks);
  const absl::Time give_up = absl::Now() + absl::Seconds(20);
  while (ReasonFor(token).empty() && absl::Now() < give_up) std::this_thread::yield();
  EXPECT_EQ(ReasonFor(token), "TOKEN_INVALID");
}

TEST_F(TokenTest, TakesUpKeysThatWereAdded) {
  const SigningKey added = *MakeSigningKey();
  const std::string token = *SignToken(added.jwk, GoodClaims());
  ASSERT_EQ(ReasonFor(token), "TOKEN_INVALID");
  issuer_.folder().Write("jwks.json", added.jwks);
  const absl::Time give_up = absl::Now() + absl::Seconds(20);
  while (!ReasonFor(token).empty() && absl::Now() < give_up) std::this_thread::yield();
  EXPECT_EQ(ReasonFor(token), "");
}

TEST_F(TokenTest, KeepsItsKeysWhenTheFileIsBroken) {
  issuer_.folder().Write("jwks.json", "{");
  EXPECT_FALSE(verifier_.Load().ok());
  EXPECT_EQ(ReasonFor(GoodToken()), "");
}

TEST_F(TokenTest, AnswersManyThreadsAtOnce) {
  const std::string token = GoodToken();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        EXPECT_EQ(ReasonFor(token), "");
        EXPECT_EQ(ReasonFor(GoodToken()), "");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(ParseKeySetTest, TakesP256SigningKeysAlone) {
  const json key = json::parse(MakeSigningKey()->jwks)["keys"][0];
  json other = key;
  other["kid"] = "encryption";
  other["use"] = "enc";
  const json secret = {{"kty", "oct"}, {"kid", "secret"}, {"k", "c2VjcmV0"}};
  const json rsa = {{"kty", "RSA"}, {"kid", "rsa"}, {"n", "AQAB"}, {"e", "AQAB"}};
  const auto keys = ParseKeySet(json{{"keys", {other, secret, rsa, key}}}.dump());
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->size(), 1u);
  EXPECT_EQ(keys->count(key["kid"]), 1u);
  EXPECT_FALSE(ParseKeySet(json{{"keys", {other, secret, rsa}}}.dump()).ok());
}

TEST(ParseKeySetTest, RefusesBrokenSetsWhole) {
  const json key = json::parse(MakeSigningKey()->jwks)["keys"][0];
  json off_curve = key;
  off_curve["kid"] = "off";
  off_curve["y"] = key["x"];
  EXPECT_FALSE(ParseKeySet(json{{"keys", {key, off_curve}}}.dump()).ok());
  EXPECT_FALSE(ParseKeySet(json{{"keys", {key, key}}}.dump()).ok()) << "the same id twice";
  for (const char* text : {"", "{}", "[]", R"({"keys":{}})", R"({"keys":[]})"}) {
    EXPECT_FALSE(ParseKeySet(text).ok()) << text;
  }
}

TEST(SigningKeyTest, PublishesNoPrivatePart) {
  const SigningKey key = *MakeSigningKey();
  EXPECT_TRUE(json::parse(key.jwk).contains("d"));
  EXPECT_FALSE(json::parse(key.jwks)["keys"][0].contains("d"));
}

}  // namespace
}  // namespace daicho::rpc
