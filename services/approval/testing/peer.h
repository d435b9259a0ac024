// The other services, as a real gRPC server that tests tell what to say.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/server.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "common/rpc/testing/pki.h"
#include "daicho/policy/v1/inactivity_service.grpc.pb.h"
#include "daicho/policy/v1/policy_service.grpc.pb.h"
#include "daicho/registry/v1/account_service.grpc.pb.h"
#include "daicho/registry/v1/department_service.grpc.pb.h"

namespace daicho::testing {

// A ledger that, like the real one, applies each request_id once and keeps its answer.
class Ledger final : public registry::v1::AccountService::Service {
 public:
  grpc::Status GetAccount(grpc::ServerContext* context,
                          const registry::v1::GetAccountRequest* request,
                          registry::v1::Account* response) override;
  grpc::Status ApplyForm(grpc::ServerContext* context,
                         const registry::v1::ApplyFormRequest* request,
                         registry::v1::ApplyFormResponse* response) override;

  void Put(const registry::v1::Account& account);
  // The same at `since`: read as of an earlier moment, the account is what it was.
  void Replace(const registry::v1::Account& account, absl::Time since);
  // From now on every form meets this conflict; "" means none does.
  void Conflict(const std::string& reason);
  // From now on every form is refused with INVALID_ARGUMENT, for two of its fields.
  void RefuseAll();
  // Called once, when the next form has been applied and before anybody is told.
  void AfterNextApply(std::function<void()> hook);

  // Every request that was applied or met a conflict for good, in that order, each once.
  std::vector<registry::v1::ApplyFormRequest> applied() const;
  // Every request received with its effect wanted, repeats included.
  int received_count() const;

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, registry::v1::Account> accounts_ ABSL_GUARDED_BY(mutex_);
  // What accounts were, and until when, oldest first.
  std::vector<std::pair<absl::Time, registry::v1::Account>> earlier_ ABSL_GUARDED_BY(mutex_);
  std::string conflict_ ABSL_GUARDED_BY(mutex_);
  bool refuse_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> hook_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, registry::v1::ApplyFormResponse> answers_ ABSL_GUARDED_BY(mutex_);
  std::vector<registry::v1::ApplyFormRequest> applied_ ABSL_GUARDED_BY(mutex_);
  int received_count_ ABSL_GUARDED_BY(mutex_) = 0;
};

class Directory final : public registry::v1::DepartmentService::Service {
 public:
  grpc::Status GetDepartment(grpc::ServerContext* context,
                             const registry::v1::GetDepartmentRequest* request,
                             registry::v1::Department* response) override;

  // `via` is a code, or empty.
  void Put(const std::string& code, const std::string& display_name,
           registry::v1::Department::Kind kind, const std::string& via);
  // The department's last day is `day`; `successor` is a code, or empty.
  void End(const std::string& code, absl::CivilDay day, const std::string& successor = "");

 private:
  absl::Mutex mutex_;
  std::map<std::string, registry::v1::Department> departments_ ABSL_GUARDED_BY(mutex_);
};

class Guideline final : public policy::v1::PolicyService::Service {
 public:
  grpc::Status CheckForm(grpc::ServerContext* context, const policy::v1::CheckFormRequest* request,
                         policy::v1::CheckFormResponse* response) override;

  // From now on every check finds this.
  void Find(policy::v1::Severity severity, const std::string& rule_id);
  void FindNothing();
  // From now on every check finds, besides, that this rule asks for the desk's concurrence.
  void Ask(const std::string& rule_id, const std::string& clause, const std::string& desk);
  // What the last check was asked.
  policy::v1::CheckFormRequest last() const;
  int check_count() const;

 private:
  mutable absl::Mutex mutex_;
  std::vector<policy::v1::Finding> findings_ ABSL_GUARDED_BY(mutex_);
  policy::v1::CheckFormRequest last_ ABSL_GUARDED_BY(mutex_);
  int check_count_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Says how silent accounts are.
class Silence final : public policy::v1::InactivityService::Service {
 public:
  grpc::Status AssessAccount(grpc::ServerContext* context,
                             const policy::v1::AssessAccountRequest* request,
                             policy::v1::InactivityRow* response) override;

  // From now on this is said of every account; nullopt: the guideline has no ladder.
  void Say(const std::optional<policy::v1::InactivityRow>& row);

 private:
  absl::Mutex mutex_;
  std::optional<policy::v1::InactivityRow> row_ ABSL_GUARDED_BY(mutex_);
};

// Serves some of them at one address, which stays the same when it goes down and comes back.
class Peer {
 public:
  explicit Peer(std::vector<grpc::Service*> services);
  ~Peer();

  void GoDown();
  void ComeBack();
  std::shared_ptr<grpc::Channel> channel() const { return channel_; }

 private:
  const std::vector<grpc::Service*> services_;
  const TempFolder folder_;
  const std::string address_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace daicho::testing
