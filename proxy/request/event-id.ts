import { randomFillSync } from "node:crypto";

const ALPHABET = Buffer.from("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
const PREFIX_CHARACTERS = 4;
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 16;
/** Random bytes are drawn in bulk: one system call for 512 ids. */
const pool = Buffer.alloc(RANDOM_CHARACTERS * 512);
let drawn = pool.length;
/** Where an id is put together: as a string that grows by a character, it took twice the time. */
const id = Buffer.alloc(PREFIX_CHARACTERS + TIME_CHARACTERS + RANDOM_CHARACTERS);

/** An id that sorts by creation time and cannot be guessed: `evt_01K…`. */
export function newId(prefix: "evt" | "ins", nowMs: number): string {
  id.write(`${prefix}_`, "latin1");
  let rest = nowMs;
  for (let at = PREFIX_CHARACTERS + TIME_CHARACTERS - 1; at >= PREFIX_CHARACTERS; at--) {
    id[at] = ALPHABET[rest % 32] as number;
    rest = Math.floor(rest / 32);
  }
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  const randomAt = PREFIX_CHARACTERS + TIME_CHARACTERS;
  for (let i = 0; i < RANDOM_CHARACTERS; i++) id[randomAt + i] = ALPHABET[(pool[drawn + i] as number) & 31] as number;
  drawn += RANDOM_CHARACTERS;
  return id.toString("latin1");
}
