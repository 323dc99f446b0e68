import type { EditAction } from "#core/activity/recorded-edits.ts";
import type { Capabilities } from "#core/costs/catalogue.ts";
import { type BlockCounts, noBlocks } from "#core/protocol/count-blocks.ts";
import { objectsOfField } from "#core/protocol/json-lists.ts";
import type { Field } from "#core/protocol/json-scan.ts";
import { isObjectAt, spaceEnd } from "#core/protocol/json-walk.ts";
import { type AdaptEdit, type AdaptInput, type Change, type Skip, skip } from "./adaptation.ts";
import { HAZARD_FIELDS, type HazardCode } from "./hazards.ts";
import { ObjectDraft } from "./object-draft.ts";
import { type Conversation, type Message, readMessages } from "./read-messages.ts";
import { takesSameConversation } from "./same-conversation.ts";

/** One row or a few rows of the hazard table. Reads the request, writes what must change; a skip ends everything. */
export type Step = (draft: Draft) => Skip | null;

const NO_CONVERSATION: Conversation = { messages: [], blocks: noBlocks() };

/** One request on its way to another model: what it says, and what has been decided so far. */
export class Draft {
  readonly input: AdaptInput;
  /** What the served model takes. Null: nothing is known, so whatever is used is not accepted. */
  readonly can: Capabilities | null;
  readonly body: ObjectDraft;
  readonly thinking: ObjectDraft | null;
  readonly outputConfig: ObjectDraft | null;
  readonly contextManagement: ObjectDraft | null;
  readonly messages: readonly Message[];
  readonly blocks: Readonly<BlockCounts>;
  readonly tools: readonly ObjectDraft[];

  /** `thinking.type` as it will be sent; null: the field is left out. */
  thinkingKind: string | null;
  /** The hazard that decided the kind, when it is not the asked one. */
  thinkingCode: HazardCode | null = null;
  maxTokens: number | null;
  /** Set when thinking cannot be switched off: the least of it instead. */
  leastEffort: HazardCode | null = null;
  readonly edits: AdaptEdit[] = [];
  readonly changes: Change[] = [];
  /** Names of betas, without their dates, whose feature was left out. */
  readonly droppedBetas = new Set<string>();

  /** `conversation`: null when it and the tools need not be looked into. */
  constructor(input: AdaptInput, fields: readonly Field[], conversation: Conversation | null) {
    this.input = input;
    this.can = input.target.capabilities;
    this.body = new ObjectDraft(input.bytes, spaceEnd(input.bytes, 0), fields);
    this.thinking = this.objectField("thinking");
    this.outputConfig = this.objectField("output_config");
    this.contextManagement = this.objectField("context_management");
    const { messages, blocks } = conversation ?? NO_CONVERSATION;
    this.messages = messages;
    this.blocks = blocks;
    this.tools = conversation === null ? [] : objectsOf(input.bytes, this.body.member("tools"));
    this.thinkingKind = this.thinking?.text("type") ?? null;
    this.maxTokens = this.body.number("max_tokens");
  }

  /** The served model, as sentences call it. */
  get served(): string {
    return this.input.target.id;
  }

  /** Whether the served model will think, as far as is decided. */
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

  note(code: HazardCode, action: EditAction, text: string, field = HAZARD_FIELDS[code]): void {
    this.changes.push({ code, field, action, text });
  }

  private objectField(name: string): ObjectDraft | null {
    const member = this.body.member(name);
    if (member === undefined || !isObjectAt(this.input.bytes, member.start)) return null;
    return new ObjectDraft(this.input.bytes, member.start);
  }
}

/** Starts a draft. A body that two readers could read differently is not adapted. */
export function openDraft(input: AdaptInput): Draft | Skip {
  const { bytes, index } = input;
  if (!index.isPlain) return skip("unclear", "a field is given twice, or under a key with escapes");
  const span = index.fields.get("messages");
  const isRead = !takesSameConversation(input);
  const readConversation = () => (span === undefined ? NO_CONVERSATION : readMessages(bytes, span));
  const conversation = isRead ? readConversation() : null;
  if (isRead && conversation === null) return skip("unclear", "the messages can be read in more than one way");
  const draft = new Draft(input, [...index.fields.values()], conversation);
  const isClear = [draft.thinking, draft.outputConfig, draft.contextManagement].every(hasNoDoubles);
  return isClear ? draft : skip("unclear", "a field is given twice");
}

function hasNoDoubles(object: ObjectDraft | null): boolean {
  if (object === null) return true;
  return new Set(object.members.map((member) => member.name)).size === object.members.length;
}

function objectsOf(bytes: Uint8Array, member: Field | undefined): ObjectDraft[] {
  const list = member === undefined ? null : objectsOfField(bytes, member);
  if (list === null) return [];
  return list.objects.map((object) => new ObjectDraft(bytes, object.start, object.members));
}
