// How long documents take to print.
#pragma once

#include "tests/e2e/world.h"

namespace daicho::bench {

// The documents of an agreed form, one after another over mTLS, and a table of 10,000 rows.
void MeasurePrinting(testing::World& world);

}  // namespace daicho::bench
