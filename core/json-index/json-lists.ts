import { type BlockCounts, countingInto } from "../protocol/count-blocks.ts";
import { type AsciiWords, isTextAt } from "./ascii.ts";
import { BACKSLASH } from "./bytes.ts";
import { findFields } from "./json-fields.ts";
import { findInside, type Inside, isWalked, OUTLINE_STEP } from "./json-outline.ts";
import { DEPTH_MAX, type Field, fieldAt, ScanProblem, type Span } from "./json-scan.ts";
import { isArrayAt, isObjectAt, type JsonObject, objectAt, type PassOver, valueEnd, walkArray } from "./json-walk.ts";

/** Objects in a list, in order. Valid until another body is walked. */
export interface ObjectList {
  readonly length: number;
  /** Whether the list also contains elements that are no objects. */
  readonly hasOthers: boolean;
  /** Builds the object at a position on demand: most of a conversation is only counted. */
  at(position: number): JsonObject;
  /** Whether an object has exactly `size` members and begins with exactly this text. */
  opensWith(position: number, size: number, text: AsciiWords): boolean;
  /** Span of the last member's value. Only for an object that has members. */
  lastValue(position: number): Span;
  /**
   * Whether any object has a member of one of these names, as written with quotes. A member written with escapes counts
   * too, since it may be any.
   */
  mentions(keys: readonly Uint8Array[]): boolean;
}

/**
 * Finds the objects of the list that fills the top-level field `span` of a body. Null when that is no list. They are
 * taken from the walk over the whole body where that has found them. Otherwise the field is walked here. For
 * `messages`, and no other field, `counts` receives the number of blocks.
 */
export function objectsOfField(bytes: Uint8Array, span: Span, counts: BlockCounts | null = null): ObjectList | null {
  if (!isArrayAt(bytes, span.start)) return null;
  const inside = findInside(bytes, DEPTH_MAX);
  if (inside === null) return new WalkedList(bytes, span, counts === null ? valueEnd : countingInto(counts));
  if (counts !== null) addTo(counts, inside.blocks);
  return new InsideList(bytes, span, inside);
}

function addTo(counts: BlockCounts, { images, documents, toolReferences, imageBytes }: BlockCounts): void {
  counts.images += images;
  counts.documents += documents;
  counts.toolReferences += toolReferences;
  counts.imageBytes += imageBytes;
}

/**
 * Finds the members of the object that fills the top-level field `span` of a body. Null when it is no well-formed
 * object. They are taken from the walk over the whole body where that has found them. Otherwise the field is walked
 * here.
 */
export function membersOfField(bytes: Uint8Array, span: Span): Field[] | null {
  const inside = isWalked(bytes) ? findInside(bytes, DEPTH_MAX) : null;
  if (inside === null) return findFields(bytes, span);
  try {
    return membersInside(bytes, span, inside);
  } catch (problem) {
    if (problem instanceof ScanProblem) return null;
    throw problem;
  }
}

function membersInside(bytes: Uint8Array, span: Span, inside: Inside): Field[] {
  const { places, count, base } = inside;
  const last = count * OUTLINE_STEP;
  const members: Field[] = [];
  let end = span.start;
  for (let at = firstFrom(places, count, span.start + base) * OUTLINE_STEP; at < last; at += OUTLINE_STEP) {
    const place = (part: number) => (places[at + part] as number) - base;
    if (place(2) >= span.end) break;
    // Items inside a member follow it.
    if (place(2) < end) continue;
    end = place(3);
    members.push(fieldAt(bytes, place(0), place(1), place(2), end));
  }
  return members;
}

