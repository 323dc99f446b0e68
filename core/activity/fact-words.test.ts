import { expect, it } from "vitest";
import { factWords } from "./fact-words.ts";
import { formatFacts } from "./request-facts.ts";

const plain = {
  hasTools: true,
  hasThinking: true,
  titleLike: false,
  maxTokens: 32_000,
  path: "/v1/messages",
  headers: {},
};

it("words every fact that rules can look at", () => {
  const facts = {
    ...plain,
    path: "/team/web/v1/messages",
    titleLike: true,
    headers: { "x-team": "web", "x-plan": "a b" },
  };

  expect(factWords(formatFacts({ ...plain, headers: { "x-team": "web" } }))).toBe(
    "tools, thinking, max_tokens 32,000, header x-team: web",
  );
  expect(factWords(formatFacts(facts))).toBe(
    "tools, thinking, a request for a title, max_tokens 32,000, path /team/web/v1/messages, header x-team: web, header x-plan: a b",
  );
});

it("says what a request does not have, and that a path was not kept", () => {
  const none = { ...plain, hasTools: false, hasThinking: false, maxTokens: null, path: null };

  expect(factWords(formatFacts(none))).toBe("no tools, no thinking, no max_tokens, a path that was not kept");
});

it("has no words for facts that were not recorded, or of a later version", () => {
  expect(factWords(null)).toBeNull();
  expect(factWords("99 t")).toBeNull();
});
