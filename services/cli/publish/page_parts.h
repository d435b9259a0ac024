// What the published pages have in common: the frame and the tables.
#pragma once

#include <string>
#include <vector>

#include "services/cli/publish/arrangement.h"
#include "services/cli/publish/escape.h"

namespace daicho::cli::publish {

struct Page {
  std::string path;   // "departments/0101.html"
  std::string title;  // Without the organisation.
  std::string description;
  Json linked_data;  // schema.org; null for none.
  Markup main;
};

// The whole document.
std::string Document(const Arrangement& arrangement, const Page& page);

// "../" for a page in a folder, else "".
std::string RootOf(const std::string& path);

// The account's name, as a link where it is official and so safe to follow.
Markup AccountLink(const Account& account);

// Accounts that are on the list, in a table of that caption.
Markup AccountTable(const Arrangement& arrangement, const std::vector<const Account*>& accounts,
                    const std::string& caption);

// Accounts in trouble, with their departments, for a page beside the index.
Markup TroubleTable(const Arrangement& arrangement, const std::vector<const Account*>& accounts,
                    const std::string& caption);

// Accounts and names that are not official any more. Their URLs are no links. `root` leads to the
// index.
Markup FormerTable(const Arrangement& arrangement, const std::vector<const Account*>& accounts,
                   const std::string& caption, const std::string& root);

// The departments above `department`, from the top; empty when there are none.
Markup AboveLine(const Arrangement& arrangement, const Department& department);

// What to do about an impersonator.
Markup Advice();

// An Organization of schema.org with the accounts that are nothing but official.
Json Organization(const std::string& name, const std::vector<const Account*>& accounts);

}  // namespace daicho::cli::publish
