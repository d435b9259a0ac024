#include "common/rpc/call.h"

#include <gtest/gtest.h>

#include "common/base/refusal.h"

namespace daicho::rpc {
namespace {

Call CallOf(access::v1::Scope scope, const std::string& department) {
  Caller caller;
  caller.department = department;
  return Call(caller, scope, absl::UnixEpoch(), absl::InfiniteFuture());
}

TEST(CallTest, ReachesEveryDepartmentWithTheScopeAny) {
  const Call call = CallOf(access::v1::SCOPE_ANY, "departments/1");
  EXPECT_TRUE(call.scope_settled());
  EXPECT_TRUE(call.AdmitDepartment("departments/2").ok());
  EXPECT_EQ(call.OnlyDepartment(), std::nullopt);
}

TEST(CallTest, ReachesTheOwnDepartmentAloneOtherwise) {
  const Call call = CallOf(access::v1::SCOPE_OWN_DEPARTMENT, "departments/1");
  const absl::Status refusal = call.AdmitDepartment("departments/2");
  EXPECT_EQ(refusal.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(refusal), "FOREIGN_DEPARTMENT");
  EXPECT_FALSE(call.scope_settled()) << "a refusal settles nothing";
  EXPECT_TRUE(call.AdmitAnyDepartment({"departments/2", "departments/1"}).ok());
  EXPECT_TRUE(call.scope_settled());
}

TEST(CallTest, RefusesCallersAndRecordsWithoutDepartment) {
  const Call call = CallOf(access::v1::SCOPE_OWN_DEPARTMENT, "");
  EXPECT_FALSE(call.AdmitDepartment("").ok());
  EXPECT_FALSE(call.AdmitAnyDepartment({}).ok());
  EXPECT_EQ(call.OnlyDepartment(), "");
}

TEST(CallTest, IsSettledForListsByAskingWhatToShow) {
  const Call call = CallOf(access::v1::SCOPE_OWN_DEPARTMENT, "departments/1");
  EXPECT_FALSE(call.scope_settled());
  EXPECT_EQ(call.OnlyDepartment(), "departments/1");
  EXPECT_TRUE(call.scope_settled());
}

TEST(CallTest, RefusesEverythingWithoutScope) {
  const Call call = CallOf(access::v1::SCOPE_UNSPECIFIED, "departments/1");
  EXPECT_FALSE(call.AdmitDepartment("departments/1").ok());
  EXPECT_FALSE(call.scope_settled());
}

}  // namespace
}  // namespace daicho::rpc
