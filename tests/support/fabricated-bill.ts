// Long because traffic, planted causes and both reports are made from one list, so that none can disagree with another.

import type { RequestEvent } from "#core/activity/request-event.ts";
import { makeEvent } from "./make-event.ts";

/** What a model of a fabricated bill is billed with, beside plain traffic. */
export interface Plant {
  model: string;
  /** Nano-dollars a token: input, cache write, cache read, output. Even, so that batches at half of it are whole. */
  prices: readonly [bigint, bigint, bigint, bigint];
  /** Prices of the bill in thousandths of `prices`. */
  billedMilli?: bigint;
  /** Requests that never passed CCO. */
  past?: number;
  /** CCO knows no price of it. */
  isUnpriced?: boolean;
  /** Tokens by which each estimated ending was more (negative: less) than CCO estimated. */
  endings?: readonly number[];
  /** Batches whose results never passed CCO, and those that did. */
  batchesPast?: number;
  batchesSeen?: number;
}

export interface FabricatedBill {
  events: RequestEvent[];
  usageJson: string;
  costJson: string;
  costCsv: string;
  days: string[];
  /** Planted amounts by cause, in nano-dollars, exactly. */
  planted: {
    zone: bigint;
    price: bigint;
    unpriced: bigint;
    batch: bigint;
    estimated: bigint;
    past: bigint;
    rounding: bigint;
  };
  billedNanoUsd: bigint;
  ledgerNanoUsd: bigint;
  /** Lines of the cost report, each rounded. */
  costLines: number;
}

export interface BillPlan {
  seed: number;
  days: readonly string[];
  plants: readonly Plant[];
  /** Decimals of a dollar in the cost report. */
  decimals: number;
  /** Hours by which the clock of the report is ahead of UTC. */
  zoneHours?: number;
}

const HOUR_MS = 3_600_000;
const USAGE_TYPES = [
  "uncached_input_tokens",
  "cache_creation.ephemeral_5m_input_tokens",
  "cache_read_input_tokens",
  "output_tokens",
];
const CSV_TYPES = ["input_no_cache", "input_cache_write_5m", "input_cache_read", "output"];

type Counts = [number, number, number, number];

interface Billed {
  atMs: number;
  plant: Plant;
  isBatch: boolean;
  counts: Counts;
}

/** Small generator of numbers (mulberry32): the same for a seed everywhere. */
function makeRandom(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}

