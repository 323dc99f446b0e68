// Long because it is one list: each kind of alert with its bounds.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type AlertMemory, advance, findWait, withinLimit } from "#core/alerts/advance.ts";
import type { AlertFacts } from "#core/alerts/alert-facts.ts";
import { type AlertKind, type AlertSettings, isUnknownIn } from "#core/alerts/alert-kind.ts";
import { type AlertKindName, alertKindNames, alertKinds } from "#core/alerts/alert-kinds.ts";
import { spendWeeksBefore } from "#core/alerts/spend-weeks.ts";
import type { RuleSinceChange } from "#core/costs/error-jumps.ts";

const NOW = Date.parse("2026-11-29T12:00:00Z");
const quiet: AlertFacts = {
  atMs: NOW,
  rules: [],
  live: { version: 42, sinceMs: NOW - 3_600_000, isEnabled: true, enabledRules: 3 },
  lastHour: { requests: 0, overrides: 0 },
  cacheDay: { hits: 0, misses: 0 },
  unpriced: [],
  instances: [],
  spend: { hourNanoUsd: 0n, weeksNanoUsd: [] },
  budgets: [],
  certificate: null,
  keys: [],
};
const judge = (kind: AlertKindName, facts: Partial<AlertFacts>, settings: Partial<AlertSettings> = {}) =>
  alertKinds[kind].judge({ ...quiet, ...facts }, { ...alertKinds[kind].defaults, ...settings });

const rule = ({ requests = 611, errors = 18, others = { requests: 4_012, errors: 16 } } = {}): RuleSinceChange => ({
  ruleId: "r5",
  from: "claude-opus-5-5",
  to: "claude-haiku-5-5",
  note: "CI runners",
  version: 42,
  compared: { own: { requests, errors }, others },
  rollBackTo: 41,
});

