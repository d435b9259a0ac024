#include <poll.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/pg/session.h"

namespace daicho::pg::internal {
namespace {

using Settings = std::map<std::string, std::string>;

// What Row and Param count on.
constexpr char kServerOptions[] =
    " -c TimeZone=UTC -c DateStyle=ISO,YMD -c bytea_output=hex -c standard_conforming_strings=on";

absl::StatusOr<Settings> Parse(const std::string& conninfo) {
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(conninfo.c_str(), &error), PQconninfoFree);
  if (options == nullptr) {
    // libpq's text would repeat the string, password and all.
    PQfreemem(error);
    return absl::InvalidArgumentError("the connection string cannot be read");
  }
  Settings settings;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) settings[option->keyword] = option->val;
  }
  settings["options"] += kServerOptions;
  settings["client_encoding"] = "UTF8";
  settings.emplace("fallback_application_name", "daicho");
  return settings;
}

std::string Nth(const std::string& list, size_t index) {
  const std::vector<std::string> items = absl::StrSplit(list, ',');
  return items.size() == 1 ? items[0] : index < items.size() ? items[index] : "";
}

// One per host. libpq would go through the hosts by itself, but one that does not answer would then
// use up the whole deadline: it leaves connect_timeout to those who poll.
std::vector<Settings> PerHost(const Settings& settings) {
  size_t hosts = 1;
  for (const char* key : {"host", "hostaddr"}) {
    const auto list = settings.find(key);
    if (list == settings.end()) continue;
    hosts = std::max<size_t>(hosts, 1 + std::count(list->second.begin(), list->second.end(), ','));
  }
  std::vector<Settings> each(hosts, settings);
  for (size_t i = 0; i < hosts; ++i) {
    for (const char* key : {"host", "hostaddr", "port"}) {
      const auto list = each[i].find(key);
      if (list != each[i].end()) list->second = Nth(list->second, i);
    }
  }
  return each;
}

absl::StatusOr<PGconn*> ConnectOne(const Settings& settings, absl::Time deadline) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : settings) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  std::unique_ptr<PGconn, decltype(&PQfinish)> conn(
      PQconnectStartParams(keywords.data(), values.data(), 0), PQfinish);
  if (conn == nullptr) return absl::ResourceExhaustedError("no memory for a connection");
  PostgresPollingStatusType state =
      PQstatus(conn.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED) {
      return absl::UnavailableError(
          absl::StrCat("connect: ", absl::StripAsciiWhitespace(PQerrorMessage(conn.get()))));
    }
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;  // NOLINT(runtime/int)
    if (!WaitForSocket(PQsocket(conn.get()), events, deadline)) {
      return absl::UnavailableError("connect: no answer in time");
    }
    state = PQconnectPoll(conn.get());
  }
  return conn.release();
}

}  // namespace

bool WaitForSocket(int socket, short events, absl::Time deadline) {  // NOLINT(runtime/int)
  while (true) {
    const absl::Duration left = std::min(deadline - absl::Now(), absl::Hours(1));
    if (left <= absl::ZeroDuration()) return false;
    pollfd wanted{socket, events, 0};
    const int milliseconds = static_cast<int>(absl::ToInt64Milliseconds(left)) + 1;
    // An interrupted or failed poll is left to libpq to find out about.
    if (poll(&wanted, 1, milliseconds) != 0) return true;
  }
}

absl::StatusOr<PGconn*> Connect(const std::string& conninfo, absl::Time deadline) {
  ASSIGN_OR_RETURN(const Settings settings, Parse(conninfo));
  const std::vector<Settings> hosts = PerHost(settings);
  absl::Duration patience = hosts.size() > 1 ? absl::Seconds(3) : absl::InfiniteDuration();
  if (const auto given = settings.find("connect_timeout"); given != settings.end()) {
    int seconds = 0;
    if (absl::SimpleAtoi(given->second, &seconds) && seconds > 0) patience = absl::Seconds(seconds);
  }
  absl::Status failure;
  for (const Settings& host : hosts) {
    absl::StatusOr<PGconn*> conn = ConnectOne(host, std::min(deadline, absl::Now() + patience));
    if (conn.ok()) return conn;
    failure = conn.status();
    if (absl::Now() >= deadline) return absl::DeadlineExceededError(failure.message());
  }
  return failure;
}

}  // namespace daicho::pg::internal
