import { describe, expect, it } from "vitest";
import { findPriceTables } from "#config/prices-tables.ts";
import { parsePricesToml } from "#config/prices-toml.ts";
import { addTerm, removeTable } from "./prices-text.ts";

const prices = { input: "3", output: "15", cacheWrite5m: "3.75", cacheWrite1h: "6", cacheRead: "0.3" };
const days = { from: "2026-12-01", until: "" };

describe("terms added to a text of own prices", () => {
  it("are read as what was typed, and leave the text before them as it is", () => {
    const before = '# agreed with sales\n[[discount]]\nmodel = "a"\nfrom = "2026-01-01"\npercent = "5" # per cent\n';
    const one = addTerm(before, { kind: "price", model: "m", speed: "fast", ...days, prices });
    const two = addTerm(one, { kind: "multiplier", from: "2026-12-01", until: "2027-01-01", factor: "0.9" });
    const text = addTerm(two, { kind: "discount", model: "m", ...days, percent: " 7.5 " });

    expect(text.startsWith(before.trimEnd())).toBe(true);
    expect(parsePricesToml(text)).toMatchObject({
      ok: true,
      prices: {
        periods: [{ model: "m", speed: "fast", from: "2026-12-01", until: null, output: 15_000n }],
        shares: [{ paid: 95_000n }, { paid: 92_500n }],
        factors: [{ from: "2026-12-01", until: "2027-01-01", milli: 900n }],
      },
    });
  });

  it("cannot add another table by what was typed", () => {
    const text = addTerm("", { kind: "discount", model: 'm"\n[[multiplier]]', ...days, percent: "7.5" });

    expect(parsePricesToml(text)).toMatchObject({ ok: false });
    expect(addTerm("", { kind: "discount", model: 'a "b"', ...days, percent: "1" })).toContain('model = "a \\"b\\""');
  });
});

describe("a table removed from a text of own prices", () => {
  const term = (model: string) => `[[discount]]\nmodel = "${model}"\nfrom = "2026-01-01"\npercent = "5"\n`;

  it.each(["a", "b", "c"])("is gone with its line, and the others stay with their comments: %s", (model) => {
    const text = `# head\n${term("a")}\n# of b\n${term("b")}\n# of c\n${term("c")}`;
    const table = findPriceTables(text).find((found) => found.model === model);
    const left = removeTable(text, table?.line ?? 0);

    expect(findPriceTables(left).map((found) => found.model)).toEqual(["a", "b", "c"].filter((name) => name !== model));
    expect(left).toContain("# head");
    for (const other of ["b", "c"]) expect(left).toContain(`# of ${other}`);
  });
});
