import type { Catalogue } from "#core/costs/catalogue.ts";
import { rawText } from "#core/protocol/json-walk.ts";
import { type Adaptation, type AdaptInput, USUAL_WISHES } from "./adapt/adaptation.ts";
import { takesSameConversation } from "./adapt/same-conversation.ts";

/** Fields that nobody looks into where the served model takes the same conversation: what they hold changes nothing. */
const UNREAD = new Set(["messages", "system", "tools", "metadata"]);
const SHAPES_MAX = 1_000;
const SHAPE_LENGTH_MAX = 4_000;
/** No JSON holds it as it is, so no two shapes can look alike. */
const BETWEEN = "\0";

const memories = new WeakMap<Catalogue, NameOnlyMemory>();

/** What is remembered holds for one catalogue: with another, models take other things. */
export function nameOnlyMemory(catalogue: Catalogue): NameOnlyMemory {
  let memory = memories.get(catalogue);
  if (memory === undefined) {
    memory = new NameOnlyMemory();
    memories.set(catalogue, memory);
  }
  return memory;
}

/**
 * Requests of which `adapt` changes nothing but the model's name, by everything it looks at. A session asks for the same things
 * turn after turn; only its conversation grows, and that is not looked into here.
 */
export class NameOnlyMemory {
  /** By shape, the largest prompt that still fits, in tokens. */
  private readonly shapes = new Map<string, number>();

  /** True only when `adapt` would change the name alone, note nothing and leave all betas. */
  has(input: AdaptInput): boolean {
    const shape = this.shapes.size === 0 ? null : shapeOf(input);
    const tokensMax = shape === null ? undefined : this.shapes.get(shape);
    return tokensMax !== undefined && (input.promptTokensEstimate ?? Number.POSITIVE_INFINITY) <= tokensMax;
  }

  /** Takes note of what `adapt` has found. */
  learn(input: AdaptInput, outcome: Adaptation): void {
    if (outcome.kind !== "adapted" || outcome.edits.length !== 1 || outcome.changes.length > 0) return;
    if (outcome.betas.length !== input.headers.betas.length || !takesSameConversation(input)) return;
    const shape = shapeOf(input);
    const tokensMax = promptTokensMax(input);
    if (shape === null || tokensMax === null) return;
    if (this.shapes.size >= SHAPES_MAX) this.shapes.clear();
    this.shapes.set(shape, tokensMax);
  }
}

/** Everything an adaptation depends on except the prompt's size; null for what is not worth remembering. */
function shapeOf(input: AdaptInput): string | null {
  const { bytes, index, headers, target, wishes, endpoint, today } = input;
  if (!index.isPlain) return null;
  const { safeguards, fastMode } = wishes ?? USUAL_WISHES;
  let shape = `${target.id}\0${headers.anthropicVersion}\0${safeguards}\0${fastMode}\0${endpoint}\0${today}\0${listOf(headers.betas)}`;
  let start = -1;
  let end = -1;
  // Fields that stand together are taken together, with the commas between them.
  for (const field of index.fields.values()) {
    if (!UNREAD.has(field.name)) {
      if (start === -1) start = field.keyStart;
      end = field.end;
      continue;
    }
    if (start !== -1) shape += BETWEEN + shownText(bytes, start, end);
    shape += BETWEEN + field.name;
    start = -1;
  }
  if (start !== -1) shape += BETWEEN + shownText(bytes, start, end);
  return shape.length > SHAPE_LENGTH_MAX ? null : shape;
}

let lastBetas: readonly string[] = [];
let lastList = "";

/** Requests of one connection come with the same list, mostly one after the other. */
function listOf(betas: readonly string[]): string {
  if (betas !== lastBetas) {
    lastBetas = betas;
    lastList = betas.join();
  }
  return lastList;
}

function shownText(bytes: Uint8Array, start: number, end: number): string {
  return rawText(bytes, start, Math.min(end, start + SHAPE_LENGTH_MAX + 1));
}

function promptTokensMax({ bytes, index, target }: AdaptInput): number | null {
  const window = target.contextWindowSafe;
  const field = index.fields.get("max_tokens");
  if (window === null || field === undefined) return window;
  const maxTokens = Number(rawText(bytes, field.start, field.end));
  return Number.isFinite(maxTokens) ? window - maxTokens : null;
}
