import type { RequestEvent } from "#core/activity/request-event.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { toPriceInput } from "#core/costs/price-again.ts";
import { priceRequest } from "#core/costs/price-request.ts";
import {
  addMeasures,
  emptyMeasures,
  type RollupDims,
  type RollupMeasures,
  rollupDims,
  rollupMeasures,
  summedMeasures,
} from "#core/costs/rollup.ts";

/** Token kinds, each of which is a SKU. The sums hold its quantity and what is paid for it in these fields. */
export const SKU_KINDS = [
  { kind: "input", meter: "Input Tokens", quantity: "inputTokens", paid: "inputNanoUsd" },
  {
    kind: "cache-write-5m",
    meter: "Cache Write Input Tokens",
    quantity: "cacheWrite5mTokens",
    paid: "cacheWrite5mNanoUsd",
  },
  {
    kind: "cache-write-1h",
    meter: "Cache Write Input Tokens",
    quantity: "cacheWrite1hTokens",
    paid: "cacheWrite1hNanoUsd",
  },
  { kind: "cache-read", meter: "Cache Read Input Tokens", quantity: "cacheReadTokens", paid: "cacheReadNanoUsd" },
  { kind: "output", meter: "Output Tokens", quantity: "outputTokens", paid: "outputNanoUsd" },
  { kind: "web-search", meter: "Web Searches", quantity: "webSearches", paid: "webSearchNanoUsd" },
] as const;
/** Name of a token kind, as in a SKU. */
export type SkuKind = (typeof SKU_KINDS)[number]["kind"];

/** Where the amounts of a group come from. `sums`: its single requests are not held, so its list price is not known. */
type CostBasis = "list prices" | "own prices" | "unpriced" | "sums";

/** What FOCUS has a row for: requests alike in everything that a row names. */
export interface FocusGroup {
  dims: RollupDims;
  cacheResult: string;
  /** `standard`, `batch`, `fast`, `us`, or several of them. */
  tier: string;
  basis: CostBasis;
  sums: RollupMeasures;
  sessions: Set<string>;
  /** Cost at list price by kind, in nano-dollars; null where it is not known for one of the requests. */
  list: Record<SkuKind, bigint> | null;
  /** What is left of the cost at list price where a request has no cost by kind. */
  listRest: bigint;
}

/** Groups the requests of one day, and what the sums hold beyond them. */
export class FocusDay {
  private readonly groups = new Map<string, FocusGroup>();

  /** `list`: the catalogue without the prices of the organisation. */
  constructor(private readonly list: Catalogue) {}

  add(event: RequestEvent): void {
    const dims = rollupDims({ ...event, proxyKeyId: null });
    const basis = findBasis(event);
    const tier = findTier(event);
    const key = JSON.stringify([Object.values(dims), event.cache, tier, basis]);
    const known = this.groups.get(key);
    const group = known ?? {
      dims,
      cacheResult: event.cache,
      tier,
      basis,
      sums: emptyMeasures(),
      sessions: new Set<string>(),
      list: noList(),
      listRest: 0n,
    };
    if (known === undefined) this.groups.set(key, group);
    addMeasures(group.sums, rollupMeasures(event));
    if (event.sessionId !== null) group.sessions.add(event.sessionId);
    addList(group, priceByList(event, this.list));
  }

  /**
   * Returns the groups, and one for each remainder of the day's sums. Remainders are requests that came with a backup
   * without its events. So the groups add up to the sums that every page shows.
   */
  complete(rows: readonly (RollupDims & RollupMeasures)[]): FocusGroup[] {
    const held = new Map<string, RollupMeasures>();
    for (const { dims, sums } of this.groups.values()) {
      const key = toKey(dims);
      const sum = held.get(key) ?? emptyMeasures();
      addMeasures(sum, sums);
      held.set(key, sum);
    }
    const rests = rows.flatMap((row): FocusGroup[] => {
      const own = held.get(toKey(row));
      const sums = emptyMeasures();
      for (const name of summedMeasures) sums[name] = row[name] - (own?.[name] ?? 0n);
      if (sums.requests === 0n && sums.costNanoUsd === 0n) return [];
      return [
        { dims: row, cacheResult: "", tier: "", basis: "sums", sums, sessions: new Set(), list: null, listRest: 0n },
      ];
    });
    return [...this.groups.values(), ...rests];
  }
}

const toKey = (dims: RollupDims): string =>
  JSON.stringify([
    dims.endpoint,
    dims.requestedModel,
    dims.servedModel,
    dims.decision,
    dims.ruleId,
    dims.ruleVersion,
    dims.project,
    dims.team,
    dims.personId,
    dims.billingMode,
  ]);

function findBasis(event: RequestEvent): CostBasis {
  if (event.costNanoUsd === null && rollupMeasures(event).unpriced > 0n) return "unpriced";
  return isByOwnPrices(event) ? "own prices" : "list prices";
}

const isByOwnPrices = ({ priceVersion }: RequestEvent): boolean => priceVersion?.includes("+own.") === true;

function findTier({ endpoint, serviceTier, speed, inferenceGeo }: RequestEvent): string {
  const parts = [
    ...(serviceTier === "batch" || endpoint === "batches" ? ["batch"] : []),
    ...(speed === "fast" ? ["fast"] : []),
    ...(inferenceGeo === "us" ? ["us"] : []),
  ];
  return parts.join("+") || "standard";
}

const noList = (): Record<SkuKind, bigint> => ({
  input: 0n,
  "cache-write-5m": 0n,
  "cache-write-1h": 0n,
  "cache-read": 0n,
  output: 0n,
  "web-search": 0n,
});

interface ListCosts {
  kinds: Record<SkuKind, bigint>;
  rest: bigint;
}

/** What a request costs by list prices: what is recorded where it was priced by them. Null: not known. */
function priceByList(event: RequestEvent, list: Catalogue): ListCosts | null {
  if (event.costNanoUsd === null) return { kinds: noList(), rest: 0n };
  if (!isByOwnPrices(event) || event.cache === "hit") {
    const sums = rollupMeasures(event);
    const kinds = noList();
    for (const { kind, paid } of SKU_KINDS) kinds[kind] = sums[paid];
    return { kinds, rest: findRest(sums) };
  }
  const input = toPriceInput(event);
  const costs = input && priceRequest(input, list).costs;
  if (costs === null) return null;
  const kinds = noList();
  for (const { kind, paid } of SKU_KINDS) kinds[kind] = costs[paid];
  return { kinds, rest: 0n };
}

function addList(group: FocusGroup, costs: ListCosts | null): void {
  if (costs === null) group.list = null;
  if (costs === null || group.list === null) return;
  for (const { kind } of SKU_KINDS) group.list[kind] += costs.kinds[kind];
  group.listRest += costs.rest;
}

/** What of a cost no token kind has: requests of early releases have no cost by kind. */
export const findRest = (sums: RollupMeasures): bigint =>
  SKU_KINDS.reduce((rest, { paid }) => rest - sums[paid], sums.costNanoUsd);
