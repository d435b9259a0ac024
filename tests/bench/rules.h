// How fast the rules of the five guidelines run, without a server or a database.
#pragma once

namespace daicho::bench {

// Prints accounts and forms checked in a second on one core, and forms checked against a ledger of
// 10,000 accounts. Returns an exit status.
int MeasureRules(int rounds);

}  // namespace daicho::bench
