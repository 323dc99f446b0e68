import type { Catalogue } from "#core/costs/catalogue.ts";
import { type Field, ScanProblem } from "#core/json-index/json-scan.ts";
import { PerObject } from "#core/memo.ts";
import { joined } from "#core/protocol/splice.ts";
import {
  type Adaptation,
  type AdaptEdit,
  type AdaptInput,
  DEFAULT_OPTIONS,
  type RuleOptions,
  type Skip,
} from "./adapt/adaptation.ts";
import { listOfSpecialTools, readConversation } from "./adapt/open-draft.ts";
import { NO_CONVERSATION } from "./adapt/read-messages.ts";
import { takesSameConversation } from "./adapt/same-conversation.ts";
import type { Settings } from "./adapt/settings.ts";
import { adaptSettling, isOfTextAlone, type Settled, withConversation } from "./adapt.ts";

/** Fields that grow with the conversation or are never inspected. The conversation and the tools are read each time. */
const UNREAD = new Set(["messages", "system", "tools", "metadata"]);
/** Bound of the cache. Users of one client send alike requests, so a few dozen shapes are nearly all there are. */
const SHAPES_MAX = 64;
const SHAPE_BYTES_MAX = 4_000;

/** Returns the cache of a catalogue: with another one, models accept other fields. */
export const adaptMemory = (catalogue: Catalogue): AdaptMemory => memories.get(catalogue);

const memories = new PerObject<Catalogue, AdaptMemory>(() => new AdaptMemory());

/** Decided settings, anchored so that they apply to every body of the same shape. */
interface Known extends Settings {
  places: readonly AnchorSpan[];
  /** Largest prompt that still fits, in tokens. */
  promptTokensMax: number;
  /** Betas and changes where the conversation itself needs none; null before the first such request. */
  plain: Pick<Adapted, "betas" | "changes"> | null;
}

type Adapted = Exclude<Adaptation, Skip>;

/** Start and end of an edit, relative to the fields of the body. */
interface AnchorSpan {
  start: Anchor;
  end: Anchor;
}

interface Anchor {
  /** Index of the field. */
  field: number;
  /** Whether the offset counts from the end of the field; else from the start of its key. */
  isFromEnd: boolean;
  offset: number;
}

/** Everything that settings depend on except the prompt's size, and the decided settings. */
interface Shape {
  input: Omit<AdaptInput, "bytes" | "index">;
  names: readonly string[];
  /** For each of them, whether what it holds stands in `text`. */
  isRead: readonly boolean[];
  /** Keys and values of all fields but the unread ones, concatenated. */
  text: Uint8Array;
  known: Known;
}

/**
 * Cache of adaptations. A session sends the same settings turn after turn; only its conversation grows. The decision
 * about everything else is cached under everything it depends on, and only the conversation is read again.
 */
export class AdaptMemory {
  /** Cached shapes, most recently used first. */
  private readonly shapes: Shape[] = [];
  /** Number of requests whose settings were cached. */
  hits = 0;

  /** Returns exactly what `adapt` returns. */
  adapt(input: AdaptInput): Adaptation {
    const shape = input.index.isPlain ? this.findShape(input) : null;
    const again = shape === null ? null : adaptedAgain(input, shape.known);
    if (again !== null) {
      this.hits++;
      return again;
    }
    const settled = adaptSettling(input);
    if (shape === null) this.learn(input, settled);
    return settled.adaptation;
  }

  private findShape(input: AdaptInput): Shape | null {
    const { shapes } = this;
    const position = shapes.findIndex((shape) => asksTheSame(input, shape));
    if (position === -1) return null;
    const shape = shapes[position] as Shape;
    if (position > 0) {
      shapes.splice(position, 1);
      shapes.unshift(shape);
    }
    return shape;
  }

  private learn(input: AdaptInput, { settings, isOfSettingsAlone }: Settled): void {
    const window = input.target.contextWindowSafe;
    if (settings === null || !isOfSettingsAlone || window === null || input.promptTokensEstimate === null) return;
    if (bytesRead(input) > SHAPE_BYTES_MAX) return;
    const places = findAnchorSpans(settings.edits, input.index.list);
    if (places === null) return;
    const promptTokensMax = window - (settings.maxTokens ?? 0);
    this.shapes.unshift(newShape(input, { ...settings, places, promptTokensMax, plain: null }));
    if (this.shapes.length > SHAPES_MAX) this.shapes.pop();
  }
}

const fieldsRead = ({ index }: AdaptInput): Field[] => index.list.filter(({ name }) => !UNREAD.has(name));

const bytesRead = (input: AdaptInput): number =>
  fieldsRead(input).reduce((total, { keyStart, end }) => total + end - keyStart, 0);

