import * as z from "zod";
import type { ControlDeps } from "#control/deps.ts";
import { changeRole } from "#control/team/change-role.ts";
import { disablePerson } from "#control/team/disable.ts";
import { enablePerson } from "#control/team/enable.ts";
import { type InviteView, invite } from "#control/team/invite.ts";
import { listTeam, type TeamView } from "#control/team/list.ts";
import type { PersonView } from "#control/team/person.ts";
import { issuePasswordReset } from "#control/team/reset-password.ts";
import type { Actor } from "#core/access/actor.ts";
import { roles } from "#core/access/roles.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { Parsed } from "../arguments.ts";
import { ask, INSTALLATION_HELP, linkBase } from "../ask.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { installationOptions } from "../installation.ts";
import { runVerb, type Verb } from "../verbs.ts";

const help = `Examples:
  cco users list
  cco users invite ada@example.com --role editor
  cco users role ada@example.com admin
  cco users disable ada@example.com
  cco users reset ada@example.com                  a link for a new password, shown once

  list                  people and open invitations
  invite <e-mail>       a link for a new person, shown once; --role viewer unless named
  role <e-mail> <role>  another role; open sessions end
  disable, enable <e-mail>
  reset <e-mail>        a link for a new password, shown once

  --role <role>         ${roles.join(", ")}
  --name <name>         invite: the name of the person
  --json                {"schema_version":1, and what the API answers}
${INSTALLATION_HELP}`;

async function list(parsed: Parsed): Promise<void> {
  const team = await readTeam(parsed);
  const { output, flag } = parsed;
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, ...team }));
  for (const { email, role: has, name, disabledAt, lastSignInAt } of team.people) {
    const state = disabledAt === null ? (lastSignInAt?.slice(0, 10) ?? "never signed in") : "disabled";
    output.data([email, has, name, state].join("\t"));
  }
  for (const { email, role: asked, expiresAt, isRevoked } of team.invites)
    output.data(
      [email, asked, "", isRevoked ? "invitation revoked" : `invited until ${expiresAt.slice(0, 10)}`].join("\t"),
    );
}

/** What is read of a person and of an invitation here. */
const personShape = z.object({
  id: z.string(),
  email: z.string(),
  role: z.string(),
  name: z.string(),
  disabledAt: z.string().nullable(),
  lastSignInAt: z.string().nullable(),
});
const inviteShape = z.object({ email: z.string(), role: z.string(), expiresAt: z.string(), isRevoked: z.boolean() });
const teamShape = z.object({ people: z.array(personShape), invites: z.array(inviteShape) });

const readTeam = (parsed: Parsed): Promise<TeamView> =>
  ask(parsed, { path: "/api/team", shape: teamShape, local: listTeam });

async function inviteOne(parsed: Parsed, [email]: readonly string[]): Promise<void> {
  const name = parsed.text("name");
  const body = {
    email: required(email, "the e-mail address"),
    role: parsed.text("role") ?? "viewer",
    ...(name === null ? {} : { name }),
  };
  const made = await ask<{ invite: InviteView; path: string }>(parsed, {
    method: "POST",
    path: "/api/team/invites",
    body,
    shape: z.object({ invite: inviteShape, path: z.string() }),
    local: (actor, deps) => invite(actor, body, deps),
  });
  showLink(parsed, made, made.invite.email, made.invite.expiresAt);
}

async function role(parsed: Parsed, [email, wanted]: readonly string[]): Promise<void> {
  const body = { role: required(wanted, "the role") };
  const change: Change = { name: "role", body, local: (actor, id, deps) => changeRole(actor, id, body, deps) };
  await changePerson(parsed, email, change, (person) => `${person.email} is ${person.role} now`);
}

const disable: Verb = (parsed, [email]) =>
  changePerson(
    parsed,
    email,
    { name: "disable", body: {}, local: disablePerson },
    (person) => `${person.email} is disabled: sessions, tokens and keys do not work any more`,
  );

const enable: Verb = (parsed, [email]) =>
  changePerson(
    parsed,
    email,
    { name: "enable", body: {}, local: enablePerson },
    (person) => `${person.email} may sign in again`,
  );

interface Change {
  /** Last part of its path in the API. */
  name: string;
  body: object;
  local(actor: Actor, id: string, deps: ControlDeps): Promise<PersonView>;
}

async function changePerson(
  parsed: Parsed,
  email: string | undefined,
  { name, body, local }: Change,
  describe: (person: PersonView) => string,
): Promise<void> {
  const { output, flag } = parsed;
  const { id } = await findPerson(parsed, email);
  const person = await ask(parsed, {
    method: "POST",
    path: `/api/team/people/${id}/${name}`,
    body,
    shape: personShape,
    local: (actor, deps) => local(actor, id, deps),
  });
  if (flag("json")) output.data(JSON.stringify({ schema_version: 1, person }));
  else output.note(describe(person));
}

async function reset(parsed: Parsed, [email]: readonly string[]): Promise<void> {
  const { id, email: address } = await findPerson(parsed, email);
  const path = `/api/team/people/${id}/reset`;
  const made = await ask(parsed, {
    method: "POST",
    path,
    shape: z.object({ path: z.string(), expiresAt: z.string() }),
    body: {},
    local: (actor, deps) => issuePasswordReset(actor, id, deps),
  });
  showLink(parsed, made, address, made.expiresAt);
}

function showLink({ output, flag }: Parsed, made: { path: string }, email: string, expiresAt: string): void {
  const { address, isPublic } = linkBase();
  const link = `${address}${made.path}`;
  if (flag("json")) {
    output.data(JSON.stringify({ schema_version: 1, ...made, link }));
    return;
  }
  output.data(link);
  const end = expiresAt.slice(0, 16).replace("T", " ");
  output.note(`Send this link to ${email}; it is not shown again and works until ${end} UTC`);
  if (!isPublic) output.note("! it opens on this machine only: set CCO_PUBLIC_URL to the address people use");
}

/** The API knows people by id, an operator by address. */
async function findPerson(parsed: Parsed, email: string | undefined): Promise<PersonView> {
  const wanted = required(email, "the e-mail address").toLowerCase();
  const person = (await readTeam(parsed)).people.find((one) => one.email.toLowerCase() === wanted);
  if (person === undefined)
    throw new CliError(exitCodes.failure, `there is no person ${wanted}`, "cco users list shows them");
  return person;
}

function required(word: string | undefined, what: string): string {
  if (word === undefined || word === "") throw new CliError(exitCodes.usage, `name ${what}`, "cco users --help");
  return word;
}

const verbs: Record<string, Verb> = { list, invite: inviteOne, role, disable, enable, reset };

export const usersCommand: Command = {
  summary: "List, invite and disable people; change their roles",
  help,
  options: { ...installationOptions, role: { type: "string" }, name: { type: "string" }, json: { type: "boolean" } },
  verbs: Object.keys(verbs),
  words: { list: 0, invite: 1, role: 2, disable: 1, enable: 1, reset: 1 },
  flagsOf: { role: ["invite"], name: ["invite"] },
  run: (parsed) => runVerb("users", verbs, parsed, help),
};
