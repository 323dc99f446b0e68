import { emptyUsage, type PriceContext, type Usage } from "#core/costs/usage.ts";

/** What the answer has told so far about its own cost. */
export interface UsageTally {
  usage: Usage;
  context: PriceContext;
  /** The provider has named at least the prompt's tokens. */
  isKnown: boolean;
  /** The output count is the provider's last word, not its count at the start of the stream. */
  isFinal: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

export const emptyTally = (): UsageTally => ({
  usage: emptyUsage(),
  context: { serviceTier: null, speed: null, inferenceGeo: null },
  isKnown: false,
  isFinal: false,
});

/** Takes in the `usage` of `message_start`, or of a whole answer (`isFinal`). */
export function tallyStart(raw: unknown, isFinal: boolean): UsageTally {
  const tally = emptyTally();
  if (!isFields(raw)) return tally;
  return merge(tally, raw, isFinal);
}

/** Takes in the cumulative `usage` of `message_delta`: every field that is not null replaces what was known. */
export function tallyDelta(tally: UsageTally, raw: unknown): UsageTally {
  return isFields(raw) ? merge(tally, raw, true) : tally;
}

/** Output tokens for an answer that was cut: from the delivered text, never less than what the provider had named. */
export function estimateOutput(tally: UsageTally, deliveredBytes: number): Usage {
  const estimate = Math.ceil(deliveredBytes / BYTES_PER_TOKEN);
  return { ...tally.usage, outputTokens: Math.max(tally.usage.outputTokens, estimate) };
}

/** English prose and code run at about four bytes a token. */
const BYTES_PER_TOKEN = 4;

function merge(tally: UsageTally, raw: Fields, isFinal: boolean): UsageTally {
  const iterations = raw.iterations;
  const usage =
    Array.isArray(iterations) && iterations.length > 0
      ? sumOfIterations(tally.usage, iterations, raw)
      : mergeUsage(tally.usage, raw);
  return {
    usage,
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

/** The split by lifetime comes at the start only; what the final total has above it was written for five minutes. */
function cacheWrites(known: Usage, raw: Fields): { fiveMinutes: number; oneHour: number } {
  const split = fieldsOr(raw.cache_creation);
  const oneHour = countOr(split.ephemeral_1h_input_tokens, known.cacheWrite1hTokens);
  const fiveMinutes = countOr(split.ephemeral_5m_input_tokens, known.cacheWrite5mTokens);
  const total = countOr(raw.cache_creation_input_tokens, fiveMinutes + oneHour);
  return { fiveMinutes: fiveMinutes + Math.max(0, total - fiveMinutes - oneHour), oneHour };
}

/** Where iterations are listed they are the bill: compaction and earlier attempts are missing in the totals beside them. */
function sumOfIterations(known: Usage, iterations: readonly unknown[], raw: Fields): Usage {
  const sum = emptyUsage();
  for (const iteration of iterations) {
    const part = mergeUsage(emptyUsage(), fieldsOr(iteration));
    sum.inputTokens += part.inputTokens;
    sum.cacheWrite5mTokens += part.cacheWrite5mTokens;
    sum.cacheWrite1hTokens += part.cacheWrite1hTokens;
    sum.cacheReadTokens += part.cacheReadTokens;
    sum.outputTokens += part.outputTokens;
    sum.thinkingTokens += part.thinkingTokens;
  }
  const totals = mergeUsage(known, raw);
  return {
    ...sum,
    thinkingTokens: Math.max(sum.thinkingTokens, totals.thinkingTokens),
    webSearches: totals.webSearches,
  };
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
