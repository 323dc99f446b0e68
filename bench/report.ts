import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";

export const parts = ["table", "peers", "memory", "curves", "pages"] as const;
export type Part = (typeof parts)[number];

/**
 * Aim of the proxy: what it is meant to do, what was measured, and whether that is enough. Null when it could not be
 * measured.
 */
export interface Aim {
  what: string;
  measured: string;
  reached: boolean | null;
}

export interface Findings {
  /** Markdown, without a heading of the part. */
  text: string;
  aims: readonly Aim[];
}

const PAGE = "docs/performance.md";
const VERDICTS = new Map([
  [true, "reached"],
  [false, "**not reached**"],
  [null, "not measured"],
]);

/** Puts what one part found into docs/performance.md: its section, and its rows in the table of aims. */
export function writeFindings(part: Part, findings: Findings): void {
  const page = readFileSync(PAGE, "utf8");
  const section = `${provenance(part)}\n\n${findings.text.trim()}\n`;
  const kept = aimRows(between(page, "aims")).filter((row) => !row.startsWith(`| ${part} |`));
  const rows = [...kept, ...findings.aims.map((aim) => aimRow(part, aim))];
  const order = (row: string) => parts.findIndex((name) => row.startsWith(`| ${name} |`));
  rows.sort((a, b) => order(a) - order(b));
  const aims = ["| part | aim | measured | |", "|---|---|---|---|", ...rows].join("\n");
  writeFileSync(PAGE, replaced(replaced(page, part, section), "aims", `${aims}\n`));
}

const aimRow = (part: Part, { what, measured, reached }: Aim): string =>
  `| ${part} | ${what} | ${measured} | ${VERDICTS.get(reached)} |`;

const aimRows = (text: string): string[] =>
  text.split("\n").filter((line) => parts.some((part) => line.startsWith(`| ${part} |`)));

/** When, where and how: a figure without them is worth nothing. */
function provenance(part: Part): string {
  const machine = `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "CPU"}`;
  return `\`npm run bench -- ${part}\` on ${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.versions.node}${otherWork()}.`;
}

const loadAtStart = loadavg()[0] ?? 0;

/** Warning for figures taken beside other work, which are not the machine's best. */
function otherWork(): string {
  if (loadAtStart < 0.5) return "";
  return `, **while the machine had other work** (load ${loadAtStart.toFixed(1)} before the run): read the ratios only`;
}

const formatStart = (name: string): string => `<!-- bench:${name}:start -->\n`;
const formatEnd = (name: string): string => `<!-- bench:${name}:end -->`;

function between(page: string, name: string): string {
  const start = page.indexOf(formatStart(name)) + formatStart(name).length;
  const end = page.indexOf(formatEnd(name));
  if (start < formatStart(name).length || end < start) throw new Error(`${PAGE} has no markers for "${name}"`);
  return page.slice(start, end);
}

function replaced(page: string, name: string, text: string): string {
  const old = between(page, name);
  const at = page.indexOf(formatStart(name)) + formatStart(name).length;
  return page.slice(0, at) + text + page.slice(at + old.length);
}
