// Long because every surface that shows a number is read here, so that one that is missing is seen.

import { prepareKpis as overviewKpis } from "#app/(console)/_overview/prepare.ts";
import { readCacheOverview } from "#control/cache/overview.ts";
import { exportCosts } from "#control/costs/export.ts";
import { readOverview } from "#control/costs/overview.ts";
import { readCostSeries } from "#control/costs/series.ts";
import { readCostTable } from "#control/costs/table.ts";
import type { ControlDeps } from "#control/deps.ts";
import { operatorActor } from "#core/access/actor.ts";
import { costGroups } from "#core/costs/cost-table.ts";
import type { FiguresView } from "#core/costs/figures.ts";

const operator = operatorActor("test");

/** An event as far as money and counts go: from memory or from a row of the database. */
export interface Counted {
  endpoint: string;
  billingMode: string;
  decision: string;
  requestedModel: string | null;
  servedModel: string | null;
  cache: string;
  usageState: string;
  ended: string;
  /** Null: unknown. */
  cost: bigint | null;
  saved: bigint | null;
  avoided: bigint;
}

/** The truth: sums of integer nano-dollars and of counts, made without any code of the product. Null is unknown. */
export interface Truth {
  money: Record<Quantity, bigint | null>;
  requests: number;
  overrides: number;
  hits: number;
  misses: number;
}

export type Quantity = "cost" | "saved" | "avoided" | "planValue" | "fullPrice";

export function deriveTruth(events: readonly Counted[]): Truth {
  const money = { cost: 0n, saved: 0n, avoided: 0n, planValue: 0n, fullPrice: 0n };
  const model = events.filter(({ endpoint }) => endpoint === "messages" || endpoint === "batches");
  for (const { billingMode, cost, saved, avoided } of model) {
    if (billingMode === "subscription") money.planValue += cost ?? 0n;
    else {
      money.cost += cost ?? 0n;
      money.saved += saved ?? 0n;
      money.avoided += avoided;
    }
  }
  money.fullPrice = money.cost + money.saved + money.avoided;
  const unknown = deriveUnknown(model);
  const known = Object.entries(money).map(([quantity, sum]) => [quantity, unknown[quantity as Quantity] ? null : sum]);
  return {
    money: Object.fromEntries(known) as Truth["money"],
    requests: model.length,
    overrides: model.filter(({ decision }) => decision === "override").length,
    hits: events.filter(({ cache }) => cache === "hit").length,
    misses: events.filter(({ cache }) => cache === "miss").length,
  };
}

/**
 * Finds which figures are unknown. A figure is unknown where a request that belongs in it has no known amount, and no
 * other has an amount above zero.
 */
function deriveUnknown(model: readonly Counted[]): Record<Quantity, boolean> {
  const metered = model.filter(({ billingMode }) => billingMode !== "subscription");
  const plan = model.filter(({ billingMode }) => billingMode === "subscription");
  const isUnpriced = (one: Counted) => one.cost === null && (one.usageState !== "none" || one.ended === "interrupted");
  const hasAmount = ({ cost, saved, avoided }: Counted) =>
    [cost, saved, avoided].some((sum) => sum !== null && sum !== 0n);
  const hasCost = ({ cost }: Counted) => (cost ?? 0n) !== 0n;
  const hasSaving = (one: Counted) => one.saved !== null && (one.cost !== 0n || one.saved !== 0n);
  const lacksSaving = (one: Counted) => isUnpriced(one) || (one.saved === null && (one.cost ?? 0n) > 0n);
  const isHitWithoutPrice = ({ cache, avoided }: Counted) => cache === "hit" && avoided === 0n;
  const isAvoided = metered.some(({ avoided }) => avoided !== 0n);
  const overridden = metered.filter(({ decision }) => decision === "override");
  // What the end of a rule wrote again is in the saving of a request that no rule decided.
  const savedByOthers = metered.reduce((sum, one) => sum + (one.decision === "override" ? 0n : (one.saved ?? 0n)), 0n);
  return {
    cost: metered.some(isUnpriced) && !metered.some(hasCost),
    planValue: plan.some(isUnpriced) && !plan.some(hasCost),
    saved: overridden.some(lacksSaving) && !overridden.some(hasSaving) && savedByOthers === 0n,
    avoided: metered.some(isHitWithoutPrice) && !isAvoided,
    fullPrice: metered.some((one) => isUnpriced(one) || isHitWithoutPrice(one)) && !metered.some(hasAmount),
  };
}

