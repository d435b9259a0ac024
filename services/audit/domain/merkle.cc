#include "services/audit/domain/merkle.h"

#include <openssl/evp.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <set>

#include "common/base/status_macros.h"

namespace daicho::audit::domain {
namespace {

constexpr absl::string_view kLeafPrefix("\0", 1);
constexpr absl::string_view kNodePrefix("\1", 1);

// Fetching the algorithm and making a context cost more than hashing an event, so each thread
// keeps one of each.
class Sha256 {
 public:
  Hash operator()(std::initializer_list<absl::string_view> parts) {
    Hash hash;
    bool done = EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1;
    for (const absl::string_view part : parts) {
      done = done && EVP_DigestUpdate(context_.get(), part.data(), part.size()) == 1;
    }
    // Fails only when OpenSSL has no SHA-256 or no memory; there is no answer to give then.
    if (!done || EVP_DigestFinal_ex(context_.get(), hash.data(), nullptr) != 1) std::abort();
    return hash;
  }

 private:
  struct Free {
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD, Free> algorithm_{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  std::unique_ptr<EVP_MD_CTX, Free> context_{EVP_MD_CTX_new()};
};

Hash HashParts(std::initializer_list<absl::string_view> parts) {
  thread_local Sha256 sha256;
  return sha256(parts);
}

bool IsRightChild(const NodeId& node) { return (node.index & 1) != 0; }

bool HasRightmostBit(std::int64_t value) { return (value & 1) != 0; }

// Where a tree of `size` > 1 divides: the largest power of two smaller than `size`. RFC 6962 §2.1.
std::int64_t Split(std::int64_t size) {
  return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(size - 1)));
}

}  // namespace

absl::string_view BytesOf(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

std::optional<Hash> HashFromBytes(absl::string_view bytes) {
  Hash hash;
  if (bytes.size() != hash.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

Hash EmptyRoot() { return HashParts({}); }

Hash LeafHash(absl::string_view leaf) { return HashParts({kLeafPrefix, leaf}); }

Hash NodeHash(const Hash& left, const Hash& right) {
  return HashParts({kNodePrefix, BytesOf(left), BytesOf(right)});
}

bool IsWellFormed(const Frontier& frontier) {
  return frontier.size >= 0 &&
         static_cast<std::size_t>(std::popcount(static_cast<std::uint64_t>(frontier.size))) ==
             frontier.hashes.size();
}

Hash RootOf(const Frontier& frontier) {
  if (frontier.hashes.empty()) return EmptyRoot();
  Hash root = frontier.hashes.back();
  for (auto left = frontier.hashes.rbegin() + 1; left != frontier.hashes.rend(); ++left) {
    root = NodeHash(*left, root);
  }
  return root;
}

std::vector<Node> Append(Frontier& frontier, const Hash& leaf_hash) {
  std::vector<Node> completed;
  Node node{.id = {.level = 0, .index = frontier.size}, .hash = leaf_hash};
  while (IsRightChild(node.id)) {
    node = {.id = {.level = node.id.level + 1, .index = node.id.index >> 1},
            .hash = NodeHash(frontier.hashes.back(), node.hash)};
    frontier.hashes.pop_back();
    completed.push_back(node);
  }
  frontier.hashes.push_back(node.hash);
  ++frontier.size;
  return completed;
}

std::vector<NodeId> NodesOf(const Range& range) {
  std::vector<NodeId> nodes;
  std::int64_t begin = range.begin;
  while (begin < range.end) {
    const int level = std::bit_width(static_cast<std::uint64_t>(range.end - begin)) - 1;
    nodes.push_back({.level = level, .index = begin >> level});
    begin += std::int64_t{1} << level;
  }
  return nodes;
}

std::vector<NodeId> NodesOf(const std::vector<Range>& ranges) {
  std::set<NodeId> nodes;
  for (const Range& range : ranges) {
    for (const NodeId& node : NodesOf(range)) nodes.insert(node);
  }
  return {nodes.begin(), nodes.end()};
}

absl::StatusOr<Hash> HashOf(const Range& range, const Nodes& nodes) {
  // A range is a log of its own (its frontier is what it is made of), so its hash is that log's.
  Frontier frontier{.size = range.end - range.begin};
  for (const NodeId& node : NodesOf(range)) {
    const auto found = nodes.find(node);
    if (found == nodes.end()) return absl::InternalError("a node of the tree is missing");
    frontier.hashes.push_back(found->second);
  }
  if (frontier.hashes.empty()) return absl::InternalError("an empty range has no hash");
  return RootOf(frontier);
}

absl::StatusOr<std::vector<Hash>> HashesOf(const std::vector<Range>& ranges, const Nodes& nodes) {
  std::vector<Hash> hashes;
  for (const Range& range : ranges) {
    ASSIGN_OR_RETURN(const Hash hash, HashOf(range, nodes));
    hashes.push_back(hash);
  }
  return hashes;
}

std::vector<Range> InclusionPath(std::int64_t index, std::int64_t size) {
  std::vector<Range> path;
  Range tree{.begin = 0, .end = size};
  while (tree.end - tree.begin > 1) {
    const std::int64_t middle = tree.begin + Split(tree.end - tree.begin);
    const Range left{.begin = tree.begin, .end = middle};
    const Range right{.begin = middle, .end = tree.end};
    path.push_back(index < middle ? right : left);
    tree = index < middle ? left : right;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<Range> ConsistencyPath(std::int64_t first, std::int64_t second) {
  std::vector<Range> path;
  Range tree{.begin = 0, .end = second};
  while (tree.end != first) {
    const std::int64_t middle = tree.begin + Split(tree.end - tree.begin);
    const Range left{.begin = tree.begin, .end = middle};
    const Range right{.begin = middle, .end = tree.end};
    path.push_back(first <= middle ? right : left);
    tree = first <= middle ? left : right;
  }
  // The first log itself is known to whoever verifies; a part of it has to be told.
  if (tree.begin != 0) path.push_back(tree);
  std::reverse(path.begin(), path.end());
  return path;
}

bool VerifyInclusion(const Hash& leaf_hash, std::int64_t index, std::int64_t size,
                     const std::vector<Hash>& proof, const Hash& root) {
  if (index < 0 || index >= size) return false;
  std::int64_t fn = index;
  std::int64_t sn = size - 1;
  Hash hash = leaf_hash;
  for (const Hash& sibling : proof) {
    if (sn == 0) return false;
    if (HasRightmostBit(fn) || fn == sn) {
      hash = NodeHash(sibling, hash);
      while (!HasRightmostBit(fn) && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && hash == root;
}

bool VerifyConsistency(const TreeHead& first, const TreeHead& second,
                       const std::vector<Hash>& proof) {
  if (first.size <= 0 || first.size > second.size) return false;
  if (first.size == second.size) return proof.empty() && first.root == second.root;

  // A first log that is one complete subtree is its own first hash.
  std::vector<Hash> path = proof;
  if (std::has_single_bit(static_cast<std::uint64_t>(first.size))) {
    path.insert(path.begin(), first.root);
  }
  if (path.empty()) return false;

  std::int64_t fn = first.size - 1;
  std::int64_t sn = second.size - 1;
  while (HasRightmostBit(fn)) {
    fn >>= 1;
    sn >>= 1;
  }
  Hash first_root = path.front();
  Hash second_root = path.front();
  for (auto hash = path.begin() + 1; hash != path.end(); ++hash) {
    if (sn == 0) return false;
    if (HasRightmostBit(fn) || fn == sn) {
      first_root = NodeHash(*hash, first_root);
      second_root = NodeHash(*hash, second_root);
      while (!HasRightmostBit(fn) && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      second_root = NodeHash(second_root, *hash);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && first_root == first.root && second_root == second.root;
}

}  // namespace daicho::audit::domain
