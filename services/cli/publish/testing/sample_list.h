// Public lists for tests.
#pragma once

#include "services/cli/publish/public_list.h"

namespace daicho::cli::publish {

// A small organisation with an account in every standing, a warning and a change of every kind.
PublicList SampleList();
inline const Site kSampleSite{"https://www.pref.example.lg.jp/sns/", "0101"};

// The same with `text` in every field that holds a text, but for codes, UUIDs and the scheme of
// URLs.
PublicList ListSaying(const std::string& text);

// Texts that would break out of where they are put.
extern const char kHostileText[];

}  // namespace daicho::cli::publish
