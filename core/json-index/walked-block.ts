import { isTextAt, toAscii } from "./ascii.ts";
import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE, SPACE } from "./bytes.ts";
import type { Field } from "./json-scan.ts";
import { objectAt, spaceEnd } from "./json-walk.ts";
import type { WalkedMessages } from "./walked-messages.ts";

const TYPE = toAscii('"type"');
const TEXT = toAscii('"text"');
const NAME = toAscii('"name"');
const INPUT = toAscii('"input"');
const IS_ERROR = toAscii('"is_error"');
/** Below this length a loop is faster than the call of the engine. */
const SHORT_STRING_BYTES = 24;

/**
 * Reads blocks of messages, one after the other, without building an object for any member: only places are noted, of the
 * members that say what a block is. -1: the block has no such member. Of a member given twice the first counts, as in
 * `objectAt` with `find`.
 */
export class WalkedBlock {
  /** Just past the block that was read last. */
  end = 0;
  typeStart = -1;
  typeEnd = -1;
  textStart = -1;
  isErrorStart = -1;
  isErrorEnd = -1;
  nameKeyStart = -1;
  inputKeyStart = -1;

  /** `messages`: of the body that was walked last, `bytes`. */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly messages: WalkedMessages,
  ) {}

  /** Reads each block of the list that opens at `open`, and calls `visit` when its members are known. What is no object is passed over. */
  readEach(open: number, visit: () => void): void {
    const { bytes } = this;
    let at = spaceEnd(bytes, open + 1);
    while (at < bytes.length && bytes[at] !== CLOSE_BRACKET) {
      if (bytes[at] === OPEN_BRACE) {
        this.read(at);
        visit();
      } else this.end = this.valueEnd(at);
      at = this.nextItem(this.end);
    }
  }

  private read(open: number): void {
    const { bytes } = this;
    this.typeStart = this.textStart = this.isErrorStart = this.nameKeyStart = this.inputKeyStart = -1;
    let at = spaceEnd(bytes, open + 1);
    while (at < bytes.length && bytes[at] !== CLOSE_BRACE) {
      const keyEnd = this.stringEnd(at);
      if (this.hasEscape(at, keyEnd)) {
        this.readByName(open);
        return;
      }
      const value = spaceEnd(bytes, spaceEnd(bytes, keyEnd) + 1);
      this.end = this.valueEnd(value);
      this.note(at, keyEnd - at, value);
      at = this.nextItem(this.end);
    }
    this.end = at + 1;
  }

  private note(key: number, length: number, value: number): void {
    const { bytes } = this;
    if (length === TYPE.length) {
      if (this.typeStart === -1 && isTextAt(bytes, key, TYPE)) {
        this.typeStart = value;
        this.typeEnd = this.end;
      } else if (this.textStart === -1 && isTextAt(bytes, key, TEXT)) this.textStart = value;
      else if (this.nameKeyStart === -1 && isTextAt(bytes, key, NAME)) this.nameKeyStart = key;
    } else if (length === INPUT.length) {
      if (this.inputKeyStart === -1 && isTextAt(bytes, key, INPUT)) this.inputKeyStart = key;
    } else if (length === IS_ERROR.length && this.isErrorStart === -1 && isTextAt(bytes, key, IS_ERROR)) {
      this.isErrorStart = value;
      this.isErrorEnd = this.end;
    }
  }

  /** A key with escapes may spell any name: the block is read as an object. */
  private readByName(open: number): void {
    const { members, end } = objectAt(this.bytes, open);
    const find = (name: string): Field | undefined => members.find((member) => member.name === name);
    const [type, isError] = [find("type"), find("is_error")];
    this.typeStart = type?.start ?? -1;
    this.typeEnd = type?.end ?? -1;
    this.textStart = find("text")?.start ?? -1;
    this.isErrorStart = isError?.start ?? -1;
    this.isErrorEnd = isError?.end ?? -1;
    this.nameKeyStart = find("name")?.keyStart ?? -1;
    this.inputKeyStart = find("input")?.keyStart ?? -1;
    this.end = end;
  }

  private hasEscape(start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (this.bytes[at] === BACKSLASH) return true;
    return false;
  }

  private valueEnd(from: number): number {
    const { bytes } = this;
    let depth = 0;
    let at = from;
    while (at < bytes.length) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) at = this.stringEnd(at);
      else {
        const isOpening = byte === OPEN_BRACE || byte === OPEN_BRACKET;
        const isClosing = byte === CLOSE_BRACE || byte === CLOSE_BRACKET;
        // A number or a word ends where its object goes on or ends.
        if (depth === 0 && (isClosing || byte === COMMA || byte <= SPACE)) return at;
        at++;
        if (isOpening) depth++;
        else if (!isClosing) continue;
        else depth--;
      }
      if (depth === 0) return at;
    }
    return at;
  }

  private stringEnd(open: number): number {
    const { bytes } = this;
    const near = Math.min(open + SHORT_STRING_BYTES, bytes.length);
    let at = open + 1;
    while (at < near) {
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      at += byte === BACKSLASH ? 2 : 1;
    }
    return this.messages.stringEnd(at - 1);
  }

  /** From the end of one item to the start of the next, or to the closing bracket. */
  private nextItem(end: number): number {
    const at = spaceEnd(this.bytes, end);
    return this.bytes[at] === COMMA ? spaceEnd(this.bytes, at + 1) : at;
  }
}
