import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CachePurges, isPurged, NO_PURGES, type PurgeTarget, readPurges, withPurge } from "./purges.ts";

const name = fc.constantFrom("a", "b", "__proto__", "constructor");
const target: fc.Arbitrary<PurgeTarget> = fc.oneof(
  fc.constant({ kind: "all" as const }),
  fc.record({ kind: fc.constant("person" as const), personId: name }),
  fc.record({ kind: fc.constant("model" as const), model: name }),
);
const history = (targets: readonly PurgeTarget[]): CachePurges =>
  targets.reduce((purges, one) => withPurge(purges, one, 0), NO_PURGES);

describe("purges", () => {
  it("take what was asked for before them and is of their kind, and nothing else", () => {
    fc.assert(
      fc.property(fc.array(target, { maxLength: 6 }), fc.nat(6), name, name, (targets, at, personId, servedModel) => {
        const purgeSerial = Math.min(at, targets.length);
        const isMeant = (one: PurgeTarget) =>
          one.kind === "all" || (one.kind === "person" ? one.personId === personId : one.model === servedModel);

        const purges = readPurges(JSON.stringify(history(targets)));

        expect(purges.serial).toBe(targets.length);
        expect(isPurged({ purgeSerial, personId, servedModel }, purges)).toBe(targets.slice(purgeSerial).some(isMeant));
      }),
    );
  });

  it("forgets a purge once no stored answer can be as old", () => {
    const old = withPurge(NO_PURGES, { kind: "person", personId: "a" }, 0);

    const later = withPurge(old, { kind: "model", model: "m" }, 31 * 86_400_000);

    expect(later.people).toEqual({});
    expect(later.serial).toBe(2);
  });

  it("count as none when they cannot be read", () => {
    for (const text of [null, "", "no", "null"]) expect(readPurges(text)).toMatchObject({ serial: 0, all: 0 });
  });
});
