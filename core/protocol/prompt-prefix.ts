import { LAST_FORMS_MAX } from "../json-index/walked-messages.ts";
import { type PromptPrefix, type PromptPrint, TAIL_MAX } from "./prompt-print.ts";

/**
 * Where a prompt first differs from an earlier one. `none`: it begins with all of it. `unknown`: the two are written in
 * different ways and cannot be compared.
 */
export type PromptChange = "tools" | "system" | "history" | "none" | "unknown";

/** Where the prompt differs first from one kept before, in the order in which the provider reads it. */
export function changeSince(earlier: PromptPrefix, later: PromptPrefix, isContinued: boolean): PromptChange {
  if (later.spelling !== earlier.spelling) return "unknown";
  if (later.tools !== earlier.tools) return "tools";
  if (later.system !== earlier.system) return "system";
  return isContinued ? "none" : "history";
}

/** Whether the messages begin with all messages of one kept before. */
export function continuesAfter({ count, forms, headLength }: PromptPrefix, print: PromptPrint): boolean {
  const { prefix } = print;
  const more = prefix.count - count;
  if (more < 0) return false;
  const tailLength = Math.min(count, TAIL_MAX);
  if (print.lengthBefore(count - tailLength) !== headLength) return false;
  if (more + tailLength <= LAST_FORMS_MAX) {
    for (let at = 0; at < 2 * tailLength; at += 2) if (!isSame(forms, at, prefix.forms, 2 * more + at)) return false;
  } else {
    // One by one: as a rule the first is another one already.
    for (let fromEnd = 0; fromEnd < tailLength; fromEnd++) {
      const { blocks, text } = print.findForms(count - 1 - fromEnd);
      if (!isSame(forms, 2 * fromEnd, [blocks, text], 0)) return false;
    }
  }
  return count === tailLength || isSame(forms, forms.length - 2, prefix.forms, prefix.forms.length - 2);
}

/** Clients write a plain text as a block when they mark it, and without one when they do not. */
function isSame(forms: readonly number[], at: number, others: readonly number[], other: number): boolean {
  const [blocks, text, otherBlocks, otherText] = [forms[at], forms[at + 1], others[other], others[other + 1]];
  return blocks === otherBlocks || text === otherText || blocks === otherText || text === otherBlocks;
}
