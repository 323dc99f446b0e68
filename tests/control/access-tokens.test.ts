// Long because what a token may do is tried from being made to being revoked. It is also tried for tokens of before
// scopes.

import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listAuditEntries } from "#control/audit/list.ts";
import { purgeCache } from "#control/cache/purge.ts";
import { exportCosts } from "#control/costs/export.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { currentRules } from "#control/rules/current.ts";
import { pauseRules } from "#control/rules/pause.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { signOut, signOutEverywhere } from "#control/session/sign-out.ts";
import { changeSettings } from "#control/settings/change.ts";
import { changeOwnPassword } from "#control/team/change-own-password.ts";
import { changeRole } from "#control/team/change-role.ts";
import { disablePerson } from "#control/team/disable.ts";
import { enablePerson } from "#control/team/enable.ts";
import { invite } from "#control/team/invite.ts";
import { listTeam } from "#control/team/list.ts";
import { issuePasswordReset, usePasswordReset } from "#control/team/reset-password.ts";
import { checkAccessToken } from "#control/tokens/check.ts";
import { issueAccessToken, scopesFor } from "#control/tokens/issue.ts";
import { listAllTokens, listOwnTokens } from "#control/tokens/list.ts";
import { revokeToken } from "#control/tokens/revoke.ts";
import { type Scope, scopes } from "#core/access/scopes.ts";
import { AppError } from "#core/errors.ts";
import { liveAccessTokens } from "#store/callers.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { type ControlWorld, goodPassword, makeControlWorld } from "#tests/support/control-world.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

const outcome = (work: Promise<unknown>) =>
  work.then(
    () => "allowed",
    (error: unknown) => (error instanceof AppError ? error.code : "crashed"),
  );

