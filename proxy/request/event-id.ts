import { randomFillSync } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 16;
/** Random bytes are drawn in bulk: one system call for 512 ids. */
const pool = Buffer.alloc(RANDOM_CHARACTERS * 512);
let drawn = pool.length;

/** An id that sorts by creation time and cannot be guessed: `evt_01K…`. */
export function newId(prefix: "evt" | "ins", nowMs: number): string {
  let text = "";
  let rest = nowMs;
  for (let i = 0; i < TIME_CHARACTERS; i++) {
    text = ALPHABET[rest % 32] + text;
    rest = Math.floor(rest / 32);
  }
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  for (let i = 0; i < RANDOM_CHARACTERS; i++) text += ALPHABET[(pool[drawn + i] as number) & 31];
  drawn += RANDOM_CHARACTERS;
  return `${prefix}_${text}`;
}
