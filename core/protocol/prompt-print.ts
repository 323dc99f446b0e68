import { AsciiWords, isTextAt, toAscii } from "../json-index/ascii.ts";
import type { BodyIndex } from "../json-index/body-index.ts";
import { CLOSE_BRACE, COMMA, QUOTE } from "../json-index/bytes.ts";
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
/** Where the quote of its text stands in it. */
const ABOUT_ITSELF_TEXT = ABOUT_ITSELF.lastIndexOf(QUOTE);
/** As clients begin the content of a message that is one marked text. */
const ONE_TEXT = toAscii('[{"type":"text","text":"');
/** A message too long to be put together again without its mark differs from every other one. */
const UNLIKE_ANY = Number.NaN;
/** A prompt is compared with earlier ones by its last messages. */
const KNOWN_MAX = 10;

/**
 * What the provider's prompt cache depends on, as hashes and lengths: tools, system prompt, messages. Nothing can be read from it.
 * Clients move the cache marks of messages to the newest ones with every request, so these are left out. Call it before the
 * scratch memory of the walk over the body is used again. Prints with different seeds cannot be compared.
 */
export class PromptPrint {
  readonly tools: number;
  readonly system: number;
  /** The marks with the comma that belongs to each: a start and an end, one pair after the other. */
  private readonly markEnds: readonly number[];
  /** Forms of the last messages that were asked for, by their distance from the end. */
  private readonly known: (MessageForms | undefined)[] = [];

  private constructor(
    private readonly bytes: Uint8Array,
    private readonly list: WalkedMessages,
    private readonly marks: readonly number[],
    private readonly seed: number,
    { fields }: BodyIndex,
  ) {
    this.markEnds = findMarkEnds(bytes, marks);
    this.tools = this.hash(fields.get("tools"));
    this.system = this.hash(systemSpan(bytes, list, fields.get("system")));
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
    const { markEnds } = this;
    for (let at = 0; at < markEnds.length && (markEnds[at] as number) < end; at += 2)
      length -= (markEnds[at + 1] as number) - (markEnds[at] as number);
    return length;
  }

  /** The hashes of a message; the same twice where there is one way to write it. */
  formsOf(position: number): MessageForms {
    const fromEnd = this.count - 1 - position;
    const known = this.known[fromEnd];
    if (known !== undefined) return known;
    const forms = this.readForms(position);
    if (fromEnd < KNOWN_MAX) this.known[fromEnd] = forms;
    return forms;
  }

  private readForms(position: number): MessageForms {
    const { list, marks, markEnds, seed } = this;
    const [start, end] = [list.start(position), list.end(position)];
    let first = 0;
    while (first < marks.length && (marks[first] as number) < start) first++;
    if (first === marks.length || (marks[first] as number) > end) {
      const hash = list.hashMessage(start, end, seed);
      return { blocks: hash, text: hash };
    }
    // What lies between the marks.
    const ends = [start];
    for (let mark = first; mark < marks.length && (marks[mark] as number) < end; mark++)
      ends.push(markEnds[2 * mark] as number, markEnds[2 * mark + 1] as number);
    ends.push(end);
    const blocks = list.hashPieces(ends, seed) ?? UNLIKE_ANY;
    const bare = this.asBareText({ start, end }, this.contentOf(position), marks[first] as number);
    return { blocks, text: bare === null ? blocks : (list.hashPieces(bare, seed) ?? UNLIKE_ANY) };
  }

  private hash(span: Span | undefined): number {
    return span === undefined ? 0 : this.list.hash(span.start, span.end, this.seed);
  }

  /**
   * The pieces of a message whose content is one block of text with its mark behind it, with the text in its place: start and end of
   * each; else null.
   */
  private asBareText({ start, end }: Span, content: Span | undefined, mark: number): number[] | null {
    const { bytes, list } = this;
    if (content === undefined || !isTextAt(bytes, content.start, ONE_TEXT)) return null;
    const textStart = content.start + ONE_TEXT.length - 1;
    const textEnd = list.stringEnd(textStart);
    if (textEnd !== mark - 1 || memberEnd(bytes, mark) + 2 !== content.end) return null;
    return [start, content.start, textStart, textEnd, content.end, end];
  }

  private contentOf(position: number): Span | undefined {
    const { list } = this;
    if (list.opensWith(position, 2, USER_TURN)) return list.lastValue(position);
    return list.at(position).members.find(({ name }) => name === "content");
  }
}

/** The system prompt without the client's first line about itself, which differs from session to session and is not cached. */
function systemSpan(bytes: Uint8Array, list: WalkedMessages, span: Field | undefined): Span | undefined {
  if (span === undefined || !isTextAt(bytes, span.start, ABOUT_ITSELF)) return span;
  const textEnd = list.stringEnd(span.start + ABOUT_ITSELF_TEXT);
  const blockEnd = bytes[textEnd] === CLOSE_BRACE ? textEnd + 1 : objectAt(bytes, span.start + 1).end;
  return { start: blockEnd, end: span.end };
}

/** Start and end of each mark with the comma that belongs to it, one after the other. */
function findMarkEnds(bytes: Uint8Array, marks: readonly number[]): number[] {
  const ends: number[] = [];
  for (const key of marks) {
    const end = memberEnd(bytes, key);
    if (bytes[key - 1] === COMMA) ends.push(key - 1, end);
    else ends.push(key, bytes[end] === COMMA ? end + 1 : end);
  }
  return ends;
}

/** Where the value ends whose key starts at `key`. */
function memberEnd(bytes: Uint8Array, key: number): number {
  return valueEnd(bytes, spaceEnd(bytes, spaceEnd(bytes, stringEnd(bytes, key)) + 1));
}
