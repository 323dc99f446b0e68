// Long because it is one command: its verbs share the questions and the shapes of their answers.

import * as z from "zod";
import type { Published } from "#control/rules/add-version.ts";
import { compareVersions, type VersionComparison } from "#control/rules/compare-versions.ts";
import { type CurrentRules, currentRules } from "#control/rules/current.ts";
import { listVersions, type VersionPage } from "#control/rules/list-versions.ts";
import { pauseRules } from "#control/rules/pause.ts";
import { previewRules } from "#control/rules/preview.ts";
import { publishRules } from "#control/rules/publish.ts";
import { rollBackRules } from "#control/rules/roll-back.ts";
import { saveDraft } from "#control/rules/save-draft.ts";
import { showVersion, type VersionDetail } from "#control/rules/show-version.ts";
import type { VersionView } from "#control/rules/version-view.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { LineDiff } from "#core/rules/line-diff.ts";
import type { Parsed } from "../arguments.ts";
import { type Ask, INSTALLATION_HELP, type Question, withInstallation } from "../ask.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { confirm } from "../confirm.ts";
import { installationOptions } from "../installation.ts";
import { readNamedText } from "../read-text.ts";
import { runVerb, type Verb } from "../verbs.ts";
import { versionNumber } from "../version-number.ts";

const help = `Examples:
  cco rules list
  cco rules show 41 > old.toml
  cco rules diff 41 42
  cco rules publish config/next.toml -m "Docs on Haiku 5.5"
  cco rules rollback                               to the version before the live one
  CCO_URL=https://cco.example.com CCO_TOKEN=ccoat_… cco rules publish next.toml -m "Docs on Haiku 5.5"
  cco rules off -y                                 every request gets the model it asked for, at once

  list                 versions, newest first
  show [v]             the text of a version (default: the live one)
  diff [a] [b]         what changed (default: the last change)
  publish <file|->     a new version; -m says what it changes
  draft <file|->       with CCO_URL: your draft in the console's editor
  rollback [v]         an old content as a new version
  off, on              pause and resume all overrides

  -m <text>            comment            -y                  do not ask
  --if-version <v>     refuse when another version is live (exit 5)
  --now                running sessions follow at once, too
  --dry-run            publish: check and show the changes only
  --json               {"schema_version":1, and what the API answers}
${INSTALLATION_HELP}`;

const options = {
  ...installationOptions,
  message: { type: "string", short: "m" },
  yes: { type: "boolean", short: "y" },
  "if-version": { type: "string" },
  now: { type: "boolean" },
  "dry-run": { type: "boolean" },
  json: { type: "boolean" },
} as const;

/** A verb on an installation, which it asks. */
type RulesVerb = (parsed: Parsed, args: readonly string[], ask: Ask) => Promise<void>;

// What is read of the answers here.
const versionShape = z.object({
  number: z.int(),
  comment: z.string(),
  actorName: z.string(),
  tokenName: z.string().nullable(),
  publishedAt: z.string(),
});
const changesShape = z.array(z.object({ text: z.string() }));
const rowShape = z.object({ kind: z.string(), oldText: z.string().nullish(), newText: z.string().nullish() });
const hunkShape = z.object({ oldStart: z.number(), newStart: z.number(), rows: z.array(rowShape) });
const publishedShape = z.object({
  version: versionShape,
  fileWritten: z.boolean(),
  backup: z.string().nullable(),
});
const previewShape = z.object({
  isPublishable: z.boolean(),
  problems: z.array(z.object({ line: z.number(), column: z.number(), message: z.string() })),
  tests: z.array(z.object({ ok: z.boolean(), sentence: z.string() })),
  changes: changesShape,
});

const list: RulesVerb = async ({ output, flag }, _args, ask) => {
  const { versions } = await ask<VersionPage>({
    path: "/api/rules/versions?limit=200",
    shape: z.object({ versions: z.array(versionShape) }),
    local: (actor, deps) => listVersions(actor, { limit: 200 }, deps),
  });
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, versions }));
  const widest = Math.max(0, ...versions.map((version) => formatPublisher(version).length));
  for (const version of versions) {
    const { number, publishedAt, comment } = version;
    const who = formatPublisher(version).padEnd(widest);
    output.data(`v${number}\t${publishedAt.slice(0, 16).replace("T", " ")}\t${who}\t${comment}`);
  }
  if (versions.length === 0) output.note("no version was published yet");
  else if ((await readCurrent(ask)).isPaused) output.note("overrides are paused: cco rules on resumes them");
};

