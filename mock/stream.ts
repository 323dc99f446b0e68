import type { Answer, Block } from "./answer.ts";
import type { Mood } from "./moods.ts";
import type { PromptTokens } from "./prompt-cache.ts";

export interface Message {
  id: string;
  model: string;
  answer: Answer;
  prompt: PromptTokens;
  tier: string;
  geo: string;
  speed: string | null;
}

const PIECE = 400;

/** The whole message as the non-streaming answer carries it. */
export function messageJson(message: Message, mood: Mood) {
  return {
    id: message.id,
    type: "message",
    role: "assistant",
    model: message.model,
    content: message.answer.blocks,
    stop_reason: message.answer.stopReason,
    stop_sequence: message.answer.stopSequence,
    usage: { ...openingUsage(message), ...closingUsage(message, { ...mood, nullUsage: false }) },
  };
}

/** The same message as SSE frames, in the provider's order. */
export function frames(message: Message, mood: Mood): string[] {
  const start = {
    id: message.id,
    type: "message",
    role: "assistant",
    model: message.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...openingUsage(message), output_tokens: 1 },
  };
  const out = [frame("message_start", { message: start })];
  if (mood.noisy) out.push(": a comment\n\n");
  for (const [index, block] of message.answer.blocks.entries()) {
    out.push(...blockFrames(block, index, index === 0));
    if (mood.noisy) out.push(frame("some_future_event", { index }));
  }
  const delta = { stop_reason: message.answer.stopReason, stop_sequence: message.answer.stopSequence };
  out.push(frame("message_delta", { delta, usage: closingUsage(message, mood) }));
  if (!mood.noStop) out.push(frame("message_stop", {}));
  return mood.crlf ? out.map((text) => text.replaceAll("\n", "\r\n")) : out;
}

export const frame = (type: string, fields: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const PING = frame("ping", {});

function blockFrames(block: Block, index: number, withPing: boolean): string[] {
  const delta = (fields: object) => frame("content_block_delta", { index, delta: fields });
  const empty =
    block.type === "text"
      ? { type: "text", text: "" }
      : block.type === "thinking"
        ? { type: "thinking", thinking: "", signature: "" }
        : { ...block, input: {} };
  const out = [frame("content_block_start", { index, content_block: empty })];
  if (withPing) out.push(PING);
  if (block.type === "text")
    for (const piece of pieces(block.text)) out.push(delta({ type: "text_delta", text: piece }));
  if (block.type === "thinking") {
    if (block.thinking !== "") out.push(delta({ type: "thinking_delta", thinking: block.thinking }));
    out.push(delta({ type: "signature_delta", signature: block.signature }));
  }
  if (block.type === "tool_use") {
    const json = JSON.stringify(block.input);
    const half = Math.ceil(json.length / 2);
    for (const part of ["", json.slice(0, half), json.slice(half)])
      out.push(delta({ type: "input_json_delta", partial_json: part }));
  }
  out.push(frame("content_block_stop", { index }));
  return out;
}

/** Two pieces at least, so that every text arrives in parts. */
function pieces(words: string): string[] {
  const size = Math.min(PIECE, Math.max(1, Math.ceil(words.length / 2)));
  const out: string[] = [];
  for (let at = 0; at < words.length; at += size) out.push(words.slice(at, at + size));
  return out;
}

function openingUsage({ prompt, tier, geo, speed }: Message) {
  return {
    input_tokens: prompt.input,
    cache_creation_input_tokens: prompt.write5m + prompt.write1h,
    cache_read_input_tokens: prompt.read,
    cache_creation: { ephemeral_5m_input_tokens: prompt.write5m, ephemeral_1h_input_tokens: prompt.write1h },
    service_tier: tier,
    inference_geo: geo,
    ...(speed === null ? {} : { speed }),
  };
}

/** Cumulative, without the 5m/1h split, tier and place: as the provider's closing event has it. */
function closingUsage({ prompt, answer }: Message, mood: Mood) {
  const known = mood.nullUsage
    ? { input_tokens: null, cache_creation_input_tokens: null, cache_read_input_tokens: null }
    : {
        input_tokens: prompt.input,
        cache_creation_input_tokens: prompt.write5m + prompt.write1h,
        cache_read_input_tokens: prompt.read,
      };
  return {
    ...known,
    output_tokens: answer.outputTokens,
    ...(answer.thinkingTokens > 0 ? { output_tokens_details: { thinking_tokens: answer.thinkingTokens } } : {}),
    ...(mood.webSearches > 0
      ? { server_tool_use: { web_search_requests: mood.webSearches, web_fetch_requests: 0 } }
      : {}),
  };
}
