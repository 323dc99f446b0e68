import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { completeSetup } from "#control/setup/complete-setup.ts";
import { createSetupLink, setupState } from "#control/setup/setup-link.ts";
import { firstOwner } from "#control/team/first-owner.ts";
import { AppError } from "#core/errors.ts";
import { type ControlWorld, goodPassword, makeControlWorld } from "#tests/support/control-world.ts";

let world: ControlWorld;
beforeEach(async () => {
  world = await makeControlWorld();
});
afterEach(() => world.end());

const owner = { email: "ada@example.com", name: "Ada", password: goodPassword };
const parseToken = (path: string | undefined) => new URLSearchParams(path?.split("?")[1]).get("token") ?? "";
const toCode = (error: unknown) => (error instanceof AppError ? error.code : error);

describe("the first set-up", () => {
  it("lets exactly one of fifty concurrent attempts become the owner", async () => {
    const token = parseToken((await createSetupLink(world.deps))?.path);

    const rivals = Array.from({ length: 50 }, (_, n) =>
      completeSetup({ ...owner, email: `rival${n}@example.com`, token }, null, world.deps),
    );
    const outcomes = await Promise.allSettled(rivals);

    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await world.deps.db.person.count()).toBe(1);
    const refusals = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [toCode(outcome.reason)] : []));
    for (const code of refusals)
      expect(["auth.setup-closed", "auth.bad-link", "auth.too-many-attempts"]).toContain(code);
  });

  it("is refused without the link, with a wrong one and with an expired one", async () => {
    const token = parseToken((await createSetupLink(world.deps))?.path);

    await expect(completeSetup(owner, null, world.deps)).rejects.toMatchObject({ code: "request.invalid" });
    const wrong = { ...owner, token: "x".repeat(43) };
    await expect(completeSetup(wrong, null, world.deps)).rejects.toMatchObject({ code: "auth.bad-link" });
    expect(await setupState(token, world.deps)).toBe("ready");
    world.wait(30 * 60_000 + 1);
    expect(await setupState(token, world.deps)).toBe("bad-link");
    await expect(completeSetup({ ...owner, token }, null, world.deps)).rejects.toMatchObject({ code: "auth.bad-link" });
    expect(await world.deps.db.person.count()).toBe(0);
  });

  it("invalidates the older link when a new one is created, and stores only hashes", async () => {
    const first = parseToken((await createSetupLink(world.deps))?.path);
    world.wait(2 * 60_000 + 1);
    const second = parseToken((await createSetupLink(world.deps))?.path);

    expect(await setupState(first, world.deps)).toBe("bad-link");
    expect(await setupState(second, world.deps)).toBe("ready");
    const stored = JSON.stringify(await world.deps.db.oneTimeLink.findMany());
    expect(stored).not.toContain(second);
    expect(Buffer.from(second, "base64url")).toHaveLength(32);
  });

  it("leaves the link of another instance that started at the same time, until one of them is used", async () => {
    const first = parseToken((await createSetupLink(world.deps))?.path);
    const second = parseToken((await createSetupLink(world.deps))?.path);
    expect(await Promise.all([first, second].map((token) => setupState(token, world.deps)))).toEqual([
      "ready",
      "ready",
    ]);

    await completeSetup({ ...owner, token: first }, null, world.deps);

    expect(await setupState(second, world.deps)).toBe("closed");
  });

  it("stays closed for ever, even if people are deleted from the database", async () => {
    const token = parseToken((await createSetupLink(world.deps))?.path);
    await completeSetup({ ...owner, organisation: "Acme", reportingZone: "Europe/Berlin", token }, null, world.deps);

    expect(await createSetupLink(world.deps)).toBeNull();
    expect(await setupState(token, world.deps)).toBe("closed");
    await world.deps.db.person.deleteMany();

    expect(await createSetupLink(world.deps)).toBeNull();
    expect(await firstOwner(owner, world.deps)).toBeNull();
    await expect(completeSetup({ ...owner, token }, null, world.deps)).rejects.toMatchObject({
      code: "auth.setup-closed",
    });
  });

  it("refuses a role, an id and every unknown field, and keeps the link usable", async () => {
    const token = parseToken((await createSetupLink(world.deps))?.path);

    const more = { id: "per_mine", role: "viewer", sessionVersion: 9 };
    await expect(completeSetup({ ...owner, token, ...more }, null, world.deps)).rejects.toMatchObject({
      code: "request.invalid",
      details: { fields: { id: expect.any(String), role: expect.any(String), sessionVersion: expect.any(String) } },
    });
    const made = await completeSetup({ ...owner, token }, null, world.deps);

    expect(made.role).toBe("owner");
    expect((await world.deps.db.person.findFirst())?.sessionVersion).toBe(1);
  });

  it("creates the first owner without a browser, once", async () => {
    expect((await firstOwner({ email: "Ada@Example.com", password: goodPassword }, world.deps))?.email).toBe(
      "ada@example.com",
    );
    expect(await firstOwner({ email: "eve@example.com", password: goodPassword }, world.deps)).toBeNull();
    await expect(
      makeControlWorld().then((other) =>
        firstOwner({ ...owner, password: "password1234" }, other.deps).finally(other.end),
      ),
    ).rejects.toMatchObject({ code: "request.invalid" });
  });
});
