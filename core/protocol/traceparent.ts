/** The trace of a caller, as its header `traceparent` names it. Ids are lower-case hexadecimal. */
export interface TraceParent {
  traceId: string;
  spanId: string;
  isSampled: boolean;
}

const PARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[\x20-\x7e]*)?$/;
const NOTHING = /^0+$/;

/**
 * Reads a `traceparent` as W3C Trace Context has it. It takes any version but `ff`, of a later one only the fields of
 * version 00. Null for everything else, also where the header was sent more than once. Then a new trace begins.
 */
export function parseTraceparent(header: string | string[] | undefined): TraceParent | null {
  const found = typeof header === "string" ? PARENT.exec(header) : null;
  if (found === null) return null;
  const [, version, traceId = "", spanId = "", flags = "", rest] = found;
  if (version === "ff" || (version === "00" && rest !== undefined)) return null;
  if (NOTHING.test(traceId) || NOTHING.test(spanId)) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
