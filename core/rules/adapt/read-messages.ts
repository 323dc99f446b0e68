import { asciiOf, isTextAt } from "#core/protocol/ascii.ts";
import type { Span } from "#core/protocol/json-scan.ts";
import { isArrayAt, isObjectAt, type JsonObject, objectAt, walkArray } from "#core/protocol/json-walk.ts";
import { type BlockCounts, countingInto } from "./count-blocks.ts";

/** One message of the conversation and where its parts lie. */
export interface Message extends JsonObject {
  role: "user" | "assistant" | "system" | "other";
  content: Span | null;
}

const ROLES = (["user", "assistant", "system"] as const).map((role) => ({ role, written: asciiOf(`"${role}"`) }));
/** Written twice, or with escapes, two readers could see two conversations. */
const READ_ONCE = ["role", "content", "output_config", "clear_at"];

export interface Conversation {
  messages: readonly Message[];
  blocks: Readonly<BlockCounts>;
}

/** The conversation in one pass; null when something there is no message, or can be read in two ways. */
export function readMessages(bytes: Uint8Array, span: Span): Conversation | null {
  const messages: Message[] = [];
  const blocks: BlockCounts = { images: 0, documents: 0, toolReferences: 0, imageBytes: 0 };
  const passOver = countingInto(blocks);
  if (!isArrayAt(bytes, span.start)) return null;
  let isClear = true;
  walkArray(bytes, span.start, (at) => {
    isClear = isObjectAt(bytes, at);
    if (!isClear) return bytes.length;
    const object = objectAt(bytes, at, passOver);
    isClear = isReadOneWay(object);
    const { start, end, members } = object;
    messages.push({ start, end, members, role: roleOf(bytes, object), content: memberOf(object, "content") });
    return isClear ? end : bytes.length;
  });
  return isClear ? { messages, blocks } : null;
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

function roleOf(bytes: Uint8Array, object: JsonObject): Message["role"] {
  const span = memberOf(object, "role");
  if (span === null) return "other";
  for (const { role, written } of ROLES)
    if (span.end - span.start === written.length && isTextAt(bytes, span.start, written)) return role;
  return "other";
}
