import { emptyUsage, type PriceContext, type Usage, type UsagePart } from "#core/costs/usage.ts";

/** Usage that the response has reported so far. */
export interface UsageTally {
  usage: Usage;
  /** Usage per model, where the provider lists iterations; adds up to `usage`. A null model is the responding one. */
  parts: readonly UsageIteration[];
  /** The counts beside the iterations, as the provider named them last. */
  totals: Usage;
  /** The last list of iterations that was not empty, and the totals it came with. */
  listed: { parts: readonly UsageIteration[]; totals: Usage } | null;
  context: PriceContext;
  /** Whether the provider has reported at least the prompt's tokens. */
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
  listed: null,
  context: { serviceTier: null, speed: null, inferenceGeo: null },
  isKnown: false,
  isFinal: false,
});

/** Reads the `usage` of `message_start`, or of a whole response (`isFinal`). */
export function tallyStart(raw: unknown, isFinal: boolean): UsageTally {
  const tally = emptyTally();
  if (!isFields(raw)) return tally;
  return merge(tally, raw, isFinal);
}

/** Merges the cumulative `usage` of `message_delta`: every field that is not null replaces the earlier value. */
export function tallyDelta(tally: UsageTally, raw: unknown): UsageTally {
  return isFields(raw) ? merge(tally, raw, true) : tally;
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
const BYTES_PER_TOKEN = 4;

function merge(tally: UsageTally, raw: Fields, isFinal: boolean): UsageTally {
  const totals = mergeUsage(tally.totals, raw);
  const fresh = partsOf(raw.iterations);
  const listed = fresh.length > 0 ? { parts: fresh, totals } : tally.listed;
  const parts = listed === null ? [] : withGrowth(listed.parts, listed.totals, totals);
  return {
    usage: parts.length > 0 ? sumOfParts(parts, totals) : totals,
    parts,
    totals,
    listed,
    context: {
      serviceTier: textOr(raw.service_tier, tally.context.serviceTier),
      speed: textOr(raw.speed, tally.context.speed),
      inferenceGeo: textOr(raw.inference_geo, tally.context.inferenceGeo),
    },
    isKnown: true,
    isFinal,
  };
}

function mergeUsage(known: Usage, raw: Fields): Usage {
  const writes = cacheWrites(known, raw);
  return {
    inputTokens: countOr(raw.input_tokens, known.inputTokens),
    cacheWrite5mTokens: writes.fiveMinutes,
    cacheWrite1hTokens: writes.oneHour,
    cacheReadTokens: countOr(raw.cache_read_input_tokens, known.cacheReadTokens),
    outputTokens: countOr(raw.output_tokens, known.outputTokens),
    thinkingTokens: countOr(fieldsOr(raw.output_tokens_details).thinking_tokens, known.thinkingTokens),
    webSearches: countOr(fieldsOr(raw.server_tool_use).web_search_requests, known.webSearches),
  };
}

/**
 * Splits cache writes by lifetime. The split comes at the start only; what the final total exceeds it by was written
 * for five minutes.
 */
function cacheWrites(known: Usage, raw: Fields): { fiveMinutes: number; oneHour: number } {
  const split = fieldsOr(raw.cache_creation);
  const oneHour = countOr(split.ephemeral_1h_input_tokens, known.cacheWrite1hTokens);
  const fiveMinutes = countOr(split.ephemeral_5m_input_tokens, known.cacheWrite5mTokens);
  const total = countOr(raw.cache_creation_input_tokens, fiveMinutes + oneHour);
  return { fiveMinutes: fiveMinutes + Math.max(0, total - fiveMinutes - oneHour), oneHour };
}

/** More iterations than any response has: further ones are added to the last of their kind and model. */
const PARTS_MAX = 100;

/** Reads the iterations; empty where none are listed. */
function partsOf(raw: unknown): UsageIteration[] {
  if (!Array.isArray(raw) || raw.length === 0) return [];
  const parts: UsageIteration[] = [];
  for (const fields of raw) {
    if (!isFields(fields)) continue;
    const kind = textOr(fields.type, null) ?? "message";
    const model = nameOr(fields.model);
    const usage = { ...mergeUsage(emptyUsage(), fields), webSearches: 0 };
    const known =
      parts.length < PARTS_MAX ? undefined : parts.findLast((one) => one.kind === kind && one.model === model);
    if (known) addUsage(known.usage, usage);
    else parts.push({ kind, model, usage });
  }
  return parts;
}

/**
 * Adds to the last part, which gives the response, what the totals have grown by since the list came: a list may come
 * with the start of a stream only, and a later usage without one says nothing against it. Where the totals did not
 * name what the last part already counts, that is no growth. Searches are in the totals only; the last part carries
 * them.
 */
function withGrowth(parts: readonly UsageIteration[], before: Usage, now: Usage): UsageIteration[] {
  const last = parts.at(-1);
  if (last === undefined) return [];
  const grown = (count: keyof Usage) =>
    last.usage[count] + Math.max(0, now[count] - Math.max(before[count], last.usage[count]));
  const usage: Usage = {
    inputTokens: grown("inputTokens"),
    cacheWrite5mTokens: grown("cacheWrite5mTokens"),
    cacheWrite1hTokens: grown("cacheWrite1hTokens"),
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

function isFields(raw: unknown): raw is Fields {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw);
}

function fieldsOr(raw: unknown): Fields {
  return isFields(raw) ? raw : {};
}

function countOr(raw: unknown, known: number): number {
  return typeof raw === "number" && Number.isSafeInteger(raw) && raw >= 0 ? raw : known;
}

function textOr(raw: unknown, known: string | null): string | null {
  return typeof raw === "string" && raw.length <= 64 ? raw : known;
}

/** Reads a model's name; null where there is none that could be recorded. */
const nameOr = (raw: unknown): string | null =>
  typeof raw === "string" && raw !== "" && raw.length <= 256 && !raw.includes("\0") ? raw : null;
