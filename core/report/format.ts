import { NANO_PER_USD, scaleNanoUsd, toDollarNumber, toDollars } from "#core/money/nano-usd.ts";

/**
 * Number formats of the screens. Files and APIs carry the exact values; every amount here rounds once, from the exact
 * sum.
 */
const MINUS = "\u2212";
const UNPRICED = "unpriced";
const NOTHING = "–";

/**
 * Formats what stands beside a known amount in which requests are missing: " +3 unpriced". Empty where none is, or the
 * amount is not known itself.
 */
export const formatMissing = (amount: string | bigint | null, requests: number): string =>
  amount === null || requests <= 0 ? "" : ` +${formatCount(requests)} ${UNPRICED}`;

/** Formats an amount: "$4,678.12"; below one dollar four decimals ("$0.0042"); a loss "−$12.40"; null is "unpriced". */
export function formatMoney(nanoUsd: bigint | string | null): string {
  if (nanoUsd === null) return UNPRICED;
  const value = BigInt(nanoUsd);
  if (value === 0n) return "$0.00";
  const decimals = isBelowOneDollar(value) ? 4 : 2;
  const shown = rounded(value, decimals);
  // A positive cost must not look like zero.
  if (shown === "0.0000") return value < 0n ? `${MINUS}<$0.0001` : "<$0.0001";
  return signed(value, `$${shown}`);
}

/** Formats a change of money: `formatMoney` with a plus sign where it is more. */
export const formatMoneyChange = (nanoUsd: bigint): string => `${nanoUsd > 0n ? "+" : ""}${formatMoney(nanoUsd)}`;

/** Formats whole dollars for axes and dense legends ("$4,678"); below ten dollars like `formatMoney`. */
export function formatMoneyShort(nanoUsd: bigint | string | null): string {
  if (nanoUsd === null) return UNPRICED;
  const value = BigInt(nanoUsd);
  return magnitude(value) < 10n * NANO_PER_USD ? formatMoney(value) : signed(value, `$${rounded(value, 0)}`);
}

/** Formats the exact amount, for tooltips and copying: "$0.003572", cents at least. */
export function formatMoneyExact(nanoUsd: bigint | string | null): string {
  if (nanoUsd === null) return UNPRICED;
  const value = BigInt(nanoUsd);
  const [dollars = "0", fraction = ""] = toDollars(magnitude(value)).split(".");
  return signed(value, `$${grouped(dollars)}.${fraction.replace(/0+$/, "").padEnd(2, "0")}`);
}

/** Formats a token count: "1.28M", "48.2k": three significant digits; below a thousand exact. */
export function formatTokens(tokens: bigint | number): string {
  const value = Number(tokens);
  const size = Math.abs(value);
  const sign = value < 0 ? MINUS : "";
  if (size < 1000) return `${sign}${Math.round(size)}`;
  for (const [unit, name] of tokenUnits) {
    const text = threeDigits(size / unit);
    if (Number(text) < 1000) return `${sign}${text}${name}`;
  }
  return `${sign}${grouped(String(Math.round(size / 1e12)))}T`;
}

/** Formats a whole number in full: "12,480". */
export function formatCount(count: bigint | number): string {
  const text = typeof count === "bigint" ? count.toString() : String(Math.round(count));
  return text.startsWith("-") ? `${MINUS}${grouped(text.slice(1))}` : grouped(text);
}

/** Formats a ratio as "28.1%"; null (nothing to divide by) as a dash. */
export function formatPercent(ratio: number | null): string {
  if (ratio === null || !Number.isFinite(ratio)) return NOTHING;
  const text = fixed(Math.abs(ratio) * 100, 1);
  return `${ratio < 0 && Number(text) !== 0 ? MINUS : ""}${text}%`;
}

/**
 * Computes the share of a whole; null when there is no whole. Exact to a hundred-thousandth for any size of amounts.
 */
export function computeShare(part: bigint, whole: bigint): number | null {
  return whole === 0n ? null : Number(scaleNanoUsd(part, 100_000n * toSign(whole), magnitude(whole))) / 100_000;
}

