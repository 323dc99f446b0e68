import { sumTotals } from "#core/costs/cost-totals.ts";
import { isPlan } from "#core/costs/known-money.ts";
import { toDollars } from "#core/money/nano-usd.ts";
import type { CsvColumn } from "./csv.ts";
import { type FocusGroup, findRest, SKU_KINDS, type SkuKind } from "./focus-groups.ts";

/** Versions of the FinOps Open Cost and Usage Specification that are written. The first is the usual one. */
export const focusVersions = ["1.4", "1.2"] as const;
/** One of them. */
export type FocusVersion = (typeof focusVersions)[number];

/** What all rows of a file, or of a day, have in common. */
export interface FocusFrame {
  accountId: string;
  accountName: string;
  /** Bounds of the day and of its month, ISO 8601 UTC. */
  day: readonly [start: string, end: string];
  month: readonly [start: string, end: string];
  findEmail: (personId: string) => string;
}

/** One row: a day, a SKU and the dimensions of its group. Amounts are nano-dollars; null is unknown. */
export interface FocusRow {
  frame: FocusFrame;
  group: FocusGroup;
  kind: SkuKind | "requests";
  quantity: bigint;
  billed: bigint | null;
  contracted: bigint | null;
  list: bigint | null;
}

/**
 * Builds the rows of a group: one for each token kind that was used, and one for its requests. That one holds what
 * belongs to a whole request, and costs nothing unless a request has no cost by token kind.
 */
export function buildFocusRows(group: FocusGroup, frame: FocusFrame): FocusRow[] {
  const { sums, basis, list } = group;
  const isUnknown = basis === "unpriced" || (sums.unpriced > 0n && sums.costNanoUsd === 0n);
  const build = (kind: FocusRow["kind"], quantity: bigint, paid: bigint, listed: bigint | null): FocusRow => ({
    frame,
    group,
    kind,
    quantity,
    billed: isPlan(group.dims.billingMode) ? 0n : isUnknown ? null : paid,
    contracted: isUnknown ? null : paid,
    list: isUnknown ? null : listed,
  });
  const used = SKU_KINDS.filter(({ quantity, paid }) => sums[quantity] !== 0n || sums[paid] !== 0n);
  return [
    ...used.map(({ kind, quantity, paid }) =>
      build(kind, sums[quantity], sums[paid], list === null ? null : list[kind]),
    ),
    build("requests", sums.requests, findRest(sums), list === null ? null : group.listRest),
  ];
}

/** Lists the columns of a version, in order: those of FOCUS, then those of CCO, which begin with `x_`. */
export const focusColumns = (version: FocusVersion): CsvColumn<FocusRow>[] => [
  money("BilledCost", ({ billed }) => billed),
  text("BillingAccountId", ({ frame }) => frame.accountId),
  text("BillingAccountName", ({ frame }) => frame.accountName),
  text("BillingCurrency", () => "USD"),
  text("BillingPeriodEnd", ({ frame }) => frame.month[1]),
  text("BillingPeriodStart", ({ frame }) => frame.month[0]),
  text("ChargeCategory", () => "Usage"),
  text("ChargeClass", () => null),
  text("ChargeDescription", describeCharge),
  text("ChargeFrequency", () => "Usage-Based"),
  text("ChargePeriodEnd", ({ frame }) => frame.day[1]),
  text("ChargePeriodStart", ({ frame }) => frame.day[0]),
  number("ConsumedQuantity", ({ quantity }) => quantity.toString()),
  text("ConsumedUnit", ({ kind }) => UNITS[findUnit(kind)].consumed),
  money("ContractedCost", ({ contracted }) => contracted),
  number("ContractedUnitPrice", (row) => computeUnitPrice(row, row.contracted)),
  money("EffectiveCost", ({ billed }) => billed),
  ...(version === "1.2" ? [] : [text("HostProviderName", () => "Anthropic")]),
  text("InvoiceIssuerName", () => "Anthropic"),
  money("ListCost", ({ list }) => list),
  number("ListUnitPrice", (row) => computeUnitPrice(row, row.list)),
  text("PricingCategory", () => "Standard"),
  number("PricingQuantity", formatPricingQuantity),
  text("PricingUnit", ({ kind }) => UNITS[findUnit(kind)].priced),
  ...(version === "1.2" ? [text("ProviderName", () => "Anthropic"), text("PublisherName", () => "Anthropic")] : []),
  text("ServiceCategory", () => "AI and Machine Learning"),
  text("ServiceName", () => "Claude API"),
  ...(version === "1.2" ? [] : [text("ServiceProviderName", () => "Anthropic")]),
  text("ServiceSubcategory", () => "Generative AI"),
  text("SkuId", buildSkuId),
  text("SkuMeter", ({ kind }) => findMeter(kind)),
  text("SkuPriceDetails", formatSkuDetails),
  text("SkuPriceId", (row) => `${buildSkuId(row)}/${row.group.tier || "unknown"}`),
  text("SubAccountId", ({ group }) => group.dims.team || null),
  text("SubAccountName", ({ group }) => group.dims.team || null),
  text("Tags", ({ group }) => JSON.stringify(group.dims.project === "" ? {} : { project: group.dims.project })),
  ...ownColumns,
];

