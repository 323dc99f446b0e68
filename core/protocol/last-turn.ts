import { asciiOf, isTextAt } from "../json-index/ascii.ts";
import type { BodyIndex } from "../json-index/body-index.ts";
import { type ObjectList, walkedObjects } from "../json-index/json-lists.ts";
import type { Field } from "../json-index/json-scan.ts";
import { isObjectAt, type JsonObject, objectAt, valueEnd, walkArray } from "../json-index/json-walk.ts";

/** The size of a conversation and what its newest part brought: numbers and a flag, nothing of what was said. */
export interface LastTurn {
  messages: number;
  /** Results of tools behind the last message of the model. */
  newToolResults: number;
  /** Those of them that the client marked as errors. */
  newToolErrors: number;
  /** The part behind the last message of the model holds text that is not only the client's own reminders. */
  isHuman: boolean;
}

const USER = asciiOf('"user"');
const ASSISTANT = asciiOf('"assistant"');
const TOOL_RESULT = asciiOf('"tool_result"');
const TEXT = asciiOf('"text"');
const TRUE = asciiOf("true");
const REMINDER = asciiOf('"<system-reminder>');
const EMPTY_TEXT = asciiOf('""');
const QUOTE = 0x22;
const OPEN_BRACKET = 0x5b;

/**
 * Counts the conversation of a body, from what the walk over it has found. Null when the walk does not take it in, because it is
 * larger than a megabyte or unusual: such a body is not looked into for these numbers.
 */
export function readLastTurn(bytes: Uint8Array, index: BodyIndex): LastTurn | null {
  const span = index.fields.get("messages");
  const list = span === undefined ? null : walkedObjects(bytes, span);
  if (list === null || list.hasOthers) return null;
  const turn = { messages: list.length, newToolResults: 0, newToolErrors: 0, isHuman: false };
  for (let position = list.length - 1; position >= 0; position--) {
    if (!countMessage(bytes, list, position, turn)) break;
  }
  return turn;
}

/** False when the message is the model's. */
function countMessage(bytes: Uint8Array, list: ObjectList, position: number, turn: LastTurn): boolean {
  const { members } = list.at(position);
  const role = find(members, "role");
  if (isValue(bytes, role, ASSISTANT)) return false;
  // The client says things of its own as messages of the system.
  if (!isValue(bytes, role, USER)) return true;
  const content = find(members, "content");
  if (content === undefined) return true;
  if (bytes[content.start] === QUOTE) noteText(bytes, content, turn);
  if (bytes[content.start] !== OPEN_BRACKET) return true;
  walkArray(bytes, content.start, (at) => {
    if (!isObjectAt(bytes, at)) return valueEnd(bytes, at);
    const block = objectAt(bytes, at, valueEnd);
    countBlock(bytes, block, turn);
    return block.end;
  });
  return true;
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
  if (!isTextAt(bytes, text.start, REMINDER) && !isTextAt(bytes, text.start, EMPTY_TEXT)) turn.isHuman = true;
}

const find = (members: readonly Field[], name: string): Field | undefined =>
  members.find((member) => member.name === name);

const isValue = (bytes: Uint8Array, field: Field | undefined, text: Uint8Array): boolean =>
  field !== undefined && field.end - field.start === text.length && isTextAt(bytes, field.start, text);
