import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatFacts, type KnownFacts, NO_HEADERS, parseFacts } from "./request-facts.ts";

const USUAL: KnownFacts = {
  hasTools: true,
  hasThinking: true,
  titleLike: false,
  maxTokens: 32_000,
  path: "/v1/messages",
  headers: {},
};

/** Values of each fact but path and headers. They are few, so that facts that differ in one field meet in what is kept. */
const FACTS: { [Fact in Exclude<keyof KnownFacts, "path" | "headers">]: fc.Arbitrary<KnownFacts[Fact]> } = {
  hasTools: fc.boolean(),
  hasThinking: fc.boolean(),
  titleLike: fc.boolean(),
  maxTokens: fc.constantFrom(null, 0, 1, 32_000),
};

/** What version 1 of the line can say. */
const V1 = {
  ...{ hasTools: true, hasThinking: true, titleLike: false },
  ...{ maxTokens: 32_000, path: "/v1/messages", headers: {} },
};

/** The version that lines are written with. */
const [VERSION] = formatFacts(USUAL).split(" ");

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
    expect(formatFacts(USUAL)).toBe(`${VERSION} tk m32000`);
    expect(formatFacts({ ...USUAL, hasTools: false, hasThinking: false, maxTokens: null })).toBe(`${VERSION}`);
  });

  it("are read back as they were written, for any path and headers", () => {
    const text = fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
    const facts: fc.Arbitrary<KnownFacts> = fc.record({
      ...FACTS,
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

  it("are read back as they were written where lines are kept, after any other line", () => {
    const facts: fc.Arbitrary<KnownFacts> = fc.record({
      ...FACTS,
      path: fc.constant("/v1/messages"),
      headers: fc.constant(NO_HEADERS),
    });
    fc.assert(
      fc.property(facts, (one) => {
        expect(parseFacts(formatFacts(one))).toEqual(one);
      }),
      { numRuns: 500 },
    );
  });

  // A line of each version, as the release that wrote it understood it. A row stays as it is.
  it.each<[line: string, known: object]>([
    ["1", { ...V1, hasTools: false, hasThinking: false, maxTokens: null }],
    ["1 tk m32000", V1],
    ["1 n /t/web", { ...V1, hasTools: false, hasThinking: false, titleLike: true, maxTokens: null, path: "/t/web" }],
  ])("of an earlier version are unknown where it did not have them: %s", (line, known) => {
    const read = parseFacts(line);
    const unknown = Object.fromEntries(Object.keys(read ?? {}).map((fact) => [fact, null]));

    expect(read).toEqual({ ...unknown, ...known });
  });

  it("leave out a header's value that is long or looks like a credential", () => {
    const headers = { "x-long": "a".repeat(201), "x-odd": "Bearer sk-ant-api03-abc", "x-plan": "batch 7" };

    expect(formatFacts({ ...USUAL, headers })).toBe(`${VERSION} tk m32000 x-plan=batch%207`);
  });

  it("leave out a path that is long or holds a secret, and say so", () => {
    const secret = `cco_${"A".repeat(43)}`;
    for (const path of [`/t/${secret}/v1/messages`, "/t/sk-ant-api03-abc/v1/messages", `/${"a".repeat(200)}`]) {
      expect(formatFacts({ ...USUAL, path })).toBe(`${VERSION} tk m32000 ?`);
    }
    expect(parseFacts(`${VERSION} tk m32000 ?`)).toEqual({ ...USUAL, path: null });
    expect(formatFacts({ ...USUAL, path: "/t/payments/v1/messages" })).toBe(
      `${VERSION} tk m32000 /t/payments/v1/messages`,
    );
  });

  it("of a later version are not guessed at", () => {
    expect(parseFacts(`${Number(VERSION) + 1} tk`)).toBeNull();
    expect(parseFacts("0 tk")).toBeNull();
  });
});
