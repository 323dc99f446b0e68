import { describe, expect, it } from "vitest";
import { type KeyLimits, NO_LIMITS } from "#core/access/key-limits.ts";
import { buildHeldBy, type HeldBy } from "#core/access/limit-holder.ts";
import { type Entry, LocalKeyLimiter } from "./key-limiter.ts";
import { Spending } from "./spending.ts";

const NOVEMBER = Date.UTC(2026, 10, 25);

/** A key with these limits. */
function held(limits: Partial<KeyLimits>): HeldBy {
  const found = buildHeldBy([{ kind: "key", id: "k", limits: { ...NO_LIMITS, ...limits } }]);
  if (found === null) throw new Error("nothing is held");
  return found;
}
const NO_ESTIMATE = { estimatedNanoUsd: 0 };
const buildGate = (now = () => 0) => new LocalKeyLimiter(now, new Spending(), () => NOVEMBER);
let events = 0;
function finish(entry: Entry, nanoUsd: number, model: string | null = null): void {
  if (entry.kind !== "in") throw new Error(`refused: ${entry.kind}`);
  entry.pass.served(model ?? "", 0);
  entry.pass.settled({ id: `e${++events}`, startedAtMs: NOVEMBER, nanoUsd, model });
  entry.pass.leave();
}

describe("T22: what a request under way is taken to cost", () => {
  const dollars = (count: number) => count * 1_000_000_000;
  const letIn = (costs: readonly number[]) => {
    const gate = buildGate();
    const budget = held({ monthlyBudgetNanoUsd: dollars(20) });
    for (const nanoUsd of costs) finish(gate.enter(budget, "metered"), nanoUsd);
    return Array.from({ length: 200 }, () => gate.enter(budget, "metered")).filter(({ kind }) => kind === "in").length;
  };
  const dear = [dollars(1.6), dollars(1.6), dollars(1.6)];

  it("is what the dear ones cost, also after many that the response cache answered", () => {
    expect(letIn(dear)).toBe(10);
    expect(letIn([...dear, ...Array(100).fill(0)])).toBe(10);
  });

  it("is by model: any number of cheap ones of another change nothing, and count for little themselves", () => {
    const gate = buildGate();
    const budget = held({ monthlyBudgetNanoUsd: dollars(20) });
    const burst = (model: string) =>
      Array.from({ length: 200 }, () => {
        const entry = gate.enter(budget, "metered");
        if (entry.kind === "in") entry.pass.served(model, 0);
        return entry;
      }).filter((entry) => entry.kind === "in");
    for (const nanoUsd of dear) finish(gate.enter(budget, "metered"), nanoUsd, "opus");
    for (let at = 0; at < 1_000; at++) finish(gate.enter(budget, "metered"), dollars(0.0001), "haiku");

    const cheap = burst("haiku");
    expect(cheap).toHaveLength(200);
    for (const entry of cheap) if (entry.kind === "in") entry.pass.leave();
    // 4.8 and 0.1 of 20 dollars are spent: ten of 1.60 fit.
    expect(burst("opus")).toHaveLength(10);
  });

  it("is what the dearest costs while its model is not known, or has not been seen", () => {
    const budget = held({ monthlyBudgetNanoUsd: dollars(20) });
    for (const model of [null, "new"]) {
      const gate = buildGate();
      for (const nanoUsd of dear) finish(gate.enter(budget, "metered"), nanoUsd, "opus");
      finish(gate.enter(budget, "metered"), dollars(0.001), "haiku");
      const entries = Array.from({ length: 50 }, () => {
        const entry = gate.enter(budget, "metered");
        if (entry.kind === "in" && model !== null) entry.pass.served(model, 0);
        return entry.kind;
      });
      expect(entries.filter((kind) => kind === "in")).toHaveLength(10);
    }
  });

  it("falls slowly with cheap ones between dear ones", () => {
    expect(letIn([...dear, ...Array(25).fill(dollars(0.001))])).toBeLessThan(17);
  });

  it("rises at once with the first dear one after cheap ones", () => {
    expect(letIn([...Array(25).fill(dollars(0.001)), dollars(1.6)])).toBeLessThan(40);
  });
});