/** Makes traffic, what CCO recorded of it, and what the provider reports. Long because each plant is a few lines of one loop. */
export function fabricateBill({ seed, days, plants, decimals, zoneHours = 0 }: BillPlan): FabricatedBill {
  const random = makeRandom(seed);
  const events: RequestEvent[] = [];
  const billed: Billed[] = [];
  const planted = { zone: 0n, price: 0n, unpriced: 0n, batch: 0n, estimated: 0n, past: 0n, rounding: 0n };
  let ledgerNanoUsd = 0n;
  const shiftMs = zoneHours * HOUR_MS;
  // A day more at either end, so that a shifted day is as full as the others.
  const firstMs = Date.parse(`${days[0]}T00:00:00Z`) - 24 * HOUR_MS;
  const isReported = (ms: number) => days.includes(new Date(ms + shiftMs).toISOString().slice(0, 10));
  const isUtcDay = (ms: number) => days.includes(new Date(ms).toISOString().slice(0, 10));

  for (const plant of plants) {
    const full = 1000n;
    const milli = plant.billedMilli ?? full;
    const draw = (): Counts => [200 + random(9_000), random(60_000), random(700_000), 100 + random(30_000)];
    const amount = (counts: Counts, isBatch: boolean, by: bigint): bigint =>
      counts.reduce(
        (sum, count, at) => sum + (BigInt(count) * (plant.prices[at] ?? 0n) * by) / (isBatch ? 2n : 1n),
        0n,
      ) / 1000n;
    /** Long because it is one literal: an event has that many fields. */
    const record = (atMs: number, counts: Counts, isBatch: boolean, isEstimated: boolean): void => {
      const parts = counts.map((count, at) => (BigInt(count) * (plant.prices[at] ?? 0n)) / (isBatch ? 2n : 1n));
      const cost = parts.reduce((sum, part) => sum + part, 0n);
      events.push(
        makeEvent({
          id: `evt_bill_${seed}_${events.length}`,
          startedAtMs: atMs,
          endedAtMs: atMs + 900,
          requestedModel: plant.model,
          servedModel: plant.model,
          answeredModel: plant.model,
          decision: "pass",
          reason: "no-rule",
          ruleId: null,
          serviceTier: isBatch ? "batch" : "standard",
          usageState: isEstimated ? "estimated" : "exact",
          ended: isEstimated ? "truncated" : "complete",
          usage: {
            inputTokens: counts[0],
            cacheWrite5mTokens: counts[1],
            cacheWrite1hTokens: 0,
            cacheReadTokens: counts[2],
            outputTokens: counts[3],
            thinkingTokens: 0,
            webSearches: 0,
          },
          priceVersion: "fabricated",
          costs: plant.isUnpriced
            ? null
            : {
                inputNanoUsd: String(parts[0]),
                cacheWrite5mNanoUsd: String(parts[1]),
                cacheWrite1hNanoUsd: "0",
                cacheReadNanoUsd: String(parts[2]),
                outputNanoUsd: String(parts[3]),
                webSearchNanoUsd: "0",
              },
          costNanoUsd: plant.isUnpriced ? null : String(cost),
          baselineNanoUsd: plant.isUnpriced ? null : String(cost),
          savedNanoUsd: plant.isUnpriced ? null : "0",
        }),
      );
      if (!plant.isUnpriced && isUtcDay(atMs)) {
        ledgerNanoUsd += cost;
        planted.zone -= cost;
      }
      if (!plant.isUnpriced && isReported(atMs)) planted.zone += cost;
      if (isReported(atMs)) {
        const billedOfRecorded = amount(counts, isBatch, milli);
        if (plant.isUnpriced) planted.unpriced += billedOfRecorded;
        else planted.price += billedOfRecorded - cost;
      }
    };
    for (let day = 0; day < days.length + 2; day += 1) {
      const at = () => firstMs + day * 24 * HOUR_MS + random(96) * 900_000 + random(899_000);
      // In every hour, so that no two zones have the same days.
      for (let hour = 0; hour < 24; hour += 1) {
        const counts = draw();
        const atMs = firstMs + (day * 24 + hour) * HOUR_MS + random(HOUR_MS);
        record(atMs, counts, false, false);
        billed.push({ atMs, plant, isBatch: false, counts });
      }
      for (const more of plant.endings ?? []) {
        const [atMs, counts] = [at(), draw()];
        record(atMs, counts, false, true);
        const real: Counts = [counts[0], counts[1], counts[2], Math.max(0, counts[3] + more)];
        billed.push({ atMs, plant, isBatch: false, counts: real });
        if (isReported(atMs)) planted.estimated += amount([0, 0, 0, real[3] - counts[3]], false, milli);
      }
      for (let n = 0; n < (plant.past ?? 0); n += 1) {
        const [atMs, counts] = [at(), draw()];
        billed.push({ atMs, plant, isBatch: false, counts });
        if (isReported(atMs)) planted.past += amount(counts, false, milli);
      }
      for (let n = 0; n < (plant.batchesSeen ?? 0) + (plant.batchesPast ?? 0); n += 1) {
        const [atMs, counts] = [at(), draw()];
        billed.push({ atMs, plant, isBatch: true, counts });
        if (n < (plant.batchesSeen ?? 0)) record(atMs, counts, true, false);
        else if (isReported(atMs)) planted.batch += amount(counts, true, milli);
      }
    }
  }

  const groups = new Map<string, { day: string; plant: Plant; isBatch: boolean; counts: bigint[] }>();
  for (const { atMs, plant, isBatch, counts } of billed) {
    if (!isReported(atMs)) continue;
    const day = new Date(atMs + shiftMs).toISOString().slice(0, 10);
    const key = `${day} ${plant.model} ${isBatch}`;
    const group = groups.get(key) ?? { day, plant, isBatch, counts: [0n, 0n, 0n, 0n] };
    groups.set(key, group);
    group.counts = group.counts.map((sum, index) => sum + BigInt(counts[index] ?? 0));
  }
  const unit = 10n ** BigInt(9 - decimals);
  let billedNanoUsd = 0n;
  let costLines = 0;
  const csv = [
    "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type",
  ];
  /** Long because a day has both of its reports from the same groups. */
  const pages = days.map((day) => {
    const bucket = {
      starting_at: `${day}T00:00:00Z`,
      ending_at: new Date(Date.parse(`${day}T00:00:00Z`) + 24 * HOUR_MS).toISOString(),
    };
    const ofDay = [...groups.values()].filter((group) => group.day === day);
    const usage = ofDay.map(({ plant, isBatch, counts }) => ({
      uncached_input_tokens: Number(counts[0]),
      cache_creation: { ephemeral_5m_input_tokens: Number(counts[1]), ephemeral_1h_input_tokens: 0 },
      cache_read_input_tokens: Number(counts[2]),
      output_tokens: Number(counts[3]),
      server_tool_use: { web_search_requests: 0 },
      model: plant.model,
      workspace_id: null,
      api_key_id: null,
      service_tier: isBatch ? "batch" : "standard",
      context_window: null,
      a_field_of_next_year: true,
    }));
    const cost = ofDay.flatMap(({ plant, isBatch, counts }) =>
      counts.map((count, at) => {
        const exact = (count * (plant.prices[at] ?? 0n) * (plant.billedMilli ?? 1000n)) / (isBatch ? 2n : 1n) / 1000n;
        const rounded = ((exact * 2n + unit) / (unit * 2n)) * unit;
        planted.rounding += rounded - exact;
        billedNanoUsd += rounded;
        costLines += 1;
        const dollars = `${rounded / 1_000_000_000n}.${(rounded % 1_000_000_000n).toString().padStart(9, "0").slice(0, decimals)}`;
        const cents = toCents(rounded, decimals);
        csv.push(
          [
            day,
            plant.model,
            "Default",
            "a key",
            isBatch ? "batch" : "message",
            "≤ 200k",
            CSV_TYPES[at],
            dollars,
            dollars,
            "token",
          ].join(","),
        );
        return {
          amount: cents,
          currency: "USD",
          cost_type: "tokens",
          token_type: USAGE_TYPES[at],
          model: plant.model,
          description: `${plant.model} ${USAGE_TYPES[at]}`,
          workspace_id: null,
          service_tier: isBatch ? "batch" : "standard",
          context_window: "0-200k",
        };
      }),
    );
    return { usage: { ...bucket, results: usage }, cost: { ...bucket, results: cost } };
  });
  const asPage = (data: unknown[]) => JSON.stringify({ data, has_more: false, next_page: null });
  return {
    events,
    days: [...days],
    usageJson: asPage(pages.map(({ usage }) => usage)),
    costJson: asPage(pages.map(({ cost }) => cost)),
    costCsv: `${csv.join("\n")}\n`,
    planted,
    billedNanoUsd,
    ledgerNanoUsd,
    costLines,
  };
}

/** Writes cents with the decimals that are left of those of a dollar. */
function toCents(nanoUsd: bigint, decimals: number): string {
  const whole = nanoUsd / 10_000_000n;
  const rest = (nanoUsd % 10_000_000n)
    .toString()
    .padStart(7, "0")
    .slice(0, Math.max(0, decimals - 2));
  return rest === "" ? `${whole}` : `${whole}.${rest}`;
}
