// Long because the model of a cost and its division among factors are one computation.

import { formatCount, formatMoney, formatTokens } from "../report/format.ts";
import { formatCounted } from "../report/plural.ts";
import { divideByShapley } from "./shapley.ts";

/** Kinds of tokens that a prompt is made of. */
const promptClasses = ["input", "cacheWrite5m", "cacheWrite1h", "cacheRead"] as const;
/** What is billed apart; `other` is what no kind of token explains, by the request. */
const billed = [...promptClasses, "output", "webSearch", "other"] as const;
type Billed = (typeof billed)[number];

/** Metered requests for one model that were served by one. */
export interface ModelTraffic {
  requestedModel: string;
  servedModel: string;
  /** All of them, of which `hits` were answered from the response cache. */
  requests: number;
  hits: number;
  /** Tokens, searches, and for `other` the requests. */
  units: Record<Billed, number>;
  /** Nano-dollars; their sum is the cost, to the nano-dollar. */
  nanoUsd: Record<Billed, bigint>;
}

/** The session that cost most, where it is far from the others. */
interface OutlyingSession {
  id: string;
  requests: number;
  asks: number;
  models: ModelTraffic[];
}

/** Metered traffic of a period. What only single requests say is null where they are not held. */
export interface PeriodTraffic {
  people: number;
  sessions: number | null;
  /** Requests that a person's own words led to. */
  asks: number | null;
  models: ModelTraffic[];
  /** Requests and tokens by client version. */
  versions: { version: string; requests: number; tokens: number }[] | null;
  /** Prompt tokens written to the prompt cache, by cause. */
  written: { cause: string; tokens: number }[] | null;
  outlier: OutlyingSession | null;
  savedNanoUsd: bigint | null;
  avoidedNanoUsd: bigint | null;
  correctedNanoUsd: bigint;
}

type ChangeName =
  | "people"
  | "sessions"
  | "asks"
  | "requests"
  | "mix"
  | "response-cache"
  | "rules"
  | "size"
  | "client-version"
  | "prompt-cache"
  | "prices"
  | "outlier";

/** One line of what changed. */
export interface ChangeLine {
  name: ChangeName;
  /** Cause of the prompt cache's line; null elsewhere, and for what no cause explains. */
  cause: string | null;
  label: string;
  detail: string;
  nanoUsd: bigint;
  /** Session of the outlying one; null elsewhere. */
  session: string | null;
}

/**
 * Divides the difference in cost of two periods among what changed. The lines add up to it exactly, to the nano-dollar. The order
 * of lines is fixed.
 */
export function explainChange(before: PeriodTraffic, after: PeriodTraffic): ChangeLine[] {
  const [old, current] = [withoutOutlier(before), withoutOutlier(after)];
  const factors = listFactors(old, current);
  const value = modelCost(old, current, factors);
  const all = 2 ** factors.length - 1;
  // The model's own value at both ends is off by rounding; the books are not.
  const shares = divideByShapley(factors.length, (mask) =>
    mask === 0 ? sumCost(old.models) : mask === all ? sumCost(current.models) : BigInt(Math.round(value(mask))),
  );
  const lines = factors.flatMap((name, at): ChangeLine[] => {
    const nanoUsd = shares[at] ?? 0n;
    const line = { name, cause: null, label: labels[name], detail: detail(name, old, current), nanoUsd, session: null };
    return name === "prompt-cache" ? splitByCause(line, old, current) : [line];
  });
  const outlying =
    (after.outlier === null ? 0n : sumCost(after.outlier.models)) - sumCost(before.outlier?.models ?? []);
  const { outlier } = after.outlier === null ? before : after;
  if (outlier !== null) {
    const text = `${formatCounted(outlier.requests, "request")} of one session${after.outlier === null ? ", before" : ""}`;
    const found = { label: labels.outlier, detail: text, nanoUsd: outlying, session: outlier.id };
    lines.push({ name: "outlier", cause: null, ...found });
  }
  return lines;
}

const labels: Record<ChangeName, string> = {
  people: "People",
  sessions: "Sessions a person",
  asks: "Asks a session",
  requests: "Requests an ask",
  mix: "Mix of models",
  "response-cache": "Response cache",
  rules: "Rules",
  size: "Context size",
  "client-version": "Client version",
  "prompt-cache": "Prompt cache",
  prices: "Prices",
  outlier: "One outlying session",
};

const sumCost = (models: readonly ModelTraffic[]): bigint =>
  models.reduce((sum, { nanoUsd }) => billed.reduce((part, name) => part + nanoUsd[name], sum), 0n);

