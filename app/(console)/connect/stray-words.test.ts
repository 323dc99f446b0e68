import { expect, it } from "vitest";
import { strayTitle, strayWords } from "./stray-words.ts";

const stray = {
  at: "2026-11-22T12:00:00.000Z",
  agoMs: 3_100,
  status: null,
  client: "Claude Code 2.1.88",
  hasOwnCredential: true,
  method: "POST",
  path: "/v1/messages",
  address: "10.0.0.7",
};
const setting = { how: "proxy-key", baseUrl: "https://cco.example.com", key: "cco_abc" } as const;

it("describes a request without a proxy key: time, client, and the variable to set", () => {
  const request = { ...stray, reason: "no-key" } as const;

  expect(strayTitle(request)).toBe("A request of Claude Code 2.1.88 arrived 3 s ago, without your proxy key");
  expect(strayWords(request, setting)).toMatchObject({
    fix: "Set ANTHROPIC_AUTH_TOKEN",
    line: 'export ANTHROPIC_AUTH_TOKEN="cco_abc"',
  });
});

it("names the header variable when the key travels beside the caller's own login", () => {
  const words = strayWords({ ...stray, reason: "no-key" }, { ...setting, how: "own-and-proxy-key" });

  expect(words.line).toBe('export ANTHROPIC_CUSTOM_HEADERS="x-cco-key: cco_abc"');
});

it.each([
  ["budget-spent", "Budget of this month spent"],
  ["too-fast", "Requests of this minute used up"],
  ["too-many-open", "Too many requests at once"],
  ["budget-taken", "Budget nearly spent"],
  ["not-for-this", "Not allowed by a limit"],
] as const)("names the limit that refused a request: %s", (reason, title) => {
  const words = strayWords({ ...stray, reason }, setting);

  expect(strayTitle({ ...stray, reason })).toMatch(/3 s ago, and was refused: ./);
  expect(words.steps.filter(({ look }) => look === "bad").map((step) => step.title)).toEqual([title]);
  expect(words.fix).not.toContain("Claude Code");
  expect(words.line).toBeNull();
});

it("names the base URL of this installation for a request at a wrong path or host", () => {
  for (const reason of ["wrong-path", "wrong-host"] as const) {
    const words = strayWords({ ...stray, reason }, setting);

    expect(words.line).toBe('export ANTHROPIC_BASE_URL="https://cco.example.com"');
    expect(words.steps[0]?.look).toBe("bad");
    if (reason === "wrong-host") expect(words.steps[0]?.text).toContain("cco.example.com is");
  }
});
