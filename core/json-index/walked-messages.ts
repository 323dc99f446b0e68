import type { BodyIndex } from "./body-index.ts";
import { InsideList } from "./json-lists.ts";
import {
  findInside,
  hashOfPieces,
  hashOfWalked,
  hashOfWalkedMessage,
  MARKS_MAX,
  stringEndOfWalked,
} from "./json-outline.ts";
import { DEPTH_MAX } from "./json-scan.ts";
import { isArrayAt } from "./json-walk.ts";

/** The messages of a body, with what the walk over it has counted in their blocks. Valid until another body is walked. */
export class WalkedMessages extends InsideList {
  /**
   * Finds the messages of a body where the walk over the whole of it finds them; null where the field would need a separate walk,
   * or holds anything but objects.
   */
  static find(bytes: Uint8Array, { fields }: BodyIndex): WalkedMessages | null {
    const span = fields.get("messages");
    if (span === undefined || !isArrayAt(bytes, span.start)) return null;
    const inside = findInside(bytes, DEPTH_MAX);
    const list = inside === null ? null : new WalkedMessages(bytes, span, inside);
    return list === null || list.hasOthers ? null : list;
  }

  /** Results of tools in the blocks of all messages. */
  get toolResults(): number {
    return this.inside.toolResults;
  }

  /** Those of them that are marked as errors. */
  get toolErrors(): number {
    return this.inside.toolErrors;
  }

  /** Where the keys of the blocks' cache marks start, in order; null when there are more than any provider takes. */
  get marks(): readonly number[] | null {
    const { marks, markCount, base } = this.inside;
    if (markCount > MARKS_MAX) return null;
    const starts: number[] = [];
    for (let mark = 0; mark < markCount; mark++) starts.push((marks[mark] as number) - base);
    return starts;
  }

  /** Where the first text of a block starts that begins with "This se": as a summary does; null for none. */
  get thisSessionAt(): number | null {
    const { thisSessionAt, base } = this.inside;
    return thisSessionAt === 0 ? null : thisSessionAt - base;
  }

  /** Where the message at a position starts. */
  start(position: number): number {
    return this.place(position, 0, 2);
  }

  /** Where it ends. */
  end(position: number): number {
    return this.place(position, 0, 3);
  }

  /** Where the string that opens at a place ends, just past its quote. */
  stringEnd(open: number): number {
    return stringEndOfWalked(open, this.bytes.length);
  }

  /** Hash of a part of the body: the same bytes have the same. */
  hash(start: number, end: number, seed: number): number {
    return hashOfWalked(start, end, seed);
  }

  /** Hash of a message, by its ends and its length. */
  hashMessage(start: number, end: number, seed: number): number {
    return hashOfWalkedMessage(start, end, seed);
  }

  /** The same of a message put together from pieces, each given by its start and its end; null when it is too long. */
  hashPieces(ends: readonly number[], seed: number): number | null {
    return hashOfPieces(ends, seed);
  }
}
