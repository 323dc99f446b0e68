import type { MessageForms, PromptPrint } from "./prompt-print.ts";

/** What is kept of a request's print, of the same size for any length of conversation. */
export interface PromptPrefix {
  tools: number;
  system: number;
  /** Number of messages. */
  count: number;
  markCount: number;
  /** The first message, and the last ones, at most `TAIL_MAX`. */
  first: MessageForms | null;
  tail: readonly MessageForms[];
  /** Bytes of the messages before the tail. */
  headLength: number;
}

/** Where a prompt first differs from an earlier one. `none`: it begins with all of it. */
export type PromptChange = "tools" | "system" | "history" | "none";

/**
 * Messages that are compared one by one: more than clients mark. Of those before them only the length is, for clients take old
 * messages out or shorten them, and do not put another letter in the place of one.
 */
const TAIL_MAX = 6;
/** Last messages of a conversation among which the model's are looked for. */
const LOOKED_AT_MAX = 8;

/** What to keep of a print. */
export function prefixOf(print: PromptPrint): PromptPrefix {
  const { tools, system, count, markCount } = print;
  const headCount = Math.max(0, count - TAIL_MAX);
  const tail: MessageForms[] = [];
  for (let position = headCount; position < count; position++) tail.push(print.formsOf(position));
  const first = headCount === 0 ? (tail[0] ?? null) : print.formsOf(0);
  return { tools, system, count, markCount, first, tail, headLength: print.lengthBefore(headCount) };
}

/** Where the prompt differs first from one kept before, in the order in which the provider reads it. */
export function changeSince(earlier: PromptPrefix, print: PromptPrint, isContinued: boolean): PromptChange {
  if (print.tools !== earlier.tools) return "tools";
  if (print.system !== earlier.system) return "system";
  return isContinued ? "none" : "history";
}

/** Whether the messages begin with all messages of one kept before. */
export function continuesAfter({ count, first, tail, headLength }: PromptPrefix, print: PromptPrint): boolean {
  if (print.count < count) return false;
  const headCount = count - tail.length;
  if (print.lengthBefore(headCount) !== headLength) return false;
  for (let at = tail.length - 1; at >= 0; at--)
    if (!isSame(tail[at] as MessageForms, print.formsOf(headCount + at))) return false;
  return first === null || headCount === 0 || isSame(first, print.formsOf(0));
}

/** How many of the model's messages stand behind the first `count`, of the last few. */
export const modelMessagesSince = (count: number, print: PromptPrint): number =>
  print.modelMessagesFrom(count, LOOKED_AT_MAX);

/** Clients write a plain text as a block when they mark it, and without one when they do not. */
const isSame = (one: MessageForms, other: MessageForms): boolean =>
  one.blocks === other.blocks || one.text === other.text || one.blocks === other.text || one.text === other.blocks;
