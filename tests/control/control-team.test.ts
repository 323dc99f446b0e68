// Long because who may do what to whom is tried on one team, from an invitation to the audit log.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exportAudit } from "#control/audit/export.ts";
import { listAuditEntries } from "#control/audit/list.ts";
import { verifyAuditLog } from "#control/audit/verify.ts";
import { changeKeyLimits } from "#control/keys/change-limits.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { listKeys } from "#control/keys/list.ts";
import { revokeKey } from "#control/keys/revoke.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { listPersonSessions } from "#control/session/sessions.ts";
import { signInByIdentity } from "#control/session/sign-in-by-identity.ts";
import { signOutPerson } from "#control/session/sign-out.ts";
import { changeSettings } from "#control/settings/change.ts";
import { readSettings } from "#control/settings/read.ts";
import { acceptInvite, findInvite } from "#control/team/accept-invite.ts";
import { changeRole } from "#control/team/change-role.ts";
import { disablePerson } from "#control/team/disable.ts";
import { enablePerson } from "#control/team/enable.ts";
import { invite } from "#control/team/invite.ts";
import { listTeam } from "#control/team/list.ts";
import {
  findPasswordReset,
  issuePasswordReset,
  usePasswordReset as resetPassword,
} from "#control/team/reset-password.ts";
import { revokeInvite } from "#control/team/revoke-invite.ts";
import { checkAccessToken } from "#control/tokens/check.ts";
import { issueAccessToken } from "#control/tokens/issue.ts";
import { listAllTokens, listOwnTokens } from "#control/tokens/list.ts";
import { revokeToken } from "#control/tokens/revoke.ts";
import { operatorActor } from "#core/access/actor.ts";
import { may, type Permission } from "#core/access/permissions.ts";
import { roles } from "#core/access/roles.ts";
import { AppError } from "#core/errors.ts";
import { hashSecret } from "#store/hashes.ts";
import { type ControlWorld, goodPassword, makeControlWorld, onePersonPerRole } from "#tests/support/control-world.ts";

let world: ControlWorld;
beforeEach(async () => {
  world = await makeControlWorld();
});
afterEach(() => world.end());

const outcome = (work: Promise<unknown>) =>
  work.then(
    () => "allowed",
    (error: unknown) => (error instanceof AppError ? error.code : "crashed"),
  );

