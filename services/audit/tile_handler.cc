#include "services/audit/tile_handler.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/log.h"
#include "common/base/status_macros.h"
#include "services/audit/checkpoint_store.h"
#include "services/audit/domain/tile.h"
#include "services/audit/store.h"

namespace daicho::audit {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

http::Response NotFound() { return {.status = 404, .body = "not found\n"}; }

absl::StatusOr<http::Response> CheckpointResponse(pg::Transaction& tx) {
  ASSIGN_OR_RETURN(store::Checkpoints checkpoints, store::GetCheckpoints(tx));
  if (checkpoints.served_note.empty()) return NotFound();
  return http::Response{.body = std::move(checkpoints.served_note)};
}

absl::StatusOr<std::string> BytesOf(pg::Transaction& tx, const domain::TileId& tile) {
  const std::int64_t begin = tile.index * domain::kTileWidth;
  const std::int64_t end = begin + tile.width;
  if (!tile.is_bundle) {
    ASSIGN_OR_RETURN(const auto hashes,
                     store::GetHashes(tx, tile.level * domain::kTileHeight, begin, end));
    return domain::TileOf(hashes);
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> leaves, store::GetLeaves(tx, begin, end));
  const bool fits = std::all_of(leaves.begin(), leaves.end(), [](const std::string& leaf) {
    return leaf.size() <= domain::kMaxEntryBytes;
  });
  if (fits) return domain::BundleOf(leaves);
  return absl::DataLossError("an entry of encoding 1 is too large for tlog-tiles");
}

absl::StatusOr<http::Response> TileResponse(pg::Transaction& tx, const domain::TileId& tile) {
  ASSIGN_OR_RETURN(const domain::Head head, store::GetHead(tx));
  if (domain::TileAt(head.tree.size, tile.level, tile.index).width < tile.width) return NotFound();
  ASSIGN_OR_RETURN(std::string bytes, BytesOf(tx, tile));
  return http::Response{.content_type = "application/octet-stream",
                        .cache_control = "public, max-age=31536000, immutable",
                        .body = std::move(bytes)};
}

absl::StatusOr<http::Response> Respond(pg::Pool& pool, absl::string_view path) {
  const auto tile = domain::ParseTilePath(path);
  if (path != "checkpoint" && !tile) return NotFound();
  const absl::Time deadline = absl::Now() + kPatience;
  ASSIGN_OR_RETURN(auto connection, pool.Acquire(deadline));
  pg::Transaction tx = connection->Begin(deadline);
  return tile ? TileResponse(tx, *tile) : CheckpointResponse(tx);
}

}  // namespace

http::Handler TileHandler(pg::Pool* pool) {
  return [pool](const http::Request& request) -> http::Response {
    if (request.method != "GET" && request.method != "HEAD") {
      return {.status = 405, .body = "GET and HEAD alone\n"};
    }
    absl::string_view path = request.target;
    if (!absl::ConsumePrefix(&path, "/")) return NotFound();
    absl::StatusOr<http::Response> response = Respond(*pool, path);
    if (response.ok()) return *std::move(response);
    Log(LogLevel::kError, "a tile cannot be served",
        {{"path", std::string(path)}, {"error", std::string(response.status().message())}});
    return {.status = 503, .body = "try again later\n"};
  };
}

}  // namespace daicho::audit
