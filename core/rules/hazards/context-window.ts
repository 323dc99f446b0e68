import { encodedBytes } from "#core/json-index/encoded-bytes.ts";
import { skip } from "../adapt/adaptation.ts";
import type { Draft } from "../adapt/draft.ts";
import type { Example } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";

const E21 = defineCode({
  code: "E21",
  words: "prompt longer than the context window",
  field: "messages",
  actions: ["skip"],
});

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

/** Keeps the model for a prompt that may be too long, because no client recovers from one that is. */
export const contextWindow = defineHazard({
  codes: [E21],
  step: {
    of: "settings",
    run(draft) {
      const { input, served } = draft;
      const window = input.target.contextWindowSafe;
      if (window === null) return skip("E21", `the context window of ${served} is not known`);
      const prompt = input.promptTokensEstimate ?? estimatedTokens(draft);
      if (prompt + (draft.maxTokens ?? 0) <= window) return null;
      const answer = draft.maxTokens === null ? "" : ` and max_tokens ${draft.maxTokens}`;
      return skip("E21", `about ${prompt} prompt tokens${answer} do not fit into the ${window} tokens of ${served}`);
    },
  },
  inside: null,
  betas: [],
  refusals: [
    {
      at: "prompt",
      refuse({ body, model, promptTokens, isCount }) {
        const window = model.contextWindowSafe;
        if (isCount || window === null) return null;
        if (promptTokens > window) return `prompt is too long: ${promptTokens} tokens > ${window} maximum`;
        const total = promptTokens + Number(body.max_tokens);
        if (total <= window) return null;
        return `input length and \`max_tokens\` exceed context limit: ${promptTokens} + ${body.max_tokens} > ${window}, decrease input length or \`max_tokens\` and try again`;
      },
    },
  ],
  examples: () => ({ E21: [longPrompt(), largePicture(), documentInToolResult(), longDocument()] }),
});

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

const between = { from: "opus-5-5", to: "haiku-4-5" };
const turn = (content: unknown) => ({ messages: [{ role: "user", content }] });

const longPrompt = (): Example => ({
  what: "a prompt longer than the window keeps the model",
  ...between,
  body: turn("word ".repeat(180_000)),
  refusal: /prompt is too long/,
  sent: { skip: "E21" },
  edits: ["E21 messages skip"],
});

const largePicture = (): Example => ({
  what: "a large picture is no long prompt",
  ...between,
  body: turn([{ type: "image", source: { type: "base64", media_type: "image/png", data: "A".repeat(700_000) } }]),
  refusal: null,
  sent: {},
  edits: [],
});

const documentInToolResult = (): Example => ({
  what: "a large document is weighed by its pages, also inside a tool result and with its fields in another order",
  ...between,
  body: turn([
    {
      type: "tool_result",
      tool_use_id: "t",
      content: [
        { type: "document", source: { data: "A".repeat(700_000), media_type: "application/pdf", type: "base64" } },
      ],
    },
  ]),
  refusal: null,
  sent: {},
  edits: [],
});

const longDocument = (): Example => ({
  what: "a document of more pages than fit keeps the model",
  ...between,
  body: {
    max_tokens: 64_000,
    ...turn([
      { type: "document", source: { type: "base64", media_type: "application/pdf", data: "A".repeat(1_880_000) } },
    ]),
  },
  refusal: /prompt is too long|exceed context limit/,
  sent: { skip: "E21" },
  edits: ["E21 messages skip"],
});
