import { describe, expect, it } from "vitest";
import { emptyTally, estimateOutput, tallyDelta, tallyStart } from "./stream-usage.ts";

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
