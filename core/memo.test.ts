import { describe, expect, it } from "vitest";
import { BoundedCache, PerObject } from "./memo.ts";

describe("BoundedCache", () => {
  it("never holds more entries than its bound", () => {
    const cache = new BoundedCache<number, string>({ entriesMax: 3 });

    for (let key = 0; key < 10; key++) {
      cache.set(key, `value ${key}`);
      expect(cache.size).toBeLessThanOrEqual(3);
      expect(cache.get(key)).toBe(`value ${key}`);
    }
  });

  it("clears itself when the entries together would weigh more than a million", () => {
    const cache = new BoundedCache<string, number>({ weigh: (value) => value });
    cache.set("a", 600_000);
    cache.set("b", 300_000);

    cache.set("c", 200_000);

    expect([...cache.keys()]).toEqual(["c"]);
  });

  it("counts a replaced entry once", () => {
    const cache = new BoundedCache<string, number>({ entriesMax: 2, weigh: (value) => value });
    cache.set("kept", 1);

    for (let round = 0; round < 10; round++) cache.set("replaced", 400_000);

    expect([...cache.keys()]).toEqual(["kept", "replaced"]);
  });
});

describe("PerObject", () => {
  it("builds a value once for each object", () => {
    const built: object[] = [];
    const values = new PerObject<object, number>((of) => built.push(of));
    const [one, other] = [{}, {}];

    expect([values.get(one), values.get(other), values.get(one)]).toEqual([1, 2, 1]);
    expect(built).toEqual([one, other]);
  });
});
