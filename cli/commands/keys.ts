import * as z from "zod";
import { issueProxyKey } from "#control/keys/issue.ts";
import { listKeys } from "#control/keys/list.ts";
import type { ProxyKeyView } from "#control/keys/proxy-key-view.ts";
import { revokeKey } from "#control/keys/revoke.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { Parsed } from "../arguments.ts";
import { ask, INSTALLATION_HELP } from "../ask.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { confirm } from "../confirm.ts";
import { installationOptions } from "../installation.ts";
import { runVerb, type Verb } from "../verbs.ts";

const help = `Examples:
  cco keys list
  cco keys create "CI of docs" --project docs --expires 90
  cco keys create laptop --quiet > ~/cco-key       the secret alone
  cco keys revoke key_01JC… -y

  list                  proxy keys that work: all of them, or yours where you may not see others (--all: ended ones as well)
  create <name>         a key, whose secret is shown once. Of this machine's operator it is a pipeline's key,
                        of a token yours
  revoke <id>           it stops working within seconds, on every instance

  --project, --team <name>  what its requests count for
  --expires <days>      the key ends after that many days
  --all                 list: also expired and revoked ones
  -y, --yes             do not ask
  --json                {"schema_version":1, and what the API answers}
${INSTALLATION_HELP}`;

/** What is read of a key here. */
const keyShape = z.object({
  id: z.string(),
  name: z.string(),
  hint: z.string(),
  person: z.object({ email: z.string() }).nullable(),
  project: z.string().nullable(),
  state: z.string(),
  expiresAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
});

const verbs: Record<string, Verb> = { list, create, revoke };

export const keysCommand: Command = {
  summary: "List, create and revoke proxy keys",
  help,
  options: {
    ...installationOptions,
    project: { type: "string" },
    team: { type: "string" },
    expires: { type: "string" },
    all: { type: "boolean" },
    yes: { type: "boolean", short: "y" },
    json: { type: "boolean" },
  },
  verbs: Object.keys(verbs),
  words: { list: 0, create: 1, revoke: 1 },
  flagsOf: { project: ["create"], team: ["create"], expires: ["create"], all: ["list"], yes: ["revoke"] },
  run: (parsed) => runVerb("keys", verbs, parsed, help),
};

async function list(parsed: Parsed): Promise<void> {
  const { output, flag } = parsed;
  const keys = await readKeys(parsed, "all").catch((problem: unknown) => {
    // Who may not see the keys of all sees their own.
    if (!(problem instanceof CliError) || problem.code !== exitCodes.notAllowed) throw problem;
    return readKeys(parsed, "own");
  });
  const shown = keys.filter(({ state }) => flag("all") || state === "live");
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, keys: shown }));
  for (const { id, name, hint, person, project, state, expiresAt, lastUsedAt } of shown) {
    const end = state === "live" ? (expiresAt === null ? "no end" : `until ${expiresAt.slice(0, 10)}`) : state;
    const used = lastUsedAt === null ? "never used" : `used ${lastUsedAt.slice(0, 10)}`;
    output.data([id, name, hint, person?.email ?? "pipeline", project ?? "", end, used].join("\t"));
  }
  if (shown.length === 0) output.note("no keys; cco keys create makes one");
}

async function readKeys(parsed: Parsed, scope: "own" | "all"): Promise<ProxyKeyView[]> {
  const { keys } = await ask<{ keys: ProxyKeyView[] }>(parsed, {
    path: `/api/keys?scope=${scope}`,
    shape: z.object({ keys: z.array(keyShape) }),
    local: async (actor, deps) => ({ keys: await listKeys(actor, scope, deps) }),
  });
  return keys;
}

async function create(parsed: Parsed, [name]: readonly string[]): Promise<void> {
  if (name === undefined)
    throw new CliError(exitCodes.usage, "name the key", "for example after the machine that uses it");
  const body = {
    name,
    team: parsed.text("team") ?? "",
    project: parsed.text("project") ?? "",
    ...(parsed.text("expires") === null ? {} : { expiresInDays: parseDays(parsed.text("expires") ?? "") }),
  };
  const made = await ask<{ key: ProxyKeyView; secret: string }>(parsed, {
    method: "POST",
    path: "/api/keys",
    body,
    shape: z.object({ key: keyShape, secret: z.string() }),
    local: (actor, deps) => issueProxyKey(actor, body, deps),
  });
  if (parsed.flag("json")) return parsed.output.data(JSON.stringify({ schema_version: 1, ...made }));
  parsed.output.data(made.secret);
  parsed.output.note(`${made.key.id}: keep this secret now, it is not shown again`);
}

async function revoke(parsed: Parsed, [id]: readonly string[]): Promise<void> {
  if (id === undefined) throw new CliError(exitCodes.usage, "name the id of the key", "cco keys list shows them");
  await confirm(`Revoke ${id}? What uses it is refused from then on.`, parsed.flag("yes"));
  await ask(parsed, {
    method: "DELETE",
    path: `/api/keys/${encodeURIComponent(id)}`,
    body: {},
    shape: z.object({}),
    local: async (actor, deps) => ({ done: await revokeKey(actor, id, deps) }),
  });
  if (parsed.flag("json")) parsed.output.data(JSON.stringify({ schema_version: 1, id }));
  else parsed.output.note(`${id} is revoked`);
}

function parseDays(text: string): number {
  const days = Number(text.replace(/d$/, ""));
  if (Number.isInteger(days) && days > 0) return days;
  throw new CliError(exitCodes.usage, `--expires ${text} is no number of days`, "for example: --expires 90");
}