describe("T22: a burst of large requests", () => {
  const budget = held({ monthlyBudgetNanoUsd: 1_000_000_000 });
  const enterAll = (gate: LocalKeyLimiter, count: number) =>
    Array.from({ length: count }, () => {
      const entry = gate.enter(budget, "metered");
      if (entry.kind !== "in") throw new Error(entry.kind);
      return entry.pass;
    });

  it("is asked again when their sizes are known: a quarter of an uncached prompt each", () => {
    const passes = enterAll(buildGate(), 20);
    const said = passes.map((pass) => pass.confirm("opus", 4_000_000_000));
    expect(said.slice(0, 2)).toEqual([null, { kind: "nearly-spent", retryAfterMs: 1_000, at: 0 }]);
    expect(said.filter((one) => one === null)).toHaveLength(1);
  });

  it("lets as many in as fit, and one that is refused or over makes room", () => {
    const gate = buildGate();
    const passes = enterAll(gate, 8);
    // 20 cents each.
    const said = passes.map((pass) => pass.confirm("opus", 800_000_000));
    expect(said.map((one) => one === null)).toEqual([true, true, true, true, true, false, false, false]);
    for (const pass of passes.slice(5)) pass.leave();
    expect(gate.enter(budget, "metered").kind).toBe("nearly-spent");
    passes[0]?.settled({ id: "small", startedAtMs: NOVEMBER, nanoUsd: 10_000_000, model: "opus" });
    expect(gate.enter(budget, "metered").kind).toBe("in");
  });

  it("T22i: is asked about by what its new model usually costs, however small it is, when another model serves it", () => {
    const gate = buildGate();
    finish(gate.enter(budget, "metered"), 200_000_000, "opus");
    for (let at = 0; at < 30; at++) finish(gate.enter(budget, "metered"), 1_000, "haiku");
    const passes = Array.from({ length: 10 }, () => {
      const entry = gate.enter(budget, "metered");
      if (entry.kind !== "in") throw new Error(entry.kind);
      entry.pass.served("haiku", 1_000);
      return entry.pass;
    });

    // 20 cents of a dollar are spent. Each request costs 20 cents with the model that serves it now, and cost next to
    // nothing with the one before.
    const said = passes.map((pass) => pass.confirm("opus", 1_000, true));
    expect(said.filter((one) => one === null).length).toBeLessThanOrEqual(4);
    expect(said.filter((one) => one === null).length).toBeGreaterThan(0);
    expect(said.at(-1)).toEqual({ kind: "nearly-spent", retryAfterMs: 1_000, at: 0 });
  });

  it("refuses no ordinary traffic: twenty of Claude Code with 150 kB to Opus fit into a dollar as ever", () => {
    const said = enterAll(buildGate(), 20).map((pass) => pass.confirm("opus", 150_000_000));
    expect(said).toEqual(Array(20).fill(null));
  });
});

