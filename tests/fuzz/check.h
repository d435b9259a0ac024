// What every fuzz target promises: a false statement ends the process, and libFuzzer keeps the
// input.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "absl/strings/string_view.h"

#define DAICHO_FUZZ_CHECK(statement)                                            \
  do {                                                                          \
    if (!(statement)) {                                                         \
      std::cerr << __FILE__ << ":" << __LINE__ << ": not so: " #statement "\n"; \
      std::abort();                                                             \
    }                                                                           \
  } while (false)

namespace daicho::fuzz {

inline absl::string_view Text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace daicho::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
