import { describe, expect, it } from "vitest";
import { type KeyLimits, NO_LIMITS } from "#core/access/key-limits.ts";
import { buildHeldBy, type HeldBy, type LimitHolder } from "#core/access/limit-holder.ts";
import { takeOne } from "#core/access/token-bucket.ts";
import { type Entry, LocalKeyLimiter, SharedKeyLimiter } from "./key-limiter.ts";
import { Spending } from "./spending.ts";

const NOVEMBER = Date.UTC(2026, 10, 25);

const key = (limits: Partial<KeyLimits>): LimitHolder => ({
  kind: "key",
  id: "k",
  limits: { ...NO_LIMITS, ...limits },
});
const project = (limits: Partial<KeyLimits>): LimitHolder => ({
  kind: "project",
  id: "checkout",
  limits: { ...NO_LIMITS, ...limits },
});
function held(...holders: LimitHolder[]): HeldBy {
  const found = buildHeldBy(holders);
  if (found === null) throw new Error("nothing is held");
  return found;
}
const buildGate = (spending = new Spending(), now = () => 0) => new LocalKeyLimiter(now, spending, () => NOVEMBER);
let events = 0;
function finish(entry: Entry, nanoUsd: number | null): void {
  if (entry.kind !== "in") throw new Error(`refused: ${entry.kind}`);
  if (nanoUsd !== null) entry.pass.settled({ id: `e${++events}`, startedAtMs: NOVEMBER, nanoUsd });
  entry.pass.leave();
}

describe("T22: requests that come at once before any was settled", () => {
  it("are taken to cost five cents each, so that they do not pass what is left together; one alone always goes in", () => {
    const gate = buildGate();
    const budget = held(key({ monthlyBudgetNanoUsd: 200_000_000 }));
    const entries = Array.from({ length: 60 }, () => gate.enter(budget, "metered"));
    expect(entries.filter(({ kind }) => kind === "in")).toHaveLength(4);
    expect(entries.at(-1)).toEqual({ kind: "nearly-spent", retryAfterMs: 1_000, at: 0 });

    const cents = held({ ...key({ monthlyBudgetNanoUsd: 10_000_000 }), id: "cents" });
    expect(gate.enter(cents, "metered")).toMatchObject({ kind: "in" });
    expect(gate.enter(cents, "metered")).toMatchObject({ kind: "nearly-spent" });
  });
});

describe("T22: requests that come at once after many that cost next to nothing", () => {
  it("count for five cents each at least, or a twentieth of a smaller budget", () => {
    const gate = buildGate();
    const letIn = (id: string, monthlyBudgetNanoUsd: number) => {
      const budget = held({ ...key({ monthlyBudgetNanoUsd }), id });
      for (let at = 0; at < 30; at++) finish(gate.enter(budget, "metered"), 1);
      return Array.from({ length: 200 }, () => gate.enter(budget, "metered")).filter(({ kind }) => kind === "in")
        .length;
    };

    expect(letIn("small", 200_000_000)).toBe(20);
    expect(letIn("large", 5_000_000_000)).toBe(100);
  });
});

