import { toAscii } from "#core/json-index/ascii.ts";
import { type ObjectList, objectsOfField } from "#core/json-index/json-lists.ts";
import type { Field } from "#core/json-index/json-scan.ts";
import { HAZARDS } from "../hazards/registry.ts";
import { type AdaptInput, type Skip, skip } from "./adaptation.ts";
import { Draft } from "./draft.ts";
import { ObjectDraft } from "./object-draft.ts";
import { type Conversation, NO_CONVERSATION, readMessages } from "./read-messages.ts";
import { takesSameConversation } from "./same-conversation.ts";

/** Starts a draft. A body that two readers could read differently is not adapted. */
export function openDraft(input: AdaptInput): Draft | Skip {
  const { bytes, index } = input;
  if (!index.isPlain) return skip("unclear", "a field is given twice, or under a key with escapes");
  if (takesSameConversation(input)) return new Draft(input, index.list, NO_CONVERSATION, []);
  const conversation = readConversation(input);
  if (conversation === null) return skip("unclear", "the messages can be read in more than one way");
  return new Draft(input, index.list, conversation, specialTools(bytes, index.fields.get("tools")));
}

/** Reads the conversation. Null when it can be read in more than one way. */
export function readConversation({ bytes, index }: AdaptInput): Conversation | null {
  const span = index.fields.get("messages");
  return span === undefined ? NO_CONVERSATION : readMessages(bytes, span);
}

/** Members of tools that hazards depend on. A custom tool has none of them. */
const TOOL_KEYS = HAZARDS.flatMap(({ inside }) => inside?.toolMembers ?? []).map((member) => toAscii(`"${member}"`));

function specialTools(bytes: Uint8Array, field: Field | undefined): ObjectDraft[] {
  const list = listOfSpecialTools(bytes, field);
  return Array.from({ length: list?.length ?? 0 }, (_, position) => {
    const { start, members } = (list as ObjectList).at(position);
    return new ObjectDraft(bytes, start, members);
  });
}

/** Lists all tools when a step may have to inspect one of them; else null. */
export function listOfSpecialTools(bytes: Uint8Array, field: Field | undefined): ObjectList | null {
  const list = field === undefined ? null : objectsOfField(bytes, field);
  return list?.mentions(TOOL_KEYS) === true ? list : null;
}
