#include "services/cli/publish/style.h"

namespace daicho::cli::publish {

// Contrast is 7:1 or more against the background (WCAG 2.2 AAA); nothing is told by colour alone.
const char kStyle[] = R"css(:root {
  color-scheme: light;
  --ink: #1b1f24;
  --quiet: #454c55;
  --line: #8a929c;
  --soft: #f1f4f8;
  --link: #0a4080;
  --alarm: #8c1010;
  --alarm-soft: #fdf1f0;
}

* {
  box-sizing: border-box;
}

html {
  scroll-padding-top: 1rem;
}

body {
  margin: 0;
  color: var(--ink);
  background: #fff;
  font-family: "Hiragino Sans", "Noto Sans CJK JP", "Noto Sans JP", "BIZ UDPGothic", Meiryo, sans-serif;
  font-size: 1rem;
  line-height: 1.75;
  overflow-wrap: anywhere;
}

.skip {
  position: absolute;
  left: 0.5rem;
  top: -4rem;
  padding: 0.5rem 1rem;
  background: #fff;
  border: 2px solid var(--link);
}

.skip:focus {
  top: 0.5rem;
}

a {
  color: var(--link);
  text-underline-offset: 0.2em;
}

a:hover {
  text-decoration-thickness: 3px;
}

:focus-visible {
  outline: 3px solid #0a4080;
  outline-offset: 2px;
  box-shadow: 0 0 0 6px #ffd84d;
}

body > header,
main,
body > footer {
  max-width: 70rem;
  margin: 0 auto;
  padding: 0.75rem 1rem;
}

body > header {
  border-bottom: 4px solid var(--link);
}

.organization {
  margin: 0;
  font-weight: bold;
  font-size: 1.125rem;
}

nav ul {
  display: flex;
  flex-wrap: wrap;
  gap: 0.25rem 1.5rem;
  margin: 0.25rem 0;
  padding: 0;
  list-style: none;
}

nav a {
  display: inline-block;
  padding: 0.25rem 0;
}

[aria-current] {
  font-weight: bold;
}

h1 {
  margin: 1rem 0 0.25rem;
  font-size: 1.75rem;
  line-height: 1.4;
}

h2 {
  margin: 2.5rem 0 0.75rem;
  padding-left: 0.75rem;
  border-left: 0.375rem solid var(--link);
  font-size: 1.375rem;
  line-height: 1.4;
}

h3 {
  margin: 2rem 0 0.25rem;
  font-size: 1.125rem;
}

p,
dl,
ol {
  margin: 0.5rem 0;
}

.above,
.as-of,
.address {
  color: var(--quiet);
}

.above,
.address {
  font-size: 0.875rem;
}

.alarm {
  margin: 1.5rem 0;
  padding: 0.5rem 1rem 0.75rem;
  border: 3px solid var(--alarm);
  background: var(--alarm-soft);
}

.alarm h2 {
  margin: 0.25rem 0;
  padding: 0;
  border: 0;
  color: var(--alarm);
}

.departments {
  columns: 18rem;
  padding-left: 1.25rem;
}

table {
  width: 100%;
  margin: 0.5rem 0 1.5rem;
  border-collapse: collapse;
}

caption {
  padding: 0.25rem 0;
  text-align: left;
  color: var(--quiet);
}

th,
td {
  padding: 0.5rem 0.625rem;
  border: 1px solid var(--line);
  text-align: left;
  vertical-align: top;
}

thead th,
tbody th {
  background: var(--soft);
}

tbody th {
  font-weight: normal;
}

.accounts {
  table-layout: fixed;
}

.accounts th:first-child {
  width: 9rem;
}

.accounts th:last-child,
.accounts td:last-child {
  width: 24rem;
}

.accounts td > :first-child {
  margin-top: 0;
}

.accounts td > :last-child {
  margin-bottom: 0;
}

.counts {
  width: auto;
  min-width: 16rem;
}

.counts td {
  text-align: right;
}

.standing {
  display: inline-block;
  padding: 0 0.5rem;
  border: 2px solid currentcolor;
  font-weight: bold;
}

.standing-suspended,
.standing-former {
  border-style: dashed;
}

.standing-compromised {
  color: #fff;
  background: var(--alarm);
  border-color: var(--alarm);
}

body > footer {
  margin-top: 3rem;
  border-top: 1px solid var(--line);
}

@media (max-width: 48rem) {
  .accounts th,
  .accounts td {
    padding: 0.375rem;
  }

  .accounts th:first-child {
    width: 5.5rem;
  }

  .accounts th:last-child,
  .accounts td:last-child {
    width: 43%;
  }
}

@media print {
  body {
    font-size: 10pt;
    line-height: 1.5;
  }

  .skip,
  nav {
    display: none;
  }

  body > header,
  main,
  body > footer {
    max-width: none;
    padding: 0;
  }

  a {
    color: inherit;
  }

  tr,
  .alarm {
    break-inside: avoid;
  }

  h2,
  h3,
  caption {
    break-after: avoid;
  }

  thead {
    display: table-header-group;
  }
}
)css";

}  // namespace daicho::cli::publish
