// How long a report about a million accounts takes, beside reading them with psql.
#pragma once

#include "tests/e2e/world.h"

namespace daicho::bench {

void MeasureInactivity(testing::World& world, int rounds);

}  // namespace daicho::bench
