// Short because tests of every layer share it, and nothing more.
import fc from "fast-check";

/**
 * Any character of Unicode, as a `unit` of `fc.string`. The same characters as fast-check's own "binary", which takes
 * more than a second of each process to set up.
 */
export const anyCharacter: fc.Arbitrary<string> = fc
  .oneof(fc.nat({ max: 0x7f }), fc.nat({ max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((codePoint) => String.fromCodePoint(codePoint));
