import { describe, expect, it } from "vitest";
import { emptyTally, estimateOutput, tallyDelta, tallyStart, type UsageTally } from "./stream-usage.ts";

const start = {
  input_tokens: 11,
  cache_creation_input_tokens: 1000,
  cache_read_input_tokens: 2000,
  cache_creation: { ephemeral_5m_input_tokens: 600, ephemeral_1h_input_tokens: 400 },
  output_tokens: 1,
  service_tier: "standard",
  inference_geo: "global",
};

describe("the usage of a stream", () => {
  it("keeps the start's split and takes the end's counts", () => {
    const tally = tallyDelta(tallyStart(start, false), {
      input_tokens: 11,
      cache_creation_input_tokens: 1000,
      output_tokens: 25,
    });

    expect(tally.usage).toEqual({
      inputTokens: 11,
      cacheWrite5mTokens: 600,
      cacheWrite1hTokens: 400,
      cacheReadTokens: 2000,
      outputTokens: 25,
      thinkingTokens: 0,
      webSearches: 0,
    });
    expect(tally).toMatchObject({
      isFinal: true,
      context: { serviceTier: "standard", inferenceGeo: "global", speed: null },
    });
  });

  it("lets null fields of the end change nothing", () => {
    const tally = tallyDelta(tallyStart(start, false), {
      input_tokens: null,
      cache_read_input_tokens: null,
      output_tokens: 25,
      service_tier: null,
    });

    expect(tally.usage).toMatchObject({ inputTokens: 11, cacheReadTokens: 2000, outputTokens: 25 });
    expect(tally.context.serviceTier).toBe("standard");
  });

  it("books cache writes above the start's split as five-minute ones", () => {
    const tally = tallyDelta(tallyStart(start, false), { cache_creation_input_tokens: 1500, output_tokens: 2 });

    expect(tally.usage).toMatchObject({ cacheWrite5mTokens: 1100, cacheWrite1hTokens: 400 });
  });

  it("takes writes without a split as five-minute ones", () => {
    expect(tallyStart({ input_tokens: 1, cache_creation_input_tokens: 50 }, true).usage.cacheWrite5mTokens).toBe(50);
  });

  it("takes listed iterations as the bill", () => {
    const tally = tallyDelta(tallyStart(start, false), {
      output_tokens: 25,
      server_tool_use: { web_search_requests: 2 },
      iterations: [
        { type: "compaction", input_tokens: 100, output_tokens: 10 },
        {
          type: "message",
          input_tokens: 11,
          output_tokens: 25,
          cache_read_input_tokens: 2000,
          cache_creation: { ephemeral_5m_input_tokens: 600, ephemeral_1h_input_tokens: 400 },
        },
      ],
    });

    expect(tally.usage).toMatchObject({
      inputTokens: 111,
      outputTokens: 35,
      cacheReadTokens: 2000,
      cacheWrite5mTokens: 600,
      cacheWrite1hTokens: 400,
      webSearches: 2,
    });
  });

  describe("whose iterations leave out how cache writes split by lifetime", () => {
    const split = { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 700 };
    const total = { input_tokens: 1, output_tokens: 2, cache_creation_input_tokens: 1000 };
    const unsplit = { type: "message", ...total, cache_creation: null };
    const writes = (tally: UsageTally) =>
      tally.parts.map(({ usage }) => [usage.cacheWrite5mTokens, usage.cacheWrite1hTokens]);

    it("takes the split of the totals, also where it came with the start", () => {
      const start = tallyStart({ ...total, cache_creation: split }, false);

      expect(writes(tallyDelta(start, { ...total, iterations: [unsplit] }))).toEqual([[300, 700]]);
      expect(writes(tallyStart({ ...total, cache_creation: split, iterations: [unsplit] }, true))).toEqual([
        [300, 700],
      ]);
    });

    it("gives each of them the same share, also where the totals describe the last attempt alone", () => {
      const early = { ...unsplit, cache_creation_input_tokens: 500 };
      const late = { ...unsplit, cache_creation_input_tokens: 600 };
      const whole = { ...total, cache_creation: split, iterations: [early, late] };
      const hour = { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 600 };
      const last = { ...total, cache_creation_input_tokens: 600, cache_creation: hour, iterations: [early, late] };

      expect(writes(tallyStart(whole, true))).toEqual([
        [150, 350],
        [180, 420],
      ]);
      expect(writes(tallyStart(last, true))).toEqual([
        [0, 500],
        [0, 600],
      ]);
    });

    it("counts the writes once where the split comes behind the list, or the totals grow behind it", () => {
      const four = { ...unsplit, cache_creation_input_tokens: 400 };
      const hour = { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 400 };
      const late = tallyStart({ ...four, iterations: [four] }, false);
      const early = tallyStart({ ...four, cache_creation: hour, iterations: [four] }, false);
      const own = { ...four, cache_creation: { ephemeral_5m_input_tokens: 400, ephemeral_1h_input_tokens: 0 } };

      expect(writes(late)).toEqual([[400, 0]]);
      expect(writes(tallyDelta(late, { output_tokens: 3, cache_creation: hour }))).toEqual([[0, 400]]);
      expect(writes(tallyDelta(early, { output_tokens: 3, cache_creation_input_tokens: 600 }))).toEqual([[200, 400]]);
      expect(
        writes(
          tallyDelta(tallyStart({ ...four, iterations: [own] }, false), { output_tokens: 3, cache_creation: hour }),
        ),
      ).toEqual([[400, 0]]);
    });

    it("leaves alone what an entry names itself", () => {
      const own = { ...unsplit, cache_creation: { ephemeral_5m_input_tokens: 1000, ephemeral_1h_input_tokens: 0 } };
      const whole = { ...total, cache_creation: split, iterations: [unsplit, own] };

      expect(writes(tallyStart(whole, true))).toEqual([
        [300, 700],
        [1000, 0],
      ]);
    });
  });

  describe("with iterations", () => {
    const first = { type: "message", model: "claude-opus-5-5", input_tokens: 1000, output_tokens: 8 };
    const second = { type: "fallback_message", model: "claude-haiku-5-5", input_tokens: 50, output_tokens: 1 };
    const iterations = [first, second];
    const totals = { input_tokens: 50, output_tokens: 1 };
    const models = (tally: ReturnType<typeof tallyStart>) =>
      tally.parts.map(({ model, usage }) => [model, usage.inputTokens, usage.outputTokens]);
    const both = (output: number) => [
      ["claude-opus-5-5", 1000, 8],
      ["claude-haiku-5-5", 50, output],
    ];

    it.each([
      ["none", {}],
      ["null", { iterations: null }],
      ["an empty list", { iterations: [] }],
      ["a list of nonsense", { iterations: [null, 7, "x"] }],
    ])("keeps those of the start when the closing usage has %s, and adds its output to the last", (_name, closing) => {
      const tally = tallyDelta(tallyStart({ ...totals, iterations }, false), { output_tokens: 25, ...closing });

      expect(models(tally)).toEqual(both(25));
      expect(tally.usage).toMatchObject({ inputTokens: 1050, outputTokens: 33 });
    });

    it("keeps them over any number of further usages, and counts the growth once", () => {
      let tally = tallyDelta(tallyStart(totals, false), {
        ...totals,
        output_tokens: 5,
        iterations: [first, { ...second, output_tokens: 5 }],
      });
      for (const output of [5, 9, 9, 25]) tally = tallyDelta(tally, { output_tokens: output });
      tally = tallyDelta(tally, { server_tool_use: { web_search_requests: 2 }, iterations: null });

      expect(models(tally)).toEqual(both(25));
      expect(tally.usage).toMatchObject({ inputTokens: 1050, outputTokens: 33, webSearches: 2 });
      expect(tally.parts.map(({ usage }) => usage.webSearches)).toEqual([0, 2]);
    });

    it("takes the last of growing lists, and adds to its last entry only what came after it", () => {
      let tally = tallyStart({ input_tokens: 1000, output_tokens: 1, iterations: [first] }, false);
      tally = tallyDelta(tally, {
        ...totals,
        output_tokens: 20,
        iterations: [first, { ...second, output_tokens: 20 }],
      });
      expect(models(tally)).toEqual(both(20));

      expect(models(tallyDelta(tally, { output_tokens: 25 }))).toEqual(both(25));
    });

    it("counts nothing twice where the totals name later, or as a sum, what the list has already", () => {
      const late = tallyDelta(tallyStart({ iterations: [first, { ...second, output_tokens: 25 }] }, false), {
        ...totals,
        output_tokens: 25,
      });
      expect(models(late)).toEqual(both(25));

      const sums = { input_tokens: 1050, output_tokens: 9 };
      const summed = tallyDelta(tallyStart({ ...sums, iterations }, false), { ...sums, output_tokens: 33 });
      expect(models(summed)).toEqual(both(25));
    });

    it("keeps them when the stream breaks off before a second usage", () => {
      expect(models(tallyStart({ ...totals, iterations }, false))).toEqual(both(1));
      expect(estimateOutput(tallyStart({ ...totals, iterations }, false), 400).outputTokens).toBe(100);
    });

    it("has none where a whole response lists null or nothing", () => {
      for (const listed of [null, [], undefined]) {
        const tally = tallyStart({ ...totals, iterations: listed }, true);
        expect(tally.parts).toEqual([]);
        expect(tally.usage).toMatchObject({ inputTokens: 50, outputTokens: 1 });
      }
    });
  });

  it("counts nothing from nonsense", () => {
    expect(tallyStart("x", false)).toEqual(emptyTally());
    expect(tallyStart({ input_tokens: -5, output_tokens: 1.5, cache_read_input_tokens: "9" }, false).usage).toEqual(
      emptyTally().usage,
    );
  });

  it("estimates output from delivered text, never below what the provider named", () => {
    expect(estimateOutput(tallyStart(start, false), 401).outputTokens).toBe(101);
    expect(estimateOutput(tallyStart({ ...start, output_tokens: 500 }, false), 8).outputTokens).toBe(500);
  });
});
