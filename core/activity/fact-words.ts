import { formatCount } from "#core/report/format.ts";
import { parseFacts, USUAL_PATH } from "./request-facts.ts";

/**
 * Writes recorded facts for people: "tools, thinking, max_tokens 32,000, header x-team: web". Null where none were recorded,
 * or by a version that is not known here. A path is named where it is not that of nearly every request.
 */
export function factWords(line: string | null): string | null {
  const facts = line === null ? null : parseFacts(line);
  if (facts === null) return null;
  const words = [
    facts.hasTools ? "tools" : "no tools",
    facts.hasThinking ? "thinking" : "no thinking",
    ...(facts.titleLike ? ["a request for a title"] : []),
    facts.maxTokens === null ? "no max_tokens" : `max_tokens ${formatCount(facts.maxTokens)}`,
    ...(facts.path === USUAL_PATH ? [] : [facts.path === null ? "a path that was not kept" : `path ${facts.path}`]),
    ...Object.entries(facts.headers).map(([name, value]) => `header ${name}: ${value}`),
  ];
  return words.join(", ");
}
