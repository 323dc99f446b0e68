import type { MessageForms, PromptPrint } from "./prompt-print.ts";

/** What is kept of a request's print, of the same size for any length of conversation. */
export interface PromptPrefix {
  tools: number;
  system: number;
  /** Number of messages. */
  count: number;
  markCount: number;
  /** Hashes of the last messages and of the first, as the print has them. */
  forms: readonly number[];
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
/** What to keep of a print. */
export function prefixOf(print: PromptPrint): PromptPrefix {
  const { tools, system, count, markCount, forms } = print;
  const headLength = print.lengthBefore(Math.max(0, count - TAIL_MAX));
  return { tools, system, count, markCount, forms, headLength };
}

/** Where the prompt differs first from one kept before, in the order in which the provider reads it. */
export function changeSince(earlier: PromptPrefix, print: PromptPrint, isContinued: boolean): PromptChange {
  if (print.tools !== earlier.tools) return "tools";
  if (print.system !== earlier.system) return "system";
  return isContinued ? "none" : "history";
}

/** Whether the messages begin with all messages of one kept before. */
export function continuesAfter({ count, forms, headLength }: PromptPrefix, print: PromptPrint): boolean {
  if (print.count < count) return false;
  const tailLength = Math.min(count, TAIL_MAX);
  if (print.lengthBefore(count - tailLength) !== headLength) return false;
  for (let fromEnd = 0; fromEnd < tailLength; fromEnd++)
    if (!isSame(forms, 2 * fromEnd, print.formsOf(count - 1 - fromEnd))) return false;
  return count === tailLength || isSame(forms, forms.length - 2, print.formsOf(0));
}

/** How many of the model's messages stand behind the first `count`, of the last few. */
export const modelMessagesSince = (count: number, print: PromptPrint): number => print.modelMessagesFrom(count);

/** Clients write a plain text as a block when they mark it, and without one when they do not. */
function isSame(forms: readonly number[], at: number, { blocks, text }: MessageForms): boolean {
  const [oneBlocks, oneText] = [forms[at], forms[at + 1]];
  return oneBlocks === blocks || oneText === text || oneBlocks === text || oneText === blocks;
}