describe("T22g: a request whose caller left before the provider said what it costs", () => {
  const budget = held({ monthlyBudgetNanoUsd: 200_000_000 });

  it("keeps its share of a budget for an hour", () => {
    let now = 0;
    const gate = buildGate(() => now);
    const leave = () => {
      const entry = gate.enter(budget, "metered");
      if (entry.kind !== "in") return entry.kind;
      entry.pass.settled(NO_ESTIMATE);
      entry.pass.leave();
      return "in";
    };
    expect(Array.from({ length: 6 }, leave)).toEqual(["in", "in", "in", "in", "nearly-spent", "nearly-spent"]);
    now = 3_599_999;
    expect(leave()).toBe("nearly-spent");
    now = 3_660_000;
    expect(leave()).toBe("in");
  });

  it("counts for what its model costs, and a request without a model for nothing", () => {
    const gate = buildGate(() => 0);
    const giveUp = (model: string | null) => {
      const entry = gate.enter(budget, "metered");
      if (entry.kind !== "in") return entry.kind;
      entry.pass.served(model, 0);
      entry.pass.settled(NO_ESTIMATE);
      entry.pass.leave();
      return "in";
    };
    finish(gate.enter(budget, "metered"), 1_000_000, "haiku");
    // 10 millidollars each, the least for this budget: 1 + 19 x 10 are below 200.
    expect(Array.from({ length: 30 }, () => giveUp("haiku")).filter((one) => one === "in")).toHaveLength(20);
    const other = buildGate(() => 0);
    for (let at = 0; at < 50; at++) {
      const entry = other.enter(budget, "metered");
      if (entry.kind !== "in") throw new Error(entry.kind);
      entry.pass.served(null, 0);
      entry.pass.settled(NO_ESTIMATE);
      entry.pass.leave();
    }
  });

  it("counts for what its size says where that is more: a million tokens are no five cents", () => {
    let now = 0;
    const gate = buildGate(() => now);
    const dollar = held({ monthlyBudgetNanoUsd: 1_000_000_000 });
    const giveUp = (estimatedNanoUsd: number) => {
      const entry = gate.enter(dollar, "metered");
      if (entry.kind !== "in") return entry.kind;
      entry.pass.served("opus", 0);
      entry.pass.settled({ estimatedNanoUsd });
      entry.pass.leave();
      return "in";
    };
    expect([giveUp(150_000_000), giveUp(4_000_000_000), giveUp(0)]).toEqual(["in", "in", "nearly-spent"]);
    now = 3_660_000;
    expect(Array.from({ length: 21 }, () => giveUp(10_000_000)).filter((one) => one === "in")).toHaveLength(20);
  });

  it("is kept of every holder of it by that holder's own budget and usual costs", () => {
    const gate = buildGate();
    const both = buildHeldBy([
      { kind: "key", id: "k", limits: { ...NO_LIMITS, monthlyBudgetNanoUsd: 20_000_000_000 } },
      { kind: "project", id: "p", limits: { ...NO_LIMITS, monthlyBudgetNanoUsd: 300_000_000 } },
    ]);
    if (both === null) throw new Error("nothing is held");
    const entries = Array.from({ length: 8 }, () => {
      const entry = gate.enter(both, "metered");
      if (entry.kind !== "in") return entry.at;
      entry.pass.settled({ estimatedNanoUsd: 100_000_000 });
      entry.pass.leave();
      return "in";
    });
    expect(entries).toEqual(["in", "in", "in", 1, 1, 1, 1, 1]);
  });

  it("is given back once for each, for any time, model and number", () => {
    const wide = held({ monthlyBudgetNanoUsd: 10_000_000_000_000 });
    let now = 0;
    const gate = buildGate(() => now);
    for (let at = 0; at < 5_000; at++) {
      now += 1_000;
      const entry = gate.enter(wide, "metered");
      if (entry.kind !== "in") throw new Error(entry.kind);
      if (at % 2 === 0) entry.pass.served(`model-${at}`, 0);
      entry.pass.settled(NO_ESTIMATE);
      entry.pass.leave();
    }
    now += 3_660_000;
    const small = held({ monthlyBudgetNanoUsd: 2 });
    expect(gate.enter(small, "metered").kind).toBe("in");
    expect(gate.enter(small, "metered").kind).toBe("nearly-spent");
  });

  it("gives its place back at once, and holds nothing that has no budget", () => {
    const gate = buildGate();
    const places = held({ openRequestsMax: 1 });
    for (let at = 0; at < 5; at++) {
      const entry = gate.enter(places, "metered");
      if (entry.kind !== "in") throw new Error(entry.kind);
      entry.pass.settled(NO_ESTIMATE);
      entry.pass.leave();
    }
  });
});
