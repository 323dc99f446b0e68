import { AsciiWords, isTextAt, toAscii } from "../json-index/ascii.ts";
import type { BodyIndex } from "../json-index/body-index.ts";
import type { Field, Span } from "../json-index/json-scan.ts";
import { objectAt, spaceEnd, stringEnd, valueEnd } from "../json-index/json-walk.ts";
import type { WalkedMessages } from "../json-index/walked-messages.ts";

/** Two hashes of a message: without its cache marks, and also with its only text in place of the block that the mark needs. */
export interface MessageForms {
  blocks: number;
  text: number;
}

const USER_TURN = new AsciiWords('{"role":"user","content":');
const ASSISTANT_TURN = new AsciiWords('{"role":"assistant","content":');
const ABOUT_ITSELF = toAscii('[{"type":"text","text":"x-anthropic-billing-header:');
/** As clients begin the content of a message that is one marked text. */
const ONE_TEXT = toAscii('[{"type":"text","text":"');
const COMMA = 0x2c;
/** A message too long to be put together again without its mark differs from every other one. */
const UNLIKE_ANY = Number.NaN;

/**
 * What the provider's prompt cache depends on, as hashes and lengths: tools, system prompt, messages. Nothing can be read from it.
 * Clients move the cache marks of messages to the newest ones with every request, so these are left out. To be asked while what the
 * walk over the body has found is at hand. Prints with different seeds cannot be compared.
 */
export class PromptPrint {
  readonly tools: number;
  readonly system: number;

  private constructor(
    private readonly bytes: Uint8Array,
    private readonly list: WalkedMessages,
    private readonly marks: readonly number[],
    private readonly seed: number,
    { fields }: BodyIndex,
  ) {
    this.tools = this.hash(fields.get("tools"));
    this.system = this.hash(systemSpan(bytes, fields.get("system")));
  }

  /** The print of a body that was walked just now; null where it has more cache marks than a provider takes. */
  static read(bytes: Uint8Array, index: BodyIndex, list: WalkedMessages, seed: number): PromptPrint | null {
    const { marks } = list;
    return marks === null ? null : new PromptPrint(bytes, list, marks, seed, index);
  }

  /** Number of messages. */
  get count(): number {
    return this.list.length;
  }

  get markCount(): number {
    return this.marks.length;
  }

  /** Counts the model's messages from position `from` on, among the last `lookedAtMax`. */
  modelMessagesFrom(from: number, lookedAtMax: number): number {
    let found = 0;
    for (let position = Math.max(from, this.count - lookedAtMax); position < this.count; position++)
      if (this.list.opensWith(position, 2, ASSISTANT_TURN)) found++;
    return found;
  }

  /** Bytes of the messages before a position, without their marks. */
  lengthBefore(position: number): number {
    if (position === 0) return 0;
    const end = this.list.end(position - 1);
    let length = end - this.list.start(0);
    for (const key of this.marks) {
      if (key > end) break;
      const { from, to } = this.markSpan(key);
      length -= to - from;
    }
    return length;
  }

  /** The hashes of a message; the same twice where there is one way to write it. */
  formsOf(position: number): MessageForms {
    const { bytes, list, seed } = this;
    const span = { start: list.start(position), end: list.end(position) };
    const marks = this.marks.filter((key) => key > span.start && key < span.end);
    if (marks.length === 0) {
      const hash = list.hashMessage(span.start, span.end, seed);
      return { blocks: hash, text: hash };
    }
    const pieces: Uint8Array[] = [];
    let at = span.start;
    for (const key of marks) {
      const { from, to } = this.markSpan(key);
      pieces.push(bytes.subarray(at, from));
      at = to;
    }
    pieces.push(bytes.subarray(at, span.end));
    const blocks = list.hashPieces(pieces, seed) ?? UNLIKE_ANY;
    const bare = this.asBareText(span, this.contentOf(position), marks[0] as number);
    return { blocks, text: bare === null ? blocks : (list.hashPieces(bare, seed) ?? UNLIKE_ANY) };
  }

  private hash(span: Span | undefined): number {
    return span === undefined ? 0 : this.list.hash(span.start, span.end, this.seed);
  }

  /** A mark with the comma that belongs to it. */
  private markSpan(key: number): { from: number; to: number } {
    const end = memberEnd(this.bytes, key);
    if (this.bytes[key - 1] === COMMA) return { from: key - 1, to: end };
    return { from: key, to: this.bytes[end] === COMMA ? end + 1 : end };
  }

  /** The pieces of a message whose content is one block of text with its mark behind it, with the text in its place; else null. */
  private asBareText({ start, end }: Span, content: Span | undefined, mark: number): Uint8Array[] | null {
    const { bytes, list } = this;
    if (content === undefined || !isTextAt(bytes, content.start, ONE_TEXT)) return null;
    const textStart = content.start + ONE_TEXT.length - 1;
    const textEnd = list.stringEnd(textStart);
    if (textEnd !== mark - 1 || memberEnd(bytes, mark) + 2 !== content.end) return null;
    return [bytes.subarray(start, content.start), bytes.subarray(textStart, textEnd), bytes.subarray(content.end, end)];
  }

  private contentOf(position: number): Span | undefined {
    const { list } = this;
    if (list.opensWith(position, 2, USER_TURN)) return list.lastValue(position);
    return list.at(position).members.find(({ name }) => name === "content");
  }
}

/** The system prompt without the client's first line about itself, which differs from session to session and is not cached. */
function systemSpan(bytes: Uint8Array, span: Field | undefined): Span | undefined {
  if (span === undefined || !isTextAt(bytes, span.start, ABOUT_ITSELF)) return span;
  return { start: objectAt(bytes, span.start + 1).end, end: span.end };
}

/** Where the value ends whose key starts at `key`. */
function memberEnd(bytes: Uint8Array, key: number): number {
  return valueEnd(bytes, spaceEnd(bytes, spaceEnd(bytes, stringEnd(bytes, key)) + 1));
}
