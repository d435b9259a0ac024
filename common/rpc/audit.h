// What the handler path itself tells the audit log. For common/rpc alone.
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "common/base/event.h"
#include "common/rpc/call.h"
#include "common/rpc/handle.h"
#include "common/work/unit_of_work.h"
#include "daicho/event/v1/event.pb.h"

namespace daicho::rpc {

// The outbox row of `event`: the bytes that become the leaf of the audit log, in a Parcel with the
// values that are kept beside it.
work::Outgoing EncodeEvent(const Env& env, const Call& call, const Event& event,
                           event::v1::Event::Outcome outcome);

// "data.read": that an answer with personal data was given.
Event ReadingOf(const google::protobuf::Message& request,
                const google::protobuf::Message& response);

// Announces `refusal` as "call.refused", in a transaction of its own. A refusal that cannot be
// stored is logged; the caller is told no all the same.
//
// Refusals of callers nobody signed in cost an attacker nothing, so at most 50 a second of them
// (of this process) go to the audit log; the rest are logged and counted. Otherwise a flood of bad
// tokens would fill the database that keeps the ledger.
void AuditRefusal(const Env& env, const Call& call, const google::protobuf::Message& request,
                  const absl::Status& refusal);

}  // namespace daicho::rpc
