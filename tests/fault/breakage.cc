#include "tests/fault/breakage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/pg/pg.h"

namespace daicho::testing {
namespace {

// Keeps what goes through an outbox, so that it can be delivered again.
constexpr char kKeepDeliveries[] = R"sql(
  CREATE SCHEMA harness;
  CREATE TABLE harness.sent (event_id uuid, destination text, payload bytea);
  CREATE FUNCTION harness.keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  BEGIN
    INSERT INTO harness.sent VALUES (NEW.event_id, NEW.destination, NEW.payload);
    RETURN NEW;
  END
  $$;
  CREATE TRIGGER keep AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION harness.keep();
)sql";

// Of some of the last thousand, in any order.
const pg::Statement kSelectSent{"breakage_select_sent", R"sql(
  SELECT payload
    FROM (SELECT payload
            FROM harness.sent
           WHERE destination = $1
           ORDER BY event_id DESC
           LIMIT 1000) AS latest
   ORDER BY random()
   LIMIT 20
)sql"};

std::vector<std::string> Sent(World& world, const std::string& service,
                              const std::string& destination) {
  std::vector<std::string> payloads;
  auto connection =
      pg::Connection::Open(world.suite().Conninfo(service), absl::Now() + absl::Seconds(10));
  EXPECT_TRUE(connection.ok()) << connection.status();
  if (!connection.ok()) return payloads;
  pg::Transaction tx = connection->Begin(absl::Now() + absl::Seconds(10));
  const auto rows = tx.Execute(kSelectSent, {destination});
  EXPECT_TRUE(rows.ok()) << rows.status();
  for (int i = 0; rows.ok() && i < rows->size(); ++i) payloads.push_back((*rows)[i].Bytes(0));
  return payloads;
}

}  // namespace

Breakage::Breakage(World& world, unsigned seed) : world_(world), random_(seed) {
  for (const std::string& service : Suite::Services()) {
    auto connection =
        pg::Connection::Open(world_.suite().Conninfo(service), absl::Now() + absl::Seconds(10));
    EXPECT_TRUE(connection.ok() &&
                connection->ExecuteScript(kKeepDeliveries, absl::Now() + absl::Seconds(10)).ok());
  }
}

std::vector<std::string> Breakage::Kinds() {
  return {"service killed",
          "PostgreSQL killed",
          "disk full",
          "network slow",
          "network cut",
          "connections reset",
          "connections half closed",
          "connections refused",
          "clock set",
          "deliveries repeated"};
}

void Breakage::Inflict(const std::string& kind) {
  ++counts_[kind];
  FreeClocks();
  std::cout << absl::Now() << " " << kind << std::endl;
  if (kind == "service killed") return KillService();
  if (kind == "PostgreSQL killed") return KillPostgres();
  if (kind == "disk full") return FillDisk();
  if (kind == "network slow") return SlowNetwork();
  if (kind == "network cut") return CutNetwork();
  if (kind == "connections reset") return ResetConnections();
  if (kind == "connections half closed") return HalfCloseConnections();
  if (kind == "connections refused") return RefuseConnections();
  if (kind == "clock set") return SetClock();
  if (kind == "deliveries repeated") return RepeatDeliveries();
  ADD_FAILURE() << "there is no fault \"" << kind << "\"";
}

void Breakage::InflictAny(const std::vector<std::string>& kinds) {
  Inflict(kinds[static_cast<std::size_t>(Pick(0, static_cast<int>(kinds.size()) - 1))]);
  LetThemWork(20, 300);
}

void Breakage::FreeClocks() const {
  for (const std::string& service : Suite::Services()) world_.suite().FreeClock(service);
}

int Breakage::Pick(int least, int most) {
  return std::uniform_int_distribution<int>(least, most)(random_);
}

void Breakage::LetThemWork(int least_milliseconds, int most_milliseconds) {
  absl::SleepFor(absl::Milliseconds(Pick(least_milliseconds, most_milliseconds)));
}

std::string Breakage::AnyService() {
  return Suite::Services()[static_cast<std::size_t>(
      Pick(0, static_cast<int>(Suite::Services().size()) - 1))];
}