/** An amount as one surface shows it. `decimals`: the digits after the point that this surface carries. */
export interface Shown {
  surface: string;
  quantity: Quantity;
  decimals: number;
  /** Null: shown as unknown. */
  text: string | null;
  /** Of parts that are added up here, or of a counter: what is not known in them adds nothing. */
  isSum?: boolean;
}

/** Digits that each kind of surface shows; it must show the exact sum, rounded once to them. */
export const carries = { exact: 9, metrics: 9, oldApi: 6, oldApiText: 2 } as const;

/** Half away from zero, by hand: the product's own rounding is under test. */
export function roundedTo(decimals: number, nano: bigint): string {
  const size = nano < 0n ? -nano : nano;
  const unit = 10n ** BigInt(9 - decimals);
  const units = (size + unit / 2n) / unit;
  const digits = units.toString().padStart(decimals + 1, "0");
  const text = decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  return nano < 0n && units !== 0n ? `-${text}` : text;
}

export interface Surfaces {
  shown: Shown[];
  /** Counts by surface, in the order requests, overrides, hits, misses. Null: not on this surface. */
  counts: { surface: string; requests?: number; overrides?: number; hits?: number; misses?: number }[];
  /** Hit rates by surface; null is "nothing was looked up". */
  hitRates: { surface: string; rate: number | null }[];
}

/**
 * Everything the console, its API and its files say of a range. The routes of the API answer what these functions return.
 */
export async function consoleSurfaces(deps: ControlDeps, range: string, project?: string): Promise<Surfaces> {
  const query = { range, ...(project === undefined ? {} : { project }) };
  const surfaces: Surfaces = { shown: [], counts: [], hitRates: [] };
  const overview = await readOverview(operator, query, deps);
  const series = await readCostSeries(operator, query, deps);
  figures(surfaces, "GET /api/overview", overview.total);
  surfaces.hitRates.push({ surface: "GET /api/overview", rate: overview.cache.hitRate });
  surfaces.counts.push({ surface: "Overview, cache", hits: overview.cache.hits, misses: overview.cache.misses });
  const [spend, saved] = overviewKpis(overview, series);
  surfaces.shown.push({ surface: "Overview, Spend", quantity: "cost", decimals: 9, text: fromScreen(spend) });
  if (overview.total.avoidedNanoUsd === "0")
    surfaces.shown.push({ surface: "Overview, Saved", quantity: "saved", decimals: 9, text: fromScreen(saved) });
  figures(surfaces, "GET /api/costs/series, total", series.total);
  sums(
    surfaces,
    "GET /api/costs/series, points",
    series.points.flatMap((point) => point.figures ?? []),
  );
  for (const group of costGroups) {
    const table = await readCostTable(operator, group, query, deps);
    figures(surfaces, `GET /api/costs/table, ${group}, total`, table.total);
    sums(
      surfaces,
      `GET /api/costs/table, ${group}, rows`,
      table.rows.map((row) => row.figures),
    );
    csv(surfaces, `CSV by ${group}`, [...(await exportCosts(operator, { ...query, group }, deps)).lines].join(""));
  }
  // No filter applies to the page of the cache.
  if (project !== undefined) return { ...surfaces, hitRates: [], counts: surfaces.counts.filter(isOfRequests) };
  const cache = await readCacheOverview(operator, query, deps);
  const { hits, misses, hitRate, avoidedNanoUsd } = cache.ledger;
  surfaces.counts.push({ surface: "GET /api/cache", hits, misses });
  surfaces.hitRates.push({ surface: "GET /api/cache", rate: hitRate });
  surfaces.shown.push({ surface: "GET /api/cache", quantity: "avoided", decimals: 9, text: dollars(avoidedNanoUsd) });
  return surfaces;
}

const isOfRequests = ({ requests }: Surfaces["counts"][number]): boolean => requests !== undefined;

/** Everything the endpoints of the proxy say, as parsed JSON and as Prometheus text. */
export interface OldAnswers {
  overrides: { total_overrides: number; total_cost_saved: string | null };
  cache: { cache_hits: number; cache_misses: number; hit_rate: number; cost_avoided: string | null };
  machine: Record<"totalCost" | "totalSaved" | "totalAvoided" | "totalPlanValue", number | null> & {
    totalCalls: number;
    projects: { name: string; cost: number | null; planValue: number | null }[];
  };
  project: { cost: number | null; planValue: number | null; calls: number };
  metrics: string;
}