describe("team permissions", () => {
  it("let each role do exactly what the matrix says, verb by verb", async () => {
    const people = await onePersonPerRole(world);
    await world.person("owner", "second-owner");
    const target = await world.person("viewer", "target");
    const { deps } = world;
    let n = 0;
    const verbs: [Permission, (actor: PersonActor) => Promise<unknown>][] = [
      ["team.read", (actor) => listTeam(actor, deps)],
      ["team.invite", (actor) => invite(actor, { email: `guest${n++}@example.com`, role: "viewer" }, deps)],
      ["team.make-owner", (actor) => invite(actor, { email: `boss${n++}@example.com`, role: "owner" }, deps)],
      ["team.change-role", (actor) => changeRole(actor, target.id, { role: n++ % 2 ? "editor" : "viewer" }, deps)],
      ["team.disable", (actor) => disablePerson(actor, target.id, deps)],
      ["team.disable", (actor) => enablePerson(actor, target.id, deps)],
      ["team.invite", (actor) => issuePasswordReset(actor, target.id, deps)],
      ["keys.manage", (actor) => listKeys(actor, "all", deps)],
      ["keys.manage", (actor) => issueProxyKey(actor, { name: "CI", personId: null }, deps)],
      ["keys.manage", (actor) => issueProxyKey(actor, { name: "For another", personId: target.id }, deps)],
      ["keys.manage", (actor) => issueProxyKey(actor, { name: "Own, with a team", team: "core" }, deps)],
      ["own-keys.manage", (actor) => issueProxyKey(actor, { name: "Laptop" }, deps)],
      ["own-keys.manage", (actor) => listKeys(actor, "own", deps)],
      ["own-access.manage", (actor) => issueAccessToken(actor, { name: "Script" }, deps)],
      ["access.manage", (actor) => listAllTokens(actor, deps)],
      ["access.manage", (actor) => listPersonSessions(actor, target.id, deps)],
      ["access.manage", (actor) => signOutPerson(actor, target.id, {}, deps)],
      ["audit.read", (actor) => listAuditEntries(actor, {}, deps)],
      ["audit.read", (actor) => exportAudit(actor, {}, deps)],
      ["settings.read", (actor) => readSettings(actor, deps)],
      ["settings.change", (actor) => changeSettings(actor, { organisation: `Acme ${n++}` }, deps)],
    ];

    const wrong: string[] = [];
    for (const [at, [permission, verb]] of verbs.entries()) {
      for (const role of roles) {
        const expected = may(people[role], permission) ? "allowed" : "auth.forbidden";
        const actual = await outcome(verb(people[role]));
        if (actual !== expected) wrong.push(`verb ${at} (${permission}) as ${role}: ${actual}, not ${expected}`);
      }
    }

    expect(wrong).toEqual([]);
  });

  it("keep admins away from owners: no role change, no disabling, no reset link", async () => {
    const { owner, admin } = await onePersonPerRole(world);
    await world.person("owner", "second");

    expect(await outcome(changeRole(admin, owner.id, { role: "viewer" }, world.deps))).toBe("auth.forbidden");
    expect(await outcome(changeRole(admin, admin.id, { role: "owner" }, world.deps))).toBe("auth.forbidden");
    expect(await outcome(disablePerson(admin, owner.id, world.deps))).toBe("auth.forbidden");
    expect(await outcome(issuePasswordReset(admin, owner.id, world.deps))).toBe("auth.forbidden");
  });

  it("answer not-found for other people's keys and tokens", async () => {
    const ann = await world.person("developer", "ann");
    const bob = await world.person("developer", "bob");
    const { key } = await issueProxyKey(ann, { name: "Laptop" }, world.deps);
    const { token } = await issueAccessToken(ann, { name: "Script" }, world.deps);

    expect(await outcome(revokeKey(bob, key.id, world.deps))).toBe("not-found");
    expect(await outcome(revokeToken(bob, token.id, world.deps))).toBe("not-found");
    expect(await listKeys(bob, "own", world.deps)).toEqual([]);
    expect((await listKeys(ann, "own", world.deps))[0]?.state).toBe("live");
    expect((await listOwnTokens(ann, world.deps))[0]?.state).toBe("live");
  });
});

describe("the last active owner", () => {
  it("can be neither demoted nor disabled, by any caller", async () => {
    const owner = await world.person("owner");
    const shut = await world.person("owner", "shut");
    await disablePerson(owner, shut.id, world.deps);

    expect(await outcome(changeRole(owner, owner.id, { role: "admin" }, world.deps))).toBe("team.last-owner");
    expect(await outcome(disablePerson(owner, owner.id, world.deps))).toBe("team.last-owner");
    expect(await outcome(disablePerson(operatorActor("root"), owner.id, world.deps))).toBe("team.last-owner");
  });

  it("survives two owners who demote each other at the same time", async () => {
    const [ann, bob] = [await world.person("owner", "ann"), await world.person("owner", "bob")];

    const outcomes = await Promise.all([
      outcome(changeRole(ann, bob.id, { role: "viewer" }, world.deps)),
      outcome(changeRole(bob, ann.id, { role: "viewer" }, world.deps)),
    ]);

    expect(outcomes.sort()).toEqual(["allowed", "auth.required"]);
    expect(await world.deps.db.person.count({ where: { role: "owner" } })).toBe(1);
  });

  it("survives two operators who demote both owners at the same time", async () => {
    const [ann, bob] = [await world.person("owner", "ann"), await world.person("owner", "bob")];

    const outcomes = await Promise.all([
      outcome(changeRole(operatorActor("root"), bob.id, { role: "viewer" }, world.deps)),
      outcome(changeRole(operatorActor("root"), ann.id, { role: "viewer" }, world.deps)),
    ]);

    expect(outcomes.sort()).toEqual(["allowed", "team.last-owner"]);
    expect(await world.deps.db.person.count({ where: { role: "owner" } })).toBe(1);
  });
});

