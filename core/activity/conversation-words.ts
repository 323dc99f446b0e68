import { formatCounted, pluralize } from "#core/report/plural.ts";
import type { RequestEvent } from "./request-event.ts";

type Conversation = Pick<
  RequestEvent,
  | "messages"
  | "toolResults"
  | "toolErrors"
  | "newToolResults"
  | "newToolErrors"
  | "humanTurn"
  | "interrupted"
  | "compacted"
  | "repeatedCalls"
  | "toolUses"
>;

const ordinals = new Intl.PluralRules("en", { type: "ordinal" });
const ENDINGS: Partial<Record<Intl.LDMLPluralRule, string>> = { one: "st", two: "nd", few: "rd" };
const formatOrdinal = (count: number): string => `${count}${ENDINGS[ordinals.select(count)] ?? "th"}`;

/**
 * What a request's place in its conversation was, in short pieces: "14th message", "2 tool errors". Empty when nothing
 * was counted.
 */
export function conversationWords(event: Conversation): string[] {
  const { messages, newToolResults: results, newToolErrors: errors, humanTurn, repeatedCalls, toolUses } = event;
  const words: string[] = [];
  if (messages !== null) words.push(`${formatOrdinal(messages)} message`);
  if (event.compacted === true) words.push("begins with a summary");
  if (event.interrupted === true) words.push("after an interrupted turn");
  if (humanTurn === true) words.push("a person asked");
  if (results !== null && results > 0) words.push(formatCounted(results, "new tool result"));
  const earlierResults = (event.toolResults ?? 0) - (results ?? 0);
  if (earlierResults > 0) words.push(`${formatCounted(earlierResults, "tool result")} before`);
  if (errors !== null && errors > 0) words.push(formatCounted(errors, "tool error"));
  const earlierErrors = (event.toolErrors ?? 0) - (errors ?? 0);
  if (earlierErrors > 0) words.push(`${formatCounted(earlierErrors, "tool error")} before`);
  if (repeatedCalls !== null && repeatedCalls > 0)
    words.push(pluralize(repeatedCalls, "same call twice", `same call ${repeatedCalls + 1} times`));
  if (toolUses !== null && toolUses > 0) words.push(`asked for ${formatCounted(toolUses, "tool call")}`);
  return words;
}
