import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatFacts, NO_HEADERS, parseFacts, type RequestFacts } from "./request-facts.ts";

const USUAL: RequestFacts = {
  hasTools: true,
  hasThinking: true,
  titleLike: false,
  maxTokens: 32_000,
  path: "/v1/messages",
  headers: {},
};

describe("the facts of a decision", () => {
  it("writes the same line, and keeps it, where no rule names a header", () => {
    for (const maxTokens of [null, 0, 1, 32_000, 9_999_999, 10_000_000, -1, -0.5, 1.5, 1e300, 2 ** 29, 2 ** 32 + 1])
      for (const flags of [
        USUAL,
        { ...USUAL, hasTools: false },
        { ...USUAL, titleLike: true },
        { ...USUAL, hasThinking: false },
      ]) {
        const facts = { ...flags, maxTokens, headers: NO_HEADERS };
        const line = formatFacts({ ...facts, headers: {} });
        expect([formatFacts(facts), formatFacts(facts)]).toEqual([line, line]);
      }
  });

  it("are short for a usual request", () => {
    expect(formatFacts(USUAL)).toBe("1 tk m32000");
    expect(formatFacts({ ...USUAL, hasTools: false, hasThinking: false, maxTokens: null })).toBe("1");
  });

  it("are read back as they were written, for any path and headers", () => {
    const text = fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
    const facts = fc.record({
      hasTools: fc.boolean(),
      hasThinking: fc.boolean(),
      titleLike: fc.boolean(),
      maxTokens: fc.option(fc.nat()),
      path: text.map((one) => `/${one}`),
      headers: fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,20}$/), text, { maxKeys: 4, noNullPrototype: true }),
    });
    fc.assert(
      fc.property(facts, (one) => {
        expect(parseFacts(formatFacts(one))).toEqual(one);
      }),
    );
  });

  it("leave out a header's value that is long or looks like a credential", () => {
    const headers = { "x-long": "a".repeat(201), "x-odd": "Bearer sk-ant-api03-abc", "x-plan": "batch 7" };

    expect(formatFacts({ ...USUAL, headers })).toBe("1 tk m32000 x-plan=batch%207");
  });

  it("leave out a path that is long or holds a secret, and say so", () => {
    const secret = `cco_${"A".repeat(43)}`;
    for (const path of [`/t/${secret}/v1/messages`, "/t/sk-ant-api03-abc/v1/messages", `/${"a".repeat(200)}`]) {
      expect(formatFacts({ ...USUAL, path })).toBe("1 tk m32000 ?");
    }
    expect(parseFacts("1 tk m32000 ?")).toEqual({ ...USUAL, path: null });
    expect(formatFacts({ ...USUAL, path: "/t/payments/v1/messages" })).toBe("1 tk m32000 /t/payments/v1/messages");
  });

  it("of a later version are not guessed at", () => {
    expect(parseFacts("2 tk")).toBeNull();
  });
});
