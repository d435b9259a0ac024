#include "common/rpc/page_token.h"

#include <gmock/gmock.h>

#include "common/base/refusal.h"
#include "daicho/approval/v1/form_service.pb.h"

namespace daicho::rpc {
namespace {

using approval::v1::ListFormsRequest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kMethod[] = "daicho.approval.v1.FormService.ListForms";

class PageTokenTest : public ::testing::Test {
 protected:
  PageTokenTest() {
    request_.set_department("departments/1");
    request_.add_states(approval::v1::Form::STATE_DRAFT);
    request_.set_page_token(tokens_.Make(kMethod, "users/a", request_, position_));
  }

  std::string ReasonFor(const ListFormsRequest& request, const char* caller = "users/a",
                        const char* method = kMethod) const {
    return ReasonOf(tokens_.Read(method, caller, request).status());
  }

  const PageTokens tokens_{std::string(32, 'k')};
  const std::vector<std::string> position_ = {"2026-01-01", "", std::string("台\0帳", 7)};
  ListFormsRequest request_;
};

TEST_F(PageTokenTest, GivesBackThePosition) {
  const auto position = tokens_.Read(kMethod, "users/a", request_);
  ASSERT_TRUE(position.ok()) << position.status();
  EXPECT_EQ(*position, position_);
}

TEST_F(PageTokenTest, LetsThePageSizeChange) {
  request_.set_page_size(7);
  EXPECT_EQ(ReasonFor(request_), "");
}

TEST_F(PageTokenTest, IsEmptyOnTheFirstPage) {
  request_.clear_page_token();
  EXPECT_THAT(*tokens_.Read(kMethod, "users/a", request_), IsEmpty());
}

TEST_F(PageTokenTest, IsNoGoodToAnotherCaller) {
  EXPECT_EQ(ReasonFor(request_, "users/b"), "INVALID_PAGE_TOKEN");
}

TEST_F(PageTokenTest, IsNoGoodForAnotherMethod) {
  EXPECT_EQ(ReasonFor(request_, "users/a", "daicho.approval.v1.FormService.Other"),
            "INVALID_PAGE_TOKEN");
}

TEST_F(PageTokenTest, IsNoGoodForAnotherQuery) {
  request_.set_department("departments/2");
  EXPECT_EQ(ReasonFor(request_), "INVALID_PAGE_TOKEN");
  request_.set_department("departments/1");
  request_.add_states(approval::v1::Form::STATE_RETURNED);
  EXPECT_EQ(ReasonFor(request_), "INVALID_PAGE_TOKEN");
}

TEST_F(PageTokenTest, IsNoGoodUnderAnotherKey) {
  const PageTokens others(std::string(32, 'x'));
  EXPECT_EQ(ReasonOf(others.Read(kMethod, "users/a", request_).status()), "INVALID_PAGE_TOKEN");
}

TEST_F(PageTokenTest, CannotBeChanged) {
  const std::string token = request_.page_token();
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string forged = token;
    forged[i] = forged[i] == 'A' ? 'B' : 'A';
    request_.set_page_token(forged);
    EXPECT_EQ(ReasonFor(request_), "INVALID_PAGE_TOKEN") << i;
  }
  for (const std::string& forged :
       {token.substr(0, token.size() - 4), token + "AAAA", std::string("x"), std::string(8, 'A'),
        std::string(5000, 'A'), std::string("台帳")}) {
    request_.set_page_token(forged);
    EXPECT_EQ(ReasonFor(request_), "INVALID_PAGE_TOKEN") << forged;
  }
}

TEST_F(PageTokenTest, ShowsNothingAndIsNeverTheSameTwice) {
  EXPECT_EQ(request_.page_token().find("2026"), std::string::npos);
  EXPECT_NE(tokens_.Make(kMethod, "users/a", request_, position_), request_.page_token());
}

TEST(PageSizeTest, HasADefaultAndALimit) {
  EXPECT_EQ(*PageSize(0), 50);
  EXPECT_EQ(*PageSize(1), 1);
  EXPECT_EQ(*PageSize(1000), 1000);
  EXPECT_EQ(*PageSize(1001), 1000);
  EXPECT_EQ(ReasonOf(PageSize(-1).status()), "INVALID_FIELD");
}

}  // namespace
}  // namespace daicho::rpc
