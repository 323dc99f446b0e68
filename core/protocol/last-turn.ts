import { AsciiWords, isTextAt, toAscii } from "../json-index/ascii.ts";
import type { ObjectList } from "../json-index/json-lists.ts";
import type { Field, Span } from "../json-index/json-scan.ts";
import { isObjectAt, type JsonObject, objectAt, valueEnd, walkArray } from "../json-index/json-walk.ts";
import type { WalkedMessages } from "../json-index/walked-messages.ts";

/** The size of a conversation and what its newest part brought: numbers and a flag, nothing of what was said. */
export interface LastTurn {
  messages: number;
  /** Results of tools in the whole conversation. */
  toolResults: number;
  /** Those of them that the client marked as errors. */
  toolErrors: number;
  /** Results of tools behind the last message of the model. */
  newToolResults: number;
  /** Those of them that the client marked as errors. */
  newToolErrors: number;
  /** The part behind the last message of the model holds text that is not only the client's own reminders and marks. */
  isHuman: boolean;
  /** That part holds the client's mark for a turn that a person stopped. */
  isInterrupted: boolean;
  /** The conversation begins with the client's summary of an earlier one. */
  isCompacted: boolean;
  /** How many of the model's six messages before its last one end with the same tool call as that: name and input, byte for byte. */
  repeatedCalls: number;
}

const USER = toAscii('"user"');
const ASSISTANT = toAscii('"assistant"');
/** Nearly all messages of the model begin like this. */
const ASSISTANT_TURN = new AsciiWords('{"role":"assistant","content":');
const TOOL_USE = toAscii('"tool_use"');
const TOOL_RESULT = toAscii('"tool_result"');
const TEXT = toAscii('"text"');
const TRUE = toAscii("true");
const REMINDER = toAscii('"<system-reminder>');
/** As Claude Code 2.1.197 and 2.1.332 write it, with " by user]", " by user for tool use]" and more behind it. */
const INTERRUPTED = toAscii('"[Request interrupted');
/** The first words of the message that both versions put in the place of what they have summed up. */
const COMPACTED = toAscii('"This session is being continued from a previous conversation');
const EMPTY_TEXT = toAscii('""');
const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;
const COMPARED_MAX = 6;
/** About every second message is the model's; behind more than these none is looked for. */
const MESSAGES_BACK_MAX = 16;

/** Counts a conversation, from what the walk over its body has found. */
export function readLastTurn(bytes: Uint8Array, list: WalkedMessages): LastTurn {
  const turn: LastTurn = {
    messages: list.length,
    toolResults: list.toolResults,
    toolErrors: list.toolErrors,
    newToolResults: 0,
    newToolErrors: 0,
    isHuman: false,
    isInterrupted: false,
    isCompacted: isCompacted(bytes, list),
    repeatedCalls: 0,
  };
  let position = list.length - 1;
  while (position >= 0 && countMessage(bytes, list, position, turn)) position--;
  // Only where the last thing that happened was a tool's answer can the agent be going round in a circle.
  if (turn.newToolResults > 0) turn.repeatedCalls = countRepeats(bytes, list, position);
  return turn;
}

/** Whether a text of the first message is a summary. Reminders may stand before it. */
function isCompacted(bytes: Uint8Array, list: WalkedMessages): boolean {
  if (list.length === 0) return false;
  const block = list.thisSessionAt;
  if (block !== null) return block < list.end(0) && isTextAt(bytes, block, COMPACTED);
  const content = find(list.at(0).members, "content");
  return content !== undefined && isTextAt(bytes, content.start, COMPACTED);
}

/**
 * Compares the call that ends the model's message at `last` with the ends of its six messages before that. The ends are compared
 * from behind, so messages that are not the same are left after a few bytes, unread.
 */
