import type { Catalogue } from "#core/costs/catalogue.ts";
import { type Field, ScanProblem } from "#core/protocol/json-scan.ts";
import { rawText } from "#core/protocol/json-walk.ts";
import { type Adaptation, type AdaptEdit, type AdaptInput, USUAL_WISHES } from "./adapt/adaptation.ts";
import { conversationOf, hasSpecialTools } from "./adapt/draft.ts";
import { NO_CONVERSATION } from "./adapt/read-messages.ts";
import { takesSameConversation } from "./adapt/same-conversation.ts";
import type { Settings } from "./adapt/settings.ts";
import { adaptSettling, isOfTextAlone, type Settled, withConversation } from "./adapt.ts";

/** Fields that grow with the conversation, or that nobody looks into. The conversation and the tools are looked at each time. */
const UNREAD = new Set(["messages", "system", "tools", "metadata"]);
const SHAPES_MAX = 1_000;
const SHAPE_LENGTH_MAX = 4_000;
/** No JSON holds it as it is, so no two shapes can look alike. */
const BETWEEN = "\0";

const memories = new WeakMap<Catalogue, AdaptMemory>();

/** What is remembered holds for one catalogue: with another, models take other things. */
export function adaptMemory(catalogue: Catalogue): AdaptMemory {
  let memory = memories.get(catalogue);
  if (memory === undefined) {
    memory = new AdaptMemory();
    memories.set(catalogue, memory);
  }
  return memory;
}

/** Settings as they were decided once, at home in every body of the same shape. */
interface Known extends Settings {
  places: readonly Places[];
  /** The largest prompt that still fits, in tokens. */
  promptTokensMax: number;
}

/** Where an edit begins and ends, as seen from the fields of the body. */
interface Places {
  start: Place;
  end: Place;
}

interface Place {
  /** The number of the field. */
  field: number;
  /** Bytes from the end of the field; else from the start of its key. */
  isFromEnd: boolean;
  offset: number;
}

/**
 * A session asks for the same things turn after turn; only its conversation grows. What was decided about everything else is
 * remembered by everything that it was decided by, and only the conversation is gone through again.
 */
export class AdaptMemory {
  private readonly shapes = new Map<string, Known>();
  /** Requests whose settings were known. */
  hits = 0;

  /** Exactly what `adapt` finds. */
  adapt(input: AdaptInput): Adaptation {
    const shape = shapeOf(input);
    const known = shape === null ? undefined : this.shapes.get(shape);
    const again = known === undefined ? null : adaptedAgain(input, known);
    if (again !== null) {
      this.hits++;
      return again;
    }
    const settled = adaptSettling(input);
    if (shape !== null && known === undefined) this.learn(shape, input, settled);
    return settled.adaptation;
  }

  private learn(shape: string, input: AdaptInput, { settings, isOfSettingsAlone }: Settled): void {
    const window = input.target.contextWindowSafe;
    if (settings === null || !isOfSettingsAlone || window === null || input.promptTokensEstimate === null) return;
    const places = placesOf(settings.edits, [...input.index.fields.values()]);
    if (places === null) return;
    if (this.shapes.size >= SHAPES_MAX) this.shapes.clear();
    this.shapes.set(shape, { ...settings, places, promptTokensMax: window - (settings.maxTokens ?? 0) });
  }
}

/** Null where anything but the conversation's text may decide otherwise this time. */
function adaptedAgain(input: AdaptInput, known: Known): Adaptation | null {
  const { promptTokensEstimate, bytes, index } = input;
  if (promptTokensEstimate === null || promptTokensEstimate > known.promptTokensMax) return null;
  const settings = { ...known, edits: movedTo(known, [...index.fields.values()]) };
  if (takesSameConversation(input)) return withConversation(input, settings, NO_CONVERSATION);
  try {
    if (hasSpecialTools(bytes, index.fields.get("tools"))) return null;
    const conversation = conversationOf(input);
    if (conversation === null || !isOfTextAlone(conversation)) return null;
    return withConversation(input, settings, conversation);
  } catch (problem) {
    if (problem instanceof ScanProblem) return null;
    throw problem;
  }
}

/** Everything that settings are decided by except the prompt's size; null for what is not worth remembering. */
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

/** Null when an edit lies where a body of the same shape may look otherwise. */
function placesOf(edits: readonly AdaptEdit[], fields: readonly Field[]): Places[] | null {
  const all: Places[] = [];
  for (const edit of edits) {
    const start = placeOf(edit.start, fields);
    const end = placeOf(edit.end, fields);
    if (start === null || end === null) return null;
    all.push({ start, end });
  }
  return all;
}

function placeOf(at: number, fields: readonly Field[]): Place | null {
  for (const [field, { name, keyStart, end }] of fields.entries()) {
    if (at < keyStart || at > end) continue;
    if (at === end) return { field, isFromEnd: true, offset: 0 };
    if (at === keyStart || !UNREAD.has(name)) return { field, isFromEnd: false, offset: at - keyStart };
  }
  return null;
}

function movedTo({ edits, places }: Known, fields: readonly Field[]): AdaptEdit[] {
  return edits.map(({ bytes, why, code }, number) => {
    const { start, end } = places[number] as Places;
    return { start: atPlace(start, fields), end: atPlace(end, fields), bytes, why, code };
  });
}

function atPlace({ field, isFromEnd, offset }: Place, fields: readonly Field[]): number {
  const { keyStart, end } = fields[field] as Field;
  return (isFromEnd ? end : keyStart) + offset;
}
