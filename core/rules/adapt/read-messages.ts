import type { Span } from "#core/protocol/json-scan.ts";
import { isArrayAt, isObjectAt, isTextAt, type JsonObject, objectAt, walkArray } from "#core/protocol/json-walk.ts";

/** One message of the conversation and where its parts lie. */
export interface Message extends JsonObject {
  role: "user" | "assistant" | "system" | "other";
  content: Span | null;
}

const ROLES = ["user", "assistant", "system"] as const;
/** Written twice, or with escapes, two readers could see two conversations. */
const READ_ONCE = new Set(["role", "content", "output_config", "clear_at"]);

/** The messages in order; null when something there is no message, or can be read in two ways. */
export function readMessages(bytes: Uint8Array, span: Span): Message[] | null {
  const messages: Message[] = [];
  if (!isArrayAt(bytes, span.start)) return null;
  let isClear = true;
  walkArray(bytes, span.start, (at) => {
    if (!isObjectAt(bytes, at)) isClear = false;
    const object = objectAt(bytes, at);
    if (!isClear || !isReadOneWay(object)) isClear = false;
    else messages.push({ ...object, role: roleOf(bytes, object), content: memberOf(object, "content") });
    return isClear ? object.end : bytes.length;
  });
  return isClear ? messages : null;
}

export function memberOf(object: JsonObject, name: string): Span | null {
  return object.members.find((member) => member.name === name) ?? null;
}

export function isReadOneWay(object: JsonObject, names: ReadonlySet<string> = READ_ONCE): boolean {
  return object.members.every(
    (member, position) =>
      !names.has(member.name) ||
      (!member.isEscaped && object.members.findIndex((other) => other.name === member.name) === position),
  );
}

function roleOf(bytes: Uint8Array, object: JsonObject): Message["role"] {
  const role = memberOf(object, "role");
  if (role === null) return "other";
  return (
    ROLES.find((name) => role.end - role.start === name.length + 2 && isTextAt(bytes, role.start + 1, name)) ?? "other"
  );
}
