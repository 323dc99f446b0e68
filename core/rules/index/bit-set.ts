/** Set of positions in a list as bits, 32 to a word. */
export type BitSet = Uint32Array;

export const makeBitSet = (size: number): BitSet => new Uint32Array((size + 31) >>> 5);

export function toggleBit(bits: BitSet, place: number): void {
  const word = place >>> 5;
  bits[word] = (bits[word] ?? 0) ^ (1 << (place & 31));
}

/** Intersects `bits` with the other set, in place. */
export function keepCommon(bits: BitSet, other: BitSet): void {
  for (let word = 0; word < bits.length; word++) bits[word] = (bits[word] ?? 0) & (other[word] ?? 0);
}

/** Returns the first position at or after `from`; -1 when there is none. */
export function nextBit(bits: BitSet, from: number): number {
  let word = from >>> 5;
  let rest = (bits[word] ?? 0) & (-1 << (from & 31));
  while (rest === 0) {
    if (++word >= bits.length) return -1;
    rest = bits[word] ?? 0;
  }
  return word * 32 + 31 - Math.clz32(rest & -rest);
}
