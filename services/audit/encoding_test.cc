// The test vectors of ENCODING.md: what the document shows is what the code makes.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/rpc/serialize.h"
#include "common/wire/sealed_event.h"
#include "services/audit/domain/merkle.h"

namespace daicho::audit {
namespace {

using daicho::wire::Bodies;
using ::testing::SizeIs;

// One vector of the document: its event in text format, and its lines "name: hex".
struct Vector {
  std::string event;
  std::map<std::string, std::string> hex;

  std::string Bytes(const std::string& name) const { return absl::HexStringToBytes(hex.at(name)); }
};

std::vector<Vector> ReadVectors() {
  std::ifstream file("services/audit/ENCODING.md");
  std::stringstream text;
  text << file.rdbuf();
  std::vector<Vector> vectors;
  for (const absl::string_view part : absl::StrSplit(text.str(), "\n### Vector ")) {
    const std::vector<std::string> blocks = absl::StrSplit(part, "```");
    if (blocks.size() < 5) continue;
    Vector vector{.event = blocks[1].substr(blocks[1].find('\n'))};
    for (const absl::string_view line : absl::StrSplit(blocks[3], '\n')) {
      const std::pair<std::string, std::string> pair = absl::StrSplit(line, ": ");
      if (!pair.second.empty()) vector.hex[pair.first] += pair.second;
    }
    vectors.push_back(vector);
  }
  return vectors;
}

TEST(EncodingTest, TheVectorsOfTheDocumentHold) {
  const std::vector<Vector> vectors = ReadVectors();
  ASSERT_THAT(vectors, SizeIs(3));
  for (const Vector& vector : vectors) {
    event::v1::Event event;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(vector.event, &event));
    const std::string leaf = rpc::SerializeDeterministically(event);
    EXPECT_EQ(absl::BytesToHexString(leaf), vector.hex.at("leaf"));
    EXPECT_EQ(absl::BytesToHexString(domain::BytesOf(domain::LeafHash(leaf))),
              vector.hex.at("leaf_hash"));
    Bodies bodies;
    for (int i = 0; i < event.sealed_size(); ++i) {
      const std::string name = absl::StrCat("body[", i, "].");
      event::v1::Body& body = *bodies.Add();
      body.set_path(event.sealed(i).path());
      body.set_salt(vector.Bytes(name + "salt"));
      body.set_value(vector.Bytes(name + "value"));
      EXPECT_EQ(absl::BytesToHexString(daicho::wire::SealOf(body)),
                absl::BytesToHexString(event.sealed(i).hash()));
    }
    const auto missing = daicho::wire::UnsealValues(bodies, event);
    ASSERT_TRUE(missing.ok()) << missing.status();
  }
}

TEST(EncodingTest, WhatServicesMakeIsOfTheNewestEncodingOfTheDocument) {
  event::v1::Event newest;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(ReadVectors().back().event, &newest));
  event::v1::Event event;
  (void)daicho::wire::SealValues(event);
  EXPECT_EQ(event.encoding(), newest.encoding());
}

}  // namespace
}  // namespace daicho::audit