/** The cost of a period's metered traffic. */
export const costOfTraffic = ({ models }: PeriodTraffic): bigint => sumCost(models);

/** Takes the outlying session out of everything that is compared. */
function withoutOutlier(period: PeriodTraffic): PeriodTraffic {
  const { outlier } = period;
  if (outlier === null) return period;
  const own = new Map(outlier.models.map((model) => [toKey(model), model]));
  const models = period.models.map((model) => {
    const part = own.get(toKey(model));
    return part === undefined ? model : subtract(model, part);
  });
  return {
    ...period,
    models,
    sessions: period.sessions === null ? null : period.sessions - 1,
    asks: period.asks === null ? null : period.asks - outlier.asks,
  };
}

const toKey = ({ requestedModel, servedModel }: ModelTraffic): string => `${requestedModel}\0${servedModel}`;

function subtract(model: ModelTraffic, part: ModelTraffic): ModelTraffic {
  const units = Object.fromEntries(billed.map((name) => [name, model.units[name] - part.units[name]]));
  const nanoUsd = Object.fromEntries(billed.map((name) => [name, model.nanoUsd[name] - part.nanoUsd[name]]));
  return {
    ...model,
    requests: model.requests - part.requests,
    hits: model.hits - part.hits,
    units: units as ModelTraffic["units"],
    nanoUsd: nanoUsd as ModelTraffic["nanoUsd"],
  };
}

const countRequests = ({ models }: PeriodTraffic): number => models.reduce((sum, { requests }) => sum + requests, 0);

/** Counts whose ratios make the volume, from the widest: people, sessions, asks, requests. */
function listCounts(of: PeriodTraffic): Record<"people" | "sessions" | "asks" | "requests", number | null> {
  return { people: of.people, sessions: of.sessions, asks: of.asks, requests: countRequests(of) };
}

/** The factors that both periods have figures of. Without requests on one side there is only their number. */
function listFactors(old: PeriodTraffic, current: PeriodTraffic): ChangeName[] {
  const [before, after] = [listCounts(old), listCounts(current)];
  if (!before.requests || !after.requests) return ["requests"];
  const counted = (["people", "sessions", "asks"] as const).filter((name) => before[name] && after[name]);
  const hasVersions = Boolean(old.versions?.length && current.versions?.length);
  return [
    ...counted,
    "requests",
    "mix",
    "size",
    ...(hasVersions ? (["client-version"] as const) : []),
    "prompt-cache",
    "prices",
    "rules",
    "response-cache",
  ];
}

/** One value in both periods. */
type Pair = readonly [before: number, after: number];

/** A pair of ratios; a side without anything to divide by has the other side's. */
function pairRatios(old: Pair, current: Pair): Pair {
  const [before, after] = [old[1] > 0 ? old[0] / old[1] : null, current[1] > 0 ? current[0] / current[1] : null];
  return [before ?? after ?? 0, after ?? before ?? 0];
}

/** What a request of one model served by another is made of, in both periods. */
interface Cell {
  share: Pair;
  prompt: Pair;
  output: Pair;
  webSearch: Pair;
  other: Pair;
  /** Share of the prompt's tokens, and price, of each kind. */
  kinds: { share: Pair; price: Pair }[];
  outputPrice: Pair;
  webPrice: Pair;
  otherPrice: Pair;
}

interface Asked {
  share: Pair;
  hits: Pair;
  cells: Cell[];
}

/**
 * Builds the cost as a function of which factors have changed. It is requests x share of the model asked for x what the response
 * cache left x share of the model that served x tokens of a request x price of a token.
 */
function modelCost(
  old: PeriodTraffic,
  current: PeriodTraffic,
  factors: readonly ChangeName[],
): (mask: number) => number {
  const at = new Map(factors.map((name, index) => [name, index]));
  const side = (mask: number, name: ChangeName): 0 | 1 => (((mask >> (at.get(name) ?? 31)) & 1) === 1 ? 1 : 0);
  const asked = buildAsked(old.models, current.models);
  const growth = buildGrowth(old.versions, current.versions);
  const [before, after] = [listCounts(old), listCounts(current)];
  const chain = (["people", "sessions", "asks", "requests"] as const).filter((name) => at.has(name));
  const volume = (mask: number): number => {
    let product = 1;
    chain.forEach((name, index) => {
      const counts = side(mask, name) === 1 ? after : before;
      const wider = chain[index - 1];
      product *= (counts[name] ?? 0) / (wider === undefined ? 1 : (counts[wider] ?? 1));
    });
    return product;
  };
  return (mask) => {
    const [size, cache, price] = [side(mask, "size"), side(mask, "prompt-cache"), side(mask, "prices")];
    const grown = growth[size][side(mask, "client-version")];
    let sum = 0;
    for (const { share, hits, cells } of asked) {
      let one = 0;
      for (const cell of cells) {
        let token = 0;
        for (const kind of cell.kinds) token += kind.share[cache] * kind.price[price];
        const perRequest =
          grown * (cell.prompt[size] * token + cell.output[size] * cell.outputPrice[price]) +
          cell.webSearch[size] * cell.webPrice[price] +
          cell.other[size] * cell.otherPrice[price];
        one += cell.share[side(mask, "rules")] * perRequest;
      }
      sum += share[side(mask, "mix")] * (1 - hits[side(mask, "response-cache")]) * one;
    }
    return volume(mask) * sum;
  };
}

