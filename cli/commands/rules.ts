import { readFileSync } from "node:fs";
import type { ControlDeps } from "#control/deps.ts";
import type { Published } from "#control/rules/add-version.ts";
import { compareVersions } from "#control/rules/compare-versions.ts";
import { listVersions } from "#control/rules/list-versions.ts";
import { pauseRules } from "#control/rules/pause.ts";
import { previewRules } from "#control/rules/preview.ts";
import { previousVersion } from "#control/rules/previous-version.ts";
import { publishRules } from "#control/rules/publish.ts";
import { rollBackRules } from "#control/rules/roll-back.ts";
import { showVersion } from "#control/rules/show-version.ts";
import type { VersionView } from "#control/rules/version-view.ts";
import type { Actor } from "#core/access/actor.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { LineDiff } from "#core/rules/line-diff.ts";
import { latestRuleVersion } from "#store/rule-versions.ts";
import type { Parsed } from "../arguments.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { confirm } from "../confirm.ts";
import { placeOptions, withControl } from "../open-control.ts";
import { runVerb, type Verb } from "../verbs.ts";
import { versionNumber } from "../version-number.ts";

const help = `Examples:
  cco rules list
  cco rules show 41 > old.toml
  cco rules diff 41 42
  cco rules publish config/next.toml -m "Docs on Haiku 5.5"
  cco rules rollback                               to the version before the live one
  cco rules off -y                                 every request gets the model it asked for, at once

  list                 versions, newest first
  show [v]             the text of a version (default: the live one)
  diff [a] [b]         what changed (default: the last change)
  publish <file|->     a new version; -m says what it changes
  rollback [v]         an old content as a new version
  off, on              pause and resume all overrides

  -m <text>            comment            -y                  do not ask
  --if-version <v>     refuse when another version is live (exit 5)
  --now                running sessions follow at once, too
  --dry-run            publish: check and show the changes only
  --json               list, show, diff   --config, --data-dir  which installation`;

const options = {
  ...placeOptions,
  message: { type: "string", short: "m" },
  yes: { type: "boolean", short: "y" },
  "if-version": { type: "string" },
  now: { type: "boolean" },
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
} as const;

/** A verb on this machine's own database. */
type LocalVerb = (parsed: Parsed, args: readonly string[], actor: Actor, deps: ControlDeps) => Promise<void>;

const list: LocalVerb = async ({ output, flag }, _args, actor, deps) => {
  const { versions } = await listVersions(actor, { limit: 200 }, deps);
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, versions }));
  const widest = Math.max(0, ...versions.map((version) => publisherOf(version).length));
  for (const version of versions) {
    const { number, publishedAt, comment } = version;
    const who = publisherOf(version).padEnd(widest);
    output.data(`v${number}\t${publishedAt.slice(0, 16).replace("T", " ")}\t${who}\t${comment}`);
  }
};

/** "Ada", or "Ada (token CI)" for a version that was published with an access token. */
const publisherOf = ({ actorName, tokenName }: VersionView): string =>
  tokenName === null ? actorName : `${actorName} (token ${tokenName})`;

const show: LocalVerb = async ({ output, flag }, [version], actor, deps) => {
  const detail = await showVersion(
    actor,
    version === undefined ? await liveNumber(deps) : versionNumber(version),
    deps,
  );
  output.data(flag("json") ? JSON.stringify({ schema_version: 1, ...detail }) : detail.toml.replace(/\n$/, ""));
};

const diff: LocalVerb = async ({ output, flag }, [from, to], actor, deps) => {
  const newer = to === undefined ? await liveNumber(deps) : versionNumber(to);
  const older = from === undefined ? newer - 1 : versionNumber(from);
  const comparison = await compareVersions(actor, older, newer, deps);
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, ...comparison }));
  for (const change of comparison.changes) output.note(`• ${change.text}`);
  output.data(unified(comparison.diff, `v${older}`, `v${newer}`));
};

