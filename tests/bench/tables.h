// How long a ledger takes to come in and to go out as a table.
#pragma once

#include "tests/e2e/world.h"

namespace daicho::bench {

// Imports ten thousand rows, once into the ledger and once again in each format, and exports them.
void MeasureTables(testing::World& world);

}  // namespace daicho::bench
