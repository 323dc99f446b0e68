import { type MessageForms, type PromptPrint, TAIL_MAX } from "./prompt-print.ts";

/** What can be kept of a request's print, of the same size for any length of conversation: a print, without what it reads of its body. */
export type PromptPrefix = Pick<PromptPrint, "tools" | "system" | "count" | "markCount" | "forms" | "headLength">;

/** Where a prompt first differs from an earlier one. `none`: it begins with all of it. */
export type PromptChange = "tools" | "system" | "history" | "none";

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
