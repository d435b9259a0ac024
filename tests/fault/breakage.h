// Everything that can break in a running suite, one kind at a time, each with its repair.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/e2e/world.h"

namespace daicho::testing {

class Breakage {
 public:
  // The suite must have links, clocks and, for the disk, one of its own.
  Breakage(World& world, unsigned seed);

  static std::vector<std::string> Kinds();

  // Breaks something of `kind`, lets people work on for a moment, and repairs it.
  void Inflict(const std::string& kind);
  // The same with a kind that chance picks from `kinds`.
  void InflictAny(const std::vector<std::string>& kinds);

  // See Suite::FreeClock(); done before each fault, and to be done after the last.
  void FreeClocks() const;

  // How many of each kind there were.
  const std::map<std::string, int>& counts() const { return counts_; }

 private:
  void KillService();
  void KillPostgres();
  void FillDisk();
  void SlowNetwork();
  void CutNetwork();
  void ResetConnections();
  void HalfCloseConnections();
  void RefuseConnections();
  void SetClock();
  void RepeatDeliveries();

  // The repeats, by who sends them.
  std::unique_ptr<grpc::ClientContext> PatientContext() const;
  void RepeatToAudit(const std::string& service);
  void RepeatToRegistry();

  int Pick(int least, int most);
  void LetThemWork(int least_milliseconds, int most_milliseconds);
  std::string AnyService();
  // Some links, and how they are from now on.
  void SetWeather(const Weather& weather);
  void ClearWeather();
  std::vector<Proxy*> SomeLinks();

  World& world_;
  std::mt19937 random_;
  std::map<std::string, int> counts_;
};

}  // namespace daicho::testing