void Breakage::KillService() {
  const std::string service = AnyService();
  world_.suite().Kill(service);
  LetThemWork(0, 200);
  world_.suite().Start(service);
}

void Breakage::KillPostgres() {
  EXPECT_TRUE(world_.suite().postgres().Kill9().ok());
  const absl::Status started = world_.suite().postgres().Restart();
  EXPECT_TRUE(started.ok()) << started;
}

void Breakage::FillDisk() {
  world_.suite().postgres().FillDisk();
  LetThemWork(200, 800);
  const absl::Status freed = world_.suite().postgres().FreeDisk();
  EXPECT_TRUE(freed.ok()) << freed;
}

std::vector<Proxy*> Breakage::SomeLinks() {
  std::vector<Proxy*> links;
  for (const auto& [ends, link] : world_.suite().links()) links.push_back(link.get());
  std::shuffle(links.begin(), links.end(), random_);
  links.resize(static_cast<std::size_t>(Pick(1, static_cast<int>(links.size()))));
  return links;
}

void Breakage::SetWeather(const Weather& weather) {
  for (Proxy* link : SomeLinks()) link->Set(weather);
}

void Breakage::ClearWeather() {
  for (const auto& [ends, link] : world_.suite().links()) link->Set({});
}

void Breakage::SlowNetwork() {
  SetWeather({.delay = absl::Milliseconds(Pick(20, 300))});
  LetThemWork(300, 1000);
  ClearWeather();
}

void Breakage::CutNetwork() {
  SetWeather({.stalled = true});
  LetThemWork(300, 2000);
  ClearWeather();
}

void Breakage::ResetConnections() {
  for (Proxy* link : SomeLinks()) link->Reset();
  LetThemWork(50, 300);
}

void Breakage::HalfCloseConnections() {
  for (Proxy* link : SomeLinks()) link->HalfClose();
  LetThemWork(50, 300);
}

void Breakage::RefuseConnections() {
  for (Proxy* link : SomeLinks()) {
    link->Set({.closed = true});
    link->Reset();
  }
  LetThemWork(200, 1000);
  ClearWeather();
}

// Not by days: they have a meaning for forms.
void Breakage::SetClock() {
  const std::string service = AnyService();
  static constexpr int kSeconds[] = {-7200, -900, -60, -5, 5, 60, 900, 3000, 7200};
  world_.suite().SetClock(service, absl::Seconds(kSeconds[Pick(0, std::size(kSeconds) - 1)]));
  LetThemWork(200, 800);
  world_.suite().SetClock(service, absl::ZeroDuration());
}

void Breakage::RepeatDeliveries() {
  RepeatToRegistry();
  RepeatToAudit(Pick(0, 1) == 0 ? "approval" : "registry");
  LetThemWork(0, 100);
}

// Of a call that waits for a service just starting: anew after its clock was set back, for one.
std::unique_ptr<grpc::ClientContext> Breakage::PatientContext() const {
  auto context = world_.suite().Context(nullptr);
  context->set_wait_for_ready(true);
  return context;
}

// Some of these the relay has yet to deliver: then it comes second, and out of order.
void Breakage::RepeatToAudit(const std::string& service) {
  audit::v1::AppendEventsRequest request;
  for (std::string& payload : Sent(world_, service, "audit")) {
    request.add_events(std::move(payload));
  }
  if (request.events().empty()) return;
  audit::v1::AppendEventsResponse response;
  const auto context = PatientContext();
  const grpc::Status status =
      audit::v1::AuditService::NewStub(world_.suite().Channel("audit", service))
          ->AppendEvents(context.get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

void Breakage::RepeatToRegistry() {
  const auto stub =
      registry::v1::AccountService::NewStub(world_.suite().Channel("registry", "approval"));
  for (const std::string& payload : Sent(world_, "approval", "registry")) {
    registry::v1::ApplyFormRequest request;
    EXPECT_TRUE(request.ParseFromString(payload));
    registry::v1::ApplyFormResponse response;
    const auto context = PatientContext();
    const grpc::Status status = stub->ApplyForm(context.get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
}

}  // namespace daicho::testing