describe("T33: an access token", () => {
  let world: ControlWorld;
  let owner: PersonActor;
  beforeEach(async () => {
    world = await makeControlWorld();
    owner = await world.person("owner");
  });
  afterEach(() => world.end());

  /** The actor behind a new token of a person. */
  const issueToken = async (person: PersonActor, wanted: readonly Scope[]) => {
    const { secret, token } = await issueAccessToken(person, { name: "Script", scopes: wanted }, world.deps);
    const actor = await checkAccessToken(secret, null, world.deps);
    if (!actor) throw new Error("the token is not taken");
    return { secret, token, actor };
  };
  const works = async (secret: string) => (await checkAccessToken(secret, null, world.deps)) !== null;

  it("can do exactly what its scopes allow, scope by scope", async () => {
    const { deps } = world;
    const target = await world.person("viewer", "target");
    let n = 0;
    const verbs: [Scope, (actor: PersonActor) => Promise<unknown>][] = [
      ["read", (actor) => currentRules(actor, deps)],
      ["export", (actor) => exportCosts(actor, {}, deps)],
      ["export", (actor) => listAuditEntries(actor, {}, deps)],
      ["rules", (actor) => pauseRules(actor, { paused: n++ % 2 === 0 }, deps)],
      ["cache", (actor) => purgeCache(actor, { kind: "all" }, deps)],
      ["keys", (actor) => issueProxyKey(actor, { name: "CI", personId: null }, deps)],
      ["people", (actor) => listTeam(actor, deps)],
      ["people", (actor) => invite(actor, { email: `guest${n++}@example.com`, role: "viewer" }, deps)],
      ["people", (actor) => changeRole(actor, target.id, { role: n++ % 2 ? "editor" : "viewer" }, deps)],
      ["settings", (actor) => changeSettings(actor, { organisation: `Acme ${n++}` }, deps)],
    ];

    const wrong: string[] = [];
    for (const scope of scopes) {
      const { actor } = await issueToken(owner, [scope]);
      for (const [at, [needed, verb]] of verbs.entries()) {
        const expected = needed === scope ? "allowed" : "token.no-scope";
        const actual = await outcome(verb(actor));
        if (actual !== expected) wrong.push(`verb ${at} (${needed}) with ${scope}: ${actual}, not ${expected}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("has only the read scope and 90 days by default, and never lives longer than a year", async () => {
    const { token } = await issueAccessToken(owner, { name: "Script" }, world.deps);
    expect(token).toMatchObject({ scopes: ["read"], expiresAt: "2027-02-20T12:00:00.000Z" });

    for (const expiresInDays of [null, 0, 366, 1.5, "90"]) {
      const wanted = issueAccessToken(owner, { name: "Script", expiresInDays }, world.deps);
      await expect(wanted).rejects.toMatchObject({ details: { fields: { expiresInDays: expect.any(String) } } });
    }
    for (const wrong of [{ scopes: [] }, { scopes: ["all"] }, { scope: "read" }])
      expect(await outcome(issueAccessToken(owner, { name: "Script", ...wrong }, world.deps))).toBe("request.invalid");
  });

  it("never exceeds its person's role, neither when issued nor after the role was reduced", async () => {
    const editor = await world.person("editor");
    expect(scopesFor("developer")).toEqual(["read", "keys", "people"]);
    expect(await outcome(issueAccessToken(editor, { name: "X", scopes: ["settings"] }, world.deps))).toBe(
      "request.invalid",
    );
    const admin = await world.person("admin");
    const { secret, actor } = await issueToken(admin, ["rules", "settings"]);
    expect(await outcome(pauseRules(actor, { paused: true }, world.deps))).toBe("allowed");

    await changeRole(owner, admin.id, { role: "viewer" }, world.deps);

    const now = await checkAccessToken(secret, null, world.deps);
    if (!now) throw new Error("the token is not taken");
    expect(await outcome(pauseRules(now, { paused: false }, world.deps))).toBe("auth.forbidden");
    expect(await outcome(changeSettings(now, { organisation: "Mine" }, world.deps))).toBe("auth.forbidden");
  });

  it("cannot create tokens, passwords, reset links, owners or admins, or end sessions of its person", async () => {
    const { deps } = world;
    const { actor } = await issueToken(owner, scopes);
    const guest = await world.person("viewer", "guest");
    const passwords = { current: goodPassword, password: "another six lanterns" };

    const attempts: Record<string, Promise<unknown>> = {
      token: issueAccessToken(actor, { name: "Child" }, deps),
      password: changeOwnPassword(actor, passwords, deps),
      "reset link": issuePasswordReset(actor, owner.id, deps),
      "invited owner": invite(actor, { email: "o@example.com", role: "owner" }, deps),
      "invited admin": invite(actor, { email: "a@example.com", role: "admin" }, deps),
      "made an admin": changeRole(actor, guest.id, { role: "admin" }, deps),
      "sign-out": signOut(actor, deps),
      "sign-out everywhere": signOutEverywhere(actor, {}, deps),
    };

    for (const [name, attempt] of Object.entries(attempts))
      expect([name, await outcome(attempt)]).toEqual([name, "token.needs-session"]);
    expect(await world.deps.db.accessToken.count()).toBe(1);
  });

  it.each([
    [
      "a password reset",
      async (world: ControlWorld, owner: PersonActor, person: PersonActor) => {
        const { path } = await issuePasswordReset(owner, person.id, world.deps);
        await usePasswordReset({ token: path.split("/").at(-1), password: "another six lanterns" }, null, world.deps);
      },
    ],
    [
      "disabling and enabling its person",
      async (world: ControlWorld, owner: PersonActor, person: PersonActor) => {
        await disablePerson(owner, person.id, world.deps);
        await enablePerson(owner, person.id, world.deps);
      },
    ],
    [
      "signing out everywhere, tokens included",
      (world: ControlWorld, _owner: PersonActor, person: PersonActor) =>
        signOutEverywhere(person, { tokens: true }, world.deps),
    ],
  ])("is revoked for good by %s", async (_name, change) => {
    const person = await world.person("editor");
    const { secret } = await issueToken(person, ["read"]);
    const other = await issueToken(owner, ["read"]);

    await change(world, owner, person);

    expect(await works(secret)).toBe(false);
    expect((await listOwnTokens(person, world.deps))[0]?.state).toBe("revoked");
    expect(await works(other.secret)).toBe(true);
  });

  it("survives signing out everywhere unless its person revokes it", async () => {
    const person = await world.person("editor");
    const { secret } = await issueToken(person, ["read"]);

    await signOutEverywhere(person, {}, world.deps);

    expect(await works(secret)).toBe(true);
  });

  it("is listed with its person and revocable by admins, an owner's by owners only, and hidden from others", async () => {
    const { deps } = world;
    const [admin, editor, viewer] = [
      await world.person("admin"),
      await world.person("editor"),
      await world.person("viewer"),
    ];
    const [ofEditor, ofOwner] = [await issueToken(editor, ["read", "rules"]), await issueToken(owner, ["read"])];

    expect(await listAllTokens(admin, deps)).toContainEqual(
      expect.objectContaining({
        id: ofEditor.token.id,
        scopes: ["read", "rules"],
        person: expect.objectContaining({ name: "editor" }),
      }),
    );
    expect(JSON.stringify(await listAllTokens(admin, deps))).not.toContain("tokenHash");
    expect(await outcome(listAllTokens(viewer, deps))).toBe("auth.forbidden");
    expect(await outcome(revokeToken(viewer, ofEditor.token.id, deps))).toBe("not-found");
    expect(await outcome(revokeToken(admin, ofOwner.token.id, deps))).toBe("auth.forbidden");
    expect(await works(ofEditor.secret)).toBe(true);

    await revokeToken(admin, ofEditor.token.id, deps);

    expect([await works(ofEditor.secret), await works(ofOwner.secret)]).toEqual([false, true]);
    const { entries } = await listAuditEntries(owner, { action: "tokens.revoke" }, deps);
    expect(entries[0]).toMatchObject({ actor: { id: admin.id }, before: { name: "Script", person: "editor" } });
  });
});

describe("an access token from before scopes existed", () => {
  let server: PostgresqlServer;
  beforeAll(async () => {
    server = await startPostgresql();
  });
  afterAll(() => server.stop());

  it.each(["sqlite", "postgresql"] as const)("can only read and expires after 90 days, on %s", async (kind) => {
    const url = kind === "sqlite" ? `file:${join(scratchFolder(), "cco.db")}` : await server.newDatabase();
    const all = join(import.meta.dirname, "../../prisma/migrations", kind);
    const before = scratchFolder();
    for (const name of readdirSync(all))
      if (name < "20261128") cpSync(join(all, name), join(before, name), { recursive: true });
    await migrateDatabase(url, { folder: before });
    const connection = await openSqlConnection(url);
    try {
      const at = "2026-01-01T00:00:00.000+00:00";
      for (const [id, disabledAt] of [
        ["ann", null],
        ["bob", at],
      ])
        await connection.all(
          `INSERT INTO person (id, email, name, role, session_version, created_at, disabled_at) VALUES ($1, $1, $1, 'owner', 1, $2, $3)`,
          [id as string, at, disabledAt as string | null],
        );
      for (const [id, person] of [
        ["forever", "ann"],
        ["of-bob", "bob"],
      ])
        await connection.all(
          `INSERT INTO access_token (id, name, hint, token_hash, person_id, created_at) VALUES ($1, $1, 'x', $1, $2, $3)`,
          [id as string, person as string, at],
        );

      await migrateDatabase(url);

      await connection.all(`UPDATE person SET disabled_at = NULL`);
      const live = await liveAccessTokens(connection);
      expect(live.map(({ id, scopes: held }) => [id, held])).toEqual([["forever", ["read"]]]);
      const days = ((live[0]?.expiresAtMs ?? 0) - Date.now()) / 86_400_000;
      expect(days).toBeGreaterThan(89.9);
      expect(days).toBeLessThan(90.1);
    } finally {
      await connection.close();
    }
  });
});