describe("T22c: a request of several holders", () => {
  it("uses nothing of one holder when another refuses it: no token, no place, no reserved dollar", () => {
    const gate = buildGate();
    const narrow = held(key({ requestsPerMinute: 3, openRequestsMax: 3 }), project({ openRequestsMax: 1 }));
    const first = gate.enter(narrow, "metered");
    for (let at = 0; at < 20; at++)
      expect(gate.enter(narrow, "metered")).toEqual({ kind: "too-many", retryAfterMs: 1_000, at: 1 });

    finish(first, null);
    const alone = held(key({ requestsPerMinute: 3, openRequestsMax: 3 }));
    finish(gate.enter(alone, "metered"), null);
    finish(gate.enter(alone, "metered"), null);
    expect(gate.enter(alone, "metered")).toEqual({ kind: "too-fast", retryAfterMs: 20_000, at: 0 });
    expect(gate.enter(held(project({ openRequestsMax: 1 })), "metered")).toMatchObject({ kind: "in" });
  });

  it("gets the limit that keeps it out longest, and its holder", () => {
    const spending = new Spending();
    spending.take({
      fromMs: Date.UTC(2026, 10, 1),
      endsAtMs: Date.UTC(2026, 11, 1),
      drainedAgoMs: null,
      byHolder: [["project:checkout", 50, 0]],
    });
    const both = held(key({ openRequestsMax: 0 }), project({ monthlyBudgetNanoUsd: 50 }));

    expect(buildGate(spending).enter(both, "metered")).toEqual({ kind: "spent", retryAfterMs: 6 * 86_400_000, at: 1 });
  });

  it("adds to what each of its holders has spent, and to no other", () => {
    const spending = new Spending();
    const gate = buildGate(spending);
    finish(gate.enter(held(key({ monthlyBudgetNanoUsd: 99 }), project({ monthlyBudgetNanoUsd: 99 })), "metered"), 7);
    finish(gate.enter(held(project({ monthlyBudgetNanoUsd: 99 })), "metered"), 5);

    expect(spending.spent("key:k", "metered", NOVEMBER)).toBe(7);
    expect(spending.spent("project:checkout", "metered", NOVEMBER)).toBe(12);
  });
});

describe("T22: more holders with requests under way than are remembered at rest", () => {
  it("lose no place and no share of a budget of holders that are counted for the first time", () => {
    const person = (id: string, limits: Partial<KeyLimits>): LimitHolder => ({ ...key(limits), kind: "person", id });
    const letIn = (busy: number, entering: HeldBy) => {
      const gate = buildGate();
      for (let at = 0; at < busy; at++) gate.enter(held(person(`p${at}`, { openRequestsMax: 5 })), "metered");
      const entries = Array.from({ length: 30 }, () => gate.enter(entering, "metered"));
      return entries.filter(({ kind }) => kind === "in").length;
    };
    const places = held(key({ openRequestsMax: 1 }), person("x", { openRequestsMax: 10 }));
    const dollars = { monthlyBudgetNanoUsd: 200_000_000 };
    const budgets = held(key(dollars), person("x", dollars), project(dollars));

    for (const busy of [998, 999, 1_000, 1_200]) {
      expect(letIn(busy, places), `places beside ${busy}`).toBe(1);
      expect(letIn(busy, budgets), `budgets beside ${busy}`).toBe(4);
    }
  });
});

describe("dollars and plan value", () => {
  const limits = { monthlyBudgetNanoUsd: 100, monthlyPlanNanoUsd: 1_000 };

  it("are two budgets: what is spent of one refuses nothing of the other", () => {
    const gate = buildGate();
    finish(gate.enter(held(key(limits)), "metered"), 100);
    expect(gate.enter(held(key(limits)), "metered")).toMatchObject({ kind: "spent" });
    finish(gate.enter(held(key(limits)), "subscription"), 1_000);
    expect(gate.enter(held(key(limits)), "subscription")).toMatchObject({ kind: "spent" });

    const other = buildGate();
    finish(other.enter(held(key(limits)), "subscription"), 1_000);
    expect(other.enter(held(key(limits)), "metered")).toMatchObject({ kind: "in" });
  });

  it("are reserved apart: open subscription requests take no dollar, open paid ones no plan value", () => {
    const gate = buildGate();
    finish(gate.enter(held(key(limits)), "metered"), 30);
    finish(gate.enter(held(key(limits)), "subscription"), 300);
    for (let at = 0; at < 3; at++) expect(gate.enter(held(key(limits)), "subscription").kind).toBe("in");
    expect(gate.enter(held(key(limits)), "subscription").kind).toBe("nearly-spent");

    for (let at = 0; at < 3; at++) expect(gate.enter(held(key(limits)), "metered").kind).toBe("in");
    expect(gate.enter(held(key(limits)), "metered").kind).toBe("nearly-spent");
  });

  it("are reserved until the cost is known, and a place is kept until the answer is over", () => {
    const gate = buildGate();
    const narrow = held(key({ monthlyBudgetNanoUsd: 100, openRequestsMax: 2 }));
    finish(gate.enter(narrow, "metered"), 40);
    const slow = gate.enter(narrow, "metered");
    if (slow.kind === "in") slow.pass.settled({ id: "slow", startedAtMs: NOVEMBER, nanoUsd: 40 });

    // 80 are spent and nothing is reserved: the rest of the budget is there for one more.
    const next = gate.enter(narrow, "metered");
    expect(next.kind).toBe("in");
    expect(gate.enter(narrow, "metered").kind).toBe("too-many");
    finish(slow, null);
    finish(next, null);
    expect(gate.enter(narrow, "metered").kind).toBe("in");
  });
});