function buildAsked(old: readonly ModelTraffic[], current: readonly ModelTraffic[]): Asked[] {
  const names = [...new Set([...old, ...current].map(({ requestedModel }) => requestedModel))];
  const total: Pair = [sumBy(old, "requests"), sumBy(current, "requests")];
  return names.map((name) => {
    const own = [old, current].map((models) => models.filter(({ requestedModel }) => requestedModel === name));
    const [before = [], after = []] = own;
    const requests: Pair = [sumBy(before, "requests"), sumBy(after, "requests")];
    const hits: Pair = [sumBy(before, "hits"), sumBy(after, "hits")];
    const answered: Pair = [requests[0] - hits[0], requests[1] - hits[1]];
    const served = [...new Set([...before, ...after].map(({ servedModel }) => servedModel))];
    return {
      // A model that was not asked for has a share of nothing, not of the other period.
      share: [total[0] > 0 ? requests[0] / total[0] : 0, total[1] > 0 ? requests[1] / total[1] : 0],
      hits: pairRatios([hits[0], requests[0]], [hits[1], requests[1]]),
      cells: served.map((model) => buildCell(find(before, model), find(after, model), answered)),
    };
  });
}

const sumBy = (models: readonly ModelTraffic[], name: "requests" | "hits"): number =>
  models.reduce((sum, model) => sum + model[name], 0);
const find = (models: readonly ModelTraffic[], served: string) =>
  models.find(({ servedModel }) => servedModel === served) ?? null;

function buildCell(old: ModelTraffic | null, current: ModelTraffic | null, answered: Pair): Cell {
  const pair = (read: (of: ModelTraffic) => number): Pair => [old ? read(old) : 0, current ? read(current) : 0];
  const ratio = (top: Pair, bottom: Pair) => pairRatios([top[0], bottom[0]], [top[1], bottom[1]]);
  const requests = pair((of) => of.requests - of.hits);
  const units = (name: Billed) => pair((of) => of.units[name]);
  const price = (name: Billed) =>
    ratio(
      pair((of) => Number(of.nanoUsd[name])),
      units(name),
    );
  const prompt = pair((of) => promptClasses.reduce((sum, name) => sum + of.units[name], 0));
  return {
    share: ratio(requests, answered),
    prompt: ratio(prompt, requests),
    output: ratio(units("output"), requests),
    webSearch: ratio(units("webSearch"), requests),
    other: ratio(units("other"), requests),
    kinds: promptClasses.map((name) => ({ share: ratio(units(name), prompt), price: price(name) })),
    outputPrice: price("output"),
    webPrice: price("webSearch"),
    otherPrice: price("other"),
  };
}

type Versions = PeriodTraffic["versions"];

/** Factor on the tokens of a request: by whose sizes within a version (first), and whose shares of versions (second). */
function buildGrowth(old: Versions, current: Versions): readonly [Pair, Pair] {
  if (!old?.length || !current?.length)
    return [
      [1, 1],
      [1, 1],
    ];
  const sizes = (rows: NonNullable<Versions>) => new Map(rows.map((row) => [row.version, row.tokens / row.requests]));
  const [before, after] = [sizes(old), sizes(current)];
  const average = (own: Map<string, number>, spare: Map<string, number>, shares: NonNullable<Versions>): number => {
    const total = shares.reduce((sum, { requests }) => sum + requests, 0);
    return shares.reduce((sum, { version, requests }) => {
      return sum + (requests / total) * (own.get(version) ?? spare.get(version) ?? 0);
    }, 0);
  };
  const grow = (
    own: Map<string, number>,
    spare: Map<string, number>,
    shares: NonNullable<Versions>,
    base: Versions,
  ) => {
    const was = average(own, spare, base ?? []);
    return was > 0 ? average(own, spare, shares) / was : 1;
  };
  return [
    [1, grow(before, after, current, old)],
    [grow(after, before, old, current), 1],
  ];
}

