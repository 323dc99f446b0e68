import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listAuditEntries } from "#control/audit/list.ts";
import { changeKeyAttribution } from "#control/keys/change-attribution.ts";
import { changeKeyLimits } from "#control/keys/change-limits.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { changeIssuingPolicy, showIssuingPolicy, showOwnIssuing } from "#control/keys/issuing-policy.ts";
import { changeLimits } from "#control/limits/change.ts";
import { listOwnLimits } from "#control/limits/list.ts";
import { operatorActor } from "#core/access/actor.ts";
import { DEFAULT_ISSUING_POLICY, type IssuingPolicy } from "#core/access/issuing-policy.ts";
import { NO_LIMITS } from "#core/access/key-limits.ts";
import { AppError } from "#core/errors.ts";
import { type ControlWorld, makeControlWorld, onePersonPerRole } from "#tests/support/control-world.ts";

let world: ControlWorld;
beforeEach(async () => {
  world = await makeControlWorld();
});
afterEach(() => world.end());

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      return { code: error.code, text: error.publicText, fields: error.details.fields };
    },
  );
const policy = (fields: Partial<IssuingPolicy>) => ({ ...DEFAULT_ISSUING_POLICY, ...fields });

describe("keys that people issue for themselves", () => {
  it("T42: cannot name a foreign project or be free to, until an admin issues them", async () => {
    const { deps } = world;
    const { developer, admin } = await onePersonPerRole(world);

    const foreign = await refusal(issueProxyKey(developer, { name: "Laptop", project: "checkout" }, deps));
    const free = await refusal(issueProxyKey(developer, { name: "Laptop", attribution: "free" }, deps));
    const team = await refusal(issueProxyKey(developer, { name: "Laptop", team: "payments" }, deps));
    const own = await issueProxyKey(developer, { name: "Laptop" }, deps);
    const issued = await issueProxyKey(admin, { name: "CI", personId: developer.id, project: "checkout" }, deps);

    const text = "Only admins issue keys for the project “checkout”. Leave the project empty or ask an admin.";
    expect(foreign).toEqual({ code: "auth.forbidden", text, fields: { project: text } });
    expect(free?.code).toBe("auth.forbidden");
    expect(team).toMatchObject({
      code: "auth.forbidden",
      fields: { team: expect.stringContaining("Only admins issue") },
    });
    expect(own.key).toMatchObject({ project: null, attribution: "locked" });
    expect(issued.key).toMatchObject({ project: "checkout", attribution: "locked" });
    expect(await world.deps.db.proxyKey.count()).toBe(2);
  });

  it("T41: do not loosen the person's limits, however many are issued", async () => {
    const { deps } = world;
    const { developer, admin } = await onePersonPerRole(world);
    await changeLimits(admin, { kind: "person", holder: developer.id, models: ["haiku"], requestsPerMinute: 1 }, deps);

    await issueProxyKey(developer, { name: "First" }, deps);
    await issueProxyKey(developer, { name: "Second" }, deps);

    const { applies } = await listOwnLimits(developer, deps);
    expect(applies).toMatchObject([{ kind: "person", limits: { models: ["haiku"], requestsPerMinute: 1 } }]);
  });

  it("stay within the policy, which fills omitted fields", async () => {
    const { deps } = world;
    const { developer, owner, admin, viewer } = await onePersonPerRole(world);
    const ownLimits = { ...NO_LIMITS, requestsPerMinute: 60, monthlyBudgetNanoUsd: 20_000_000_000 };
    await changeIssuingPolicy(
      owner,
      policy({ ownRoles: ["developer"], ownProjects: ["web"], ownLifeMax: 30, issuedLifeMax: 90, ownLimits }),
      deps,
    );
    const issue = (input: object) => issueProxyKey(developer, { name: "Laptop", ...input }, deps);

    expect(await refusal(issue({}))).toMatchObject({
      code: "request.invalid",
      fields: { expiresInDays: "Keys expire after at most 30 days. Choose an expiry within that." },
    });
    expect((await issue({ expiresInDays: 30, project: "web" })).key.limits).toEqual(ownLimits);
    expect((await refusal(issue({ expiresInDays: 7, requestsPerMinute: 61 })))?.fields).toHaveProperty(
      "requestsPerMinute",
    );
    expect((await issue({ expiresInDays: 7, requestsPerMinute: 6 })).key.limits.requestsPerMinute).toBe(6);
    expect(await refusal(issueProxyKey(viewer, { name: "Mine", expiresInDays: 7 }, deps))).toMatchObject({
      code: "auth.forbidden",
      text: "Only admins issue keys. Ask an admin for one.",
    });
    expect((await refusal(issueProxyKey(admin, { name: "Mine" }, deps)))?.fields).toHaveProperty("expiresInDays");
    const { key } = await issueProxyKey(admin, { name: "Mine", project: "checkout", expiresInDays: 90 }, deps);
    expect(key.limits).toEqual(NO_LIMITS);
    expect(await showOwnIssuing(developer, deps)).toEqual({
      mayIssueOwn: true,
      mayIssueForOthers: false,
      projects: ["web"],
      mayBeFree: false,
      lifeMax: 30,
      limits: ownLimits,
    });
  });
});

