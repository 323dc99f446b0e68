import { describe, expect, it } from "vitest";
import { sumTotals } from "#core/costs/cost-totals.ts";
import { type FiguresView, figuresView } from "#core/costs/figures.ts";
import type { Attention, Overview } from "#core/costs/overview.ts";
import { defaultView, readView } from "../costs/url.ts";
import { attentionWords as wordsFor } from "./attention-words.ts";
import { prepareKpis } from "./prepare.ts";

const figures = (part: Partial<FiguresView> = {}): FiguresView => ({ ...figuresView(sumTotals([])), ...part });

const overview = (part: Partial<Overview> = {}): Overview => ({
  range: { text: "30d", label: "24 Oct – 22 Nov", zone: "UTC", from: "2026-10-24", to: "2026-11-23" },
  previous: null,
  state: "ok",
  total: figures(),
  previousTotal: null,
  isUnderWay: false,
  overrides: { share: null, now: null, before: null, sinceVersion: null },
  cache: { hits: 0, misses: 0, hitRate: null, promptReadShare: null, alertBelow: 0.3 },
  topRules: { rows: [], of: 0 },
  needsALook: [],
  corrections: [],
  ...part,
});

const kpi = (part: Partial<Overview>, index: number) => {
  const found = prepareKpis(overview(part), undefined)[index];
  if (!found) throw new Error(`no figure ${index}`);
  return found;
};

describe("the four key figures", () => {
  it("colours less spend as good and does not colour more spend", () => {
    const total = figures({ costNanoUsd: "4678120000000", requests: 10 });
    const from = (cost: string) => kpi({ total, previousTotal: figures({ costNanoUsd: cost, requests: 1 }) }, 0);

    expect(from("5304000000000")).toMatchObject({ value: "$4,678.12", lead: { text: "−11.8%", tone: "good" } });
    expect(from("4000000000000").lead).toEqual({ text: "+17.0%", tone: "plain" });
    expect(kpi({ total }, 0)).toMatchObject({ lead: null, note: "Nothing to compare with" });
    const previousTotal = figures({ costNanoUsd: "5304000000000", requests: 1 });
    expect(kpi({ total, previousTotal, isUnderWay: true }, 0)).toMatchObject({
      lead: null,
      note: "so far; $5,304.00 on the whole day before",
    });
  });

  it("compares no spend that is not known, and says what the spend before leaves out", () => {
    const previousTotal = figures({ costNanoUsd: "5304000000000", requests: 31, unpriced: 30 });
    const unknown = figures({ requests: 3, unpriced: 3, costNanoUsd: null });

    expect(kpi({ total: figures({ costNanoUsd: "4678120000000" }), previousTotal }, 0)).toMatchObject({
      lead: { text: "−11.8%" },
      note: "from $5,304.00 +30 unpriced",
    });
    expect(kpi({ total: unknown, previousTotal }, 0)).toMatchObject({ value: "unpriced", lead: null });
  });

  it("adds saved and avoided money and names both parts", () => {
    const total = figures({
      costNanoUsd: "6000000000",
      savedNanoUsd: "3000000000",
      avoidedNanoUsd: "1000000000",
      fullPriceNanoUsd: "10000000000",
    });

    expect(kpi({ total }, 1)).toMatchObject({
      value: "$4.00",
      lead: { text: "40.0%", tone: "good" },
      foot: "$3.00 by rules · $1.00 by response cache",
      chart: { kind: "split", paid: 0.6, saved: 0.3, avoided: 0.1 },
    });
  });

  it("shows a saving that is not known as unpriced, beside what the response cache avoided", () => {
    const unknown = { costNanoUsd: "6000000000", fullPriceNanoUsd: "6000000000", savedNanoUsd: null, unpriced: 4 };

    expect(kpi({ total: figures(unknown) }, 1)).toMatchObject({
      value: "unpriced",
      exact: null,
      lead: null,
      foot: "unpriced by rules · $0.00 by response cache",
      chart: { kind: "split", paid: 1, saved: 0, avoided: 0 },
    });
    const avoided = { avoidedNanoUsd: "2000000000", fullPriceNanoUsd: "8000000000" };
    expect(kpi({ total: figures({ ...unknown, ...avoided }) }, 1)).toMatchObject({
      value: "$2.00",
      lead: { text: "25.0%" },
      foot: "unpriced by rules · $2.00 by response cache",
    });
  });

  it("shows a loss as a negative amount", () => {
    const total = figures({ costNanoUsd: "6000000000", savedNanoUsd: "-1000000000", fullPriceNanoUsd: "5000000000" });

    expect(kpi({ total }, 1)).toMatchObject({ value: "−$1.00", lead: { text: "−20.0%", tone: "bad" } });
  });

  it("shows the change of the override share since the live version", () => {
    const overrides = { share: 0.614, now: 0.65, before: 0.558, sinceVersion: 42 };

    expect(kpi({ overrides }, 2)).toMatchObject({ value: "61.4%", lead: { text: "+9.2 pts" }, note: "since v42" });
  });

  it("shows the prompt cache instead of a hit rate when no traffic was eligible", () => {
    const cache = { hits: 0, misses: 0, hitRate: null, promptReadShare: 0.873, alertBelow: 0.3 };

    expect(kpi({ cache }, 3)).toMatchObject({
      label: "Prompt cache read",
      value: "87.3%",
      foot: "Response cache: no request was eligible",
    });
    expect(kpi({}, 2).value).toBe("–");
  });

  it("measures the response cache against its alert", () => {
    const rates = (hitRate: number, lookUps = 20) => ({
      hits: 0,
      misses: lookUps,
      hitRate,
      promptReadShare: null,
      alertBelow: 0.3,
    });

    expect(kpi({ cache: rates(0.386) }, 3)).toMatchObject({
      label: "Cache hit rate",
      note: "8.6 pts above the 30% alert",
    });
    expect(kpi({ cache: rates(0.2) }, 3)).toMatchObject({
      lead: { text: "10.0 pts", tone: "bad" },
      note: "below the 30% alert",
    });
    expect(kpi({ cache: rates(0, 19) }, 3)).toMatchObject({ lead: null, note: "Too few look-ups to judge" });
  });

  it("shows unpriced requests as unpriced, not as zero dollars", () => {
    expect(kpi({ total: figures({ unpriced: 3, requests: 3, costNanoUsd: null }) }, 0)).toMatchObject({
      value: "unpriced",
      foot: "3 requests unpriced",
    });
  });
});