describe("kinds of alerts", () => {
  it("no kind fires on an installation without traffic", () => {
    for (const kind of alertKindNames) expect([kind, judge(kind, {}).over]).toEqual([kind, []]);
  });

  it("errors after a publish name the rule, both rates, and the version to roll back to", () => {
    const [reading] = judge("errors-after-publish", { rules: [rule({})] }).over;
    expect(reading?.title).toBe("CI runners fails more since v42: 2.9%, other rules 0.4%");
    expect(reading?.fix).toEqual({ label: "Roll back to v41", path: "/rules?roll-back=41" });
  });

  it.each([
    [
      "fails a little less than three times as often",
      { errors: 7, requests: 611, others: { requests: 4_012, errors: 16 } },
      0,
    ],
    ["fails four times only", { errors: 4, requests: 60 }, 0],
    ["has too few requests", { errors: 20, requests: 49 }, 0],
    ["has no others to compare with, and fails less than every tenth time", { others: { requests: 0, errors: 0 } }, 0],
    [
      "has no others to compare with, and fails every tenth time",
      { errors: 62, others: { requests: 0, errors: 0 } },
      1,
    ],
    ["has others without errors", { others: { requests: 500, errors: 0 } }, 1],
  ])("errors after a publish: a rule that %s", (_what, fields, count) => {
    expect(judge("errors-after-publish", { rules: [rule(fields)] }).over).toHaveLength(count);
  });

  it("says how much of the sample is missing", () => {
    expect(judge("errors-after-publish", { rules: [rule({ requests: 14, errors: 9 })] }).missing).toBe(36);
    expect(judge("hit-rate", { cacheDay: { hits: 1, misses: 163 } }).now).toBe("36 look-ups more needed");
    expect(judge("no-overrides", { lastHour: { requests: 19, overrides: 0 } }).missing).toBe(1);
  });

  it.each([
    [15, 0, "cco.example.com expires in 15 days"],
    [14, 1, "cco.example.com expires in 14 days"],
    [0.5, 1, "cco.example.com expires in less than a day"],
    [-2, 1, "cco.example.com expired 2 days ago"],
  ])("certificate: one that ends in %d days", (days, count, now) => {
    const certificate = { host: "cco.example.com", expiresAtMs: NOW + days * 86_400_000 };
    const report = judge("certificate-expiry", { certificate });
    expect([report.over.length, report.now]).toEqual([count, now]);
  });

  it("certificate: one that cannot be read does not fire, and its state says so", () => {
    const { now, over } = judge("certificate-expiry", { certificate: { host: "cco.example.com", expiresAtMs: null } });
    expect([now, over]).toEqual(["the certificate of cco.example.com cannot be read", []]);
  });

  it.each<[AlertKindName, string]>([
    ["certificate-expiry", "cco.example.com"],
    ["key-expiry", "key_1"],
  ])("%s: after 9 days left, 4 days left is not quiet, and 8 days left is", (kind, name) => {
    const endMs = NOW + 9 * 86_400_000;
    const subject = `${name} ${endMs}`;
    const [reading] = judge("certificate-expiry", {
      certificate: { host: "cco.example.com", expiresAtMs: endMs },
    }).over;
    const memory = { subject, overSinceMs: null, clearSinceMs: null, firedAtMs: NOW, firingId: null };
    const { findLongestQuietMs } = alertKinds[kind] as AlertKind;
    const bounds = { holdMs: 0, coolDownMs: 90 * 86_400_000, ...(findLongestQuietMs && { findLongestQuietMs }) };
    const changes = [1, 5].map((days) => advance(memory, reading ?? null, NOW + days * 86_400_000, bounds).change);
    expect(changes).toEqual(["none", "fires"]);
  });

  it.each<[AlertKindName, string, Partial<AlertFacts>, Partial<AlertSettings>]>([
    ["hit-rate", "", { cacheDay: { hits: 1, misses: 1 } }, {}],
    ["hit-rate", "", { areRulesUnreadable: true, live: null, cacheDay: null }, {}],
    ["no-overrides", "", { areRulesUnreadable: true, live: null }, {}],
    ["no-overrides", "", { live: { version: 43, sinceMs: NOW - 60_000, isEnabled: true, enabledRules: 3 } }, {}],
    ["errors-after-publish", "r5 v42", { areRulesUnreadable: true, live: null }, {}],
    ["errors-after-publish", "r5 v42", { rules: [rule({ requests: 49 })] }, {}],
    ["spend-anomaly", "", { spend: { hourNanoUsd: null, weeksNanoUsd: [1n, 1n] } }, {}],
    ["certificate-expiry", "a.example 1", { certificate: { host: "a.example", expiresAtMs: null } }, {}],
    [
      "budget",
      "2026-11-01 team Core 75%",
      {
        budgets: [
          {
            kind: "team",
            id: "Core",
            name: "Core",
            isPlan: false,
            usedNanoUsd: null,
            limitNanoUsd: 9n,
            month: "2026-11-01",
          },
        ],
      },
      {},
    ],
  ])("%s: what cannot be judged is neither over nor ended (%s, case %#)", (kind, subject, facts, settings) => {
    const report = judge(kind, facts, settings);
    expect([report.over, isUnknownIn(report, subject)]).toEqual([[], true]);
  });

  it("what is known ends: another certificate, another month, a rule that is gone", () => {
    const certificate = { host: "a.example", expiresAtMs: null };
    expect(isUnknownIn(judge("certificate-expiry", { certificate }), "b.example 1")).toBe(false);
    expect(isUnknownIn(judge("errors-after-publish", { rules: [rule({ requests: 1 })] }), "r5 v41")).toBe(false);
    expect(isUnknownIn(judge("budget", {}), "2026-10-01 team Core 75%")).toBe(false);
  });

  it("no overrides: fires when rules are on and none applies, and when overrides are off", () => {
    expect(judge("no-overrides", { lastHour: { requests: 20, overrides: 0 } }).over).toHaveLength(1);
    expect(judge("no-overrides", { lastHour: { requests: 20, overrides: 1 } }).over).toEqual([]);
    const off = judge("no-overrides", {
      live: { version: 43, sinceMs: 0, isEnabled: false, enabledRules: 3 },
      lastHour: { requests: 20, overrides: 9 },
    });
    expect(off.over[0]?.title).toMatch(/^Overrides are off since v43/);
  });

  it("no overrides: silent in the first hour of a version", () => {
    const live = { version: 1, sinceMs: NOW - 3_599_999, isEnabled: true, enabledRules: 1 };
    expect(judge("no-overrides", { live, lastHour: { requests: 500, overrides: 0 } }).over).toEqual([]);
  });

  it("no overrides: silent while no rule is switched on", () => {
    const live = { version: 1, sinceMs: 0, isEnabled: true, enabledRules: 0 };
    expect(judge("no-overrides", { live, lastHour: { requests: 500, overrides: 0 } }).over).toEqual([]);
  });

  it("hit rate: below the bound and not at it, and silent while the cache is off", () => {
    expect(judge("hit-rate", { cacheDay: { hits: 299, misses: 701 } }).over).toHaveLength(1);
    expect(judge("hit-rate", { cacheDay: { hits: 300, misses: 700 } }).over).toEqual([]);
    expect(judge("hit-rate", { cacheDay: null }).over).toEqual([]);
  });

  it("unpriced model: one reading a model", () => {
    const unpriced = [
      { model: "mythos-preview", requests: 86 },
      { model: "other", requests: 1 },
    ];
    expect(judge("unpriced-model", { unpriced }).over.map(({ subject }) => subject)).toEqual([
      "mythos-preview",
      "other",
    ]);
    expect(judge("unpriced-model", { unpriced }).now).toBe("86 requests of mythos-preview");
  });

  it("budget: once at each step, to the hundredth of a percent", () => {
    const of = (usedNanoUsd: bigint) => [
      {
        kind: "team" as const,
        id: "Core",
        name: "Core",
        isPlan: false,
        usedNanoUsd,
        limitNanoUsd: 10_000n,
        month: "2026-11-01",
      },
    ];
    const steps = (used: bigint) => judge("budget", { budgets: of(used) }).over.map(({ subject }) => subject);
    expect(steps(7_499n)).toEqual([]);
    expect(steps(7_500n)).toEqual(["2026-11-01 team Core 75%"]);
    expect(steps(9_499n)).toHaveLength(1);
    expect(steps(9_500n)).toEqual(["2026-11-01 team Core 75%", "2026-11-01 team Core 95%"]);
  });

  it("budget: one of nothing is a lock and no alert", () => {
    const lock = { kind: "key" as const, id: "k", name: "k", isPlan: false, usedNanoUsd: 0n, limitNanoUsd: 0n };
    expect(judge("budget", { budgets: [{ ...lock, month: "2026-11-01" }] }).over).toEqual([]);
  });

  it("spool backlog: of a process that has ended nothing is said", () => {
    const ended = {
      id: "ins_1",
      hostname: "a",
      seenAtMs: NOW - 300_000,
      waitingBytes: 9,
      oldestWaitingMs: NOW - 400_000,
    };
    expect(judge("spool-backlog", { instances: [ended] }).over).toEqual([]);
  });

  it("spend anomaly: needs weeks of history, and five dollars at least", () => {
    const dollars = (count: number) => BigInt(count) * 1_000_000_000n;
    const spend = (hour: number | null, weeks: number[]) =>
      judge("spend-anomaly", {
        spend: { hourNanoUsd: hour === null ? null : dollars(hour), weeksNanoUsd: weeks.map(dollars) },
      });
    expect(spend(null, [15, 12])).toEqual({ now: "unpriced this hour", missing: 1, over: [] });
    expect(spend(164, [10]).missing).toBe(1);
    expect(spend(164, [15, 12]).over).toHaveLength(1);
    expect(spend(30, [15, 12]).over).toEqual([]);
    expect(spend(5, [0, 0]).over).toEqual([]);
    expect(spend(6, [0, 0]).over).toHaveLength(1);
  });

  it("spend anomaly: compares four weeks, and as many more as an admin asks for", () => {
    const weeksNanoUsd = [10, 10, 10, 10, 50, 10, 10, 10].map((week) => BigInt(week) * 1_000_000_000n);
    const over = (minimumSample: number, weeks = weeksNanoUsd) => {
      const spend = { hourNanoUsd: 30_000_000_000n, weeksNanoUsd: weeks };
      const { missing, over: found } = judge("spend-anomaly", { spend }, { minimumSample });
      return [missing, found.length];
    };
    expect([over(2), over(4), over(5), over(8)]).toEqual([
      [0, 1],
      [0, 1],
      [0, 0],
      [0, 0],
    ]);
    expect(over(8, weeksNanoUsd.slice(0, 6))).toEqual([2, 0]);
    const { sample } = alertKinds["spend-anomaly"];
    expect(spendWeeksBefore(NOW, NOW - 100 * 7 * 86_400_000)).toHaveLength(sample?.max ?? 0);
  });

  it("spool backlog and silent instances name the host and the instance", () => {
    const instance = {
      id: "ins_1",
      hostname: "a",
      seenAtMs: NOW - 61_000,
      waitingBytes: 4_000,
      oldestWaitingMs: NOW - 61_000,
    };
    expect(judge("spool-backlog", { instances: [instance] }).over[0]?.title).toContain("of ins_1 on a have waited 1");
    expect(judge("instance-silent", { instances: [instance] }).over[0]?.title).toContain("ins_1 on a has not reported");
    const gone = { ...instance, seenAtMs: NOW - 8 * 86_400_000, waitingBytes: null };
    expect(judge("instance-silent", { instances: [gone] }).over).toEqual([]);
    expect(judge("spool-backlog", { instances: [gone] }).over).toEqual([]);
  });

  it("a model without a price leads to the page on which it is added", () => {
    const [over] = judge("unpriced-model", { unpriced: [{ model: "mythos", requests: 3 }] }).over;
    expect(over?.fix).toEqual({ label: "Add its price", path: "/prices?add=mythos" });
  });

  it.each([
    [8, [], "next: ci in 8 days"],
    [7, ["ci, in 7 days"], "next: ci in 7 days"],
    [0.5, ["ci, within a day"], "next: ci within a day"],
    [0, ["ci, expired just now"], "ci expired just now"],
    [-2 / 24, ["ci, expired 2 h ago"], "ci expired 2 h ago"],
    [-6.9, ["ci, expired 7 d ago"], "ci expired 7 d ago"],
    [-7, [], "no key expires"],
  ])("key expiry: one that ends in %d days", (days, values, now) => {
    const key = { id: "k1", name: "ci", owner: null, expiresAtMs: NOW + days * 86_400_000 };
    const report = judge("key-expiry", { keys: [key] });
    expect([report.over.map(({ value }) => value), report.now]).toEqual([values, now]);
    expect(report.isGivenUp?.(`k1 ${key.expiresAtMs}`)).toBe(days === -7);
  });

  it("key expiry: the value today names what has expired, and what is next", () => {
    const key = (days: number) => ({
      id: `k${days}`,
      name: `k${days}`,
      owner: null,
      expiresAtMs: NOW + days * 86_400_000,
    });
    const { now, over } = judge("key-expiry", { keys: [key(3), key(-1), key(-2)] });
    expect(now).toBe("k-1 expired 1 d ago; 1 other before; next: k3 in 3 days");
    expect(over.map(({ title }) => title)).toContain("The proxy key k-2 expired 2 d ago");
  });

  it.each<AlertKindName>(["instance-silent", "spool-backlog"])(
    "%s: a proxy that was silent for 7 days is given up, and one that was taken over is known to be gone",
    (kind) => {
      const instance = {
        id: "ins_1",
        hostname: "a",
        seenAtMs: NOW - 7 * 86_400_000,
        waitingBytes: 9,
        oldestWaitingMs: 0,
      };
      const report = judge(kind, { instances: [instance] });
      expect(report.over).toEqual([]);
      expect([report.isGivenUp?.("ins_1"), isUnknownIn(report, "ins_1")]).toEqual([true, false]);
      const gone = judge(kind, {});
      expect([gone.isGivenUp?.("ins_1"), isUnknownIn(gone, "ins_1")]).toEqual([false, false]);
      const before = judge(kind, { instances: [{ ...instance, seenAtMs: instance.seenAtMs + 1 }] });
      expect(before.over.length === 1 || isUnknownIn(before, "ins_1")).toBe(true);
      expect(before.isGivenUp?.("ins_1")).toBe(false);
    },
  );

  it("silent instances: one that is given up is not counted, and the value says so", () => {
    const one = (id: string, seenAtMs: number) => ({
      id,
      hostname: "a",
      seenAtMs,
      waitingBytes: null,
      oldestWaitingMs: null,
    });
    const instances = [one("ins_1", NOW), one("ins_2", NOW - 8 * 86_400_000)];
    expect(judge("instance-silent", { instances }).now).toBe("1 of 1 respond; 1 given up");
  });
});