/** List backed by the results of the walk over the whole body. */
class InsideList implements ObjectList {
  hasOthers = false;
  /** For each object the index of its item; the items of its members follow. */
  private readonly elements: number[] = [];
  /** Number of members per object. */
  private readonly sizes: number[] = [];
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    span: Span,
    private readonly inside: Inside,
  ) {
    this.view = toView(bytes);
    const { places, count, base } = inside;
    const last = count * OUTLINE_STEP;
    const end = span.end + base;
    let at = firstFrom(places, count, span.start + base) * OUTLINE_STEP;
    while (at < last && (places[at + 2] as number) < end) {
      const element = at;
      const elementEnd = places[element + 3] as number;
      at += OUTLINE_STEP;
      while (at < last && (places[at + 2] as number) < elementEnd) at += OUTLINE_STEP;
      if (isObjectAt(bytes, (places[element + 2] as number) - base)) {
        this.elements.push(element);
        this.sizes.push((at - element) / OUTLINE_STEP - 1);
      } else this.hasOthers = true;
    }
  }

  get length(): number {
    return this.elements.length;
  }

  at(position: number): JsonObject {
    const size = this.sizes[position] as number;
    const members: Field[] = [];
    for (let item = 1; item <= size; item++) {
      const [keyStart, keyEnd] = [this.place(position, item, 0), this.place(position, item, 1)];
      members.push(fieldAt(this.bytes, keyStart, keyEnd, this.place(position, item, 2), this.place(position, item, 3)));
    }
    return { start: this.place(position, 0, 2), end: this.place(position, 0, 3), members };
  }

  opensWith(position: number, size: number, text: AsciiWords): boolean {
    return this.sizes[position] === size && text.isAt(this.view, this.place(position, 0, 2));
  }

  lastValue(position: number): Span {
    const last = this.sizes[position] as number;
    return { start: this.place(position, last, 2), end: this.place(position, last, 3) };
  }

  mentions(keys: readonly Uint8Array[]): boolean {
    for (let position = 0; position < this.sizes.length; position++) {
      for (let item = 1; item <= (this.sizes[position] as number); item++) {
        const start = this.place(position, item, 0);
        if (mayBe(this.bytes, start, this.place(position, item, 1), keys)) return true;
      }
    }
    return false;
  }

  /** Start or end of the key or value of an object itself (item 0) or of a member. */
  private place(position: number, item: number, part: number): number {
    const { places, base } = this.inside;
    return (places[(this.elements[position] as number) + item * OUTLINE_STEP + part] as number) - base;
  }
}

const toView = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

function mayBe(bytes: Uint8Array, start: number, end: number, keys: readonly Uint8Array[]): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === BACKSLASH) return true;
  for (const key of keys) if (end - start === key.length && isTextAt(bytes, start, key)) return true;
  return false;
}

/** Index of the first item whose value starts at `start` or later. */
function firstFrom(places: Int32Array, count: number, start: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((places[middle * OUTLINE_STEP + 2] as number) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** List backed by a separate walk of the field. */
class WalkedList implements ObjectList {
  hasOthers = false;
  private readonly objects: JsonObject[] = [];

  constructor(
    private readonly bytes: Uint8Array,
    span: Span,
    passOver: PassOver,
  ) {
    walkArray(bytes, span.start, (at) => {
      if (!isObjectAt(bytes, at)) {
        this.hasOthers = true;
        return valueEnd(bytes, at);
      }
      const object = objectAt(bytes, at, passOver);
      this.objects.push(object);
      return object.end;
    });
  }

  get length(): number {
    return this.objects.length;
  }

  at(position: number): JsonObject {
    return this.objects[position] as JsonObject;
  }

  opensWith(position: number, size: number, text: AsciiWords): boolean {
    const { start, members } = this.at(position);
    return members.length === size && text.isAt(toView(this.bytes), start);
  }

  lastValue(position: number): Span {
    const { start, end } = this.at(position).members.at(-1) as Field;
    return { start, end };
  }

  mentions(keys: readonly Uint8Array[]): boolean {
    return this.objects.some(({ members }) =>
      members.some(
        ({ keyStart, isEscaped, name }) =>
          isEscaped || keys.some((key) => key.length === name.length + 2 && isTextAt(this.bytes, keyStart, key)),
      ),
    );
  }
}
