// SHA-256, in one call or piece by piece.
#pragma once

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace daicho {

// The 32 bytes of the hash of `bytes`.
std::string Sha256(absl::string_view bytes);

// The hash of bytes that come in pieces.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();

  void Add(absl::string_view bytes);
  // The 32 bytes of the hash. Once, at the end.
  std::string Finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace daicho