function countRepeats(bytes: Uint8Array, list: ObjectList, last: number): number {
  const newest = contentOfModel(bytes, list, last);
  const length = newest === null ? 0 : lastCallLength(bytes, newest);
  if (newest === null || length === 0) return 0;
  let repeats = 0;
  let compared = 0;
  for (let at = last - 1; at >= 0 && at >= last - MESSAGES_BACK_MAX && compared < COMPARED_MAX; at--) {
    const content = contentOfModel(bytes, list, at);
    if (content === null) continue;
    compared++;
    if (content.end - content.start > length && isSameEnd(bytes, content.end, newest.end, length)) repeats++;
  }
  return repeats;
}

/** The content of a message of the model; null for any other message. */
function contentOfModel(bytes: Uint8Array, list: ObjectList, position: number): Span | null {
  if (position < 0) return null;
  if (list.opensWith(position, 2, ASSISTANT_TURN)) return list.lastValue(position);
  const { members } = list.at(position);
  return isValue(bytes, find(members, "role"), ASSISTANT) ? (find(members, "content") ?? null) : null;
}

/** Bytes from the name of the tool to the end of the content, where a tool call is the last block; else 0. */
function lastCallLength(bytes: Uint8Array, content: Span): number {
  let length = 0;
  eachBlock(bytes, content, ({ members }) => {
    const name = find(members, "name");
    const input = find(members, "input");
    const isCall = name !== undefined && input !== undefined && isValue(bytes, find(members, "type"), TOOL_USE);
    length = isCall ? content.end - Math.min(name.keyStart, input.keyStart) : 0;
  });
  return length;
}

function isSameEnd(bytes: Uint8Array, oneEnd: number, otherEnd: number, length: number): boolean {
  for (let back = 1; back <= length; back++) if (bytes[oneEnd - back] !== bytes[otherEnd - back]) return false;
  return true;
}

/** False when the message is the model's. */
function countMessage(bytes: Uint8Array, list: ObjectList, position: number, turn: LastTurn): boolean {
  const { members } = list.at(position);
  const role = find(members, "role");
  if (isValue(bytes, role, ASSISTANT)) return false;
  // The client writes its own reminders as messages of the system.
  if (!isValue(bytes, role, USER)) return true;
  const content = find(members, "content");
  if (content !== undefined && bytes[content.start] === QUOTE) noteText(bytes, content, turn);
  eachBlock(bytes, content, (block) => countBlock(bytes, block, turn));
  return true;
}

/** The blocks of a message's content; none when it is a text. */
function eachBlock(bytes: Uint8Array, content: Span | undefined, visit: (block: JsonObject) => void): void {
  if (content === undefined || bytes[content.start] !== OPEN_BRACKET) return;
  walkArray(bytes, content.start, (at) => {
    if (!isObjectAt(bytes, at)) return valueEnd(bytes, at);
    const block = objectAt(bytes, at, valueEnd);
    visit(block);
    return block.end;
  });
}

function countBlock(bytes: Uint8Array, { members }: JsonObject, turn: LastTurn): void {
  const type = find(members, "type");
  if (isValue(bytes, type, TOOL_RESULT)) {
    turn.newToolResults++;
    if (isValue(bytes, find(members, "is_error"), TRUE)) turn.newToolErrors++;
  } else if (isValue(bytes, type, TEXT)) {
    const text = find(members, "text");
    if (text !== undefined) noteText(bytes, text, turn);
  }
}

function noteText(bytes: Uint8Array, text: Field, turn: LastTurn): void {
  if (isTextAt(bytes, text.start, INTERRUPTED)) turn.isInterrupted = true;
  else if (!isTextAt(bytes, text.start, REMINDER) && !isTextAt(bytes, text.start, EMPTY_TEXT)) turn.isHuman = true;
}

const find = (members: readonly Field[], name: string): Field | undefined =>
  members.find((member) => member.name === name);

const isValue = (bytes: Uint8Array, field: Field | undefined, text: Uint8Array): boolean =>
  field !== undefined && field.end - field.start === text.length && isTextAt(bytes, field.start, text);
