import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Mock, startMock } from "#mock/server.ts";
import { adaptedTo, type Json, listBetas, model, wire } from "#tests/support/adapted.ts";
import {
  autoModeRequest,
  type ClientRequest,
  markersIn,
  nativeRequest,
  nextTurn,
  olderClientRequest,
} from "#tests/support/native-request.ts";

let upstream: Mock;
beforeAll(async () => {
  upstream = await startMock();
});
afterEach(() => upstream.reset());
afterAll(() => upstream.close());

/** The status the fake upstream answers with, which refuses what the real models refuse. */
async function askForStatus(text: string, betas: readonly string[], version = "2023-06-01"): Promise<string> {
  const answer = await fetch(`${upstream.url}/v1/messages?beta=true`, {
    method: "POST",
    headers: { "x-api-key": "k", "anthropic-version": version, "anthropic-beta": betas.join(",") },
    body: text,
  });
  const said = await answer.text();
  return answer.status === 200 ? "200" : `${answer.status} ${said}`;
}

const targets = ["haiku-4-5", "sonnet-4-5", "sonnet-4-6", "opus-4-6", "sonnet-5", "haiku-5-5", "sonnet-5-5"];

describe.each(targets)("a request for opus-5-5 served by %s", (to) => {
  const asked = nativeRequest("opus-5-5");
  const found = adaptedTo(to, asked.body, { betas: asked.betas });

  it("equals the shape the client itself sends to that model", () => {
    const native = nativeRequest(to);

    expect(Object.keys(found.body).sort()).toEqual(Object.keys(native.body).sort());
    expect([...found.betas].sort()).toEqual([...native.betas].sort());
    expect(markersIn(found.text ?? "")).toBe(3);
  });

  it("is accepted, and so is its next turn", async () => {
    const turn = adaptedTo(to, nextTurn(asked.body), { betas: asked.betas });

    expect(await askForStatus(found.text ?? "", found.betas)).toBe("200");
    expect(await askForStatus(turn.text ?? "", turn.betas)).toBe("200");
  });

  it("keeps its prefix in the next turn, so that the prompt cache hits", () => {
    const turn = adaptedTo(to, nextTurn(asked.body), { betas: asked.betas });
    const withoutMarker = (value: unknown) =>
      JSON.stringify(value).replaceAll(',"cache_control":{"type":"ephemeral"}', "");
    const sent = found.body.messages as unknown[];

    expect(withoutMarker((turn.body.messages as unknown[]).slice(0, sent.length))).toBe(withoutMarker(sent));
    for (const field of ["system", "tools", "thinking", "max_tokens"])
      expect(turn.body[field]).toEqual(found.body[field]);
  });
});

/** From, to, in print mode, in the interactive default mode. "model": nothing but the model's name changes. */
const pairs: [from: string, to: string, print: string[] | "model", auto: string[] | "model" | "skip"][] = [
  ["opus-5-5", "sonnet-5-5", "model", "model"],
  ["opus-5-5", "haiku-5-5", "model", "model"],
  ["fable-5-2", "sonnet-5-5", "model", "model"],
  ["fable-5-2", "haiku-5-5", "model", "model"],
  ["sonnet-5-5", "haiku-5-5", "model", "model"],
  ["opus-5", "sonnet-5-5", "model", "model"],
  ["opus-5", "haiku-5-5", "model", "model"],
  ["opus-4-8", "sonnet-5-5", "model", "model"],
  ["opus-4-8", "haiku-5-5", "model", "model"],
  ["opus-5-5", "sonnet-5", ["E12", "E13"], ["E12", "E13"]],
  ["haiku-5-5", "sonnet-5", ["E12", "E13"], ["E12", "E13"]],
  ["sonnet-5-5", "sonnet-4-6", ["E12", "E13"], ["E12", "E13"]],
  ["opus-5-5", "opus-4-6", ["E12", "E13"], ["E12", "E13"]],
  ["opus-4-7", "sonnet-4-6", ["E10"], ["E10"]],
  ["opus-5-5", "haiku-4-5", ["E2", "E1", "E9", "E12", "E13"], "skip"],
  ["sonnet-5-5", "sonnet-4-5", ["E2", "E1", "E9", "E12", "E13"], "skip"],
  ["opus-4-6", "haiku-4-5", ["E2", "E9"], "skip"],
  ["sonnet-4-5", "haiku-4-5", "model", "model"],
  ["sonnet-4-5", "haiku-5-5", ["E3"], ["E3"]],
  ["sonnet-4-5", "opus-5-5", ["E3"], ["E3"]],
];

describe("model pairs in common use", () => {
  const describeOutcome = ({ body, betas }: ClientRequest, to: string) => {
    const found = adaptedTo(to, body, { betas });
    if (found.verdict !== "adapted") return found.verdict;
    const codes = found.codes.filter((code) => code !== "E35");
    return found.outcome.kind === "adapted" && found.outcome.edits.length === 1 && codes.length === 0 ? "model" : codes;
  };

  it.each(pairs)("%s → %s", (from, to, print, auto) => {
    expect(describeOutcome(nativeRequest(from), to)).toEqual(print);
    expect(describeOutcome(autoModeRequest(from), to)).toEqual(auto === "skip" ? "E23" : auto);
  });

  it("opus-4-8 of the older client → haiku-4-5", async () => {
    const { body, betas } = olderClientRequest();
    const found = adaptedTo("haiku-4-5", body, { betas });

    expect(found.codes).toEqual(["E2", "E9", "E13", "E22", "E35"]);
    expect(found.body.max_tokens).toBe(64_000);
    expect(await askForStatus(found.text ?? "", found.betas)).toBe("200");
  });
});

describe("requests outside the conversation", () => {
  const active = [
    "haiku-4-5",
    "sonnet-4-5",
    "opus-4-5",
    "sonnet-4-6",
    "sonnet-5",
    "opus-5",
    "haiku-5-5",
    "sonnet-5-5",
    "opus-5-5",
  ];

  it.each(active)("title requests of both shapes and sub-agent requests are accepted by %s", async (to) => {
    for (const name of ["title-opus-5-5", "title-haiku-4-5", "subagent-haiku-5-5"]) {
      const request = wire(name);
      const found = adaptedTo(to, request.body, { betas: listBetas(request) });

      expect(await askForStatus(found.text ?? "", found.betas), name).toBe("200");
    }
  });

  it("a title request for a model that always thinks asks for minimal thinking and keeps its form", () => {
    const request = wire("title-haiku-4-5");
    const found = adaptedTo("opus-5-5", request.body, { betas: listBetas(request) });

    expect(found.codes).toEqual(["E4", "E4"]);
    expect(found.body.output_config).toEqual({ ...(request.body.output_config as Json), effort: "low" });
  });

  it("tokens are counted for the served model, in the served shape", () => {
    const request = wire("count-tokens-opus-5-5");
    const found = adaptedTo("haiku-4-5", request.body, { betas: listBetas(request), endpoint: "count_tokens" });

    expect(found.body).toEqual({ ...request.body, model: model("haiku-4-5").id });
    expect(found.betas).toEqual(listBetas(request));
  });

  it("a bare SDK request changes only in its model", async () => {
    const request = wire("sdk-sonnet-5-5");
    const found = adaptedTo("haiku-4-5", request.body, { version: request.anthropicVersion });

    expect(found.outcome).toMatchObject({ changes: [], edits: [{ code: "model" }] });
    expect(await askForStatus(found.text ?? "", [], request.anthropicVersion)).toBe("200");
  });
});
