import { type Counted, type Inside, insideOf, OUTLINE_STEP } from "./json-outline.ts";
import { DEPTH_MAX, type Field, fieldAt, type Span } from "./json-scan.ts";
import { isArrayAt, isObjectAt, type JsonObject, objectAt, type PassOver, valueEnd, walkArray } from "./json-walk.ts";

/** The objects in a list, in order. */
export interface ObjectList {
  objects: readonly ListedObject[];
  /** Something that is no object stands among them. */
  hasOthers: boolean;
  /** What was counted in the field `messages` on the way; null when nobody has counted but `passOver`. */
  counted: Readonly<Counted> | null;
}

/** An object in a list, which may be asked before another body is walked. */
export interface ListedObject extends JsonObject {
  /** The values of an object that has exactly these keys, in this order, written without escapes; else null. */
  valuesOf(keys: readonly Uint8Array[]): Span[] | null;
}

/**
 * The objects of the list that fills the top-level field `span` of a body; null when that is no list. Taken from the walk over the
 * whole body where that has found them; else the field is walked here, and `passOver` looks at the values of its objects.
 */
export function objectsOfField(bytes: Uint8Array, span: Span, passOver: PassOver = valueEnd): ObjectList | null {
  if (!isArrayAt(bytes, span.start)) return null;
  const inside = insideOf(bytes, DEPTH_MAX);
  return inside === null ? objectsWalked(bytes, span, passOver) : objectsInside(bytes, span, inside);
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
  return { objects, hasOthers, counted: { ...inside.counted } };
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
    this.start = (inside.places[element + 2] as number) - inside.base;
    this.end = (inside.places[element + 3] as number) - inside.base;
  }

  get members(): Field[] {
    if (this.made === null) {
      this.made = [];
      for (let position = 0; position < this.size; position++) this.made.push(this.member(position));
    }
    return this.made;
  }

  valuesOf(keys: readonly Uint8Array[]): Span[] | null {
    if (keys.length !== this.size) return null;
    const { places, base } = this.inside;
    const values: Span[] = [];
    for (let position = 0; position < keys.length; position++) {
      const at = this.element + (position + 1) * OUTLINE_STEP;
      const start = (places[at] as number) - base;
      if (!isKey(this.bytes, start, (places[at + 1] as number) - base, keys[position] as Uint8Array)) return null;
      values.push({ start: (places[at + 2] as number) - base, end: (places[at + 3] as number) - base });
    }
    return values;
  }

  private member(position: number): Field {
    const { places, base } = this.inside;
    const at = this.element + (position + 1) * OUTLINE_STEP;
    const member = fieldAt(this.bytes, (places[at] as number) - base, (places[at + 1] as number) - base);
    member.start = (places[at + 2] as number) - base;
    member.end = (places[at + 3] as number) - base;
    return member;
  }
}

/** Whether the key that fills `start`..`end`, quotes included, is written so. */
function isKey(bytes: Uint8Array, start: number, end: number, written: Uint8Array): boolean {
  if (end - start !== written.length) return false;
  for (let i = 0; i < written.length; i++) if (bytes[start + i] !== written[i]) return false;
  return true;
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
    objects.push({ ...object, valuesOf: (keys) => valuesOf(bytes, object.members, keys) });
    return object.end;
  });
  return { objects, hasOthers, counted: null };
}

function valuesOf(bytes: Uint8Array, members: readonly Field[], keys: readonly Uint8Array[]): Span[] | null {
  if (members.length !== keys.length) return null;
  const hasAll = keys.every((key, position) => {
    const start = members[position]?.keyStart ?? 0;
    return isKey(bytes, start, start + key.length, key);
  });
  return hasAll ? members.map(({ start, end }) => ({ start, end })) : null;
}
