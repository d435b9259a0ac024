// Binary COPY: rows as bytes, and how a session sends them.
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/pg/session.h"

namespace daicho::pg {
namespace {

constexpr absl::string_view kHeader("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", 19);
constexpr absl::string_view kEnd("\xff\xff", 2);
constexpr std::size_t kSlice = 64 << 10;  // So much is with libpq at once.

template <typename Integer>
void AppendBigEndian(Integer value, std::string* bytes) {
  char out[sizeof(Integer)];
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    out[i] = static_cast<char>(static_cast<std::uint64_t>(value) >> 8 * (sizeof(Integer) - 1 - i));
  }
  bytes->append(out, sizeof(Integer));
}

}  // namespace

CopyRows::CopyRows(int columns) : bytes_(kHeader), columns_(columns) {}

void CopyRows::Begin() { AppendBigEndian(static_cast<std::int16_t>(columns_), &bytes_); }

void CopyRows::Uuid(absl::string_view uuid) {
  AppendBigEndian(std::int32_t{16}, &bytes_);
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < uuid.size(); i += 2) {
    if (uuid[i] == '-') ++i;
    bytes_.push_back(static_cast<char>(nibble(uuid[i]) << 4 | nibble(uuid[i + 1])));
  }
}

void CopyRows::Time(std::optional<absl::Time> time) {
  if (!time) return AppendBigEndian(std::int32_t{-1}, &bytes_);
  static const absl::Time epoch = absl::FromUnixSeconds(946'684'800);  // 2000-01-01
  AppendBigEndian(std::int32_t{8}, &bytes_);
  AppendBigEndian(absl::ToInt64Microseconds(*time - epoch), &bytes_);
}

void CopyRows::Day(std::optional<absl::CivilDay> day) {
  static constexpr absl::CivilDay kEpoch(2000, 1, 1);
  Int(day ? std::optional<std::int32_t>(*day - kEpoch) : std::nullopt);
}

void CopyRows::Int(std::optional<std::int32_t> number) {
  if (!number) return AppendBigEndian(std::int32_t{-1}, &bytes_);
  AppendBigEndian(std::int32_t{4}, &bytes_);
  AppendBigEndian(*number, &bytes_);
}

void CopyRows::Bool(bool value) {
  AppendBigEndian(std::int32_t{1}, &bytes_);
  bytes_.push_back(value ? 1 : 0);
}

void CopyRows::Text(absl::string_view text) {
  AppendBigEndian(static_cast<std::int32_t>(text.size()), &bytes_);
  bytes_.append(text.data(), text.size());
}

std::string CopyRows::Take() && {
  bytes_.append(kEnd.data(), kEnd.size());
  return std::move(bytes_);
}

namespace internal {

absl::Status Session::CopyIn(const Statement& statement, absl::string_view bytes,
                             absl::Time deadline) {
  if (!usable()) return absl::UnavailableError("the connection is lost");
  if (absl::Now() >= deadline) return absl::DeadlineExceededError("the deadline has passed");
  RETURN_IF_ERROR(ReceiveRollback(deadline));
  // COPY is for the simple protocol alone, which pipelines do not speak.
  if (PQexitPipelineMode(conn_.get()) != 1 || PQsendQuery(conn_.get(), statement.sql) != 1) {
    return Lost();
  }
  ++round_trips_;
  RETURN_IF_ERROR(WaitForResult(deadline));
  const ResultPtr ready(PQgetResult(conn_.get()), PQclear);
  absl::Status refused;
  if (ready != nullptr && PQresultStatus(ready.get()) == PGRES_COPY_IN) {
    RETURN_IF_ERROR(SendCopy(bytes, deadline));
  } else if (ready != nullptr && PQresultStatus(ready.get()) == PGRES_FATAL_ERROR) {
    refused = Failure(statement.name, ready.get());
  } else {
    refused = absl::InternalError(absl::StrCat(statement.name, ": takes no rows"));
  }
  ResultPtr last;
  const absl::Status status = ReceiveScript(statement.name, deadline, &last);
  if (usable() && PQenterPipelineMode(conn_.get()) != 1) return Lost();
  return refused.ok() ? status : refused;
}

absl::Status Session::SendCopy(absl::string_view bytes, absl::Time deadline) {
  const auto flushed = [&]() -> absl::Status {
    while (true) {
      const int unsent = PQflush(conn_.get());
      if (unsent < 0) return Lost();
      if (unsent == 0) return absl::OkStatus();
      if (!WaitForSocket(PQsocket(conn_.get()), POLLIN | POLLOUT, deadline)) return TimedOut();
      // A server that has given up says so, and is read so that it does not wait for us.
      if (PQconsumeInput(conn_.get()) != 1) return Lost();
    }
  };
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kSlice, bytes.size()))) {
    const int size = static_cast<int>(std::min(kSlice, bytes.size()));
    if (PQputCopyData(conn_.get(), bytes.data(), size) != 1) return Lost();
    RETURN_IF_ERROR(flushed());
  }
  if (PQputCopyEnd(conn_.get(), nullptr) != 1) return Lost();
  return absl::OkStatus();
}

}  // namespace internal
}  // namespace daicho::pg
