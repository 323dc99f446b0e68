import type { Field } from "#core/json-index/json-scan.ts";
import { isObjectAt, spaceEnd } from "#core/json-index/json-walk.ts";
import type { HazardCode } from "../hazards/code.ts";
import type { AdaptInput } from "./adaptation.ts";
import { ObjectDraft } from "./object-draft.ts";
import type { Conversation } from "./read-messages.ts";
import { Rewrite } from "./rewrite.ts";

/** Adaptation of one whole request to another model, under construction. */
export class Draft extends Rewrite {
  readonly body: ObjectDraft;
  readonly thinking: ObjectDraft | null;
  readonly outputConfig: ObjectDraft | null;
  readonly contextManagement: ObjectDraft | null;

  /** `thinking.type` to be sent; null: the field is dropped. */
  thinkingKind: string | null;
  /** Hazard that decided the kind, when it is not the requested one. */
  thinkingCode: HazardCode | null = null;
  maxTokens: number | null;
  /** Set when thinking cannot be switched off: the lowest effort is sent instead. */
  leastEffort: HazardCode | null = null;

  /** `tools`: those that a step may have to inspect; empty when no tool has such a member. */
  constructor(
    input: AdaptInput,
    fields: readonly Field[],
    conversation: Conversation,
    readonly tools: readonly ObjectDraft[],
  ) {
    super(input, conversation);
    this.body = new ObjectDraft(input.bytes, spaceEnd(input.bytes, 0), fields);
    this.thinking = this.objectField("thinking");
    this.outputConfig = this.objectField("output_config");
    this.contextManagement = this.objectField("context_management");
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
    this.note({ code, field: "thinking" }, kind === null ? "drop" : "translate", text);
  }

  private objectField(name: string): ObjectDraft | null {
    const member = this.body.member(name);
    if (member === undefined || !isObjectAt(this.input.bytes, member.start)) return null;
    return new ObjectDraft(this.input.bytes, member.start);
  }
}
