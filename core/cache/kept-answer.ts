import { SseLines } from "#core/protocol/sse-lines.ts";
import type { StorableEndpoint } from "./cacheable.ts";

/** End of a response as the usage meter read it. */
interface AnswerEnding {
  endpoint: StorableEndpoint;
  status: number;
  isStream: boolean;
  /** `message_stop` was received, or the whole of a JSON response. */
  isComplete: boolean;
  stopReason: string | null;
  errorType: string | null;
}

type NotKept = "status" | "incomplete" | "error" | "stop-reason" | "content";

/**
 * Finds why a complete response is not stored; null when it may be replayed. The caller checks the upstream's own
 * status.
 */
export function notKept(ending: AnswerEnding, body: Uint8Array): NotKept | null {
  if (ending.status !== 200) return "status";
  if (ending.errorType !== null) return "error";
  if (!ending.isComplete) return "incomplete";
  if (ending.endpoint === "messages" && ending.stopReason !== "end_turn") return "stop-reason";
  return isPlain(ending, body) ? null : "content";
}

/**
 * Whether a response is plain text. It has no thinking that a later turn could be bound to, no tool use, no unknown
 * content.
 */
function isPlain({ endpoint, isStream }: AnswerEnding, body: Uint8Array): boolean {
  if (isStream) return endpoint === "messages" && isPlainStream(body);
  const answer = toMembers(parsed(body, 0, body.length));
  switch (endpoint) {
    case "count_tokens":
      return typeof answer.input_tokens === "number";
    case "models":
      return Array.isArray(answer.data) || typeof answer.id === "string";
    case "messages":
      return Array.isArray(answer.content) && answer.content.every(isText);
  }
}

function isPlainStream(body: Uint8Array): boolean {
  let isAllText = true;
  let stops = 0;
  const lines = new SseLines((name, bytes, start, end) => {
    if (name === "content_block_delta" || name === "ping") return;
    const event = toMembers(parsed(bytes, start, end));
    if (event.type === "content_block_start" && !isText(event.content_block)) isAllText = false;
    if (event.type === "error") isAllText = false;
    if (event.type === "message_stop") stops++;
  });
  lines.push(body);
  return isAllText && stops === 1 && lines.isBetweenEvents;
}

const isText = (block: unknown): boolean => toMembers(block).type === "text";

const decoder = new TextDecoder();

function parsed(bytes: Uint8Array, start: number, end: number): unknown {
  try {
    return JSON.parse(decoder.decode(bytes.subarray(start, end))) as unknown;
  } catch {
    return null;
  }
}

function toMembers(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
