import { SseLines } from "#core/protocol/sse-lines.ts";
import type { StorableEndpoint } from "./cacheable.ts";

/** How an answer ended, as the meter read it. */
interface AnswerEnding {
  endpoint: StorableEndpoint;
  status: number;
  isStream: boolean;
  /** `message_stop` was seen, or the whole of a JSON answer. */
  isComplete: boolean;
  stopReason: string | null;
  errorType: string | null;
}

type NotKept = "status" | "incomplete" | "error" | "stop-reason" | "content";

/** Why a whole answer is not stored; null when it may be given again. The upstream's own end is for the caller to check. */
export function notKept(ending: AnswerEnding, body: Uint8Array): NotKept | null {
  if (ending.status !== 200) return "status";
  if (ending.errorType !== null) return "error";
  if (!ending.isComplete) return "incomplete";
  if (ending.endpoint === "messages" && ending.stopReason !== "end_turn") return "stop-reason";
  return isPlain(ending, body) ? null : "content";
}

/** Nothing but text: no thinking a later turn could be bound to, no tool that was used, nothing nobody has described. */
function isPlain({ endpoint, isStream }: AnswerEnding, body: Uint8Array): boolean {
  if (isStream) return endpoint === "messages" && isPlainStream(body);
  const answer = membersOf(parsed(body, 0, body.length));
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
    const event = membersOf(parsed(bytes, start, end));
    if (event.type === "content_block_start" && !isText(event.content_block)) isAllText = false;
    if (event.type === "error") isAllText = false;
    if (event.type === "message_stop") stops++;
  });
  lines.push(body);
  return isAllText && stops === 1 && lines.isBetweenEvents;
}

const isText = (block: unknown): boolean => membersOf(block).type === "text";

const decoder = new TextDecoder();

function parsed(bytes: Uint8Array, start: number, end: number): unknown {
  try {
    return JSON.parse(decoder.decode(bytes.subarray(start, end))) as unknown;
  } catch {
    return null;
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
