// The log as C2SP tlog-tiles v0.1, read-only over HTTP. What is served holds no sealed values.
#pragma once

#include "common/http/http.h"
#include "common/pg/pg.h"

namespace daicho::audit {

// Answers GET and HEAD of /checkpoint, /tile/<L>/<N>[.p/<W>] and /tile/entries/<N>[.p/<W>]. `pool`
// outlives it.
http::Handler TileHandler(pg::Pool* pool);

}  // namespace daicho::audit
