// html.mjs FILE…: fails when a page is not valid, accessible HTML that stands alone and runs nothing.
import { readFileSync } from "node:fs";
import { problemsOf } from "./validator.mjs";

let bad = false;
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  const problems = await problemsOf(text, file);
  if (/<script| on[a-z]+="| (src|href)="|@import|url\(/.test(text)) problems.push("is not all there is");
  for (const problem of problems) console.error(`${file}: ${problem}`);
  bad ||= problems.length > 0;
}
process.exit(bad ? 1 : 0);
