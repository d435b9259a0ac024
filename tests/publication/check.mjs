// check.mjs FOLDER…: fails when a publication (`daicho account publish`) is not what it claims to be:
// valid HTML, well-formed Atom with what RFC 4287 requires, JSON, CSV, links that lead somewhere.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { DOMParser } from "@xmldom/xmldom";
import { problemsOf } from "./validator.mjs";

let problems = 0;

function complain(file, what) {
  console.error(`${file}: ${what}`);
  problems += 1;
}

function filesIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)));
}

async function checkHtml(folder, file) {
  const text = readFileSync(join(folder, file), "utf8");
  for (const problem of await problemsOf(text, file)) complain(file, problem);
  for (const [, href] of text.matchAll(/ href="([^"]*)"/g)) {
    if (/^https?:/.test(href)) continue;
    const [path, fragment] = href.split("#");
    const target = path === "" ? file : join(dirname(file), path);
    if (!existsSync(join(folder, target))) complain(file, `leads nowhere: ${href}`);
    else if (fragment && !readFileSync(join(folder, target), "utf8").includes(` id="${fragment}"`)) {
      complain(file, `has no such place: ${href}`);
    }
  }
  for (const [, json] of text.matchAll(/<script type="application\/ld\+json">(.*?)<\/script>/gs)) {
    if (JSON.parse(json)["@context"] !== "https://schema.org") complain(file, "no schema.org");
  }
  if (/ on[a-z]+="|<style| style="/.test(text)) complain(file, "inline code or style");
}

const children = (element, name) =>
  [...element.childNodes].filter((node) => node.nodeType === 1 && node.localName === name);

function one(file, element, name) {
  const found = children(element, name);
  if (found.length !== 1) complain(file, `${element.localName} has ${found.length} ${name}`);
  return found[0]?.textContent ?? "";
}

const isTime = (text) =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)$/.test(text) && !isNaN(Date.parse(text));

// RFC 4287 §4.1.1, §4.1.2.
function checkAtom(folder, file) {
  const document = new DOMParser({
    // A warning is about a character that stands for another.
    onError: (level, message) => level === "warning" || complain(file, `${level}: ${message}`),
  }).parseFromString(readFileSync(join(folder, file), "utf8"), "application/xml");
  const feed = document.documentElement;
  if (feed.namespaceURI !== "http://www.w3.org/2005/Atom" || feed.localName !== "feed") {
    complain(file, "is no Atom feed");
  }
  if (children(feed, "author").length === 0) complain(file, "feed has no author");
  const ids = new Set();
  let last = "9999";
  for (const element of [feed, ...children(feed, "entry")]) {
    const id = one(file, element, "id");
    if (!/^urn:uuid:[0-9a-f-]{36}$/.test(id)) complain(file, `id ${id}`);
    if (ids.has(id)) complain(file, `id ${id} twice`);
    ids.add(id);
    one(file, element, "title");
    const updated = one(file, element, "updated");
    if (!isTime(updated)) complain(file, `updated ${updated}`);
    if (element === feed) continue;
    if (updated > last) complain(file, `${id} is not in its order`);
    last = updated;
    one(file, element, "content");
  }
}

// Records of RFC 4180.
function recordsOf(text) {
  const records = [[]];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    records.at(-1).push(quoted?.replaceAll('""', '"') ?? bare);
    if (end === "\r\n") records.push([]);
  }
  return records.filter((record) => record.length > 1);
}

function checkCsv(folder, file) {
  const text = readFileSync(join(folder, file), "utf8");
  if (!text.startsWith("\uFEFF")) complain(file, "no byte order mark");
  const [header, ...rows] = recordsOf(text.slice(1));
  for (const row of rows) {
    if (row.length !== header.length) complain(file, `${row.length} cells: ${row}`);
    if (row.some((cell) => /^[=+@\t\r-]/.test(cell))) complain(file, `a formula: ${row}`);
  }
  const accounts = JSON.parse(readFileSync(join(folder, "accounts.json"), "utf8"))["公式アカウント"];
  if (accounts.length !== rows.length) complain(file, "not the accounts of accounts.json");
}

function checkSums(folder, files) {
  const sums = readFileSync(join(folder, "SHA256SUMS"), "utf8").trim().split("\n");
  for (const line of sums) {
    const [sum, file] = line.split("  ");
    const bytes = readFileSync(join(folder, file));
    if (createHash("sha256").update(bytes).digest("hex") !== sum) complain(file, "another SHA-256");
  }
  if (sums.length !== files.length - 1) complain("SHA256SUMS", "not every file");
}

for (const folder of process.argv.slice(2)) {
  const files = filesIn(folder);
  for (const file of files) {
    if (file.endsWith(".html")) await checkHtml(folder, file);
    if (file.endsWith(".json")) JSON.parse(readFileSync(join(folder, file), "utf8"));
  }
  checkAtom(folder, "feed.atom");
  checkCsv(folder, "accounts.csv");
  checkSums(folder, files);
  console.log(`${folder}: ${files.length} files, ${problems} problems`);
}
process.exit(problems === 0 ? 0 : 1);
