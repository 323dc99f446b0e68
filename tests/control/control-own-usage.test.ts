import { expect, it } from "vitest";
import { readOwnUsage } from "#control/connect/own-usage.ts";
import { readCostTable } from "#control/costs/table.ts";
import { checkProxyKey } from "#control/keys/check.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { revokeKey } from "#control/keys/revoke.ts";
import { changeLimits } from "#control/limits/change.ts";
import { disablePerson } from "#control/team/disable.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

const today = { startedAtMs: Date.parse("2026-11-22T11:00:00Z"), endedAtMs: Date.parse("2026-11-22T11:00:01Z") };
const yesterday = { startedAtMs: Date.parse("2026-11-21T11:00:00Z"), endedAtMs: Date.parse("2026-11-21T11:00:01Z") };

onBothDatabases((world) => {
  it("the status line has today's numbers of the page Costs, of a person or of one of their keys", async () => {
    const { deps } = world();
    const owner = await world().person("owner");
    const ann = await world().person("developer", "ann");
    const { key, secret } = await issueProxyKey(ann, { name: "laptop" }, deps);
    const own = { personId: ann.id };
    await world().record([
      pricedEvent({ ...today, ...own, id: "evt_1", proxyKeyId: key.id, sessionId: "ses-1" }),
      pricedEvent({ ...today, ...own, id: "evt_2", proxyKeyId: "key_other", sessionId: "ses-2" }),
      pricedEvent({ ...today, ...own, id: "evt_3", proxyKeyId: key.id, billingMode: "subscription" }),
      pricedEvent({ ...yesterday, ...own, id: "evt_4", proxyKeyId: key.id }),
      pricedEvent({ ...today, id: "evt_5", personId: "per_other", proxyKeyId: "key_theirs" }),
    ]);
    const known = await checkProxyKey(secret, deps);
    if (known === null) throw new Error("the key is unknown");
    const ofPerson = await readOwnUsage({ actor: ann }, {}, deps);
    const ofKey = await readOwnUsage({ key: known }, { session: "ses-1" }, deps);
    const costs = await readCostTable(owner, "day", { range: "today", person: ann.id }, deps);

    expect(ofPerson.today).toEqual(costs.total);
    expect(ofPerson.today.requests).toBe(3);
    expect(ofKey.today.requests).toBe(2);
    expect(ofKey.today.planValueNanoUsd).not.toBe("0");
    expect(ofKey.latest).toEqual({ requested: "claude-opus-5-5", served: "claude-haiku-5-5" });
    expect((await readOwnUsage({ key: known }, { session: "ses-2" }, deps)).latest).toBeNull();
  });

  it("the status line shows the tightest of the budgets that apply", async () => {
    const { deps } = world();
    const admin = await world().person("admin");
    const ann = await world().person("developer", "ann");
    const { secret } = await issueProxyKey(ann, { name: "laptop" }, deps);
    await changeLimits(admin, { kind: "person", holder: "*", monthlyBudgetNanoUsd: 9_000_000_000 }, deps);
    await changeLimits(admin, { kind: "project", holder: "default", monthlyBudgetNanoUsd: 5_000_000_000 }, deps);
    const key = await checkProxyKey(secret, deps);
    if (key === null) throw new Error("the key is unknown");
    const least = [{ kind: "dollars", leftNanoUsd: "5000000000", limitNanoUsd: "5000000000" }];

    expect((await readOwnUsage({ key }, {}, deps)).left).toEqual(least);
    expect((await readOwnUsage({ actor: ann }, {}, deps)).left).toEqual(least);
  });

  it("a proxy key is known until it is revoked, expires, or its person is disabled", async () => {
    const { deps } = world();
    const owner = await world().person("owner");
    const ann = await world().person("developer", "ann");
    const revoked = await issueProxyKey(ann, { name: "old" }, deps);
    const short = await issueProxyKey(ann, { name: "short", expiresInDays: 1 }, deps);
    const long = await issueProxyKey(ann, { name: "long", expiresInDays: null }, deps);
    await revokeKey(ann, revoked.key.id, deps);
    const isKnown = async ({ secret }: { secret: string }) => (await checkProxyKey(secret, deps)) !== null;

    expect([await isKnown(revoked), await isKnown(short), await isKnown(long)]).toEqual([false, true, true]);
    world().wait(2 * 86_400_000);
    expect([await isKnown(short), await isKnown(long)]).toEqual([false, true]);
    await disablePerson(owner, ann.id, deps);
    expect([await isKnown(long), await isKnown({ secret: "cco_unknown" })]).toEqual([false, false]);
  });
});
