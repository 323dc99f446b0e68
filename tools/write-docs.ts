import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { withConditionTable } from "./docs/condition-table.ts";
import { buildConfigurationPage } from "./docs/configuration-page.ts";
import { buildErrorPages } from "./docs/error-pages.ts";
import { withExitCodes, withStartCodes } from "./docs/exit-code-table.ts";

/** Writes the pages that are made from code. `tests/sources/docs-written.test.ts` fails while one of them is out of date. */
const root = dirname(import.meta.dirname);
const read = (page: string): string => readFileSync(join(root, page), "utf8");
const GUIDE = "docs/howto/write-rules.md";
const COMMAND_LINE = "docs/howto/use-the-command-line.md";
const MANUAL = "docs/operate.md";
const pages = new Map([
  ["docs/configuration.md", buildConfigurationPage()],
  [GUIDE, withConditionTable(read(GUIDE))],
  [COMMAND_LINE, withExitCodes(read(COMMAND_LINE))],
  [MANUAL, withStartCodes(read(MANUAL))],
  ...buildErrorPages(),
]);

for (const name of readdirSync(join(root, "docs/errors"), { encoding: "utf8" }).filter((file) => file.endsWith(".md")))
  if (!pages.has(`docs/errors/${name}`)) rmSync(join(root, "docs/errors", name));
for (const [path, text] of pages) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
process.stdout.write(`${pages.size} pages written\n`);