/** Formats the change of an amount: "+12.3%", "−3.1%", "0.0%"; from nothing to something it is "new". */
export function formatChange(now: bigint | number, before: bigint | number): string {
  const [current, past] = [Number(now), Number(before)];
  if (past === 0) return current === 0 ? NOTHING : "new";
  return withSign(((current - past) / Math.abs(past)) * 100, "%");
}

/** Formats the change of a percentage, from two ratios: "+1.2 pts". Null in, dash out. */
export function formatPoints(now: number | null, before: number | null): string {
  return now === null || before === null ? NOTHING : withSign((now - before) * 100, " pts");
}

/** Formats a duration: "1.8 ms", "1.2 s", "4 min", "3 h", "6 d". */
export function formatDuration(ms: number): string {
  const size = Math.max(0, ms);
  if (size < 9.95) return `${fixed(size, 1)} ms`;
  if (size < 999.5) return `${Math.round(size)} ms`;
  if (size < 9_950) return `${fixed(size / 1000, 1)} s`;
  if (size < 59_500) return `${Math.round(size / 1000)} s`;
  if (size < 3_570_000) return `${Math.round(size / 60_000)} min`;
  return size < 84_600_000 ? `${Math.round(size / 3_600_000)} h` : `${Math.round(size / 86_400_000)} d`;
}

/** Formats memory and disk sizes in steps of 1,024: "12.3 MB", "840 kB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} kB`;
  const mb = bytes / (1024 * 1024);
  return `${mb < 9.95 ? fixed(mb, 1) : formatCount(mb)} MB`;
}

/**
 * Formats the distance of an instant from now, past or future: "now", "4 min", "3 h", "6 d". The exact instant
 * belongs in the tooltip.
 */
export function formatRelative(atMs: number, nowMs: number): string {
  const minutes = Math.floor(Math.abs(nowMs - atMs) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  return minutes < 1440 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} d`;
}

/** Formats a time to the second in a zone, which it names: "22 Nov 2026, 14:03:22 GMT+1". */
export const formatInstant = (atMs: number, zone: string): string =>
  new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZone: zone,
    timeZoneName: "short",
  }).format(atMs);

/** Converts dollars to a number, for chart geometry only: never add these up. */
export const chartDollars = (nanoUsd: bigint | string): number => toDollarNumber(BigInt(nanoUsd));

const tokenUnits = [
  [1e3, "k"],
  [1e6, "M"],
  [1e9, "B"],
  [1e12, "T"],
] as const;

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);
const toSign = (value: bigint): bigint => (value < 0n ? -1n : 1n);
const signed = (value: bigint, text: string): string => (value < 0n ? `${MINUS}${text}` : text);

/** Whether an amount is shown as less than a dollar: 99.996 cents round up to one. */
const isBelowOneDollar = (value: bigint): boolean => magnitude(value) < NANO_PER_USD - 50_000n;

/** Formats dollars without sign, grouped, rounded half away from zero to `decimals` digits. */
function rounded(value: bigint, decimals: number): string {
  const units = scaleNanoUsd(magnitude(value), 10n ** BigInt(decimals), NANO_PER_USD)
    .toString()
    .padStart(decimals + 1, "0");
  const dollars = units.slice(0, units.length - decimals);
  return decimals === 0 ? grouped(dollars) : `${grouped(dollars)}.${units.slice(-decimals)}`;
}

const grouped = (digits: string): string => digits.replace(/\B(?=(?:\d{3})+$)/g, ",");

function threeDigits(value: number): string {
  if (value < 9.995) return fixed(value, 2);
  return value < 99.95 ? fixed(value, 1) : fixed(value, 0);
}

function withSign(value: number, unit: string): string {
  const text = fixed(Math.abs(value), 1).replace(/^(\d{4,})/, grouped);
  if (Number(fixed(Math.abs(value), 1)) === 0) return `0.0${unit}`;
  return `${value < 0 ? MINUS : "+"}${text}${unit}`;
}

/** Rounds halves up before `toFixed`, as people expect: 1.005 has no exact binary form. */
const fixed = (value: number, decimals: number): string => {
  const scale = 10 ** decimals;
  return (Math.round(value * scale * (1 + Number.EPSILON)) / scale).toFixed(decimals);
};
