import { expect, it } from "vitest";
import { listAuditEntries } from "#control/audit/list.ts";
import { readCostTable } from "#control/costs/table.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { changeLimits, removeLimits } from "#control/limits/change.ts";
import { listLimits, listOwnLimits } from "#control/limits/list.ts";
import { changeSettings } from "#control/settings/change.ts";
import { changeTeam } from "#control/team/change-team.ts";
import { NO_LIMITS } from "#core/access/key-limits.ts";
import { AppError } from "#core/errors.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import { onePersonPerRole } from "#tests/support/control-world.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

const outcome = (work: Promise<unknown>) =>
  work.then(
    () => "allowed",
    (error: unknown) => (error instanceof AppError ? error.code : `crashed: ${String(error)}`),
  );
const dollars = (count: number) => count * 1_000_000_000;
const at = (text: string) => ({ startedAtMs: Date.parse(text), endedAtMs: Date.parse(text) + 900 });

onBothDatabases((world) => {
  it("limits accept the names of teams and projects that requests may use, and no others", async () => {
    const { deps } = world();
    const { owner } = await onePersonPerRole(world());
    for (const holder of ["My Project", "a@b", "api/x", "C++", "Ärzte"])
      expect(await outcome(changeLimits(owner, { kind: "project", holder, requestsPerMinute: 1 }, deps))).toBe(
        "allowed",
      );
    for (const holder of ["-x", "..", " ", "a,b", "<b>"])
      expect(await outcome(changeLimits(owner, { kind: "project", holder, requestsPerMinute: 1 }, deps))).toBe(
        "request.invalid",
      );
  });

  it("limits show people only the budgets of their team, with its spending", async () => {
    const { deps } = world();
    const { owner, developer } = await onePersonPerRole(world());
    await changeTeam(owner, developer.id, { team: "payments" }, deps);
    await changeLimits(owner, { kind: "team", holder: "payments", requestsPerMinute: 9 }, deps);
    const readSpent = async () =>
      (await listOwnLimits(developer, deps)).applies.find(({ kind }) => kind === "team")?.spent;
    expect(await readSpent()).toEqual({
      costNanoUsd: null,
      planValueNanoUsd: null,
      unpriced: null,
      planUnpriced: null,
    });

    await changeLimits(owner, { kind: "team", holder: "payments", monthlyPlanNanoUsd: dollars(5) }, deps);
    expect(await readSpent()).toEqual({ costNanoUsd: null, planValueNanoUsd: "0", unpriced: 0, planUnpriced: 0 });
  });

  it("default limits apply to all people without individual limits, including later ones", async () => {
    const { deps } = world();
    const admin = await world().person("admin");
    const ann = await world().person("developer", "ann");
    const bob = await world().person("developer", "bob");
    await changeLimits(admin, { kind: "person", holder: "*", monthlyBudgetNanoUsd: dollars(50) }, deps);
    await changeLimits(admin, { kind: "person", holder: ann.id, requestsPerMinute: 5 }, deps);
    await changeLimits(admin, { kind: "person", holder: bob.id }, deps);
    const late = await world().person("developer", "late");

    const view = await listLimits(admin, deps);

    const of = (id: string) => view.people.find((person) => person.id === id);
    expect(view.defaultForPeople).toEqual({ ...NO_LIMITS, monthlyBudgetNanoUsd: dollars(50) });
    expect(of(ann.id)).toMatchObject({ source: "own", limits: { requestsPerMinute: 5, monthlyBudgetNanoUsd: null } });
    expect(of(bob.id)).toMatchObject({ source: "own", limits: NO_LIMITS });
    expect(of(late.id)).toMatchObject({ source: "default", limits: { monthlyBudgetNanoUsd: dollars(50) } });
    expect((await listOwnLimits(bob, deps)).applies).toEqual([]);
    expect((await listOwnLimits(late, deps)).applies).toMatchObject([{ kind: "person", isDefault: true }]);
    await removeLimits(admin, { kind: "person", holder: ann.id }, deps);
    expect((await listOwnLimits(ann, deps)).applies).toMatchObject([{ limits: { monthlyBudgetNanoUsd: dollars(50) } }]);
  });

  it("every change of limits raises the revision and is audited with before and after", async () => {
    const { deps } = world();
    const admin = await world().person("admin");
    const ann = await world().person("developer", "ann");
    const revision = async () => (await deps.db.revision.findFirst())?.number ?? 0;
    const seen = [await revision()];
    const team = { kind: "team", holder: "payments" };
    for (const work of [
      () => changeLimits(admin, { ...team, requestsPerMinute: 60 }, deps),
      () => changeLimits(admin, { ...team, requestsPerMinute: 30, models: ["haiku"] }, deps),
      () => removeLimits(admin, team, deps),
      () => changeTeam(admin, ann.id, { team: "payments" }, deps),
    ]) {
      await work();
      seen.push(await revision());
    }

    expect(seen.every((number, n) => n === 0 || number > (seen[n - 1] ?? 0))).toBe(true);
    const { entries } = await listAuditEntries(admin, {}, deps);
    expect(entries.map(({ action, before, after }) => ({ action, before, after }))).toMatchObject([
      { action: "team.change-team", before: { team: null }, after: { email: ann.email, team: "payments" } },
      { action: "limits.remove", before: { name: "payments", requestsPerMinute: 30, models: ["haiku"] } },
      { action: "limits.change", before: { requestsPerMinute: 60, models: null }, after: { requestsPerMinute: 30 } },
      { action: "limits.change", before: null, after: { name: "payments", requestsPerMinute: 60 } },
    ]);
  });

  it("every holder's spending equals Costs for the same month, to the nano-dollar", async () => {
    const { deps } = world();
    const admin = await world().person("admin");
    const ann = await world().person("developer", "ann");
    await changeSettings(admin, { reportingZone: "Asia/Kolkata" }, deps);
    const { key } = await issueProxyKey(admin, { name: "CI", personId: ann.id, project: "checkout" }, deps);
    await changeLimits(admin, { kind: "team", holder: "payments", monthlyBudgetNanoUsd: dollars(50) }, deps);
    await changeLimits(admin, { kind: "project", holder: "checkout", monthlyPlanNanoUsd: dollars(9) }, deps);
    const whose = { personId: ann.id, team: "payments", project: "checkout", proxyKeyId: key.id };
    await world().record([
      pricedEvent({ ...whose, ...at("2026-11-10T09:00:00Z") }),
      pricedEvent({ ...whose, ...at("2026-11-21T09:00:00Z"), billingMode: "subscription" }),
      pricedEvent({ ...whose, ...at("2026-11-22T10:00:00Z"), endpoint: "batches" }),
      pricedEvent({ ...whose, ...at("2026-11-22T11:00:00Z"), costNanoUsd: null, savedNanoUsd: null, costs: null }),
      // The last evening of October in UTC is November in Kolkata, and half an hour earlier it is not.
      pricedEvent({ ...whose, ...at("2026-10-31T18:45:00Z") }),
      pricedEvent({ ...whose, ...at("2026-10-31T18:15:00Z") }),
      pricedEvent({ ...at("2026-11-12T09:00:00Z"), project: "web" }),
    ]);

    const view = await listLimits(admin, deps);
    const own = await listOwnLimits(ann, deps);

    const costs = async (group: "person" | "team" | "project", filter: object) => {
      const { total } = await readCostTable(admin, group, { range: "2026-11-01..2026-12-01", ...filter }, deps);
      const { costNanoUsd, planValueNanoUsd, unpriced, planUnpriced } = total;
      return { costNanoUsd, planValueNanoUsd, unpriced, planUnpriced };
    };
    const expected = await costs("person", { person: ann.id });
    expect(BigInt(expected.costNanoUsd ?? 0)).toBeGreaterThan(0n);
    expect(BigInt(expected.planValueNanoUsd ?? 0)).toBeGreaterThan(0n);
    expect(expected.unpriced).toBe(1);
    expect(view.people.find(({ id }) => id === ann.id)?.spent).toEqual(expected);
    expect(view.teams).toMatchObject([{ name: "payments", spent: await costs("team", { team: "payments" }) }]);
    expect(view.projects).toMatchObject([{ name: "checkout", spent: await costs("project", { project: "checkout" }) }]);
    expect(view.spentByKey[key.id]).toEqual(expected);
    expect(view.period).toEqual({ fromDay: "2026-11-01", toDay: "2026-12-01", zone: "Asia/Kolkata" });
    expect(own.applies).toMatchObject([
      { kind: "project", name: "checkout", spent: { ...expected, costNanoUsd: null, unpriced: 0 } },
    ]);
    expect(view.known).toEqual({ teams: ["payments"], projects: ["checkout", "default", "web"] });
  });

  it("a person sees the limits that apply to them and none of others", async () => {
    const { deps } = world();
    const admin = await world().person("admin");
    const ann = await world().person("developer", "ann");
    const bob = await world().person("developer", "bob");
    await changeTeam(admin, ann.id, { team: "payments" }, deps);
    await changeLimits(admin, { kind: "team", holder: "payments", requestsPerMinute: 60 }, deps);
    await changeLimits(admin, { kind: "team", holder: "web", requestsPerMinute: 70 }, deps);
    await changeLimits(admin, { kind: "person", holder: bob.id, requestsPerMinute: 1 }, deps);
    await changeLimits(admin, { kind: "project", holder: "default", openRequestsMax: 8 }, deps);
    await issueProxyKey(ann, { name: "Laptop", requestsPerMinute: 10 }, deps);

    const { applies } = await listOwnLimits(ann, deps);
    await changeTeam(admin, bob.id, { team: "web" }, deps);

    expect((await listOwnLimits(bob, deps)).applies.map(({ name }) => name)).toEqual([bob.name, "web", "default"]);
    expect(applies.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "team payments",
      "project default",
      "key Laptop",
    ]);
    expect(await outcome(listLimits(ann, deps))).toBe("auth.forbidden");
    expect(await outcome(changeLimits(ann, { kind: "person", holder: ann.id }, deps))).toBe("auth.forbidden");
    expect(await outcome(removeLimits(ann, { kind: "person", holder: ann.id }, deps))).toBe("auth.forbidden");
    expect(await outcome(changeTeam(ann, ann.id, { team: null }, deps))).toBe("auth.forbidden");
  });

  it("invalid holders and limits are refused", async () => {
    const { deps } = world();
    const admin = await world().person("admin");
    const limits = { requestsPerMinute: 5 };
    const wrong: [input: object, code: string][] = [
      [{ kind: "person", holder: "per_unknown", ...limits }, "not-found"],
      [{ kind: "project", holder: "-project", ...limits }, "request.invalid"],
      [{ kind: "project", holder: "", ...limits }, "request.invalid"],
      [{ kind: "key", holder: "key_1", ...limits }, "request.invalid"],
      [{ kind: "project", holder: "web" }, "request.invalid"],
      [{ kind: "person", holder: "*" }, "request.invalid"],
      [{ kind: "project", holder: "web", requestsPerMinutes: 5 }, "request.invalid"],
      [{ kind: "project", holder: "web", requestsPerMinute: 0 }, "request.invalid"],
    ];
    for (const [input, code] of wrong) {
      expect([input, await outcome(changeLimits(admin, input, deps))]).toEqual([input, code]);
    }
    expect(await outcome(removeLimits(admin, { kind: "team", holder: "payments" }, deps))).toBe("not-found");
    expect((await listLimits(admin, deps)).projects).toEqual([]);
    expect(await outcome(changeLimits(admin, { kind: "project", holder: "größe-2", ...limits }, deps))).toBe("allowed");
  });
});
