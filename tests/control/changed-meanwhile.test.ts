// Long because every verb that takes an actor is called once, and each with what it needs.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { purgeCache } from "#control/cache/purge.ts";
import type { ControlDeps } from "#control/deps.ts";
import { changeKeyAttribution } from "#control/keys/change-attribution.ts";
import { changeKeyLimits } from "#control/keys/change-limits.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { changeIssuingPolicy } from "#control/keys/issuing-policy.ts";
import { revokeKey } from "#control/keys/revoke.ts";
import { changeLimits, removeLimits } from "#control/limits/change.ts";
import { pauseRules } from "#control/rules/pause.ts";
import { publishRules } from "#control/rules/publish.ts";
import { rollBackRules } from "#control/rules/roll-back.ts";
import { checkSession, type PersonActor } from "#control/session/check-session.ts";
import { endSession } from "#control/session/sessions.ts";
import { signIn } from "#control/session/sign-in.ts";
import { signOut, signOutEverywhere, signOutPerson } from "#control/session/sign-out.ts";
import { changeSettings } from "#control/settings/change.ts";
import { startProviderCheck } from "#control/setup/provider-check.ts";
import { changeOwnPassword } from "#control/team/change-own-password.ts";
import { changeRole } from "#control/team/change-role.ts";
import { changeTeam } from "#control/team/change-team.ts";
import { disablePerson } from "#control/team/disable.ts";
import { enablePerson } from "#control/team/enable.ts";
import { invite } from "#control/team/invite.ts";
import { issuePasswordReset, usePasswordReset } from "#control/team/reset-password.ts";
import { revokeInvite } from "#control/team/revoke-invite.ts";
import { checkAccessToken } from "#control/tokens/check.ts";
import { issueAccessToken } from "#control/tokens/issue.ts";
import { revokeToken } from "#control/tokens/revoke.ts";
import { DEFAULT_ISSUING_POLICY } from "#core/access/issuing-policy.ts";
import { type ControlWorld, goodPassword, makeControlWorld } from "#tests/support/control-world.ts";

const newPassword = "another six lanterns";
const RULES = `[overrides]\nenabled = true\nrules = [\n    ["claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"],\n]\n`;
const address = "192.0.2.7";

let world: ControlWorld;
beforeEach(async () => {
  world = await makeControlWorld();
});
afterEach(() => world.end());

/** The same dependencies, with `act` run, to its end, between the checks of a verb and its transaction number `nth`. */
function meanwhile(act: () => Promise<unknown>, nth = 1): ControlDeps {
  let begun = 0;
  const begin = async (work: Parameters<ControlDeps["db"]["$transaction"]>[0]) => {
    begun += 1;
    if (begun === nth) await act();
    return world.deps.db.$transaction(work);
  };
  const db = new Proxy(world.deps.db, {
    get: (target, key) => (key === "$transaction" ? begin : Reflect.get(target, key)),
  });
  return { ...world.deps, db };
}

async function signedIn(person: PersonActor): Promise<PersonActor> {
  const {
    id: personId,
    sessionId,
    sessionVersion,
  } = await signIn({ email: person.email, password: goodPassword }, address, world.deps);
  const actor = await checkSession({ sessionId, personId, sessionVersion }, { via: "console", address }, world.deps);
  if (!actor) throw new Error("not signed in");
  return actor;
}

/** A link that resets the person's password, already in hand: using it takes one transaction. */
async function prepareReset(person: PersonActor): Promise<() => Promise<unknown>> {
  const { path } = await issuePasswordReset(await world.person("owner", "helper"), person.id, world.deps);
  return () => usePasswordReset({ token: path.split("/").at(-1), password: newPassword }, null, world.deps);
}

const refused = { code: "auth.required" };
/** A sign-in counts its attempt in a separate transaction first; it opens its session in the second one. */
const OPENING = 2;
const signInDuring = (person: PersonActor, act: () => Promise<unknown>) =>
  signIn({ email: person.email, password: goodPassword }, address, meanwhile(act, OPENING));
const passwordWorks = (person: PersonActor, password: string) =>
  signIn({ email: person.email, password }, "192.0.2.99", world.deps).then(
    () => true,
    () => false,
  );
async function weaken(person: PersonActor): Promise<void> {
  const { hash } = await import("@node-rs/argon2");
  const passwordHash = await hash(goodPassword, { algorithm: 2, memoryCost: 8192, timeCost: 1, parallelism: 1 });
  await world.deps.db.person.update({ where: { id: person.id }, data: { passwordHash } });
}

