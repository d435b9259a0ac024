// Waiting for what other threads and processes do.
#pragma once

#include <functional>

namespace daicho::testing {

// Asks again and again until `condition` holds; false when it does not within 30 seconds.
bool Eventually(const std::function<bool()>& condition);

}  // namespace daicho::testing
