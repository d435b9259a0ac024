// The Merkle tree over the log: RFC 6962 §2.1 hashing, RFC 9162 §2.1.3 and §2.1.4 proofs.
//
// Positions and sizes are counted in leaves, from 0. Everything here is a function of its
// arguments; which hashes a proof needs is told apart from where they are kept.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daicho::audit::domain {

// A SHA-256 hash.
using Hash = std::array<std::uint8_t, 32>;

// The 32 bytes of a hash, and back; nullopt when `bytes` is not 32 long.
absl::string_view BytesOf(const Hash& hash);
std::optional<Hash> HashFromBytes(absl::string_view bytes);

// SHA-256(""), the root of the empty log.
Hash EmptyRoot();
// SHA-256(0x00 || leaf).
Hash LeafHash(absl::string_view leaf);
// SHA-256(0x01 || left || right).
Hash NodeHash(const Hash& left, const Hash& right);

// A complete subtree: it covers the leaves [index << level, (index + 1) << level). Level 0 is a
// leaf. Its hash never changes once those leaves are there.
struct NodeId {
  int level = 0;
  std::int64_t index = 0;

  friend bool operator==(const NodeId&, const NodeId&) = default;
  friend auto operator<=>(const NodeId&, const NodeId&) = default;
};

struct Node {
  NodeId id;
  Hash hash;

  friend bool operator==(const Node&, const Node&) = default;
};

using Nodes = std::map<NodeId, Hash>;

// What is needed of a log to append to it: the hashes of the complete subtrees that make it up,
// largest first, one for each bit set in `size`.
struct Frontier {
  std::int64_t size = 0;
  std::vector<Hash> hashes;

  friend bool operator==(const Frontier&, const Frontier&) = default;
};

// Whether `frontier` has the hashes its size asks for.
bool IsWellFormed(const Frontier& frontier);

// Root hash of the log the frontier stands for.
Hash RootOf(const Frontier& frontier);

// Adds one leaf, and tells the subtrees of level 1 and above that it completes, lowest first.
std::vector<Node> Append(Frontier& frontier, const Hash& leaf_hash);

// Leaves [begin, end) below one node of the tree, which may be incomplete: `begin` is a multiple
// of the smallest power of two that is not smaller than end - begin.
struct Range {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  friend bool operator==(const Range&, const Range&) = default;
};

// The complete subtrees that make up `range`, largest first.
std::vector<NodeId> NodesOf(const Range& range);

// Hash of `range`. INTERNAL when `nodes` lacks one of NodesOf(range), or the range is empty.
absl::StatusOr<Hash> HashOf(const Range& range, const Nodes& nodes);

// Whose hashes, in this order, prove that leaf `index` is in a log of `size`: from the leaf up.
// Needs 0 <= index < size. RFC 9162 §2.1.3.1.
std::vector<Range> InclusionPath(std::int64_t index, std::int64_t size);

// Whose hashes, in this order, prove that a log of `first` is the beginning of one of `second`.
// Needs 0 < first <= second. RFC 9162 §2.1.4.1.
std::vector<Range> ConsistencyPath(std::int64_t first, std::int64_t second);

// Every node that the hashes of `ranges` are made of, each once, in order.
std::vector<NodeId> NodesOf(const std::vector<Range>& ranges);

// Hashes of `ranges`, in order. INTERNAL as HashOf.
absl::StatusOr<std::vector<Hash>> HashesOf(const std::vector<Range>& ranges, const Nodes& nodes);

// Whether `proof` shows that `leaf_hash` is leaf `index` of the log of `size` with `root`.
// RFC 9162 §2.1.3.2.
bool VerifyInclusion(const Hash& leaf_hash, std::int64_t index, std::int64_t size,
                     const std::vector<Hash>& proof, const Hash& root);

// A log at one size.
struct TreeHead {
  std::int64_t size = 0;
  Hash root = {};

  friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

// Whether `proof` shows that the log `first` is the beginning of the log `second`; an empty first
// log is not provable. RFC 9162 §2.1.4.2.
bool VerifyConsistency(const TreeHead& first, const TreeHead& second,
                       const std::vector<Hash>& proof);

}  // namespace daicho::audit::domain
