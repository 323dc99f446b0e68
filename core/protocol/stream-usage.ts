// Long because totals and iterations of one usage are read and merged by each other.
import { emptyUsage, type PriceContext, type Usage, type UsagePart } from "#core/costs/usage.ts";

/** Usage that the response has reported so far. */
export interface UsageTally {
  /** What could be read. Where a count that is priced could not, `isKnown` is false. */
  usage: Usage;
  /** Usage per model, where the provider lists iterations; adds up to `usage`. A null model is the responding one. */
  parts: readonly UsageIteration[];
  /** The counts beside the iterations, as the provider named them last; NaN for one that could not be read. */
  totals: Usage;
  /** Which of the two counts that every usage has the totals have named, readable or not. */
  named: { input: boolean; output: boolean };
  /** The last list of iterations that named a count, as it came, and the totals it came with. */
  listed: { list: unknown; totals: Usage } | null;
  context: PriceContext;
  /** Whether the provider has reported at least the prompt's tokens, and every count that is priced could be read. */
  isKnown: boolean;
  /** Whether the output count is the provider's final one, not its count at the start of the stream. */
  isFinal: boolean;
}

/** One entry of `usage.iterations`. */
type UsageIteration = Omit<UsagePart, "model"> & { model: string | null };

type Fields = Readonly<Record<string, unknown>>;

export const emptyTally = (): UsageTally => ({
  usage: emptyUsage(),
  parts: [],
  totals: emptyUsage(),
  named: { input: false, output: false },
  listed: null,
  context: { serviceTier: null, speed: null, inferenceGeo: null },
  isKnown: false,
  isFinal: false,
});

/** Where a usage stands: in `message_start`, in `message_delta`, or in a response that is no stream. */
type UsageSource = "start" | "delta" | "whole";

/** Reads the `usage` of `message_start`, or of a whole response (`isWhole`). */
export function tallyStart(raw: unknown, isWhole: boolean): UsageTally {
  const tally = emptyTally();
  if (!isFields(raw)) return tally;
  return merge(tally, raw, isWhole ? "whole" : "start");
}

/** Merges the cumulative `usage` of `message_delta`: every field that is not null replaces the earlier value. */
export function tallyDelta(tally: UsageTally, raw: unknown): UsageTally {
  return isFields(raw) ? merge(tally, raw, "delta") : tally;
}

/**
 * Estimates the output tokens of a truncated response: from the delivered text, never less than what the provider
 * reported.
 */
export function estimateOutput(tally: UsageTally, deliveredBytes: number): Usage {
  const estimate = Math.ceil(deliveredBytes / BYTES_PER_TOKEN);
  return { ...tally.usage, outputTokens: Math.max(tally.usage.outputTokens, estimate) };
}

/** Average of English prose and code. */
export const BYTES_PER_TOKEN = 4;

function merge(tally: UsageTally, raw: Fields, place: UsageSource): UsageTally {
  const totals = mergeUsage(tally.totals, raw);
  const isListed = Array.isArray(raw.iterations) && raw.iterations.some(namesCount);
  const listed = isListed ? { list: raw.iterations, totals } : tally.listed;
  // How writes split by lifetime may come behind the list, or before it with totals that have grown since.
  const share = Math.max(oneHourShare(listed?.totals ?? totals), oneHourShare(totals));
  const parts = listed === null ? [] : withGrowth(readParts(listed.list, share), listed.totals, totals);
  const named = {
    input: tally.named.input || isNamed(raw.input_tokens),
    output: tally.named.output || isNamed(raw.output_tokens),
  };
  const saysOutput = place === "delta" && (isListed || isNamed(raw.output_tokens));
  const isFinal = place === "whole" || tally.isFinal || saysOutput;
  const sum = parts.length > 0 ? sumOfParts(parts, totals) : totals;
  const hasOutput = isCount(sum.outputTokens);
  const hasOthers = hasCountsBesideOutput(sum);
  // Of a stream that breaks off, the output is estimated.
  const isReadable = hasOthers && (hasOutput || (!isFinal && listed === null));
  return {
    usage: hasOthers && hasOutput ? sum : toReadable(sum),
    parts,
    totals,
    named,
    listed,
    context: {
      serviceTier: textOr(raw.service_tier, tally.context.serviceTier),
      speed: textOr(raw.speed, tally.context.speed),
      inferenceGeo: textOr(raw.inference_geo, tally.context.inferenceGeo),
    },
    isKnown: isReadable && (listed !== null || (named.input && (named.output || !isFinal))),
    isFinal,
  };
}

