// The items of 様式第1号 that a drafter fills in, by their numbers in forms.md.
#pragma once

#include <string>
#include <vector>

#include "common/base/event.h"
#include "common/paper/document.h"
#include "services/approval/document.h"

namespace daicho::approval {

// Rows 6 to 28, in order, each with all that the form has of it. An item that is not asked for with
// the form's action has "―".
std::vector<paper::Field> ItemsOf(const DocumentSource& source);

// "16 発信方法 運用担当者 2 氏名"; the path itself when no item has it.
std::string LabelOf(const std::string& field);

// 別表: 変更前・変更後 as rows of three cells.
std::vector<std::vector<std::string>> ChangesOf(const std::vector<FieldChange>& changes);

}  // namespace daicho::approval
