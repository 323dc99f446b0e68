import { encodedBytes } from "#core/json-index/encoded-bytes.ts";
import { skip } from "./adaptation.ts";
import type { Draft, Step } from "./draft.ts";
import { writeThinking } from "./thinking.ts";

/** Budget for each effort, in percent of the largest budget Claude Code requests. */
const BUDGET_PERCENT: Readonly<Record<string, number>> = { low: 10, medium: 25, high: 50, xhigh: 80, max: 100 };
const BUDGET_MAX = 31_999;
const BUDGET_MIN = 1024;
/** Tokens of a picture in full size, by the resolution the model reads. */
const IMAGE_TOKENS = { small: 1600, large: 4800 };
const SMALL_IMAGE_PX = 1568;
/**
 * Tokens of a page. The provider reads a page of a document as its text and as a picture of it. A page of a PDF
 * rarely takes less than 30 kB.
 */
const PAGE_TEXT_TOKENS = 1500;
const BASE64_BYTES_PER_PAGE = 40_000;
/** Bytes per token of dense text: a safe estimate for prose and code. */
const BYTES_PER_TOKEN = 3;

/** E1, downwards only: a pre-warm with `max_tokens: 0` stays one (E42). */
export const maxTokens: Step = (draft) => {
  const { maxTokens: asked, input, served, body } = draft;
  if (asked === null) return null;
  const most = input.target.maxOutputTokens;
  if (most === null) return skip("E1", `the largest max_tokens of ${served} is not known`);
  if (asked <= most) return null;
  draft.maxTokens = most;
  body.set("max_tokens", most, "E1", `${served} writes ${most} tokens at most`);
  draft.note("E1", "clamp", `max_tokens ${asked} → ${most}`);
  return null;
};

/**
 * Gives manual thinking a budget that fits (at least 1,024, below max_tokens), or switches thinking off. Then writes
 * both.
 */
export const thinkingBudget: Step = (draft) => {
  if (draft.thinkingKind !== "enabled") {
    writeThinking(draft, null);
    return null;
  }
  const isManual = draft.thinking?.text("type") === "enabled";
  const wanted = isManual ? (draft.thinking?.number("budget_tokens") ?? null) : budgetOfEffort(draft);
  // A pre-warm (max_tokens 0) has no room for a budget either: models with budgets require them below max_tokens.
  const room = draft.maxTokens === null ? Number.POSITIVE_INFINITY : draft.maxTokens - 1;
  if (wanted === null || wanted <= room) {
    writeThinking(draft, wanted);
    return null;
  }
  if (room >= BUDGET_MIN) {
    if (isManual) draft.note("E1", "clamp", `thinking budget ${wanted} → ${room}`, "thinking.budget_tokens");
    writeThinking(draft, room);
    return null;
  }
  return withoutThinking(draft, isManual);
};

/** Switches thinking off when there are too few tokens for any budget: the response matters more than the thinking. */
function withoutThinking(draft: Draft, isManual: boolean) {
  const code = isManual ? "E1" : "E2";
  if (!draft.can?.thinking.includes("disabled"))
    return skip(code, `max_tokens leaves no room for ${draft.served} to think`);
  draft.decideThinking("disabled", code, "thinking switched off: max_tokens leaves no room for a budget");
  writeThinking(draft, null);
  return null;
}

function budgetOfEffort({ outputConfig, input }: Draft): number {
  const effort = outputConfig?.text("effort") ?? input.requested?.capabilities?.effortDefault ?? "high";
  return Math.max(BUDGET_MIN, Math.floor((BUDGET_MAX * (BUDGET_PERCENT[effort] ?? 50)) / 100));
}

/** E21: keeps the model for a prompt that may be too long, because no client recovers from one that is. */
export const contextWindow: Step = (draft) => {
  const { input, served } = draft;
  const window = input.target.contextWindowSafe;
  if (window === null) return skip("E21", `the context window of ${served} is not known`);
  const prompt = input.promptTokensEstimate ?? estimatedTokens(draft);
  if (prompt + (draft.maxTokens ?? 0) <= window) return null;
  const answer = draft.maxTokens === null ? "" : ` and max_tokens ${draft.maxTokens}`;
  return skip("E21", `about ${prompt} prompt tokens${answer} do not fit into the ${window} tokens of ${served}`);
};

/**
 * Estimates the prompt, based on the session's last one where that is known. That estimate overstates new pictures,
 * whose tokens are far fewer than their bytes suggest: where there are any, the smaller estimate counts.
 */
function estimatedTokens(draft: Draft): number {
  const sinceLast = draft.input.promptTokensSinceLast ?? null;
  if (sinceLast === null) return tokensOfBody(draft);
  const { images, documents } = draft.conversation.blocks;
  return images + documents === 0 ? sinceLast : Math.min(sinceLast, tokensOfBody(draft));
}

/**
 * Estimates the tokens of the body. Encoded files count by what the model reads of them: a picture by its size, a
 * document by its pages.
 */
function tokensOfBody({ conversation: { blocks }, can, input }: Draft): number {
  const messages = input.index.fields.get("messages");
  const hasFiles = blocks.images + blocks.documents > 0 && messages !== undefined;
  const encoded = hasFiles ? encodedBytes(input.bytes, messages) : { images: 0, documents: 0 };
  const isSmall = can !== null && can.imageMaxPx !== null && can.imageMaxPx <= SMALL_IMAGE_PX;
  const perImage = isSmall ? IMAGE_TOKENS.small : IMAGE_TOKENS.large;
  const pages = Math.max(blocks.documents, Math.ceil(encoded.documents / BASE64_BYTES_PER_PAGE));
  const text = input.bytes.length - encoded.images - encoded.documents;
  return Math.ceil(text / BYTES_PER_TOKEN) + blocks.images * perImage + pages * (PAGE_TEXT_TOKENS + perImage);
}