/** Count by count: with a list of their names, this took most of the time of a merge. */
const hasCountsBesideOutput = (usage: Usage): boolean =>
  isCount(usage.inputTokens) &&
  isCount(usage.cacheWrite5mTokens) &&
  isCount(usage.cacheWrite1hTokens) &&
  isCount(usage.cacheReadTokens) &&
  isCount(usage.thinkingTokens) &&
  isCount(usage.webSearches);

const COUNTS = Object.keys(emptyUsage()) as (keyof Usage)[];

/** Usage with 0 for what could not be read. */
function toReadable(usage: Usage): Usage {
  const readable = { ...usage };
  for (const count of COUNTS) if (!isCount(readable[count])) readable[count] = 0;
  return readable;
}

/** Counts of the provider that are missing or null keep what is known; one that cannot be read becomes NaN. */
function mergeUsage(known: Usage, raw: Fields): Usage {
  const writes = cacheWrites(known, raw);
  const thinking = countOr(fieldsOr(raw.output_tokens_details).thinking_tokens, known.thinkingTokens);
  return {
    inputTokens: countOr(raw.input_tokens, known.inputTokens),
    cacheWrite5mTokens: writes.fiveMinutes,
    cacheWrite1hTokens: writes.oneHour,
    cacheReadTokens: countOr(raw.cache_read_input_tokens, known.cacheReadTokens),
    outputTokens: countOr(raw.output_tokens, known.outputTokens),
    // A share of the output that no price applies to: the bill is known without it.
    thinkingTokens: Number.isNaN(thinking) ? known.thinkingTokens : thinking,
    webSearches: readCount(raw.server_tool_use, "web_search_requests", known.webSearches),
  };
}

/**
 * Splits cache writes by lifetime. The split comes at the start only; what the final total exceeds it by was written
 * for five minutes.
 */
function cacheWrites(known: Usage, raw: Fields): { fiveMinutes: number; oneHour: number } {
  const oneHour = readCount(raw.cache_creation, "ephemeral_1h_input_tokens", known.cacheWrite1hTokens);
  const fiveMinutes = readCount(raw.cache_creation, "ephemeral_5m_input_tokens", known.cacheWrite5mTokens);
  const total = countOr(raw.cache_creation_input_tokens, fiveMinutes + oneHour);
  return { fiveMinutes: fiveMinutes + Math.max(0, total - fiveMinutes - oneHour), oneHour };
}

/**
 * Maximum of iterations kept, more than any response has. Further ones are added to one of their kind and model, or of
 * their model.
 */
const PARTS_MAX = 100;

/**
 * Reads the iterations of a list that names a count. There an entry without its input or output is one that cannot be
 * read.
 */
function readParts(raw: unknown, share: number): UsageIteration[] {
  if (!Array.isArray(raw)) return [];
  const parts: UsageIteration[] = [];
  for (const { kind, model, usage } of readEntries(raw, share))
    if (parts.length < PARTS_MAX) parts.push({ kind, model, usage });
    else addUsage(partFor(parts, kind, model), usage);
  return parts;
}

/**
 * The entries of a list. An entry may leave out how its cache writes split by lifetime, as the SDK's types allow: then
 * they split as those of the totals do, since all attempts send the same request.
 */
function readEntries(raw: readonly unknown[], share: number): UsageIteration[] {
  return raw.map((entry) => {
    const fields = fieldsOr(entry);
    const usage = { ...mergeUsage(UNNAMED, fields), webSearches: 0 };
    const oneHour = Math.round(usage.cacheWrite5mTokens * share);
    if (!isNamed(fields.cache_creation) && oneHour > 0) {
      usage.cacheWrite5mTokens -= oneHour;
      usage.cacheWrite1hTokens += oneHour;
    }
    return { kind: textOr(fields.type, null) ?? "message", model: nameOr(fields.model), usage };
  });
}

/** The share of cache writes that last an hour; 0 where there are none, or they cannot be read. */
const oneHourShare = ({ cacheWrite1hTokens, cacheWrite5mTokens }: Usage): number =>
  cacheWrite1hTokens / (cacheWrite1hTokens + cacheWrite5mTokens) || 0;

/** What an entry has that names nothing: its input and output are needed, the other counts may be left out. */
const UNNAMED: Usage = { ...emptyUsage(), inputTokens: Number.NaN, outputTokens: Number.NaN };