describe("an invitation", () => {
  const acceptWith = (path: string, input: object) =>
    acceptInvite({ token: path.split("/").at(-1), name: "Guest", password: goodPassword, ...input }, null, world.deps);

  it("creates one person with its own role and address, once", async () => {
    const owner = await world.person("owner");
    const { path } = await invite(owner, { email: "Guest@example.com", role: "finance" }, world.deps);

    expect(await outcome(acceptWith(path, { email: "other@example.com" }))).toBe("auth.bad-link");
    expect(await outcome(acceptWith(path, { email: "guest@example.com", role: "owner" }))).toBe("request.invalid");
    const person = await acceptWith(path, { email: "guest@example.com" });
    expect(person).toMatchObject({ email: "guest@example.com", role: "finance" });
    expect(await outcome(acceptWith(path, { email: "guest@example.com" }))).toBe("auth.bad-link");
    expect(await world.deps.db.person.count()).toBe(2);
  });

  it("is not used up by viewing it, expires, and can be withdrawn", async () => {
    const owner = await world.person("owner");
    const first = await invite(owner, { email: "a@example.com", role: "viewer" }, world.deps);
    const second = await invite(owner, { email: "b@example.com", role: "viewer" }, world.deps);
    const parseToken = (path: string) => path.split("/").at(-1) ?? "";

    for (let n = 0; n < 3; n += 1)
      expect((await findInvite(parseToken(first.path), world.deps))?.email).toBe("a@example.com");
    await revokeInvite(owner, second.invite.id, world.deps);
    expect(await outcome(acceptWith(second.path, { email: "b@example.com" }))).toBe("auth.bad-link");
    world.wait(72 * 3_600_000 + 1);
    expect(await findInvite(parseToken(first.path), world.deps)).toBeNull();
    expect(await outcome(acceptWith(first.path, { email: "a@example.com" }))).toBe("auth.bad-link");
  });

  it("leaves the list of Team when it is removed after it has expired, or is replaced by a newer one", async () => {
    const owner = await world.person("owner");
    const listed = async () => (await listTeam(owner, world.deps)).invites.map(({ id }) => id);
    const first = await invite(owner, { email: "a@example.com", role: "viewer" }, world.deps);
    const second = await invite(owner, { email: "b@example.com", role: "viewer" }, world.deps);
    world.wait(72 * 3_600_000 + 1);
    expect((await listed()).sort()).toEqual([first.invite.id, second.invite.id].sort());

    await revokeInvite(owner, first.invite.id, world.deps);
    const newer = await invite(owner, { email: "b@example.com", role: "viewer" }, world.deps);

    expect(await listed()).toEqual([newer.invite.id]);
  });

  it("is replaced by a newer one to the same address, and refused for existing people", async () => {
    const owner = await world.person("owner");
    const first = await invite(owner, { email: "a@example.com", role: "admin" }, world.deps);
    await invite(owner, { email: "a@example.com", role: "viewer" }, world.deps);

    expect(await outcome(acceptWith(first.path, { email: "a@example.com" }))).toBe("auth.bad-link");
    expect(await outcome(invite(owner, { email: owner.email, role: "viewer" }, world.deps))).toBe("team.email-taken");
    expect((await listTeam(owner, world.deps)).invites.map((open) => open.role)).toEqual(["viewer"]);
  });

  it("T33b: of an owner is replaced by owners only, and each replacement is on record as a withdrawal", async () => {
    const [owner, admin] = [await world.person("owner"), await world.person("admin")];
    const first = await invite(owner, { email: "eve@example.com", role: "owner" }, world.deps);

    const replaced = outcome(invite(admin, { email: "eve@example.com", role: "viewer" }, world.deps));
    expect(await replaced).toBe("auth.forbidden");
    expect(await findInvite(first.path.replace("/invite/", ""), world.deps)).not.toBeNull();

    await invite(owner, { email: "eve@example.com", role: "viewer" }, world.deps);
    expect(await findInvite(first.path.replace("/invite/", ""), world.deps)).toBeNull();
    const { entries } = await listAuditEntries(owner, { action: "team.revoke-invite" }, world.deps);
    expect(entries.map(({ object, before }) => [object, before])).toEqual([
      [
        { kind: "invite", id: first.invite.id },
        { email: "eve@example.com", role: "owner" },
      ],
    ]);
  });

  it("accepted fifty times concurrently creates one person", async () => {
    const owner = await world.person("owner");
    const { path } = await invite(owner, { email: "a@example.com", role: "viewer" }, world.deps);

    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => outcome(acceptWith(path, { email: "a@example.com" }))),
    );

    expect(outcomes.filter((one) => one === "allowed")).toHaveLength(1);
  });
});