const publish: LocalVerb = async (parsed, [file], actor, deps) => {
  if (file === undefined) throw new CliError(exitCodes.usage, "name the file to publish", "or - for standard input");
  const toml = readText(file);
  if (parsed.flag("dry-run")) {
    const { isPublishable, problems, tests, changes } = await previewRules(actor, { toml }, deps);
    for (const { line, column, message } of problems) parsed.output.note(`${file}:${line}:${column}: ${message}`);
    for (const test of tests.filter((one) => !one.ok)) parsed.output.note(`the test failed: ${test.sentence}`);
    if (!isPublishable) throw new CliError(exitCodes.invalidConfig, "these rules cannot be published");
    for (const change of changes) parsed.output.data(change.text);
    if (changes.length === 0) parsed.output.note("Nothing would change.");
    return;
  }
  const basedOn = (await latestRuleVersion(deps.db))?.number ?? null;
  const expected = parsed.text("if-version");
  const input = {
    toml,
    comment: parsed.text("message") ?? "",
    basedOn: expected === null ? basedOn : versionNumber(expected),
  };
  said(parsed, await publishRules(actor, { ...input, applies: appliesOf(parsed) }, deps));
};

const rollback: LocalVerb = async (parsed, [version], actor, deps) => {
  const live = await latestRuleVersion(deps.db);
  const target = version === undefined ? live && (await previousVersion(live, deps))?.number : versionNumber(version);
  if (!live || !target) throw new CliError(exitCodes.failure, "there is no earlier version to roll back to");
  await confirm(`Roll back from v${live.number} to v${target}?`, parsed.flag("yes"));
  const expected = parsed.text("if-version");
  const input = {
    to: target,
    // Rolls back from the version that was confirmed: a newer one is a conflict.
    basedOn: expected === null ? live.number : versionNumber(expected),
    comment: parsed.text("message") ?? "",
    applies: appliesOf(parsed),
  };
  said(parsed, await rollBackRules(actor, input, deps));
};

const pause =
  (paused: boolean): LocalVerb =>
  async (parsed, _args, actor, deps) => {
    if (paused) await confirm("Switch all overrides off for everybody?", parsed.flag("yes"));
    said(parsed, await pauseRules(actor, { paused, comment: parsed.text("message") ?? "" }, deps));
  };

const onThisMachine =
  (verb: LocalVerb): Verb =>
  (parsed, words) =>
    withControl(parsed, (actor, deps) => verb(parsed, words, actor, deps));

const localVerbs = { list, show, diff, publish, rollback, off: pause(true), on: pause(false) };
const verbs = Object.fromEntries(Object.entries(localVerbs).map(([name, verb]) => [name, onThisMachine(verb)]));

function said({ output }: Parsed, { version, fileWritten, backup }: Published): void {
  output.data(`v${version.number}`);
  output.note(`Published v${version.number}: ${version.comment}`);
  if (backup !== null) output.note(`The old rules file was kept as ${backup}`);
  if (!fileWritten) output.note("The rules file could not be written yet; a running proxy will update it.");
}

const appliesOf = (parsed: Parsed) => (parsed.flag("now") ? "now" : "new-sessions");

async function liveNumber(deps: ControlDeps): Promise<number> {
  const live = await latestRuleVersion(deps.db);
  if (live === null) throw new CliError(exitCodes.failure, "no rules were ever published here", "start `cco run` once");
  return live.number;
}

function readText(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch {
    throw new CliError(exitCodes.usage, `${file} cannot be read`);
  }
}

function unified({ hunks }: LineDiff, older: string, newer: string): string {
  const lines = [`--- ${older}`, `+++ ${newer}`];
  for (const { oldStart, newStart, rows } of hunks) {
    lines.push(`@@ -${oldStart} +${newStart} @@`);
    for (const { kind, oldText, newText } of rows) {
      if (kind === "same") lines.push(` ${oldText ?? ""}`);
      if (kind === "removed" || kind === "changed") lines.push(`-${oldText ?? ""}`);
      if (kind === "added" || kind === "changed") lines.push(`+${newText ?? ""}`);
    }
  }
  return lines.join("\n");
}

export const rulesCommand: Command = {
  summary: "List, show, compare, publish and roll back rules; switch them off and on",
  help,
  options,
  verbs: Object.keys(verbs),
  run: (parsed) => runVerb("rules", verbs, parsed, help),
};