/** A list that names no count but 0 says nothing against the totals. */
const namesCount = (entry: unknown): boolean =>
  isFields(entry) &&
  Object.entries(entry).some(([name, value]) => name.endsWith("_tokens") && isNamed(value) && value !== 0);

/**
 * The part that takes an iteration beyond the bound, so that the record keeps its size. The kind has no price. A model that
 * no part has leaves the whole bill unknown.
 */
function partFor(parts: readonly UsageIteration[], kind: string, model: string | null): Usage {
  const same = parts.findLast((part) => part.model === model && part.kind === kind);
  const found = same ?? parts.findLast((part) => part.model === model);
  if (found !== undefined) return found.usage;
  const last = parts.at(-1)?.usage ?? emptyUsage();
  last.inputTokens = Number.NaN;
  return last;
}

/**
 * Adds what the totals have grown by since the list came to the last part. The last part gives the response. A list may
 * come with the start of a stream only, and a later usage without one says nothing against it. Where the totals did not
 * name what the last part already counts, that is no growth. Nor is a split by lifetime that says the same writes in
 * another way. Searches are in the totals only; the last part carries them.
 */
function withGrowth(parts: readonly UsageIteration[], before: Usage, now: Usage): UsageIteration[] {
  const last = parts.at(-1);
  if (last === undefined) return [];
  const growth = (read: (usage: Usage) => number) => Math.max(0, read(now) - Math.max(read(before), read(last.usage)));
  const grown = (count: keyof Usage) => last.usage[count] + growth((usage) => usage[count]);
  const writes = growth((usage) => usage.cacheWrite5mTokens + usage.cacheWrite1hTokens);
  const oneHour = Math.min(
    writes,
    growth((usage) => usage.cacheWrite1hTokens),
  );
  const usage: Usage = {
    inputTokens: grown("inputTokens"),
    cacheWrite5mTokens: last.usage.cacheWrite5mTokens + writes - oneHour,
    cacheWrite1hTokens: last.usage.cacheWrite1hTokens + oneHour,
    cacheReadTokens: grown("cacheReadTokens"),
    outputTokens: grown("outputTokens"),
    thinkingTokens: grown("thinkingTokens"),
    webSearches: now.webSearches,
  };
  return [...parts.slice(0, -1), { ...last, usage }];
}

/**
 * Sums the iterations: where they are listed they are the bill, and the totals lack compaction and earlier attempts.
 */
function sumOfParts(parts: readonly UsageIteration[], totals: Usage): Usage {
  const sum = emptyUsage();
  for (const { usage } of parts) addUsage(sum, usage);
  return { ...sum, thinkingTokens: Math.max(sum.thinkingTokens, totals.thinkingTokens) };
}

function addUsage(sum: Usage, part: Usage): void {
  sum.inputTokens += part.inputTokens;
  sum.cacheWrite5mTokens += part.cacheWrite5mTokens;
  sum.cacheWrite1hTokens += part.cacheWrite1hTokens;
  sum.cacheReadTokens += part.cacheReadTokens;
  sum.outputTokens += part.outputTokens;
  sum.thinkingTokens += part.thinkingTokens;
  sum.webSearches += part.webSearches;
}

const isFields = (raw: unknown): raw is Fields => typeof raw === "object" && raw !== null && !Array.isArray(raw);

const fieldsOr = (raw: unknown): Fields => (isFields(raw) ? raw : {});

/** A billion. No request has as many tokens; above it, sums of money would leave their columns. */
const COUNT_MAX = 1_000_000_000;

const isCount = (raw: unknown): raw is number =>
  Number.isInteger(raw) && (raw as number) >= 0 && (raw as number) <= COUNT_MAX;

/** Whether the provider gives a value at all, readable or not. */
const isNamed = (raw: unknown): boolean => (raw ?? null) !== null;

/** The count, or what is known where none is named, or NaN for one that cannot be read. */
function countOr(raw: unknown, known: number): number {
  if (!isNamed(raw)) return known;
  return isCount(raw) ? raw : Number.NaN;
}

/** The same for a count inside an object: one that is there and is no object cannot be read either. */
function readCount(group: unknown, name: string, known: number): number {
  if (!isNamed(group)) return known;
  return isFields(group) ? countOr(group[name], known) : Number.NaN;
}

function textOr(raw: unknown, known: string | null): string | null {
  return typeof raw === "string" && raw.length <= 64 ? raw : known;
}

/** Reads a model's name; null where there is none that could be recorded. */
const nameOr = (raw: unknown): string | null =>
  typeof raw === "string" && raw !== "" && raw.length <= 256 && !raw.includes("\0") ? raw : null;