describe("a password reset", () => {
  it("works once, for an hour, and does not let a disabled person in", async () => {
    const owner = await world.person("owner");
    const person = await world.person("viewer");
    const { path } = await issuePasswordReset(owner, person.id, world.deps);
    const token = path.split("/").at(-1);
    const reset = { token, password: "another six lanterns" };

    await disablePerson(owner, person.id, world.deps);
    expect((await resetPassword(reset, null, world.deps)).disabledAt).not.toBeNull();
    expect(await outcome(resetPassword(reset, null, world.deps))).toBe("auth.bad-link");
    const late = await issuePasswordReset(owner, person.id, world.deps);
    world.wait(3_600_001);
    expect(await outcome(resetPassword({ ...reset, token: late.path.split("/").at(-1) }, null, world.deps))).toBe(
      "auth.bad-link",
    );
  });
});

describe("T33a: a link whose maker may no longer make it", () => {
  const parseToken = (path: string) => path.split("/").at(-1) ?? "";
  const accept = (path: string, email: string) =>
    outcome(acceptInvite({ token: parseToken(path), email, name: "Guest", password: goodPassword }, null, world.deps));
  const reset = (path: string) =>
    outcome(resetPassword({ token: parseToken(path), password: "another six lanterns" }, null, world.deps));
  /** Sets the row only: what an upgrade finds, or a race leaves. */
  const setRole = (id: string, role: string) => world.deps.db.person.update({ where: { id }, data: { role } });
  const listActions = async (actor: PersonActor) =>
    (await listAuditEntries(actor, {}, world.deps)).entries.map((entry) => entry.action);

  it("is good exactly for the roles its maker could make it for at the moment of its use", async () => {
    await world.person("owner");
    const wrong: string[] = [];
    for (const concerned of roles) {
      for (const later of roles) {
        const maker = await world.person("owner", "maker");
        const target = await world.person(concerned, "target");
        const email = `guest-${concerned}-${later}@example.com`;
        const invited = await invite(maker, { email, role: concerned }, world.deps);
        const link = await issuePasswordReset(maker, target.id, world.deps);
        await setRole(maker.id, later);
        const now = { ...maker, role: later };
        const fresh = invite(now, { email: `fresh-${email}`, role: concerned }, world.deps);
        const expected = (await outcome(fresh)) === "allowed" ? "allowed" : "auth.bad-link";
        const seen = [
          await findInvite(parseToken(invited.path), world.deps),
          await findPasswordReset(parseToken(link.path), world.deps),
        ];
        if (seen.some((one) => (one !== null) !== (expected === "allowed"))) wrong.push(`${later} shows ${concerned}`);
        if ((await accept(invited.path, email)) !== expected) wrong.push(`${later} invites ${concerned}`);
        if ((await reset(link.path)) !== expected) wrong.push(`${later} resets ${concerned}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  it("is revoked when an owner is demoted: no owner comes back by it, Team and audit log say so", async () => {
    const root = await world.person("owner", "root");
    const second = await world.person("owner", "second");
    const owners = await invite(second, { email: "o3@example.com", role: "owner" }, world.deps);
    const viewers = await invite(second, { email: "v@example.com", role: "viewer" }, world.deps);
    const link = await issuePasswordReset(second, root.id, world.deps);

    await changeRole(root, second.id, { role: "admin" }, world.deps);

    expect((await listActions(root)).slice(0, 3).sort()).toEqual([
      "team.change-role",
      "team.revoke-invite",
      "team.revoke-reset-link",
    ]);
    const { invites } = await listTeam(root, world.deps);
    expect(invites.map(({ email, isRevoked }) => [email, isRevoked])).toEqual([
      ["v@example.com", false],
      ["o3@example.com", true],
    ]);
    expect(await accept(owners.path, "o3@example.com")).toBe("auth.bad-link");
    expect(await reset(link.path)).toBe("auth.bad-link");
    // What an admin may make still works; what was revoked does not come back with the role.
    expect(await accept(viewers.path, "v@example.com")).toBe("allowed");
    await changeRole(root, second.id, { role: "owner" }, world.deps);
    expect(await accept(owners.path, "o3@example.com")).toBe("auth.bad-link");
  });

  it("is revoked when its maker is disabled, one to the maker included, and stays so after enabling", async () => {
    const owner = await world.person("owner");
    const admin = await world.person("admin");
    const editor = await world.person("editor");
    const invited = await invite(admin, { email: "back@example.com", role: "admin" }, world.deps);
    const links = [await issuePasswordReset(admin, editor.id, world.deps)];
    links.push(await issuePasswordReset(admin, admin.id, world.deps));

    await disablePerson(owner, admin.id, world.deps);

    expect(await accept(invited.path, "back@example.com")).toBe("auth.bad-link");
    await enablePerson(owner, admin.id, world.deps);
    expect(await accept(invited.path, "back@example.com")).toBe("auth.bad-link");
    for (const link of links) expect(await reset(link.path)).toBe("auth.bad-link");
    expect((await listActions(owner)).filter((action) => action.startsWith("team.revoke"))).toHaveLength(3);
    await invite(owner, { email: "back@example.com", role: "viewer" }, world.deps);
    expect((await listTeam(owner, world.deps)).invites.map((one) => one.isRevoked)).toEqual([false]);
  });

  it("of an admin does not reset a person who has become an owner since", async () => {
    const owner = await world.person("owner");
    const admin = await world.person("admin");
    const editor = await world.person("editor");
    const link = await issuePasswordReset(admin, editor.id, world.deps);

    await changeRole(owner, editor.id, { role: "owner" }, world.deps);

    expect(await reset(link.path)).toBe("auth.bad-link");
    expect(await listActions(owner)).toContain("team.revoke-reset-link");
  });

  it("gives no role at single sign-on", async () => {
    const admin = await world.person("admin");
    await world.person("owner");
    const comes = (email: string) => {
      const identity = { provider: "https://id.example.com", subject: email, email, isEmailVerified: true, name: null };
      return outcome(signInByIdentity(identity, null, world.deps));
    };
    await invite(admin, { email: "sso@example.com", role: "admin" }, world.deps);
    await invite(operatorActor("root"), { email: "shell@example.com", role: "admin" }, world.deps);

    await setRole(admin.id, "viewer");

    expect(await comes("sso@example.com")).toBe("auth.required");
    expect(await comes("shell@example.com")).toBe("allowed");
  });
});

describe("keys and tokens", () => {
  it("T20: show their secret once and store only its hash", async () => {
    const person = await world.person("developer");

    const { key, secret } = await issueProxyKey(
      person,
      { name: "Laptop", project: "default", expiresInDays: 30 },
      world.deps,
    );
    const access = await issueAccessToken(person, { name: "Script" }, world.deps);

    expect(secret).toMatch(/^cco_[\w-]{43}$/);
    expect(access.secret).toMatch(/^ccoat_[\w-]{43}$/);
    expect(key).toMatchObject({ hint: secret.slice(-4), project: "default", expiresAt: "2026-12-22T12:00:00.000Z" });
    expect((await world.deps.db.proxyKey.findFirst())?.keyHash).toBe(hashSecret(secret));
    const everything = JSON.stringify([
      await world.deps.db.proxyKey.findMany(),
      await world.deps.db.accessToken.findMany(),
      await world.deps.db.auditEntry.findMany(),
    ]);
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain(access.secret);
  });

  it("for model traffic are bound to their limits, changed by admins only, and every change is audited", async () => {
    const admin = await world.person("admin");
    const person = await world.person("developer");
    const chosen = {
      endpoints: "messages",
      models: ["haiku", "haiku"],
      requestsPerMinute: 60,
      openRequestsMax: 4,
      monthlyBudgetNanoUsd: 20_000_000_000,
      monthlyPlanNanoUsd: 30_000_000_000,
    };
    const { key } = await issueProxyKey(person, { name: "CI", ...chosen }, world.deps);
    expect(key.limits).toEqual({ ...chosen, models: ["haiku"] });

    expect(await outcome(changeKeyLimits(person, key.id, { requestsPerMinute: 5 }, world.deps))).toBe("auth.forbidden");
    const { key: changed } = await changeKeyLimits(admin, key.id, { requestsPerMinute: 5, models: null }, world.deps);

    // What is not named stays: a script that means to change one limit must not remove the others.
    expect(changed.limits).toEqual({ ...chosen, requestsPerMinute: 5, models: null });
    expect((await listKeys(person, "own", world.deps))[0]?.limits).toEqual(changed.limits);
    const { entries } = await listAuditEntries(admin, {}, world.deps);
    expect(entries[0]).toMatchObject({
      action: "keys.change-limits",
      before: { name: "CI", requestsPerMinute: 60, monthlyBudgetNanoUsd: 20_000_000_000, models: ["haiku"] },
      after: { name: "CI", requestsPerMinute: 5, models: null },
    });
    for (const wrong of [
      {},
      { requestsPerMinute: undefined },
      { requestsPerMinute: 0 },
      { openRequestsMax: 1.5 },
      { monthlyBudgetNanoUsd: 0 },
      { monthlyBudgetNanoUsd: "a lot" },
      { models: ["a,b"] },
      { models: [] },
      { endpoints: "some" },
    ]) {
      expect(await outcome(changeKeyLimits(admin, key.id, wrong, world.deps))).toBe("request.invalid");
    }
    await revokeKey(person, key.id, world.deps);
    expect(await outcome(changeKeyLimits(admin, key.id, { models: null }, world.deps))).toBe("not-found");
  });

  it("stop working when revoked, expired, or when their person is disabled, on every instance", async () => {
    const owner = await world.person("owner");
    const person = await world.person("developer");
    const check = (secret: string) => checkAccessToken(secret, null, world.deps);
    const first = await issueAccessToken(person, { name: "One", expiresInDays: 7 }, world.deps);
    const second = await issueAccessToken(person, { name: "Two", expiresInDays: 365 }, world.deps);
    expect((await check(first.secret))?.id).toBe(person.id);
    const before = (await world.deps.db.revision.findFirst())?.number ?? 0;

    await revokeToken(person, second.token.id, world.deps);
    expect(await check(second.secret)).toBeNull();
    expect((await world.deps.db.revision.findFirst())?.number).toBeGreaterThan(before);
    await disablePerson(owner, person.id, world.deps);
    expect(await check(first.secret)).toBeNull();
    await enablePerson(owner, person.id, world.deps);
    expect(await check(first.secret)).toBeNull();
    const third = await issueAccessToken(person, { name: "Three", expiresInDays: 7 }, world.deps);
    world.wait(7 * 86_400_000 - 1);
    expect((await check(third.secret))?.id).toBe(person.id);
    world.wait(1);
    expect(await check(third.secret)).toBeNull();
    expect(await check("ccoat_invented")).toBeNull();
  });
});

describe("the audit log", () => {
  it("records every change with actor and source, in an unbroken chain", async () => {
    const owner = await world.person("owner");
    await invite(owner, { email: "a@example.com", role: "viewer" }, world.deps);
    await changeSettings(owner, { reportingZone: "Asia/Kolkata" }, world.deps);
    await changeSettings(owner, { reportingZone: "Asia/Kolkata" }, world.deps);

    const { entries } = await listAuditEntries(owner, {}, world.deps);

    expect(entries.map((entry) => entry.action)).toEqual(["settings.change", "team.invite"]);
    expect(entries[0]).toMatchObject({
      actor: { id: owner.id },
      via: "console",
      after: { reportingZone: "Asia/Kolkata" },
    });
    expect(await verifyAuditLog(world.deps)).toMatchObject({ ok: true, entries: 2 });
    await world.deps.db.auditEntry.update({
      where: { id: entries[1]?.id ?? 0 },
      data: { actorName: "Another person" },
    });
    expect(await verifyAuditLog(world.deps)).toMatchObject({ ok: false });
  });

  it("refuses every kind of change while it cannot be written", async () => {
    const owner = await world.person("owner");
    const person = await world.person("viewer");
    const { key } = await issueProxyKey(owner, { name: "Laptop" }, world.deps);
    await world.deps.db.$executeRawUnsafe(
      "CREATE TRIGGER audit_is_full BEFORE INSERT ON audit_entry BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    );
    const state = async () =>
      JSON.stringify([
        await world.deps.db.person.findMany(),
        await world.deps.db.proxyKey.findMany(),
        await world.deps.db.oneTimeLink.findMany(),
        await world.deps.db.setting.findMany(),
        await world.deps.db.revision.findMany(),
      ]);
    const before = await state();

    const outcomes = [
      await outcome(changeRole(owner, person.id, { role: "editor" }, world.deps)),
      await outcome(disablePerson(owner, person.id, world.deps)),
      await outcome(invite(owner, { email: "a@example.com", role: "viewer" }, world.deps)),
      await outcome(issueProxyKey(owner, { name: "Another" }, world.deps)),
      await outcome(revokeKey(owner, key.id, world.deps)),
      await outcome(changeSettings(owner, { organisation: "Acme" }, world.deps)),
    ];

    expect(new Set(outcomes)).toEqual(new Set(["audit.unwritable"]));
    expect(await state()).toBe(before);
  });

  it("refuses settings without a name or a zone, and keeps the rest", async () => {
    const owner = await world.person("owner", "Olga");
    await changeSettings(owner, { organisation: "Acme" }, world.deps);
    for (const [name, value, sentence] of [
      ["organisation", "", "This field is required."],
      ["organisation", "  \t ", "This field is required."],
      ["organisation", "x".repeat(61), "Use at most 60 characters."],
      ["reportingZone", "", "This is not a time zone. Example: Europe/Berlin"],
    ] as const) {
      const change = changeSettings(owner, { reportingZone: "Europe/Berlin", [name]: value }, world.deps);
      await expect(change, value).rejects.toMatchObject({ details: { fields: { [name]: sentence } } });
    }
    expect(await readSettings(owner, world.deps)).toMatchObject({ organisation: "Acme", reportingZone: "UTC" });
  });

  it("pages by key, filters, and exports its view with formulas escaped", async () => {
    const owner = await world.person("owner", "=HYPERLINK(1)");
    for (let n = 0; n < 7; n += 1) await issueProxyKey(owner, { name: `Key ${n}` }, world.deps);
    await changeSettings(owner, { organisation: "Acme" }, world.deps);

    const first = await listAuditEntries(owner, { action: "keys", limit: "5" }, world.deps);
    const rest = await listAuditEntries(owner, { action: "keys", limit: "5", before: String(first.next) }, world.deps);
    expect([first.entries.length, rest.entries.length, rest.next]).toEqual([5, 2, null]);

    const read = async (format: string) => {
      const { lines } = await exportAudit(owner, { format, action: "keys" }, world.deps);
      let text = "";
      for await (const line of lines) text += line;
      return text.trim().split(/\r?\n/);
    };
    const jsonl = await read("jsonl");
    expect(jsonl.map((line) => JSON.parse(line).id)).toEqual(
      [...first.entries, ...rest.entries].map((entry) => entry.id),
    );
    const csv = await read("csv");
    expect(csv).toHaveLength(8);
    expect(csv[1]).toContain(`"'=HYPERLINK(1)"`);
    expect((await listAuditEntries(owner, { action: "audit.export" }, world.deps)).entries).toHaveLength(2);
  });
});