export function oldSurfaces(old: OldAnswers): Surfaces {
  const { overrides, cache, machine, project, metrics } = old;
  const surfaces: Surfaces = { shown: [], counts: [], hitRates: [] };
  const number = (surface: string, quantity: Quantity, value: number | null) =>
    surfaces.shown.push(toShown(surface, quantity, value));
  number("GET /api/machine/stats", "cost", machine.totalCost);
  number("GET /api/machine/stats", "saved", machine.totalSaved);
  number("GET /api/machine/stats", "avoided", machine.totalAvoided);
  number("GET /api/machine/stats", "planValue", machine.totalPlanValue);
  number("GET /api/project/stats", "cost", project.cost);
  number("GET /api/project/stats", "planValue", project.planValue);
  const cents = (surface: string, quantity: Quantity, text: string | null) => {
    const digits = text === null ? null : plain(text.replace("$", ""));
    surfaces.shown.push({ surface, quantity, decimals: carries.oldApiText, text: digits });
  };
  cents("GET /api/overrides/stats", "saved", overrides.total_cost_saved);
  cents("GET /api/cache/stats", "avoided", cache.cost_avoided);
  surfaces.counts.push(
    { surface: "GET /api/overrides/stats", overrides: overrides.total_overrides },
    { surface: "GET /api/machine/stats", requests: machine.totalCalls },
    { surface: "GET /api/project/stats", requests: project.calls },
    { surface: "GET /api/cache/stats", hits: cache.cache_hits, misses: cache.cache_misses },
  );
  const isUsed = cache.cache_hits + cache.cache_misses > 0;
  surfaces.hitRates.push({ surface: "GET /api/cache/stats", rate: isUsed ? cache.hit_rate : null });
  prometheus(surfaces, metrics);
  return surfaces;
}

const toShown = (surface: string, quantity: Quantity, value: number | null): Shown => {
  const text = value === null ? null : plain(value.toFixed(carries.oldApi));
  return { surface, quantity, decimals: carries.oldApi, text };
};

/** What the old endpoints say of one project. `one` is the answer for it alone. */
export function oldProjectSurfaces(
  machine: OldAnswers["machine"],
  one: OldAnswers["project"],
  project: string,
): Surfaces {
  const inAll = machine.projects.find(({ name }) => name === project);
  const answers = [
    ["GET /api/project/stats", one] as const,
    ...(inAll ? [["GET /api/machine/stats", inAll] as const] : []),
  ];
  const shown = answers.flatMap(([path, { cost, planValue }]) => [
    toShown(`${path}, ${project}`, "cost", cost),
    toShown(`${path}, ${project}`, "planValue", planValue),
  ]);
  return { shown, counts: [], hitRates: [] };
}

/** Both those of this process and those of the installation: with one process that never restarted they are equal. */
function prometheus(surfaces: Surfaces, text: string): void {
  const money = (name: string, quantity: Quantity) => {
    const values = samples(text, name);
    const isUnknown = values.some(Number.isNaN);
    const sum = isUnknown ? 0n : values.reduce((all, value) => all + BigInt(Math.round(value * 1e9)), 0n);
    const shown = { surface: `/metrics ${name}`, quantity, decimals: carries.metrics };
    // A counter only counts; a gauge can say that it does not know.
    const isSum = !name.startsWith("cco_installation_");
    surfaces.shown.push({ ...shown, text: isUnknown ? null : roundedTo(9, sum), isSum });
  };
  money("cco_cost_usd_total", "cost");
  money("cco_plan_value_usd_total", "planValue");
  money("cco_cost_full_price_usd_total", "fullPrice");
  money("cco_cost_avoided_usd_total", "avoided");
  money("cco_installation_cost_usd", "cost");
  money("cco_installation_plan_value_usd", "planValue");
  money("cco_installation_saved_usd", "saved");
  money("cco_installation_avoided_usd", "avoided");
  const count = (name: string) => samples(text, name).reduce((sum, value) => sum + value, 0);
  surfaces.counts.push(
    {
      surface: "/metrics of the process",
      overrides: count("cco_overrides_total"),
      hits: count("cco_cache_hits"),
      misses: count("cco_cache_misses"),
    },
    {
      surface: "/metrics of the installation",
      overrides: count("cco_installation_overrides_total"),
      hits: count("cco_installation_cache_hits_total"),
      misses: count("cco_installation_cache_misses_total"),
    },
  );
  const rate = samples(text, "cco_cache_hit_rate")[0] ?? Number.NaN;
  surfaces.hitRates.push({ surface: "/metrics cco_cache_hit_rate", rate: Number.isNaN(rate) ? null : rate });
}

