import { isTextAt } from "./ascii.ts";
import { type BlockCounts, countingInto } from "./count-blocks.ts";
import { type Inside, insideOf, OUTLINE_STEP } from "./json-outline.ts";
import { DEPTH_MAX, type Field, fieldAt, type Span } from "./json-scan.ts";
import { isArrayAt, isObjectAt, type JsonObject, objectAt, type PassOver, valueEnd, walkArray } from "./json-walk.ts";

/** The objects in a list, in order. */
export interface ObjectList {
  objects: readonly ListedObject[];
  /** Something that is no object stands among them. */
  hasOthers: boolean;
}

/** An object in a list, which may be asked before another body is walked. */
export interface ListedObject extends JsonObject {
  /** The values of an object that has exactly these keys, in this order, written without escapes. Null says nothing: look at the members. */
  valuesOf?(keys: readonly Uint8Array[]): Span[] | null;
}

/**
 * The objects of the list that fills the top-level field `span` of a body; null when that is no list. Taken from the walk over the
 * whole body where that has found them; else the field is walked here. Of `messages`, and of no other field, `counts` learns what
 * they hold.
 */
export function objectsOfField(bytes: Uint8Array, span: Span, counts: BlockCounts | null = null): ObjectList | null {
  if (!isArrayAt(bytes, span.start)) return null;
  const inside = insideOf(bytes, DEPTH_MAX);
  if (inside === null) return objectsWalked(bytes, span, counts === null ? valueEnd : countingInto(counts));
  if (counts !== null) Object.assign(counts, inside.blocks);
  return objectsInside(bytes, span, inside);
}

function objectsInside(bytes: Uint8Array, span: Span, inside: Inside): ObjectList {
  const { places, count, base } = inside;
  const objects: ListedObject[] = [];
  let hasOthers = false;
  const last = count * OUTLINE_STEP;
  const end = span.end + base;
  let at = firstFrom(places, count, span.start + base) * OUTLINE_STEP;
  while (at < last && (places[at + 2] as number) < end) {
    const element = at;
    const elementEnd = places[element + 3] as number;
    at += OUTLINE_STEP;
    while (at < last && (places[at + 2] as number) < elementEnd) at += OUTLINE_STEP;
    if (isObjectAt(bytes, (places[element + 2] as number) - base)) {
      objects.push(new InsideObject(bytes, inside, element, (at - element) / OUTLINE_STEP - 1));
    } else hasOthers = true;
  }
  return { objects, hasOthers };
}

/** One whose members are made when somebody asks for them: most of a conversation is only counted. */
class InsideObject implements ListedObject {
  readonly start: number;
  readonly end: number;
  private made: Field[] | null = null;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly inside: Inside,
    private readonly element: number,
    private readonly size: number,
  ) {
    this.start = this.place(0, 2);
    this.end = this.place(0, 3);
  }

  get members(): Field[] {
    if (this.made !== null) return this.made;
    this.made = [];
    for (let item = 1; item <= this.size; item++) {
      const value = [this.place(item, 2), this.place(item, 3)] as const;
      this.made.push(fieldAt(this.bytes, this.place(item, 0), this.place(item, 1), ...value));
    }
    return this.made;
  }

  valuesOf(keys: readonly Uint8Array[]): Span[] | null {
    if (keys.length !== this.size) return null;
    const values: Span[] = [];
    for (let item = 1; item <= this.size; item++) {
      const key = keys[item - 1] as Uint8Array;
      const start = this.place(item, 0);
      if (this.place(item, 1) - start !== key.length || !isTextAt(this.bytes, start, key)) return null;
      values.push({ start: this.place(item, 2), end: this.place(item, 3) });
    }
    return values;
  }

  /** Start and end of the key and of the value of the object itself (item 0) or of a member. */
  private place(item: number, part: number): number {
    return (this.inside.places[this.element + item * OUTLINE_STEP + part] as number) - this.inside.base;
  }
}

/** The number of the first item whose value starts at `start` or later. */
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

function objectsWalked(bytes: Uint8Array, span: Span, passOver: PassOver): ObjectList {
  const objects: ListedObject[] = [];
  let hasOthers = false;
  walkArray(bytes, span.start, (at) => {
    if (!isObjectAt(bytes, at)) {
      hasOthers = true;
      return valueEnd(bytes, at);
    }
    const object = objectAt(bytes, at, passOver);
    objects.push(object);
    return object.end;
  });
  return { objects, hasOthers };
}
