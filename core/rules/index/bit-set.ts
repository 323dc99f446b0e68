/** A set of places in a list as bits, 32 to a word. */
export type BitSet = Uint32Array;

export const placeBits = (size: number): BitSet => new Uint32Array((size + 31) >>> 5);

export function togglePlace(bits: BitSet, place: number): void {
  const word = place >>> 5;
  bits[word] = (bits[word] ?? 0) ^ (1 << (place & 31));
}

/** Keeps the places that are in both sets. */
export function keepCommon(bits: BitSet, other: BitSet): void {
  for (let word = 0; word < bits.length; word++) bits[word] = (bits[word] ?? 0) & (other[word] ?? 0);
}

/** The first place at or after this one; -1 when there is none. */
export function nextPlace(bits: BitSet, from: number): number {
  let word = from >>> 5;
  let rest = (bits[word] ?? 0) & (-1 << (from & 31));
  while (rest === 0) {
    if (++word >= bits.length) return -1;
    rest = bits[word] ?? 0;
  }
  return word * 32 + 31 - Math.clz32(rest & -rest);
}
