// RETURN_IF_ERROR and ASSIGN_OR_RETURN: hand an error on to the caller.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define RETURN_IF_ERROR(expr)                                         \
  do {                                                                \
    if (absl::Status status_ = (expr); !status_.ok()) return status_; \
  } while (false)

#define DAICHO_CONCAT_INNER_(a, b) a##b
#define DAICHO_CONCAT_(a, b) DAICHO_CONCAT_INNER_(a, b)
#define ASSIGN_OR_RETURN(lhs, expr) \
  DAICHO_ASSIGN_OR_RETURN_(DAICHO_CONCAT_(statusor_, __LINE__), lhs, expr)
#define DAICHO_ASSIGN_OR_RETURN_(tmp, lhs, expr) \
  auto tmp = (expr);                             \
  if (!tmp.ok()) return std::move(tmp).status(); \
  lhs = *std::move(tmp)