/** "Ada", or "Ada (token CI)" for a version that was published with an access token. */
const formatPublisher = ({ actorName, tokenName }: VersionView): string =>
  tokenName === null ? actorName : `${actorName} (token ${tokenName})`;

const show: RulesVerb = async ({ output, flag }, [word], ask) => {
  const version = word === undefined ? await liveNumber(ask) : versionNumber(word);
  const detail = await ask<VersionDetail>({
    path: `/api/rules/versions/${version}`,
    shape: versionShape.extend({ toml: z.string() }),
    hasLines: true,
    local: (actor, deps) => showVersion(actor, version, deps),
  });
  output.data(flag("json") ? JSON.stringify({ schema_version: 1, ...detail }) : detail.toml.replace(/\n$/, ""));
};

const diff: RulesVerb = async ({ output, flag }, [from, to], ask) => {
  const newer = to === undefined ? await liveNumber(ask) : versionNumber(to);
  const older = from === undefined ? newer - 1 : versionNumber(from);
  const comparison = await ask<VersionComparison>({
    path: `/api/rules/versions/${newer}/compare?with=${older}`,
    shape: z.object({ changes: changesShape, diff: z.object({ hunks: z.array(hunkShape) }) }),
    local: (actor, deps) => compareVersions(actor, older, newer, deps),
  });
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, ...comparison }));
  for (const change of comparison.changes) output.note(`• ${change.text}`);
  output.data(unified(comparison.diff, `v${older}`, `v${newer}`));
};

const publish: RulesVerb = async (parsed, [file], ask) => {
  const toml = await readRules(file);
  const expected = parsed.text("if-version");
  if (parsed.flag("dry-run")) {
    if (expected !== null) await requireLive(versionNumber(expected), ask);
    return preview(parsed, file ?? "", toml, ask);
  }
  const input = {
    toml,
    comment: parsed.text("message") ?? "",
    basedOn: expected === null ? ((await readCurrent(ask)).live?.number ?? null) : versionNumber(expected),
    applies: readApplies(parsed),
  };
  said(parsed, await post(ask, "publish", input, (actor, deps) => publishRules(actor, input, deps)));
};

/** What is only looked at ends as publishing it would. */
async function requireLive(expected: number, ask: Ask): Promise<void> {
  const { live } = await readCurrent(ask);
  if (live?.number === expected) return;
  const is = live === null ? "no version is live" : `v${live.number} is live`;
  const hint = live === null ? "leave --if-version out" : `look at it with: cco rules show ${live.number}`;
  throw new CliError(exitCodes.conflict, `${is}, not v${expected}`, hint);
}

async function preview({ output, flag }: Parsed, file: string, toml: string, ask: Ask): Promise<void> {
  const { isPublishable, problems, tests, changes } = await ask({
    method: "POST",
    path: "/api/rules/preview",
    body: { toml },
    shape: previewShape,
    local: (actor, deps) => previewRules(actor, { toml }, deps),
  });
  if (flag("json")) output.data(JSON.stringify({ schema_version: 1, isPublishable, problems, tests, changes }));
  for (const { line, column, message } of problems) output.note(`${file}:${line}:${column}: ${message}`);
  for (const test of tests.filter((one) => !one.ok)) output.note(`the test failed: ${test.sentence}`);
  if (!isPublishable) throw new CliError(exitCodes.invalidConfig, "these rules cannot be published");
  if (flag("json")) return;
  for (const change of changes) output.data(change.text);
  if (changes.length === 0) output.note("Nothing would change.");
}

const draft: RulesVerb = async ({ output, flag }, [file], ask) => {
  const toml = await readRules(file);
  const { live } = await readCurrent(ask);
  const input = { toml, basedOn: live?.number ?? null };
  const { updatedAt } = await ask({
    method: "PUT",
    path: "/api/rules/draft",
    body: input,
    shape: z.object({ updatedAt: z.string() }),
    local: (actor, deps) => saveDraft(actor, input, deps),
  });
  if (flag("json")) output.data(JSON.stringify({ schema_version: 1, updatedAt }));
  else output.note("Saved as your draft: the editor of the console opens with it");
};