describe("the memory of an alert", () => {
  const settings = { holdMs: 60_000, coolDownMs: 600_000 };
  const reading = judge("errors-after-publish", { rules: [rule({})] }).over[0] ?? null;
  /** Feeds one look a minute: `x` over, `.` not. Returns what changed at each. */
  function run(looks: string): string {
    let memory = { subject: "s", overSinceMs: null, clearSinceMs: null, firedAtMs: null, firingId: null } as Parameters<
      typeof advance
    >[0];
    return [...looks]
      .map((look, minute) => {
        const next = advance(memory, look === "x" ? reading : null, minute * 60_000, settings);
        memory = {
          ...next.memory,
          firingId: next.change === "fires" ? "f" : next.change === "ends" ? null : next.memory.firingId,
        };
        return { fires: "F", ends: "E", none: "-" }[next.change];
      })
      .join("");
  }

  it.each<[string, string, string, string, string]>([
    ["what is new is taken in its order", "a b c", "", "", "a b"],
    ["what fires stays, also behind others", "a b c", "b c", "", "b c"],
    ["what fires stays also beyond the limit", "a b c d", "b c d", "", "b c d"],
    ["what fires and is over takes its place until it has ended", "a b", "y z", "", ""],
    ["what cools down stays, and takes no place of what is new", "a b c d", "", "c d", "c d a b"],
  ])("of more subjects than may fire at once, %s", (_, over, firing, cooling, taken) => {
    const names = (text: string) => text.split(" ").filter(Boolean);
    const none = { overSinceMs: null, clearSinceMs: null, firedAtMs: null, firingId: null };
    const memories: AlertMemory[] = [
      ...names(firing).map((subject) => ({ ...none, subject, firedAtMs: 1_000, firingId: `f-${subject}` })),
      ...names(cooling).map((subject) => ({ ...none, subject, overSinceMs: 2_000, firedAtMs: 1_000 })),
    ];
    const readings = names(over).flatMap((subject) => (reading === null ? [] : { ...reading, subject }));
    const limit = { nowMs: 10_000, coolDownMs: 600_000, most: 2 };
    expect(withinLimit(readings, memories, limit).map(({ subject }) => subject)).toEqual(names(taken));
  });

  it("what has held longer is taken before what is new", () => {
    const readings = ["a", "b", "c"].flatMap((subject) => (reading === null ? [] : { ...reading, subject }));
    const memory = { subject: "c", overSinceMs: 1_000, clearSinceMs: null, firedAtMs: null, firingId: null };
    const limit = { nowMs: 10_000, coolDownMs: 600_000, most: 2 };
    expect(withinLimit(readings, [memory], limit).map(({ subject }) => subject)).toEqual(["c", "a"]);
  });

  it.each<[string, Partial<AlertMemory>, ReturnType<typeof findWait>]>([
    ["is within its bound", { firedAtMs: 500_000 }, null],
    ["fires", { overSinceMs: 400_000, firedAtMs: 460_000, firingId: "f" }, null],
    ["has to last", { overSinceMs: 990_000 }, { reason: "hold", untilMs: 1_050_000 }],
    ["fired shortly before", { overSinceMs: 900_000, firedAtMs: 800_000 }, { reason: "cool-down", untilMs: 1_400_000 }],
    ["has to last the longer", { overSinceMs: 990_000, firedAtMs: 401_000 }, { reason: "hold", untilMs: 1_050_000 }],
  ])("what %s waits for that", (_what, part, wait) => {
    const none = { subject: "s", overSinceMs: null, clearSinceMs: null, firedAtMs: null, firingId: null };
    expect(findWait({ ...none, ...part }, 1_000_000, settings)).toEqual(wait);
  });

  it("an instant of a clock that was ahead counts as none", () => {
    const ahead = { subject: "s", overSinceMs: null, clearSinceMs: null, firedAtMs: 86_400_000, firingId: null };
    expect(advance(ahead, reading, 0, { holdMs: 0, coolDownMs: 600_000 }).change).toBe("fires");
  });

  it.each([
    ["fires after it has held for a minute", "xx", "-F"],
    ["does not fire for a single look", "x.x.x", "-----"],
    ["fires once while it holds", "xxxxx", "-F---"],
    ["ends after it has been gone for a minute", "xx..", "-F-E"],
    ["does not end for a single look", "xx.xx.x", "-F-----"],
    ["does not fire again within the cool-down", "xx..xxxxxx", "-F-E------"],
    ["fires again after the cool-down", "xx..xxxxxxxxx", "-F-E-------F-"],
  ])("%s", (_what, looks, changes) => {
    expect(run(looks)).toBe(changes);
  });
});

describe("the pages on alerts", () => {
  const words = ["nine", "ten", "eleven", "twelve", "thirteen"];
  const count = words[alertKindNames.length - 9];

  it.each([
    ["docs/howto/alert.md", `CCO judges ${count} alerts`],
    ["docs/operate.md", `CCO judges ${count} conditions`],
  ])("%s counts as many as there are", (page, text) => {
    expect(readFileSync(page, "utf8")).toContain(text);
  });

  it("docs/howto/alert.md has a row for each", () => {
    const page = readFileSync("docs/howto/alert.md", "utf8");
    expect(alertKindNames.map((kind) => alertKinds[kind].name).filter((name) => !page.includes(`| ${name} |`))).toEqual(
      [],
    );
  });
});
