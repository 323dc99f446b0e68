import * as z from "zod";
import { type TriedRequest, tryRequest } from "#control/rules/try-request.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { Parsed } from "../arguments.ts";
import { ask, INSTALLATION_HELP } from "../ask.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { installationOptions } from "../installation.ts";
import { unknownPerson } from "../known-people.ts";
import { versionNumber } from "../version-number.ts";

const help = `Examples:
  cco test claude-opus-5-5
  cco test opus --project docs --user ada@example.com
  cco test opus --agent reviewer --json | jq .decision.kind

Says what the live rules do with a request like this one, and why each rule did or did not match.

  --user <e-mail>       the person whose key it comes with
  --project, --team, --key, --agent, --session <name>
  --at <instant>        a moment, as 2026-11-28T09:30:00Z; default: now
  --version <v>         an older version of the rules
  --json                {"schema_version":1,"sentence":…,"decision":{…},"trace":[…]}
${INSTALLATION_HELP}`;

/** Flags that become a field of the question, by its name there. */
const FIELDS = {
  user: "person",
  project: "project",
  team: "team",
  key: "key",
  agent: "agent",
  session: "session",
  at: "at",
} as const;
const flags = Object.fromEntries(Object.keys(FIELDS).map((name) => [name, { type: "string" as const }]));

/** What is read of an explanation here. */
const explanationShape = z.object({
  sentence: z.string(),
  // A server of an older release does not say it.
  isPersonKnown: z.boolean().optional(),
  trace: z.array(
    z.object({ outcome: z.string(), from: z.string(), to: z.string(), line: z.number(), detail: z.string() }),
  ),
});

export const testCommand: Command = {
  summary: "Say what the rules do with a request, and why",
  help,
  options: { ...installationOptions, ...flags, version: { type: "string" }, json: { type: "boolean" } },
  words: 1,
  run,
};

async function run(parsed: Parsed): Promise<number> {
  const { output, positionals, text, flag } = parsed;
  const [model] = positionals;
  if (model === undefined)
    throw new CliError(exitCodes.usage, "name the model that is asked for", "cco test claude-opus-5-5");
  const fields = Object.entries(FIELDS).flatMap(([name, field]) => {
    const value = text(name);
    return value === null ? [] : [[field, value] as const];
  });
  const version = text("version");
  const body = {
    model,
    ...Object.fromEntries(fields),
    ...(version === null ? {} : { version: versionNumber(version) }),
  };
  const { isPersonKnown, ...explanation } = await ask<TriedRequest>(parsed, {
    method: "POST",
    path: "/api/rules/try",
    body,
    shape: explanationShape,
    local: (actor, deps) => tryRequest(actor, body, deps),
  });
  // An answer would read as if there were a person whom no rule names.
  if (isPersonKnown === false) throw unknownPerson(text("user") ?? "");
  if (flag("json")) {
    output.data(JSON.stringify({ schema_version: 1, ...explanation }));
    return exitCodes.ok;
  }
  output.data(explanation.sentence);
  for (const { outcome, from, to, line, detail } of explanation.trace)
    output.data(`${outcome === "matched" ? output.paint("green", "✓") : "–"} line ${line}: ${from} → ${to}: ${detail}`);
  return exitCodes.ok;
}