describe("T34a: a sign-in whose password is being checked", () => {
  it("opens no session with the old password when a reset commits first", async () => {
    const person = await world.person("editor");
    const reset = await prepareReset(person);

    await expect(signInDuring(person, reset)).rejects.toMatchObject({
      ...refused,
      message: "The e-mail address or the password is wrong.",
    });

    expect(await world.deps.db.signInSession.count()).toBe(0);
    expect(await world.deps.db.auditEntry.count({ where: { action: "session.sign-in-failed" } })).toBe(1);
    const counted = await world.deps.db.signInThrottle.findMany();
    expect(counted.map(({ failures }) => failures)).toEqual([1, 1, 1]);
  });

  it("does not store the old password again under stronger parameters when a reset commits first", async () => {
    const person = await world.person("editor");
    await weaken(person);
    const reset = await prepareReset(person);

    await expect(signInDuring(person, reset)).rejects.toMatchObject(refused);

    expect([await passwordWorks(person, goodPassword), await passwordWorks(person, newPassword)]).toEqual([
      false,
      true,
    ]);
  });

  it("opens no session when the person is disabled first", async () => {
    const owner = await world.person("owner");
    const person = await world.person("editor");

    await expect(signInDuring(person, () => disablePerson(owner, person.id, world.deps))).rejects.toMatchObject(
      refused,
    );

    expect(await world.deps.db.signInSession.count()).toBe(0);
  });

  it("succeeds when another sign-in has only stored the same password under stronger parameters", async () => {
    const person = await world.person("editor");
    await weaken(person);

    const { id } = await signInDuring(person, () => signedIn(person));

    expect(id).toBe(person.id);
  });
});

describe("T34a: a change of one's own password", () => {
  /** The transaction after the one that counts the attempt. */
  const changeDuring = (actor: PersonActor, act: () => Promise<unknown>) =>
    changeOwnPassword(actor, { current: goodPassword, password: "a thief's own choice of it" }, meanwhile(act, 2));

  it.each([
    ["from a session", signedIn],
    ["by an actor without a session", async (person: PersonActor) => person],
  ])(
    "does not replace a password that was reset while the old one was being checked, %s",
    async (_name, buildActor) => {
      const person = await world.person("editor");
      const actor = await buildActor(person);
      const reset = await prepareReset(person);

      await expect(changeDuring(actor, reset)).rejects.toThrow();

      expect(await passwordWorks(person, newPassword)).toBe(true);
      expect(await passwordWorks(person, "a thief's own choice of it")).toBe(false);
    },
  );
});

