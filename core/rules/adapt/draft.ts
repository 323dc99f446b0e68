import { toAscii } from "#core/json-index/ascii.ts";
import { type ObjectList, objectsOfField } from "#core/json-index/json-lists.ts";
import type { Field } from "#core/json-index/json-scan.ts";
import { isObjectAt, spaceEnd } from "#core/json-index/json-walk.ts";
import { type AdaptInput, type Skip, skip } from "./adaptation.ts";
import type { HazardCode } from "./hazards.ts";
import { ObjectDraft } from "./object-draft.ts";
import { type Conversation, NO_CONVERSATION, readMessages } from "./read-messages.ts";
import { Rewrite } from "./rewrite.ts";
import { takesSameConversation } from "./same-conversation.ts";

/**
 * One or a few rows of the hazard table. Reads the request and writes the necessary changes; a skip ends the
 * evaluation.
 */
export type Step = (draft: Draft) => Skip | null;

/** Adaptation of one whole request to another model, under construction. */
export class Draft extends Rewrite {
  readonly body: ObjectDraft;
  readonly thinking: ObjectDraft | null;
  readonly outputConfig: ObjectDraft | null;
  readonly contextManagement: ObjectDraft | null;
  /** Tools that a step may have to inspect; empty when no tool has such a member. */
  readonly tools: readonly ObjectDraft[];

  /** `thinking.type` to be sent; null: the field is dropped. */
  thinkingKind: string | null;
  /** Hazard that decided the kind, when it is not the requested one. */
  thinkingCode: HazardCode | null = null;
  maxTokens: number | null;
  /** Set when thinking cannot be switched off: the lowest effort is sent instead. */
  leastEffort: HazardCode | null = null;

  /** `conversation`: null when it and the tools need not be inspected. */
  constructor(input: AdaptInput, fields: readonly Field[], conversation: Conversation | null) {
    super(input, conversation ?? NO_CONVERSATION);
    this.body = new ObjectDraft(input.bytes, spaceEnd(input.bytes, 0), fields);
    this.thinking = this.objectField("thinking");
    this.outputConfig = this.objectField("output_config");
    this.contextManagement = this.objectField("context_management");
    this.tools = conversation === null ? [] : specialTools(input.bytes, this.body.member("tools"));
    this.thinkingKind = this.thinking?.text("type") ?? null;
    this.maxTokens = this.body.number("max_tokens");
  }

  /** Whether the served model will think, as decided so far. */
  get isThinkingOn(): boolean {
    if (this.can === null || this.can.thinking.length === 0) return false;
    if (this.thinkingKind === null) return this.can.thinkingDefault === "on";
    return this.thinkingKind !== "disabled";
  }

  decideThinking(kind: string | null, code: HazardCode, text: string): void {
    this.thinkingKind = kind;
    this.thinkingCode = code;
    this.note(code, kind === null ? "drop" : "translate", text, "thinking");
  }

  private objectField(name: string): ObjectDraft | null {
    const member = this.body.member(name);
    if (member === undefined || !isObjectAt(this.input.bytes, member.start)) return null;
    return new ObjectDraft(this.input.bytes, member.start);
  }
}

/** Starts a draft. A body that two readers could read differently is not adapted. */
export function openDraft(input: AdaptInput): Draft | Skip {
  const { index } = input;
  if (!index.isPlain) return skip("unclear", "a field is given twice, or under a key with escapes");
  const isRead = !takesSameConversation(input);
  const conversation = isRead ? readConversation(input) : null;
  if (isRead && conversation === null) return skip("unclear", "the messages can be read in more than one way");
  const draft = new Draft(input, index.list, conversation);
  const isClear = [draft.thinking, draft.outputConfig, draft.contextManagement].every(hasNoDoubles);
  return isClear ? draft : skip("unclear", "a field is given twice");
}

/** Reads the conversation. Null when it can be read in more than one way. */
export function readConversation({ bytes, index }: AdaptInput): Conversation | null {
  const span = index.fields.get("messages");
  return span === undefined ? NO_CONVERSATION : readMessages(bytes, span);
}

function hasNoDoubles(object: ObjectDraft | null): boolean {
  if (object === null) return true;
  return new Set(object.members.map((member) => member.name)).size === object.members.length;
}

/** Members of tools that steps depend on. A custom tool has none of them. */
const TOOL_KEYS = ["type", "strict", "defer_loading"].map((key) => toAscii(`"${key}"`));

function specialTools(bytes: Uint8Array, member: Field | undefined): ObjectDraft[] {
  const list = listOfSpecialTools(bytes, member);
  return Array.from({ length: list?.length ?? 0 }, (_, position) => {
    const { start, members } = (list as ObjectList).at(position);
    return new ObjectDraft(bytes, start, members);
  });
}

/** Lists all tools when a step may have to inspect one of them; else null. */
export function listOfSpecialTools(bytes: Uint8Array, member: Field | undefined): ObjectList | null {
  const list = member === undefined ? null : objectsOfField(bytes, member);
  return list?.mentions(TOOL_KEYS) === true ? list : null;
}
