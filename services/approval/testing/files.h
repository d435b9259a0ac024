// Small files of the types a form takes.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace daicho::testing {

using Parts = std::vector<std::pair<std::string, std::string>>;

// An archive with these parts; none is compressed that is short.
std::string Zip(const Parts& parts);

std::string Pdf(const std::string& text = "利用方針案");
std::string Png();
std::string Jpeg();
std::string Docx(const std::string& text = "利用規約案", const Parts& more = {});
std::string Xlsx();

}  // namespace daicho::testing
