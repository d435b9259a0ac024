// The floor of a governed write: the statements of CreateForm as one, by pgbench.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/pg/pg.h"
#include "tests/bench/load.h"

namespace daicho::bench {

class WriteFloor {
 public:
  // Makes the tables of approval in `floor`, an empty database, and a pgbench script in `folder`
  // that stores there what the newest form of `approval` is made of.
  static absl::StatusOr<WriteFloor> Prepare(pg::Connection& approval, const std::string& floor,
                                            const std::string& folder);

  // Ends the process when pgbench fails.
  Rate Drive(const Load& load) const;

 private:
  WriteFloor(std::string conninfo, std::string script)
      : conninfo_(std::move(conninfo)), script_(std::move(script)) {}

  std::string conninfo_;
  std::string script_;
};

}  // namespace daicho::bench
