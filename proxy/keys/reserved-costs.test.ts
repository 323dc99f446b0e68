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
const gateOf = (now = () => 0) => new LocalKeyLimiter(now, new Spending(), () => NOVEMBER);
let events = 0;
function finish(entry: Entry, nanoUsd: number): void {
  if (entry.kind !== "in") throw new Error(`refused: ${entry.kind}`);
  entry.pass.settled({ id: `e${++events}`, startedAtMs: NOVEMBER, nanoUsd });
  entry.pass.leave();
}

describe("T22: what a request under way is taken to cost", () => {
  const dollars = (count: number) => count * 1_000_000_000;
  const letIn = (costs: readonly number[]) => {
    const gate = gateOf();
    const budget = held({ monthlyBudgetNanoUsd: dollars(20) });
    for (const nanoUsd of costs) finish(gate.enter(budget, "metered"), nanoUsd);
    return Array.from({ length: 200 }, () => gate.enter(budget, "metered")).filter(({ kind }) => kind === "in").length;
  };
  const dear = [dollars(1.6), dollars(1.6), dollars(1.6)];

  it("is what the dear ones cost, also after many that the response cache answered", () => {
    expect(letIn(dear)).toBe(10);
    expect(letIn([...dear, ...Array(100).fill(0)])).toBe(10);
  });

  it("falls slowly with cheap ones between dear ones", () => {
    expect(letIn([...dear, ...Array(25).fill(dollars(0.001))])).toBeLessThan(17);
  });

  it("rises at once with the first dear one after cheap ones", () => {
    expect(letIn([...Array(25).fill(dollars(0.001)), dollars(1.6)])).toBeLessThan(40);
  });
});

describe("T22g: a request whose caller left before the provider said what it costs", () => {
  const budget = held({ monthlyBudgetNanoUsd: 200_000_000 });

  it("keeps its share of a budget for five minutes", () => {
    let now = 0;
    const gate = gateOf(() => now);
    const leave = () => {
      const entry = gate.enter(budget, "metered");
      if (entry.kind !== "in") return entry.kind;
      entry.pass.settled(null);
      entry.pass.leave();
      return "in";
    };
    expect(Array.from({ length: 6 }, leave)).toEqual(["in", "in", "in", "in", "nearly-spent", "nearly-spent"]);
    now = 299_999;
    expect(leave()).toBe("nearly-spent");
    now = 300_000;
    expect(leave()).toBe("in");
  });

  it("gives its place back at once, and holds nothing that has no budget", () => {
    const gate = gateOf();
    const places = held({ openRequestsMax: 1 });
    for (let at = 0; at < 5; at++) {
      const entry = gate.enter(places, "metered");
      if (entry.kind !== "in") throw new Error(entry.kind);
      entry.pass.settled(null);
      entry.pass.leave();
    }
  });
});