const rollback: RulesVerb = async (parsed, [version], ask) => {
  const { live, previous } = await readCurrent(ask);
  const target = version === undefined ? previous?.number : versionNumber(version);
  if (!live || !target)
    throw new CliError(exitCodes.failure, "there is no earlier version to roll back to", "cco rules list");
  await confirm(`Roll back from v${live.number} to v${target}?`, parsed.flag("yes"));
  const expected = parsed.text("if-version");
  const input = {
    to: target,
    // Rolls back from the version that was confirmed: a newer one is a conflict.
    basedOn: expected === null ? live.number : versionNumber(expected),
    comment: parsed.text("message") ?? "",
    applies: readApplies(parsed),
  };
  said(parsed, await post(ask, "roll-back", input, (actor, deps) => rollBackRules(actor, input, deps)));
};

const pause =
  (paused: boolean): RulesVerb =>
  async (parsed, _args, ask) => {
    if (paused) await confirm("Switch all overrides off for everybody?", parsed.flag("yes"));
    const input = { paused, comment: parsed.text("message") ?? "" };
    said(parsed, await post(ask, "pause", input, (actor, deps) => pauseRules(actor, input, deps)));
  };

/** Asks for a new version. */
const post = (ask: Ask, verb: string, body: object, local: Question<Published>["local"]): Promise<Published> =>
  ask({ method: "POST", path: `/api/rules/${verb}`, body, shape: publishedShape, local });

type Current = Pick<CurrentRules, "live" | "previous" | "isPaused">;

const readCurrent = (ask: Ask): Promise<Current> =>
  ask<Current>({
    path: "/api/rules",
    shape: z.object({
      live: versionShape.nullable(),
      previous: z.object({ number: z.int() }).nullable(),
      isPaused: z.boolean(),
    }),
    local: currentRules,
  });

const rulesVerbs = { list, show, diff, publish, draft, rollback, off: pause(true), on: pause(false) };
const verbs = Object.fromEntries(
  Object.entries(rulesVerbs).map(([name, verb]): [string, Verb] => [
    name,
    (parsed, words) => withInstallation(parsed, (ask) => verb(parsed, words, ask)),
  ]),
);

function said({ output, flag }: Parsed, published: Published): void {
  if (flag("json")) {
    output.data(JSON.stringify({ schema_version: 1, ...published }));
    return;
  }
  const { version, fileWritten, backup } = published;
  output.data(`v${version.number}`);
  output.note(`Published v${version.number}: ${version.comment}`);
  if (backup !== null) output.note(`The old rules file was kept as ${backup}`);
  if (!fileWritten) output.note("The rules file could not be written yet; a running proxy will update it.");
}

const readApplies = (parsed: Parsed) => (parsed.flag("now") ? "now" : "new-sessions");

async function liveNumber(ask: Ask): Promise<number> {
  const { live } = await readCurrent(ask);
  if (live === null) throw new CliError(exitCodes.failure, "no rules were ever published here", "start `cco run` once");
  return live.number;
}

async function readRules(file: string | undefined): Promise<string> {
  if (file === undefined) throw new CliError(exitCodes.usage, "name the file of the rules", "or - for standard input");
  return readNamedText(file, "rules");
}

function unified({ hunks, leftOutRows }: LineDiff, older: string, newer: string): string {
  const lines = [`--- ${older}`, `+++ ${newer}`];
  for (const { oldStart, newStart, rows } of hunks) {
    lines.push(`@@ -${oldStart} +${newStart} @@`);
    for (const { kind, oldText, newText } of rows) {
      if (kind === "same") lines.push(` ${oldText ?? ""}`);
      if (kind === "removed" || kind === "changed") lines.push(`-${oldText ?? ""}`);
      if (kind === "added" || kind === "changed") lines.push(`+${newText ?? ""}`);
    }
  }
  if (leftOutRows > 0) lines.push(`(${leftOutRows} more lines are not shown)`);
  return lines.join("\n");
}

export const rulesCommand: Command = {
  summary: "List, show, compare, publish and roll back rules; switch them off and on",
  help,
  options,
  verbs: Object.keys(verbs),
  words: { list: 0, show: 1, diff: 2, publish: 1, draft: 1, rollback: 1, off: 0, on: 0 },
  flagsOf: {
    message: ["publish", "rollback", "off", "on"],
    yes: ["publish", "draft", "rollback", "off", "on"],
    "if-version": ["publish", "rollback"],
    now: ["publish", "rollback"],
    "dry-run": ["publish"],
  },
  run: (parsed) => runVerb("rules", verbs, parsed, help),
};