/** Splits the prompt cache's line: what each cause had written more or less, at what writing costs over reading. */
function splitByCause(line: ChangeLine, old: PeriodTraffic, current: PeriodTraffic): ChangeLine[] {
  if (old.written === null || current.written === null) return [line];
  const prompt = (of: PeriodTraffic) =>
    of.models.reduce((sum, { units }) => promptClasses.reduce((part, name) => part + units[name], sum), 0);
  const [before, after] = [prompt(old), prompt(current)];
  if (before === 0 || after === 0) return [line];
  const premium = findPremium(current) ?? findPremium(old) ?? 0;
  const causes = [...new Set([...old.written, ...current.written].map(({ cause }) => cause))].sort();
  const tokens = (of: PeriodTraffic, cause: string) => of.written?.find((one) => one.cause === cause)?.tokens ?? 0;
  const lines = causes.map((cause): ChangeLine => {
    const change = tokens(current, cause) / after - tokens(old, cause) / before;
    const nanoUsd = BigInt(Math.round(change * after * premium));
    const text = `${formatTokens(tokens(current, cause))} tokens written, ${formatTokens(tokens(old, cause))} before`;
    return { ...line, cause, label: `${line.label}: ${causeWords[cause] ?? cause}`, detail: text, nanoUsd };
  });
  const rest = lines.reduce((sum, { nanoUsd }) => sum - nanoUsd, line.nanoUsd);
  return [
    ...lines.filter(({ nanoUsd }) => nanoUsd !== 0n),
    { ...line, label: `${line.label}: all else`, nanoUsd: rest },
  ];
}

/** What a written token costs over a read one; null where nothing was written or read. */
function findPremium({ models }: PeriodTraffic): number | null {
  const rate = (names: readonly Billed[]) => {
    const units = models.reduce((sum, of) => names.reduce((part, name) => part + of.units[name], sum), 0);
    const cost = models.reduce((sum, of) => names.reduce((part, name) => part + of.nanoUsd[name], sum), 0n);
    return units > 0 ? Number(cost) / units : null;
  };
  const [written, read] = [rate(["cacheWrite5m", "cacheWrite1h"]), rate(["cacheRead"])];
  return written === null || read === null ? null : written - read;
}

const causeWords: Record<string, string> = {
  first: "conversations that began",
  grown: "conversations that went on",
  expired: "time to live over",
  "model-by-rule": "model changed by a rule",
  "model-by-person": "model changed by a person",
  tools: "tools changed",
  system: "system prompt changed",
  history: "history edited",
  compacted: "history compacted",
  marks: "marks moved",
  missed: "missed at the provider",
};

function detail(name: ChangeName, old: PeriodTraffic, current: PeriodTraffic): string {
  const [before, after] = [listCounts(old), listCounts(current)];
  const count = (of: number | null) => formatCount(of ?? 0);
  const perRequest = (of: PeriodTraffic, names: readonly Billed[]) => {
    const units = of.models.reduce((sum, { units: own }) => names.reduce((part, one) => part + own[one], sum), 0);
    return formatTokens(Math.round(units / Math.max(1, countRequests(of))));
  };
  const hits = (of: PeriodTraffic) => count(sumBy(of.models, "hits"));
  const money = (of: bigint | null) => formatMoney(of?.toString() ?? null);
  switch (name) {
    case "people":
    case "sessions":
    case "asks":
    case "requests":
      return `${count(after[name])} ${name}, ${count(before[name])} before`;
    case "size":
      return `${perRequest(current, billed.slice(0, 5))} tokens a request, ${perRequest(old, billed.slice(0, 5))} before`;
    case "rules":
      return `rules saved ${money(current.savedNanoUsd)}, ${money(old.savedNanoUsd)} before`;
    case "response-cache":
      return `${hits(current)} answers from the cache, ${hits(old)} before`;
    case "prices":
      return current.correctedNanoUsd === 0n && old.correctedNanoUsd === 0n
        ? "what a token cost on its day"
        : `what a token cost on its day, corrections of ${money(current.correctedNanoUsd)} included, ${money(old.correctedNanoUsd)} before`;
    case "client-version":
      return `${formatCounted(current.versions?.length ?? 0, "version")}, ${count(old.versions?.length ?? 0)} before`;
    case "prompt-cache":
      return "how much of a prompt was read from the cache, written to it or neither";
    default:
      return "the share of each model in the requests";
  }
}
