import { AsciiWords, isTextAt, toAscii } from "#core/json-index/ascii.ts";
import { type ObjectList, objectsOfField } from "#core/json-index/json-lists.ts";
import type { Span } from "#core/json-index/json-scan.ts";
import type { JsonObject } from "#core/json-index/json-walk.ts";
import { type BlockCounts, noBlocks } from "#core/protocol/count-blocks.ts";

type Role = "user" | "assistant" | "system" | "other";

/** One message of the conversation and the spans of its parts. */
export interface Message extends JsonObject {
  readonly role: Role;
  readonly content: Span | null;
  /** Whether it names the effort it was answered with. */
  readonly hasOutputConfig: boolean;
}

const ROLES = (["user", "assistant", "system"] as const).map((role) => ({ role, written: toAscii(`"${role}"`) }));
/** First bytes of nearly all messages, which are a role and a content. */
const USER_TURN = new AsciiWords('{"role":"user","content":');
const ASSISTANT_TURN = new AsciiWords('{"role":"assistant","content":');
/** Members that must be unambiguous: with duplicates or escapes, two readers could see two conversations. */
const READ_ONCE = ["role", "content", "output_config", "clear_at"];

/** Messages of a request, built on demand: few of them are ever inspected. */
export class Conversation {
  constructor(
    private readonly list: ObjectList | null,
    /** Messages built so far, by position. */
    private readonly made: (Message | undefined)[],
    /** Positions of messages that may be more than a turn of the user or the model, in order. */
    readonly unusual: readonly number[],
    readonly blocks: Readonly<BlockCounts>,
  ) {}

  get length(): number {
    return this.list?.length ?? 0;
  }

  /** Undefined outside of the conversation. */
  findRole(position: number): Role | undefined {
    if (this.list === null || position < 0 || position >= this.list.length) return undefined;
    return this.made[position]?.role ?? turnAt(this.list, position) ?? "other";
  }

  /** Role of the last message that is no system message. */
  get lastRole(): Role | undefined {
    let last = this.length - 1;
    while (this.findRole(last) === "system") last--;
    return this.findRole(last);
  }

  /** Returns the same object each time; undefined outside of the conversation. */
  at(position: number): Message | undefined {
    const role = this.findRole(position);
    if (role === undefined || this.list === null) return undefined;
    const message =
      this.made[position] ?? buildMessage(this.list.at(position), role, this.list.lastValue(position), false);
    this.made[position] = message;
    return message;
  }
}

export const NO_CONVERSATION = new Conversation(null, [], [], noBlocks());

/** Reads the conversation; null when an element is no message, or can be read in two ways. */
export function readMessages(bytes: Uint8Array, span: Span): Conversation | null {
  const blocks = noBlocks();
  const list = objectsOfField(bytes, span, blocks);
  if (list === null || list.hasOthers) return null;
  const made: (Message | undefined)[] = [];
  const unusual: number[] = [];
  for (let position = 0; position < list.length; position++) {
    if (turnAt(list, position) !== null) continue;
    const message = readMessage(bytes, list.at(position));
    if (message === null) return null;
    unusual.push(position);
    made[position] = message;
  }
  return new Conversation(list, made, unusual, blocks);
}

function turnAt(list: ObjectList, position: number): Role | null {
  if (list.opensWith(position, 2, USER_TURN)) return "user";
  return list.opensWith(position, 2, ASSISTANT_TURN) ? "assistant" : null;
}

/** Copies member by member: a spread takes ten times as long. */
const buildMessage = (
  { start, end, members }: JsonObject,
  role: Role,
  content: Span | null,
  hasOutputConfig: boolean,
): Message => ({ start, end, members, role, content, hasOutputConfig });

function readMessage(bytes: Uint8Array, object: JsonObject): Message | null {
  if (!isReadOneWay(object)) return null;
  const role = findMember(object, "role");
  const hasOutputConfig = findMember(object, "output_config") !== null;
  return buildMessage(
    object,
    role === null ? "other" : roleAt(bytes, role),
    findMember(object, "content"),
    hasOutputConfig,
  );
}

export function findMember(object: JsonObject, name: string): Span | null {
  for (const member of object.members) if (member.name === name) return member;
  return null;
}

/** Whether none of these members is duplicated or spelt with escapes. */
export function isReadOneWay({ members }: JsonObject, names: readonly string[] = READ_ONCE): boolean {
  for (const [position, member] of members.entries()) {
    if (!names.includes(member.name)) continue;
    if (member.isEscaped) return false;
    for (let before = 0; before < position; before++) if (members[before]?.name === member.name) return false;
  }
  return true;
}

function roleAt(bytes: Uint8Array, span: Span): Role {
  for (const { role, written } of ROLES)
    if (span.end - span.start === written.length && isTextAt(bytes, span.start, written)) return role;
  return "other";
}
