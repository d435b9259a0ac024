// Bytes of a message that are the same each time within one build: for hashes and signatures.
#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace daicho::rpc {

std::string SerializeDeterministically(const google::protobuf::Message& message);

}  // namespace daicho::rpc
