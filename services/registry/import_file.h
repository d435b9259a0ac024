// Imported files between their bytes and what the domain reads.
#pragma once

#include "common/sheet/sheet.h"
#include "services/registry/domain/department.h"
#include "services/registry/domain/import.h"

namespace daicho::registry {

// Says of every problem and claim which cell it is about, when the file is a workbook.
void NameCells(sheet::Kind kind, domain::AccountImport& plan);
void NameCells(sheet::Kind kind, domain::DepartmentImport& plan);

}  // namespace daicho::registry
