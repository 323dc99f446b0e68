import process from "node:process";
import { exitCodes } from "#core/exit-codes.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { Parsed } from "../arguments.ts";
import type { Command } from "../command.ts";
import { type Finding, lookAtAll } from "../doctor/checks.ts";
import type { Colour, Output } from "../output.ts";

const help = `Examples:
  cco doctor                                       with the environment CCO is started with
  cco doctor --offline                             without asking the provider
  cco doctor --json | jq '.findings[] | select(.level != "ok")'

Looks at Node, settings, data folder, disk, rules, database, backup and its folder, Redis, port, the running server, host
names, the public address, the provider, /v1/models, its key, the clock, proxy variables and the settings of Claude Code
(of this account, this folder and this machine), and says how to fix what is wrong. Changes nothing, and records no
request. Ends with 1 when there is a problem.

  --offline        leave out the provider and the public address
  --json           {"schema_version":1,"ok":…,"findings":[{"level":…,"subject":…,"text":…,"fix":…}]}`;

export const doctorCommand: Command = {
  summary: "Find what keeps an installation from working, and the fix",
  help,
  options: { offline: { type: "boolean" }, json: { type: "boolean" } },
  run,
};

const marks: Record<Finding["level"], [mark: string, colour: Colour]> = {
  ok: ["✓", "green"],
  warning: ["!", "yellow"],
  problem: ["✗", "red"],
  skipped: ["–", "dim"],
};

async function run({ output, flag }: Parsed): Promise<number> {
  const { env, versions } = process;
  const mayAskProvider = !flag("offline");
  const findings = await lookAtAll({ env, nodeVersion: versions.node, now: new Date(), mayAskProvider });
  const problems = findings.filter(({ level }) => level === "problem").length;
  if (flag("json")) output.data(JSON.stringify({ schema_version: 1, ok: problems === 0, findings }));
  else print(findings, output);
  return problems === 0 ? exitCodes.ok : exitCodes.failure;
}

function print(findings: readonly Finding[], output: Output): void {
  const widest = Math.max(...findings.map(({ subject }) => subject.length));
  for (const { level, subject, text, fix } of findings) {
    const [mark, colour] = marks[level];
    output.data(`${output.paint(colour, mark)} ${subject.padEnd(widest)}  ${text}`);
    if (fix !== null) output.data(`  ${" ".repeat(widest)}  → ${fix}`);
  }
  const count = (level: Finding["level"]) => findings.filter((one) => one.level === level).length;
  output.note(`${formatCounted(count("problem"), "problem")}, ${formatCounted(count("warning"), "warning")}`);
}