describe("T34a: a change that waits for its transaction", () => {
  it.each([
    ["its session was ended", (actor: PersonActor) => endSession(actor, actor.sessionId ?? "", world.deps)],
    ["its person signed out everywhere", (actor: PersonActor) => signOutEverywhere(actor, {}, world.deps)],
    [
      "its person was disabled",
      async (actor: PersonActor) => disablePerson(await world.person("owner", "helper"), actor.id, world.deps),
    ],
    [
      "its person was disabled and enabled",
      async (actor: PersonActor) => {
        const owner = await world.person("owner", "helper");
        await disablePerson(owner, actor.id, world.deps);
        await enablePerson(owner, actor.id, world.deps);
      },
    ],
    [
      "its person got another role",
      async (actor: PersonActor) =>
        changeRole(await world.person("owner", "helper"), actor.id, { role: "viewer" }, world.deps),
    ],
    ["its person's password was reset", async (actor: PersonActor) => (await prepareReset(actor))()],
    ["its session expired", async () => world.wait(7 * 86_400_000)],
  ] as [string, (actor: PersonActor) => Promise<unknown>][])("is refused when %s meanwhile", async (_name, end) => {
    const actor = await signedIn(await world.person("admin"));

    await expect(
      issueAccessToken(
        actor,
        { name: "Script" },
        meanwhile(() => end(actor)),
      ),
    ).rejects.toMatchObject(refused);

    expect(await world.deps.db.accessToken.count()).toBe(0);
  });

  it.each([
    ["was revoked", (actor: PersonActor, id: string) => revokeToken(actor, id, world.deps)],
    ["expired", async () => world.wait(91 * 86_400_000)],
  ])("is refused when the access token it came with %s meanwhile", async (_name, end) => {
    const person = await world.person("admin");
    const wanted = { name: "Script", scopes: ["keys"] };
    const { secret, token } = await issueAccessToken(person, wanted, world.deps);
    const actor = await checkAccessToken(secret, null, world.deps);
    if (!actor) throw new Error("the token is not taken");

    const deps = meanwhile(() => end(person, token.id));
    await expect(issueProxyKey(actor, { name: "Laptop" }, deps)).rejects.toMatchObject(refused);

    expect(await world.deps.db.proxyKey.count()).toBe(0);
  });

  it("is refused to a person who was disabled meanwhile, for every verb that takes an actor", async () => {
    const actor = await world.person("owner", "actor");
    const guest = await world.person("viewer", "guest");
    const gone = await world.person("viewer", "gone");
    const { deps } = world;
    await disablePerson(actor, gone.id, deps);
    const session = await signedIn(guest);
    const { key } = await issueProxyKey(actor, { name: "Laptop" }, deps);
    const { token } = await issueAccessToken(actor, { name: "Script" }, deps);
    const offered = await invite(actor, { email: "a@example.com", role: "viewer" }, deps);
    const limits = { kind: "team", holder: "red", requestsPerMinute: 5 } as const;
    await changeLimits(actor, limits, deps);
    await publishRules(actor, { toml: RULES, basedOn: null, comment: "First" }, deps);
    const { db } = deps;
    const setDisabled = (disabledAt: Date | null) =>
      db.person.update({ where: { id: actor.id }, data: { disabledAt } });
    const state = async () =>
      JSON.stringify(
        await Promise.all([
          db.person.findMany(),
          db.proxyKey.findMany(),
          db.accessToken.findMany(),
          db.oneTimeLink.findMany(),
          db.signInSession.findMany(),
          db.setting.findMany(),
          db.ruleVersion.count(),
          db.auditEntry.count(),
        ]),
      );

    const verbs: Record<string, (late: ControlDeps) => Promise<unknown>> = {
      invite: (late) => invite(actor, { email: "b@example.com", role: "owner" }, late),
      revokeInvite: (late) => revokeInvite(actor, offered.invite.id, late),
      issuePasswordReset: (late) => issuePasswordReset(actor, guest.id, late),
      changeRole: (late) => changeRole(actor, guest.id, { role: "owner" }, late),
      disablePerson: (late) => disablePerson(actor, guest.id, late),
      enablePerson: (late) => enablePerson(actor, gone.id, late),
      changeTeam: (late) => changeTeam(actor, guest.id, { team: "blue" }, late),
      changeLimits: (late) => changeLimits(actor, { ...limits, requestsPerMinute: 6 }, late),
      removeLimits: (late) => removeLimits(actor, { kind: "team", holder: "red" }, late),
      issueProxyKey: (late) => issueProxyKey(actor, { name: "Another" }, late),
      revokeKey: (late) => revokeKey(actor, key.id, late),
      changeKeyLimits: (late) => changeKeyLimits(actor, key.id, { requestsPerMinute: 5 }, late),
      changeKeyAttribution: (late) => changeKeyAttribution(actor, key.id, { attribution: "free" }, late),
      changeIssuingPolicy: (late) =>
        changeIssuingPolicy(actor, { ...DEFAULT_ISSUING_POLICY, ownProjects: ["red"], mayOwnBeFree: false }, late),
      issueAccessToken: (late) => issueAccessToken(actor, { name: "Another" }, late),
      revokeToken: (late) => revokeToken(actor, token.id, late),
      endSession: (late) => endSession(actor, session.sessionId ?? "", late),
      signOutEverywhere: (late) => signOutEverywhere(actor, {}, late),
      signOutPerson: (late) => signOutPerson(actor, guest.id, {}, late),
      purgeCache: (late) => purgeCache(actor, { kind: "all" }, late),
      changeSettings: (late) => changeSettings(actor, { organisation: "Acme" }, late),
      startProviderCheck: (late) => startProviderCheck(actor, late),
      publishRules: (late) => publishRules(actor, { toml: `${RULES}#\n`, basedOn: 1, comment: "Next" }, late),
      pauseRules: (late) => pauseRules(actor, { paused: true }, late),
      rollBackRules: (late) => rollBackRules(actor, { to: 1 }, late),
    };
    for (const [name, verb] of Object.entries(verbs)) {
      await setDisabled(null);
      const before = await state();
      const code = await verb(meanwhile(() => setDisabled(deps.now()))).then(
        () => "allowed",
        (error: { code?: unknown }) => error.code,
      );
      await setDisabled(null);
      expect([name, code]).toEqual([name, "auth.required"]);
      expect(await state(), name).toBe(before);
    }
  });

  it("lets a sign-out pass whose session has ended meanwhile", async () => {
    const actor = await signedIn(await world.person("viewer"));
    const elsewhere = () => endSession(actor, actor.sessionId ?? "", world.deps);

    await expect(signOut(actor, meanwhile(elsewhere))).resolves.toBeUndefined();
  });

  it("names no actor only in the verbs whose proof is no sign-in", () => {
    const control = join(import.meta.dirname, "../../control");
    const files = readdirSync(control, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    const without = files.filter((name) => readFileSync(join(control, name), "utf8").includes("mutate(null,"));

    expect(without.sort()).toEqual([
      "rules/rules-file.ts",
      "session/sign-in-by-identity.ts",
      "session/sign-out.ts",
      "setup/complete-setup.ts",
      "setup/setup-link.ts",
      "team/accept-invite.ts",
      "team/first-owner.ts",
      "team/reset-password.ts",
    ]);
  });
});
