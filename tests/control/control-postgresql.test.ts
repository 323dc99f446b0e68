import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listAuditEntries } from "#control/audit/list.ts";
import { verifyAuditLog } from "#control/audit/verify.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { signIn } from "#control/session/sign-in.ts";
import { completeSetup } from "#control/setup/complete-setup.ts";
import { createSetupLink } from "#control/setup/setup-link.ts";
import { changeRole } from "#control/team/change-role.ts";
import { type ControlWorld, goodPassword, makeControlWorld } from "#tests/support/control-world.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";

let server: PostgresqlServer;
let world: ControlWorld;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server.stop());
beforeEach(async () => {
  world = await makeControlWorld({ databaseUrl: await server.newDatabase() });
});
afterEach(() => world.end());

/** On SQLite one process's transactions queue in any case; here they really run side by side. */
describe("on PostgreSQL", () => {
  it("lets exactly one of fifty concurrent set-ups become the owner", async () => {
    const link = await createSetupLink(world.deps);
    const token = new URLSearchParams(link?.path.split("?")[1]).get("token");

    const rivals = Array.from({ length: 50 }, (_, n) =>
      completeSetup({ token, email: `rival${n}@example.com`, name: "Rival", password: goodPassword }, null, world.deps),
    );
    const outcomes = await Promise.allSettled(rivals);

    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await world.deps.db.person.count()).toBe(1);
  });

  it("keeps one owner when two demote each other at the same time", async () => {
    const [ann, bob] = [await world.person("owner", "ann"), await world.person("owner", "bob")];

    await Promise.allSettled([
      changeRole(ann, bob.id, { role: "viewer" }, world.deps),
      changeRole(bob, ann.id, { role: "viewer" }, world.deps),
    ]);

    expect(await world.deps.db.person.count({ where: { role: "owner" } })).toBe(1);
  });

  it("chains the audit entries of concurrent changes, and pages them", async () => {
    const owner = await world.person("owner");
    await Promise.all(Array.from({ length: 20 }, (_, n) => issueProxyKey(owner, { name: `Key ${n}` }, world.deps)));

    expect(await verifyAuditLog(world.deps)).toMatchObject({ ok: true, entries: 20 });
    const page = await listAuditEntries(owner, { action: "keys", limit: 15 }, world.deps);
    expect([page.entries.length, page.next !== null]).toEqual([15, true]);
  });

  it("counts concurrent sign-in attempts without losing one", async () => {
    const owner = await world.person("owner");

    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, () => signIn({ email: owner.email, password: "wrong" }, "192.0.2.7", world.deps)),
    );

    const codes = outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : "in"));
    expect(codes.filter((code) => code === "auth.required")).toHaveLength(10);
    expect(codes.filter((code) => code === "auth.too-many-attempts")).toHaveLength(30);
  });
});