describe("rates of several holders that instances count together", () => {
  const rated = held(key({ requestsPerMinute: 2, openRequestsMax: 1 }), project({ requestsPerMinute: 60 }));

  it("are asked for in one question, and a refusal gives back what was taken here", async () => {
    const asked: string[][] = [];
    let waits: number[] | null = [0, 700];
    const local = buildGate();
    const gate = new SharedKeyLimiter(
      {
        isUp: true,
        takeTokens: async (buckets) => {
          asked.push(buckets.map(({ key: name }) => name));
          return waits;
        },
      },
      local,
    );
    for (let at = 0; at < 5; at++)
      expect(await gate.enter(rated, "metered")).toEqual({ kind: "too-fast", retryAfterMs: 700, at: 1 });
    expect(asked[0]).toEqual(["rate:key:aw", "rate:project:Y2hlY2tvdXQ"]);

    // The others are away: the buckets of this process are full, for nothing went in.
    waits = null;
    finish(await gate.enter(rated, "metered"), null);
    finish(await gate.enter(rated, "metered"), null);
    expect(await gate.enter(rated, "metered")).toEqual({ kind: "too-fast", retryAfterMs: 30_000, at: 0 });
  });

  it("never admit more than the own bucket holds, even while the shared ones are full", async () => {
    let asked = 0;
    const takeTokens = async () => {
      asked++;
      return [0, 0];
    };
    const gate = new SharedKeyLimiter({ isUp: true, takeTokens }, buildGate());

    for (let at = 0; at < 2; at++) finish(await gate.enter(rated, "metered"), null);
    for (let at = 0; at < 3; at++)
      expect(await gate.enter(rated, "metered")).toEqual({ kind: "too-fast", retryAfterMs: 30_000, at: 0 });

    expect(asked).toBe(2);
  });

  it("refuse a caller who goes from instance to instance only when the shared bucket is empty", async () => {
    let nowMs = 0;
    let fullAtMs = 0;
    let offered = 0;
    const takeTokens = async () => {
      const take = takeOne(fullAtMs, nowMs, 30);
      fullAtMs = take.fullAtMs;
      if (take.waitMs === 0) offered++;
      return [take.waitMs];
    };
    const one = held(key({ requestsPerMinute: 30 }));
    const gates = Array.from(
      { length: 7 },
      () =>
        new SharedKeyLimiter(
          { isUp: true, takeTokens },
          buildGate(undefined, () => nowMs),
        ),
    );
    for (let step = 0; step < 20_000; step++) {
      nowMs += (step * 7_919) % 3_001;
      const wasEmpty = takeOne(fullAtMs, nowMs, 30).waitMs > 0;
      const entry = await gates[((step * 104_729) >> 3) % gates.length]?.enter(one, "metered");
      expect(entry?.kind, `step ${step}`).toBe(wasEmpty ? "too-fast" : "in");
    }
    expect(offered).toBeGreaterThan(10_000);
  });

  it("keep a place while they are asked, so that it is not given twice", async () => {
    const gate = new SharedKeyLimiter({ isUp: true, takeTokens: async () => [0, 0] }, buildGate());
    const [first, second] = await Promise.all([gate.enter(rated, "metered"), gate.enter(rated, "metered")]);

    expect([first.kind, second.kind]).toEqual(["in", "too-many"]);
  });
});