function newShape(asked: AdaptInput, known: Known): Shape {
  const { bytes, index, ...input } = asked;
  const text = joined(fieldsRead(asked).map(({ keyStart, end }) => bytes.subarray(keyStart, end)));
  // A copy: the buffer of the body is reused.
  const names = index.list.map(({ name }) => name);
  return { input, names, isRead: names.map((name) => !UNREAD.has(name)), text: text.slice(), known };
}

function asksTheSame(input: AdaptInput, { input: before, names, isRead, text }: Shape): boolean {
  const { bytes, index, headers, target, endpoint, today } = input;
  if (
    target !== before.target ||
    input.requested !== before.requested ||
    endpoint !== before.endpoint ||
    today !== before.today
  )
    return false;
  if (!isSameHead(headers, before.headers) || !isSameWish(input.options, before.options)) return false;
  if (index.list.length !== names.length) return false;
  let at = 0;
  for (let i = 0; i < names.length; i++) {
    const { name, keyStart, end } = index.list[i] as Field;
    if (name !== names[i]) return false;
    if (isRead[i] === false) continue;
    for (let place = keyStart; place < end; place++) if (bytes[place] !== text[at++]) return false;
  }
  return at === text.length;
}

function isSameHead(a: AdaptInput["headers"], b: AdaptInput["headers"]): boolean {
  if (a.anthropicVersion !== b.anthropicVersion || a.betas.length !== b.betas.length) return false;
  return a.betas === b.betas || a.betas.every((beta, position) => beta === b.betas[position]);
}

const isSameWish = (a: RuleOptions = DEFAULT_OPTIONS, b: RuleOptions = DEFAULT_OPTIONS): boolean =>
  a.safeguards === b.safeguards && a.fastMode === b.fastMode;

/** Applies cached settings. Null where anything but the conversation's text may change the decision this time. */
function adaptedAgain(input: AdaptInput, known: Known): Adaptation | null {
  const { promptTokensEstimate, bytes, index } = input;
  if (promptTokensEstimate === null || promptTokensEstimate > known.promptTokensMax) return null;
  const { changes, droppedBetas, maxTokens } = known;
  const settings: Settings = { edits: movedTo(known, index.list), changes, droppedBetas, maxTokens };
  if (takesSameConversation(input)) return withPlain(input, settings, known);
  try {
    if (listOfSpecialTools(bytes, index.fields.get("tools")) !== null) return null;
    const conversation = readConversation(input);
    if (conversation === null || !isOfTextAlone(conversation)) return null;
    if (conversation.unusual.length === 0) return withPlain(input, settings, known);
    return withConversation(input, settings, conversation);
  } catch (problem) {
    if (problem instanceof ScanProblem) return null;
    throw problem;
  }
}

/** Without edits of the conversation, betas and changes depend on nothing but what the shape holds: they are found once. */
function withPlain(input: AdaptInput, settings: Settings, known: Known): Adaptation {
  if (known.plain === null) {
    const adapted = withConversation(input, settings, NO_CONVERSATION);
    if (adapted.kind === "skip") return adapted;
    known.plain = { betas: adapted.betas, changes: adapted.changes };
  }
  const { betas, changes } = known.plain;
  return { kind: "adapted", edits: settings.edits, betas, changes };
}

/** Anchors the edits to fields. Null when an edit lies where a body of the same shape may differ. */
function findAnchorSpans(edits: readonly AdaptEdit[], fields: readonly Field[]): AnchorSpan[] | null {
  const all: AnchorSpan[] = [];
  for (const edit of edits) {
    const start = findAnchor(edit.start, fields);
    const end = findAnchor(edit.end, fields);
    if (start === null || end === null) return null;
    all.push({ start, end });
  }
  return all;
}

function findAnchor(at: number, fields: readonly Field[]): Anchor | null {
  for (const [field, { name, keyStart, end }] of fields.entries()) {
    if (at < keyStart || at > end) continue;
    if (at === end) return { field, isFromEnd: true, offset: 0 };
    if (at === keyStart || !UNREAD.has(name)) return { field, isFromEnd: false, offset: at - keyStart };
  }
  return null;
}

function movedTo({ edits, places }: Known, fields: readonly Field[]): AdaptEdit[] {
  return edits.map(({ bytes, why, code }, number) => {
    const { start, end } = places[number] as AnchorSpan;
    return { start: resolveAnchor(start, fields), end: resolveAnchor(end, fields), bytes, why, code };
  });
}

function resolveAnchor({ field, isFromEnd, offset }: Anchor, fields: readonly Field[]): number {
  const { keyStart, end } = fields[field] as Field;
  return (isFromEnd ? end : keyStart) + offset;
}