const text = (header: string, value: (row: FocusRow) => string | null): CsvColumn<FocusRow> => ({
  header,
  kind: "text",
  value,
});
const number = (header: string, value: (row: FocusRow) => string | null): CsvColumn<FocusRow> => ({
  header,
  kind: "number",
  value,
});
const money = (header: string, value: (row: FocusRow) => bigint | null): CsvColumn<FocusRow> =>
  number(header, (row) => {
    const amount = value(row);
    return amount === null ? null : toDollars(amount);
  });

/** Keeps what belongs to a whole request to the row of the requests, so that it can be added up. */
const pickPerRequest = (value: (row: FocusRow) => bigint | null) => (row: FocusRow) =>
  row.kind === "requests" ? value(row) : null;
const formatCount = (value: (row: FocusRow) => bigint | null) => (row: FocusRow) =>
  pickPerRequest(value)(row)?.toString() ?? null;
const sumMoneyRow = ({ group }: FocusRow) =>
  sumTotals([{ ...group.sums, decision: group.dims.decision, billingMode: group.dims.billingMode }]);

const ownColumns: readonly CsvColumn<FocusRow>[] = [
  text("x_RequestedModel", ({ group }) => group.dims.requestedModel || null),
  text("x_OverrideRuleId", ({ group }) => group.dims.ruleId || null),
  number("x_RulesVersion", ({ group }) => (group.dims.ruleVersion === 0 ? null : String(group.dims.ruleVersion))),
  text("x_CacheResult", ({ group }) => group.cacheResult || null),
  text("x_BillingMode", ({ group }) => group.dims.billingMode),
  money(
    "x_SavedCost",
    pickPerRequest((row) => sumMoneyRow(row).saved),
  ),
  money(
    "x_AvoidedCost",
    pickPerRequest((row) => sumMoneyRow(row).avoided),
  ),
  money(
    "x_FullPriceCost",
    pickPerRequest((row) => sumMoneyRow(row).fullPrice),
  ),
  text("x_CostBasis", ({ group }) => group.basis),
  text("x_UserEmail", ({ group, frame }) => (group.dims.personId === "" ? null : frame.findEmail(group.dims.personId))),
  number(
    "x_SessionCount",
    formatCount(({ group }) => (group.basis === "sums" ? null : BigInt(group.sessions.size))),
  ),
  number(
    "x_RequestCount",
    formatCount(({ group }) => group.sums.requests),
  ),
  number(
    "x_UnpricedRequestCount",
    formatCount(({ group }) => group.sums.unpriced),
  ),
  text("x_SchemaVersion", () => "1"),
];

const UNITS = {
  tokens: { consumed: "Tokens", priced: "1000000 Tokens", digits: 6 },
  searches: { consumed: "Searches", priced: "1000 Searches", digits: 3 },
  requests: { consumed: "Requests", priced: "Requests", digits: 0 },
} as const;

function findUnit(kind: FocusRow["kind"]): keyof typeof UNITS {
  if (kind === "requests") return "requests";
  return kind === "web-search" ? "searches" : "tokens";
}

/** Moves the point: 1,280 tokens are 0.001280 of a million. */
function formatPricingQuantity({ kind, quantity }: FocusRow): string {
  const { digits } = UNITS[findUnit(kind)];
  if (digits === 0) return quantity.toString();
  const sign = quantity < 0n ? "-" : "";
  const padded = (quantity < 0n ? -quantity : quantity).toString().padStart(digits + 1, "0");
  return `${sign}${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
}

/** Computes the price of a unit. Null where nine decimals do not hold it, as with mixed prices that leave a rest. */
function computeUnitPrice({ kind, quantity }: FocusRow, cost: bigint | null): string | null {
  if (cost === null || quantity === 0n || kind === "requests") return null;
  const scaled = cost * 10n ** BigInt(UNITS[findUnit(kind)].digits);
  return scaled % quantity === 0n ? toDollars(scaled / quantity) : null;
}

const findMeter = (kind: FocusRow["kind"]): string => SKU_KINDS.find((sku) => sku.kind === kind)?.meter ?? "Requests";

const findModel = ({ dims }: FocusGroup): string => dims.servedModel || dims.requestedModel || "unknown";

const buildSkuId = ({ group, kind }: FocusRow): string => `${findModel(group)}/${kind}`;

const describeCharge = ({ group, kind }: FocusRow): string => {
  const lifetime = kind === "cache-write-1h" ? " (1 hour)" : kind === "cache-write-5m" ? " (5 minutes)" : "";
  const meter = findMeter(kind).toLowerCase();
  return `${meter.charAt(0).toUpperCase()}${meter.slice(1)}${lifetime} for ${findModel(group)}`;
};

function formatSkuDetails({ group, kind }: FocusRow): string {
  const lifetime = kind === "cache-write-1h" ? { CacheTtl: "1h" } : kind === "cache-write-5m" ? { CacheTtl: "5m" } : {};
  const tier = group.tier === "" ? {} : { Tier: group.tier };
  return JSON.stringify({ Model: findModel(group), TokenKind: kind, ...lifetime, ...tier });
}
