import { asciiOf, isTextAt } from "#core/protocol/ascii.ts";
import { type BlockCounts, noBlocks } from "#core/protocol/count-blocks.ts";
import { type ListedObject, objectsOfField } from "#core/protocol/json-lists.ts";
import type { Span } from "#core/protocol/json-scan.ts";
import type { JsonObject } from "#core/protocol/json-walk.ts";

/** One message of the conversation and where its parts lie. */
export class Message implements JsonObject {
  readonly start: number;
  readonly end: number;

  constructor(
    private readonly object: JsonObject,
    readonly role: "user" | "assistant" | "system" | "other",
    readonly content: Span | null,
    /** It says with what effort it was answered. */
    readonly hasOutputConfig: boolean,
  ) {
    this.start = object.start;
    this.end = object.end;
  }

  get members(): JsonObject["members"] {
    return this.object.members;
  }
}

const ROLES = (["user", "assistant", "system"] as const).map((role) => ({ role, written: asciiOf(`"${role}"`) }));
const USUAL_KEYS = ["role", "content"].map((key) => asciiOf(`"${key}"`));
/** Written twice, or with escapes, two readers could see two conversations. */
const READ_ONCE = ["role", "content", "output_config", "clear_at"];

export interface Conversation {
  messages: readonly Message[];
  blocks: Readonly<BlockCounts>;
}

/** The conversation; null when something there is no message, or can be read in two ways. */
export function readMessages(bytes: Uint8Array, span: Span): Conversation | null {
  const blocks = noBlocks();
  const list = objectsOfField(bytes, span, blocks);
  if (list === null || list.hasOthers) return null;
  const messages: Message[] = [];
  for (const object of list.objects) {
    const message = usualMessage(bytes, object) ?? anyMessage(bytes, object);
    if (message === null) return null;
    messages.push(message);
  }
  return { messages, blocks };
}

/** Nearly all are a role and a content. */
function usualMessage(bytes: Uint8Array, object: ListedObject): Message | null {
  const values = object.valuesOf?.(USUAL_KEYS);
  if (!values) return null;
  return new Message(object, roleAt(bytes, values[0] as Span), values[1] as Span, false);
}

function anyMessage(bytes: Uint8Array, object: JsonObject): Message | null {
  if (!isReadOneWay(object)) return null;
  const role = memberOf(object, "role");
  const hasOutputConfig = memberOf(object, "output_config") !== null;
  return new Message(
    object,
    role === null ? "other" : roleAt(bytes, role),
    memberOf(object, "content"),
    hasOutputConfig,
  );
}

export function memberOf(object: JsonObject, name: string): Span | null {
  for (const member of object.members) if (member.name === name) return member;
  return null;
}

/** Nothing that is read here is written twice or in an unusual spelling. */
export function isReadOneWay({ members }: JsonObject, names: readonly string[] = READ_ONCE): boolean {
  for (const [position, member] of members.entries()) {
    if (!names.includes(member.name)) continue;
    if (member.isEscaped) return false;
    for (let before = 0; before < position; before++) if (members[before]?.name === member.name) return false;
  }
  return true;
}

function roleAt(bytes: Uint8Array, span: Span): Message["role"] {
  for (const { role, written } of ROLES)
    if (span.end - span.start === written.length && isTextAt(bytes, span.start, written)) return role;
  return "other";
}