describe("the issuing policy", () => {
  it("can restrict keys for others to owners, and does not bind a person with a shell", async () => {
    const { deps } = world;
    const { owner, admin, developer } = await onePersonPerRole(world);
    await changeIssuingPolicy(owner, policy({ issuerRoles: ["owner"] }), deps);

    const others = { name: "CI", personId: null };
    expect((await refusal(issueProxyKey(admin, others, deps)))?.code).toBe("auth.forbidden");
    expect((await refusal(issueProxyKey(admin, { name: "X", personId: developer.id }, deps)))?.code).toBe(
      "auth.forbidden",
    );
    expect((await refusal(issueProxyKey(admin, { name: "X", project: "checkout" }, deps)))?.code).toBe(
      "auth.forbidden",
    );
    expect(await refusal(issueProxyKey(admin, { name: "Mine" }, deps))).toBeNull();
    expect(await refusal(issueProxyKey(owner, others, deps))).toBeNull();
    expect(await refusal(issueProxyKey(operatorActor("root"), others, deps))).toBeNull();

    const { key } = await issueProxyKey(admin, { name: "Mine" }, deps);
    for (const change of [
      changeKeyAttribution(admin, key.id, { attribution: "free" }, deps),
      changeKeyLimits(admin, key.id, { models: null }, deps),
    ]) {
      expect(await refusal(change)).toMatchObject({
        code: "auth.forbidden",
        text: "Only owners may change keys: the issuing policy excludes admins.",
      });
    }
    expect(await refusal(changeKeyAttribution(owner, key.id, { attribution: "free" }, deps))).toBeNull();
  });

  it("keeps live keys and counts those it would not allow today", async () => {
    const { deps } = world;
    const { owner, developer } = await onePersonPerRole(world);
    await issueProxyKey(developer, { name: "Endless" }, deps);
    await issueProxyKey(developer, { name: "Short", expiresInDays: 7 }, deps);
    await issueProxyKey(owner, { name: "CI", personId: null, project: "checkout", attribution: "free" }, deps);
    expect(await showIssuingPolicy(owner, deps)).toMatchObject({ liveKeysOutside: 0, liveKeys: 3 });

    const view = await changeIssuingPolicy(owner, policy({ ownLifeMax: 30 }), deps);

    expect(view).toMatchObject({ liveKeysOutside: 1, liveKeys: 3 });
    expect((await changeIssuingPolicy(owner, policy({ issuedLifeMax: 30 }), deps)).liveKeysOutside).toBe(1);
    expect((await changeIssuingPolicy(owner, policy({ ownRoles: [] }), deps)).liveKeysOutside).toBe(2);
    expect(await deps.db.proxyKey.count({ where: { revokedAt: null } })).toBe(3);
    world.wait(7 * 86_400_000);
    expect(await showIssuingPolicy(owner, deps)).toMatchObject({ liveKeysOutside: 1, liveKeys: 2 });
  });

  it("is changed by owners and admins only, is audited, and stays consistent", async () => {
    const { deps } = world;
    const { owner, developer } = await onePersonPerRole(world);
    expect((await refusal(changeIssuingPolicy(developer, policy({}), deps)))?.code).toBe("auth.forbidden");
    expect((await refusal(showIssuingPolicy(developer, deps)))?.code).toBe("auth.forbidden");
    for (const wrong of [
      { issuerRoles: ["admin"] },
      { issuerRoles: ["owner", "editor"] },
      { ownProjects: ["-project"] },
      { ownProjects: "all" },
      { ownLifeMax: 14 },
      { mayOwnBeFree: true },
      { ownLimits: { requestsPerMinute: 0 } },
      { ownLimits: { models: [] } },
      { ownRole: [] },
    ]) {
      const refused = await refusal(changeIssuingPolicy(owner, { ...policy({}), ...wrong }, deps));
      expect([wrong, refused?.code]).toEqual([wrong, "request.invalid"]);
    }

    await changeIssuingPolicy(owner, policy({ ownProjects: "any", mayOwnBeFree: true }), deps);
    await changeIssuingPolicy(owner, policy({ ownProjects: "any", mayOwnBeFree: true }), deps);

    const { entries } = await listAuditEntries(owner, {}, deps);
    expect(entries).toMatchObject([
      { action: "keys.change-policy", before: { ownProjects: [] }, after: { ownProjects: "any", mayOwnBeFree: true } },
    ]);
    expect((await issueProxyKey(developer, { name: "Free", attribution: "free" }, deps)).key.attribution).toBe("free");
  });
});

describe("the attribution of a key", () => {
  it("is changed by admins only, also for their own key, and every change is audited", async () => {
    const { deps } = world;
    const { admin, developer } = await onePersonPerRole(world);
    const { key } = await issueProxyKey(developer, { name: "Laptop" }, deps);

    const forged = await refusal(changeKeyAttribution(developer, key.id, { attribution: "free" }, deps));
    const { key: changed } = await changeKeyAttribution(admin, key.id, { attribution: "free" }, deps);

    expect(forged?.code).toBe("auth.forbidden");
    expect(changed.attribution).toBe("free");
    expect((await refusal(changeKeyAttribution(admin, key.id, { attribution: "open" }, deps)))?.code).toBe(
      "request.invalid",
    );
    const { entries } = await listAuditEntries(admin, {}, deps);
    expect(entries[0]).toMatchObject({
      action: "keys.change-attribution",
      before: { name: "Laptop", attribution: "locked" },
      after: { name: "Laptop", attribution: "free" },
    });
    expect(entries[1]).toMatchObject({ action: "keys.issue", after: { attribution: "locked" } });
  });
});