/** Sum of a metric over all its labels. */
export const samples = (text: string, name: string): number[] =>
  [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))].map(([, value]) => Number(value));

function figures({ shown, counts }: Surfaces, surface: string, view: FiguresView): void {
  for (const [quantity, nano] of listQuantities(view))
    shown.push({ surface, quantity, decimals: carries.exact, text: dollars(nano) });
  counts.push({ surface, requests: view.requests, overrides: view.overrides });
}

function sums(surfaces: Surfaces, surface: string, views: readonly FiguresView[]): void {
  for (const quantity of ["cost", "saved", "avoided", "planValue", "fullPrice"] as const) {
    const nano = views.reduce((sum, view) => sum + BigInt(new Map(listQuantities(view)).get(quantity) ?? 0), 0n);
    surfaces.shown.push({ surface, quantity, decimals: carries.exact, text: dollars(nano), isSum: true });
  }
}

const listQuantities = (view: FiguresView): [Quantity, string | null][] => [
  ["cost", view.costNanoUsd],
  ["saved", view.savedNanoUsd],
  ["avoided", view.avoidedNanoUsd],
  ["planValue", view.planValueNanoUsd],
  ["fullPrice", view.fullPriceNanoUsd],
];

function csv(surfaces: Surfaces, surface: string, text: string): void {
  const [head = "", ...lines] = text
    .replace(/^\uFEFF/, "")
    .trim()
    .split(/\r?\n/);
  const columns = head.split(",");
  const of = (header: string) => lines.map((line) => line.split(",")[columns.indexOf(header)] ?? "");
  const nano = (header: string) => of(header).reduce((sum, cell) => sum + BigInt(cell.replace(".", "") || 0), 0n);
  const headers = [
    ["cost", "cost_usd"],
    ["saved", "saved_usd"],
    ["avoided", "avoided_usd"],
    ["planValue", "plan_value_usd"],
    ["fullPrice", "full_price_usd"],
  ] as const;
  for (const [quantity, header] of headers) {
    // One line is a figure; several are parts.
    const [cell, ...others] = of(header);
    const text = cell === "" && others.length === 0 ? null : dollars(nano(header));
    surfaces.shown.push({ surface, quantity, decimals: carries.exact, text, isSum: lines.length !== 1 });
  }
  const count = (header: string) => of(header).reduce((sum, cell) => sum + Number(cell), 0);
  surfaces.counts.push({ surface, requests: count("requests"), overrides: count("overridden_requests") });
}

const dollars = (nano: bigint | string | null): string | null => (nano === null ? null : roundedTo(9, BigInt(nano)));

/** "−$1,234.50" of a tooltip, which leaves out zeros at the end, as the nine decimals it stands for. */
function fromScreen(kpi: { value: string; exact: string | null } | undefined): string | null {
  if (kpi?.value === "unpriced" && kpi.exact === null) return null;
  const [whole = "0", fraction = ""] = (kpi?.exact ?? "").replace("\u2212", "-").replace(/[$,]/g, "").split(".");
  return plain(`${whole}.${fraction.padEnd(9, "0")}`);
}

/** A rounded loss of nothing has no sign. */
const plain = (text: string): string => (/^-[0.]+$/.test(text) ? text.slice(1) : text);

/** Every difference between the surfaces and the truth, in words; empty when they all agree. */
export function differences(truth: Truth, all: readonly Surfaces[]): string[] {
  const found: string[] = [];
  for (const { shown, counts, hitRates } of all) {
    for (const { surface, quantity, decimals, text, isSum = false } of shown) {
      const sum = truth.money[quantity] ?? (isSum ? 0n : null);
      const wanted = sum === null ? null : roundedTo(decimals, sum);
      if (text !== wanted) found.push(`${surface}: ${quantity} is ${text}, should be ${wanted}`);
    }
    for (const { surface, ...own } of counts) {
      for (const name of ["requests", "overrides", "hits", "misses"] as const) {
        if (own[name] !== undefined && own[name] !== truth[name])
          found.push(`${surface}: ${name} is ${own[name]}, should be ${truth[name]}`);
      }
    }
    const lookUps = truth.hits + truth.misses;
    const rate = lookUps === 0 ? null : Math.round((truth.hits * 100_000) / lookUps) / 100_000;
    for (const one of hitRates)
      if (one.rate !== rate) found.push(`${one.surface}: hit rate is ${one.rate}, not ${rate}`);
  }
  return found;
}
