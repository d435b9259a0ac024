#include "services/registry/import_file.h"

#include "common/sheet/address.h"

namespace daicho::registry {
namespace {

// `Place` is ImportProblem or ImportClaim.
template <typename Place>
void NameCell(Place& place) {
  if (place.position > 0 && place.line > 0) {
    place.cell = sheet::ToText({.column = place.position, .row = place.line});
  }
}

}  // namespace

void NameCells(sheet::Kind kind, domain::AccountImport& plan) {
  if (kind != sheet::Kind::kXlsx) return;
  for (domain::ImportProblem& problem : plan.problems) NameCell(problem);
  for (domain::ImportConflict& conflict : plan.conflicts) {
    for (domain::ImportClaim& claim : conflict.claims) NameCell(claim);
  }
}

void NameCells(sheet::Kind kind, domain::DepartmentImport& plan) {
  if (kind != sheet::Kind::kXlsx) return;
  for (domain::ImportProblem& problem : plan.problems) NameCell(problem);
}

}  // namespace daicho::registry
