// Blocks onto pages.
#pragma once

#include <vector>

#include "common/paper/document.h"
#include "common/paper/pages.h"

namespace daicho::paper {

// False, with some of the blocks left out, when they need more than `most_pages`.
bool Compose(const Typesetter& typesetter, const std::vector<Block>& blocks, std::size_t most_pages,
             Pages& pages);

}  // namespace daicho::paper
