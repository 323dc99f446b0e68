import process from "node:process";
import { readZone } from "#config/env-values.ts";
import { loadCatalogue } from "#config/models-toml.ts";
import { parseOverridesToml } from "#config/overrides-toml.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { formatCounted } from "#core/report/plural.ts";
import { compileRules } from "#core/rules/compile.ts";
import type { Problem } from "#core/rules/rule-set.ts";
import { runRuleTests } from "#core/rules/run-rule-tests.ts";
import type { Parsed } from "../arguments.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { nameSource, readNamedText } from "../read-text.ts";

const help = `Examples:
  cco validate                                     config/model-overrides.toml, or what CCO_CONFIG names
  cco validate config/dev.toml --strict            warnings count as errors
  cat rules.toml | cco validate - --json
  cco validate --format github                     annotations for a pull request

  --strict           fail on warnings too
  --json             {"schema_version":1,"file":…,"ok":…,"problems":[…],"rules":…,"tests":…}
  --format <name>    text (default), json or github

Prints file:line:column: message for every mistake, runs the [[test]] entries, and ends with 3 when something is wrong.`;

const options = { strict: { type: "boolean" }, json: { type: "boolean" }, format: { type: "string" } } as const;

type Finding = Problem & { kind: "rules" | "test" };

interface Report {
  file: string;
  ok: boolean;
  findings: Finding[];
  rules: number;
  tests: number;
}

export const validateCommand: Command = {
  summary: "Check a rules file; names every mistake with line and column",
  help,
  options,
  words: 1,
  run,
};

async function run(parsed: Parsed): Promise<number> {
  const { output, positionals } = parsed;
  const named = parsed.text("format");
  const format = named ?? (parsed.flag("json") ? "json" : "text");
  if (!Object.hasOwn(writers, format))
    throw new CliError(exitCodes.usage, `--format ${format} is not known`, "use text, json or github");
  if (parsed.flag("json") && format !== "json")
    throw new CliError(exitCodes.usage, `--json and --format ${format} ask for two formats`, "leave out one of them");
  const file = positionals[0] ?? process.env.CCO_CONFIG ?? "config/model-overrides.toml";

  const report = check(file, await readNamedText(file, "rules"), parsed.flag("strict"));
  const lines = writers[format as keyof typeof writers](report);
  if (lines.length > 0) output.data(lines.join("\n"));
  if (report.ok && format === "text")
    output.note(`${output.paint("green", "✓")} ${nameSource(file)} is valid: ${counts(report)}`);
  return report.ok ? exitCodes.ok : exitCodes.invalidConfig;
}

function check(file: string, text: string, isStrict: boolean): Report {
  const catalogue = loadCatalogue(process.env.CCO_MODELS_FILE || undefined);
  const today = new Date().toISOString().slice(0, 10);
  const parsed = parseOverridesToml(text, { catalogue, today, zone: fixedZone() });
  const findings: Finding[] = parsed.problems.map((problem) => ({ ...problem, kind: "rules" }));
  if (parsed.ok) {
    const results = runRuleTests(parsed.ruleSet, compileRules(parsed.ruleSet, catalogue));
    for (const result of results.filter((one) => !one.ok)) findings.push(failedTest(result.test.line, result.sentence));
  }
  findings.sort((a, b) => a.line - b.line || a.column - b.column);
  const isBad = (finding: Finding) => finding.severity === "error" || isStrict;
  const rules = parsed.ok ? parsed.ruleSet.rules.length : 0;
  const tests = parsed.ok ? parsed.ruleSet.tests.length : 0;
  return { file, ok: parsed.ok && !findings.some(isBad), findings, rules, tests };
}

/** Hours of rules are read in this zone; one that is not known would make nothing of them. */
function fixedZone(): string | undefined {
  const mistake = (_variable: string, message: string) => {
    throw new CliError(exitCodes.invalidConfig, message);
  };
  return readZone({ env: process.env, mistake, warn: () => {} }) ?? undefined;
}

function failedTest(line: number, sentence: string): Finding {
  const message = `the test failed: ${sentence.replace(/^line \d+: /, "")}`;
  return {
    kind: "test",
    severity: "error",
    line,
    column: 1,
    endLine: line,
    endColumn: 1,
    code: "test-failed",
    message,
    fix: null,
  };
}

const writers = {
  text: ({ file, findings }: Report) =>
    findings.map((at) => `${nameSource(file)}:${at.line}:${at.column}: ${severityWord(at)}${at.message}`),
  json: (report: Report) => [
    JSON.stringify({
      schema_version: 1,
      file: report.file,
      ok: report.ok,
      rules: report.rules,
      tests: report.tests,
      problems: report.findings.map(({ kind: _kind, ...problem }) => problem),
    }),
  ],
  github: ({ file, findings }: Report) =>
    findings.map(
      (at) =>
        `::${at.severity} file=${nameSource(file)},line=${at.line},col=${at.column},endLine=${at.endLine},endColumn=${at.endColumn},title=${at.code}::${escaped(at.message)}`,
    ),
};

const severityWord = (problem: Problem) => (problem.severity === "warning" ? "warning: " : "");
const counts = ({ rules, tests }: Report) =>
  `${formatCounted(rules, "rule")}${tests === 0 ? "" : `, ${formatCounted(tests, "test")} passed`}`;
/** A workflow command ends at a line break. */
const escaped = (text: string) => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
