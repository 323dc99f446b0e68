import * as z from "zod";
import type { AccessTokenView } from "#control/tokens/access-token-view.ts";
import { issueTokenFor } from "#control/tokens/issue.ts";
import { listAllTokens, type OwnedTokenView } from "#control/tokens/list.ts";
import { revokeToken } from "#control/tokens/revoke.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { Parsed } from "../arguments.ts";
import { ask, INSTALLATION_HELP } from "../ask.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { confirm } from "../confirm.ts";
import { installationOptions } from "../installation.ts";
import { runVerb, type Verb } from "../verbs.ts";

const help = `Examples:
  cco token list
  cco token create "CI of docs" --user ada@example.com --scopes read,export --expires 30
  cco token create backup --user ada@example.com --quiet > ~/cco-token      the secret alone
  cco token revoke tok_01JC… -y

Access tokens: what CCO_TOKEN is for. They act as a person, within their scopes and that person's role.

  list                  tokens that work: of a server yours (--everyone: of all people), here those of all people
  create <name>         a token, whose secret is shown once. Only here, on the machine of the installation: no token
                        makes another, so with CCO_URL sign in and create it in Settings
  revoke <id>           it stops working at once

  --user <e-mail>       create: the person it acts as
  --scopes <names>      read, export, rules, cache, keys, people, settings, separated by commas; read unless named
  --expires <days>      365 at most; 90 unless named
  --all                 list: also expired and revoked ones
  --everyone            list: of all people
  -y, --yes             do not ask
  --json                {"schema_version":1, and what the API answers}
${INSTALLATION_HELP}`;

const verbs: Record<string, Verb> = { list, create, revoke };

export const tokenCommand: Command = {
  summary: "List, create and revoke access tokens",
  help,
  options: {
    ...installationOptions,
    user: { type: "string" },
    scopes: { type: "string" },
    expires: { type: "string" },
    all: { type: "boolean" },
    everyone: { type: "boolean" },
    yes: { type: "boolean", short: "y" },
    json: { type: "boolean" },
  },
  verbs: Object.keys(verbs),
  words: { list: 0, create: 1, revoke: 1 },
  flagsOf: {
    user: ["create"],
    scopes: ["create"],
    expires: ["create"],
    all: ["list"],
    everyone: ["list"],
    yes: ["revoke"],
  },
  run: (parsed) => runVerb("token", verbs, parsed, help),
};

const tokenShape = z.object({
  id: z.string(),
  name: z.string(),
  hint: z.string(),
  scopes: z.array(z.string()),
  expiresAt: z.string().nullable(),
  state: z.string(),
  person: z.object({ name: z.string() }).optional(),
});

async function list(parsed: Parsed): Promise<void> {
  const { output, flag } = parsed;
  const { tokens } = await ask<{ tokens: (AccessTokenView & Partial<OwnedTokenView>)[] }>(parsed, {
    path: `/api/tokens?owner=${flag("everyone") ? "everyone" : "me"}`,
    shape: z.object({ tokens: z.array(tokenShape) }),
    // The operator of this machine has none.
    local: async (actor, deps) => ({ tokens: await listAllTokens(actor, deps) }),
  });
  const shown = tokens.filter(({ state }) => flag("all") || state === "live");
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, tokens: shown }));
  for (const { id, name, hint, scopes, state, expiresAt, person } of shown) {
    const end = state === "live" ? `until ${expiresAt?.slice(0, 10)}` : state;
    output.data([id, name, hint, person?.name ?? "", scopes.join(","), end].join("\t"));
  }
  if (shown.length === 0) output.note("no tokens; cco token create makes one");
}

async function create(parsed: Parsed, [name]: readonly string[]): Promise<void> {
  const { output, text, flag } = parsed;
  if (name === undefined)
    throw new CliError(exitCodes.usage, "name the token", "for example after the script that uses it");
  const expires = text("expires");
  const body = {
    name,
    ...(text("scopes") === null ? {} : { scopes: (text("scopes") ?? "").split(",").map((scope) => scope.trim()) }),
    ...(expires === null ? {} : { expiresInDays: Number(expires.replace(/d$/, "")) }),
  };
  const user = text("user");
  const made = await ask<{ token: AccessTokenView; secret: string }>(parsed, {
    method: "POST",
    path: "/api/tokens",
    body,
    shape: z.object({ token: tokenShape, secret: z.string() }),
    local: (actor, deps) => {
      if (user === null) throw new CliError(exitCodes.usage, "name the person it acts as", "--user ada@example.com");
      return issueTokenFor(actor, user, body, deps);
    },
  });
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, ...made }));
  output.data(made.secret);
  output.note(`${made.token.id}: keep this secret now, it is not shown again`);
}

async function revoke(parsed: Parsed, [id]: readonly string[]): Promise<void> {
  if (id === undefined) throw new CliError(exitCodes.usage, "name the id of the token", "cco token list shows them");
  await confirm(`Revoke ${id}? What uses it is refused from then on.`, parsed.flag("yes"));
  await ask(parsed, {
    method: "DELETE",
    path: `/api/tokens/${encodeURIComponent(id)}`,
    body: {},
    shape: z.looseObject({}),
    local: async (actor, deps) => ({ done: await revokeToken(actor, id, deps) }),
  });
  if (parsed.flag("json")) parsed.output.data(JSON.stringify({ schema_version: 1, id }));
  else parsed.output.note(`${id} is revoked`);
}
