/**
 * Computes a 64-bit hash of text as two unsigned 32-bit halves. Not for secrets: it only has to be uniform, fast, and
 * the same on every machine and in every version, because session shares and rule ids are derived from it.
 */
export function stableHash(text: string, seed = 0): [number, number] {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return [high >>> 0, low >>> 0];
}

/**
 * Computes a session's bucket between 0 and 9,999 for one rule. The session is inside a share of p percent when the
 * bucket is below p × 100. A larger share therefore keeps every session of a smaller one, and two rules draw
 * independently of each other.
 */
export function toShareBucket(ruleId: string, sessionKey: string): number {
  const [high, low] = stableHash(`${ruleId}\u0000${sessionKey}`);
  // 2^32 mod 10,000 = 7,296: the whole 64-bit number mod 10,000 without BigInt.
  return ((high % 10_000) * 7_296 + (low % 10_000)) % 10_000;
}

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** Builds `rul_` and 12 letters or digits, the same for the same meaning for ever. */
export function toRuleId(meaning: string): string {
  const [high, low] = stableHash(meaning);
  let id = "rul_";
  for (const half of [high, low]) {
    for (let shift = 0; shift < 30; shift += 5) id += ALPHABET[(half >>> shift) & 31] ?? "0";
  }
  return id;
}
