import type { BodyIndex } from "./body-index.ts";
import { engineBody, type JsonEngine, jsonEngine } from "./json-engine.ts";
import { BODY_AT, findBodyOutline, ITEMS_AT, PIECES_AT, RESULTS_AT, results } from "./json-outline.ts";
import { DEPTH_MAX, type Span } from "./json-scan.ts";
import { isArrayAt } from "./json-walk.ts";

/** Positions among the results of the walk, as in `json-engine.wat`. */
const ITEMS = 0;
const TOOL_RESULTS = 5;
const TOOL_ERRORS = 6;
const MARK_COUNT = 7;
const IS_UNUSUAL = 16;
const MESSAGES = 17;
const NOT_OBJECTS = 18;
/** The new results of tools, errors among them, and what else `turn` finds. */
const TURN = 24;
const TOOLS = 32;
const SYSTEM = 33;
const SPELLING = 51;
const FORMS = 64;
/** Two hashes, which of them are missing, and the bytes before the message. */
const FORM_STEP = 4;
/** Hashed at once: the last messages, and behind these the first. */
export const LAST_FORMS_MAX = 8;
const ONE_FORM = LAST_FORMS_MAX + 1;
const ONE_FORM_AT = RESULTS_AT + (FORMS + ONE_FORM * FORM_STEP) * 4;
/** Cache marks whose places are written down; the provider takes four. */
const MARKS_MAX = 8;
/** A message too long to be put together again without its mark differs from every other one. */
const UNLIKE_ANY = Number.NaN;

/**
 * View of what the walk over a body has found of its messages. It reads the engine's memory, so it ends when the engine
 * is given another body. Every read throws then, rather than return facts of another request.
 */
export class WalkedMessages {
  private readonly bodyEnd: number;

  private constructor(
    private readonly engine: JsonEngine,
    private readonly bytes: Uint8Array,
  ) {
    this.bodyEnd = BODY_AT + bytes.length;
  }

  /**
   * Finds the messages of a body where the walk over the whole of it finds them. Null where the field would need a
   * separate walk, or holds anything but objects.
   */
  static find(bytes: Uint8Array, { fields }: BodyIndex): WalkedMessages | null {
    const span = fields.get("messages");
    if (jsonEngine === null || span === undefined || !isArrayAt(bytes, span.start)) return null;
    // As a rule it was walked just now.
    if (engineBody.bytes !== bytes && findBodyOutline(bytes, DEPTH_MAX) === null) return null;
    const isFound = (results[ITEMS] as number) >= 0 && results[NOT_OBJECTS] === 0;
    return isFound ? new WalkedMessages(jsonEngine, bytes) : null;
  }

  get length(): number {
    return this.read(MESSAGES);
  }

  /** Results of tools in the blocks of all messages; after `readTurn`, as the errors. */
  get toolResults(): number {
    return this.read(TOOL_RESULTS);
  }

  /** Those of them that are marked as errors. */
  get toolErrors(): number {
    return this.read(TOOL_ERRORS);
  }

  /**
   * Cache marks on blocks. Null when there are more than any provider takes, or when names with escapes, or given twice,
   * may hide some.
   */
  get markCount(): number | null {
    const count = this.read(MARK_COUNT);
    return count > MARKS_MAX || this.read(IS_UNUSUAL) !== 0 ? null : count;
  }

  /** Reads the last turn, and corrects the counts of all messages; `turnPart` then has its parts. */
  readTurn(): void {
    this.requireCurrent();
    this.engine.turn(RESULTS_AT, ITEMS_AT, this.bodyEnd);
  }

  /** Parts of the last turn, in the order of `turn` in `json-engine.wat`. */
  turnPart(part: number): number {
    return this.read(TURN + part);
  }

  /**
   * Hashes the tools, the system prompt, and the first and the last messages, for the parts read below. Only where
   * `markCount` is not null.
   */
  print(tools: Span | undefined, system: Span | undefined, seed: number): void {
    this.requireCurrent();
    const toolsAt = tools === undefined ? 0 : BODY_AT + tools.start;
    const toolsEnd = tools === undefined ? 0 : BODY_AT + tools.end;
    const systemAt = system === undefined ? 0 : BODY_AT + system.start;
    const systemEnd = system === undefined ? 0 : BODY_AT + system.end;
    const { engine, bodyEnd } = this;
    engine.print(RESULTS_AT, ITEMS_AT, bodyEnd, seed, PIECES_AT, toolsAt, toolsEnd, systemAt, systemEnd);
  }

  /** Hash of the tools; after `print`, as all below. */
  get toolsHash(): number {
    return this.read(TOOLS);
  }

  /** Hash of the system prompt without the client's line about itself. */
  get systemHash(): number {
    return this.read(SYSTEM);
  }

  /** Order of names and white space in the first message, as a number. */
  get spelling(): number {
    return this.read(SPELLING);
  }

  /** Counts the model's messages from a position on, from the last one back up to `most`. */
  countModels(from: number, most: number): number {
    this.requireCurrent();
    return this.engine.models(from, most);
  }

  /** Bytes of the messages before a position, without their marks. */
  lengthBefore(position: number): number {
    const fromEnd = this.length - 1 - position;
    if (fromEnd >= 0 && fromEnd < LAST_FORMS_MAX) return this.read(FORMS + fromEnd * FORM_STEP + 3);
    this.requireCurrent();
    return this.engine.lengthBefore(position);
  }

  /**
   * Reads two hashes of each of the last messages, at most `LAST_FORMS_MAX`, the last one first. Those of the first
   * message follow. Nothing where there is no message.
   */
  readForms(): number[] {
    const { length } = this;
    if (length === 0) return [];
    const last = Math.min(length, LAST_FORMS_MAX);
    const forms = new Array<number>(2 * last + 2);
    for (let form = 0; form < last; form++) putForm(forms, 2 * form, form);
    putForm(forms, 2 * last, length > last ? last : last - 1);
    return forms;
  }

  /** The same of the message at a position. */
  readForm(position: number, seed: number): number[] {
    this.requireCurrent();
    this.engine.form(position, seed, ONE_FORM_AT, PIECES_AT);
    const form = [0, 0];
    putForm(form, 0, ONE_FORM);
    return form;
  }

  private read(at: number): number {
    this.requireCurrent();
    return results[at] as number;
  }

  private requireCurrent(): void {
    if (engineBody.bytes !== this.bytes) throw new Error("the engine holds another body than these messages are of");
  }
}

function putForm(forms: number[], to: number, form: number): void {
  const at = FORMS + form * FORM_STEP;
  const missing = results[at + 2] as number;
  forms[to] = (missing & 1) === 0 ? (results[at] as number) : UNLIKE_ANY;
  forms[to + 1] = (missing & 2) === 0 ? (results[at + 1] as number) : UNLIKE_ANY;
}