describe("the Needs-a-look list", () => {
  const attentionWords = (item: Attention, view = defaultView) => wordsFor(item, view);
  const route = { ruleId: "r_1", from: "claude-opus-5-5", to: "claude-sonnet-5-5", note: "CI runners" };

  it("links a failing rule to its roll back", () => {
    const words = attentionWords({ kind: "errors", route, rate: 0.029, others: 0.004, version: 42, rollBackTo: 41 });

    expect(words).toMatchObject({
      title: "CI runners: 2.9% errors",
      text: "Seven times the 0.4% of other rules since v42 went live.",
      action: { label: "Roll back to v41", href: "/rules?roll-back=41" },
    });
  });

  it("says when the other rules have too few requests to compare with", () => {
    const item = { kind: "errors", route, rate: 0.1, others: null, rollBackTo: null } as const;

    expect(attentionWords({ ...item, version: 42 }).text).toBe(
      "Measured since v42 went live; other rules have too few requests to compare with.",
    );
  });

  it("names the models without a price", () => {
    const models = ["claude-new-9", "b", "c", "d"];

    expect(attentionWords({ kind: "unpriced", requests: 12, models, addPriceOf: null })).toMatchObject({
      title: "12 requests unpriced",
      text: "No cost is known for requests to new-9, b, c and 1 more: a model without a price, or a request of which the provider did not say what it used. The totals leave them out.",
    });
  });

  it("leads to the unpriced models in the range and the filters of the page", () => {
    const item = { kind: "unpriced", requests: 19, models: ["claude-new-9"], addPriceOf: null } as const;
    const filters = { ...defaultView.filters, team: ["Web", "Docs"] };
    const linkIn = (view: Partial<typeof defaultView>) =>
      attentionWords({ ...item, models: [...item.models] }, { ...defaultView, ...view }).action;

    expect(linkIn({})).toEqual({ label: "Show models", href: "/costs?group=model" });
    const { href } = linkIn({ range: "14d", cmp: "none", filters, metric: "tokens" });
    const opened = readView(Object.fromEntries(new URL(href, "http://cco").searchParams));
    expect(opened).toEqual({ ...defaultView, range: "14d", cmp: "none", filters, group: "model" });
  });

  it("estimates the saving of a rule for unchanged spend, and omits an unknown one", () => {
    const item = { kind: "unruled", model: "claude-opus-5-5", hasRule: false, costNanoUsd: "933000000000" } as const;

    expect(attentionWords({ ...item, target: "claude-sonnet-5-5", wouldSaveNanoUsd: "289000000000" }).text).toBe(
      "$933 of opus-5-5 spend passes through unchanged. On sonnet-5-5 the same tokens would cost about $289 less.",
    );
    expect(attentionWords({ ...item, target: null, wouldSaveNanoUsd: null }).text).toBe(
      "$933 of opus-5-5 spend passes through unchanged.",
    );
  });

  it("distinguishes a retired model from one that retires soon", () => {
    const past = attentionWords({ kind: "retired", model: "claude-x-1", at: "2026-08-05", isPast: true, rules: 2 });
    const soon = attentionWords({ kind: "retired", model: "claude-x-1", at: "2026-11-30", isPast: false, rules: 1 });

    expect(past).toMatchObject({ tone: "danger", title: "x-1 was retired" });
    expect(past.text).toBe("2 rules send requests to it, though it went on 5 Aug 2026. Choose another model.");
    expect(soon.text).toBe("1 rule sends requests to it; it goes on 30 Nov 2026. Choose another model.");
  });
});
