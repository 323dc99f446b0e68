import { AsciiWords, isTextAt, toAscii } from "../json-index/ascii.ts";
import type { Field, Span } from "../json-index/json-scan.ts";
import { isArrayAt, isStringAt } from "../json-index/json-walk.ts";
import { WalkedBlock } from "../json-index/walked-block.ts";
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
/** Nearly all messages begin like one of these. */
const USER_TURN = new AsciiWords('{"role":"user","content":');
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
  const reader = new TurnReader(bytes, list, turn);
  let position = list.length - 1;
  while (position >= 0 && reader.count(position)) position--;
  // Only where the last thing that happened was a tool's answer can the agent be going round in a circle.
  if (turn.newToolResults > 0) turn.repeatedCalls = reader.repeats(position);
  return turn;
}

/** Whether a text of the first message is a summary. Reminders may stand before it. */
function isCompacted(bytes: Uint8Array, list: WalkedMessages): boolean {
  if (list.length === 0) return false;
  const block = list.thisSessionAt;
  if (block !== null) return block < list.end(0) && isTextAt(bytes, block, COMPACTED);
  const content = contentOf(list, 0);
  return content !== undefined && isTextAt(bytes, content.start, COMPACTED);
}

/** Reads messages of one conversation. */
class TurnReader {
  private readonly block: WalkedBlock;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly list: WalkedMessages,
    private readonly turn: LastTurn,
  ) {
    this.block = new WalkedBlock(bytes, list);
  }

  /** Counts the message at a position. False when it is the model's. */
  count(position: number): boolean {
    const { bytes, list } = this;
    if (list.opensWith(position, 2, ASSISTANT_TURN)) return false;
    if (!list.opensWith(position, 2, USER_TURN)) {
      const role = find(list.at(position).members, "role");
      if (isValue(bytes, role, ASSISTANT)) return false;
      // The client writes its own reminders as messages of the system.
      if (!isValue(bytes, role, USER)) return true;
    }
    const content = contentOf(list, position);
    if (content === undefined) return true;
    if (isStringAt(bytes, content.start)) this.noteText(content.start);
    else if (isArrayAt(bytes, content.start)) this.block.readEach(content.start, this.countBlock);
    return true;
  }

  /**
   * Compares the call that ends the model's message at `last` with the ends of its six messages before that. The ends are
   * compared from behind, so messages that are not the same are left after a few bytes, unread.
   */
  repeats(last: number): number {
    const { bytes } = this;
    const newest = this.contentOfModel(last);
    const length = newest === null ? 0 : this.lastCallLength(newest);
    if (newest === null || length === 0) return 0;
    let repeats = 0;
    let compared = 0;
    for (let at = last - 1; at >= 0 && at >= last - MESSAGES_BACK_MAX && compared < COMPARED_MAX; at--) {
      const content = this.contentOfModel(at);
      if (content === null) continue;
      compared++;
      if (content.end - content.start > length && isSameEnd(bytes, content.end, newest.end, length)) repeats++;
    }
    return repeats;
  }

  private readonly countBlock = (): void => {
    const { bytes, block, turn } = this;
    if (isSpan(bytes, block.typeStart, block.typeEnd, TOOL_RESULT)) {
      turn.newToolResults++;
      if (isSpan(bytes, block.isErrorStart, block.isErrorEnd, TRUE)) turn.newToolErrors++;
    } else if (block.textStart !== -1 && isSpan(bytes, block.typeStart, block.typeEnd, TEXT))
      this.noteText(block.textStart);
  };

  private noteText(start: number): void {
    const { bytes, turn } = this;
    if (isTextAt(bytes, start, INTERRUPTED)) turn.isInterrupted = true;
    else if (!isTextAt(bytes, start, REMINDER) && !isTextAt(bytes, start, EMPTY_TEXT)) turn.isHuman = true;
  }

  /** The content of a message of the model; null for any other message. */
  private contentOfModel(position: number): Span | null {
    const { bytes, list } = this;
    if (position < 0) return null;
    if (list.opensWith(position, 2, ASSISTANT_TURN)) return list.lastValue(position);
    if (list.opensWith(position, 2, USER_TURN)) return null;
    const { members } = list.at(position);
    return isValue(bytes, find(members, "role"), ASSISTANT) ? (find(members, "content") ?? null) : null;
  }

  /** Bytes from the name of the tool to the end of the content, where a tool call is the last block; else 0. */
  private lastCallLength(content: Span): number {
    const { bytes, block } = this;
    let length = 0;
    if (!isArrayAt(bytes, content.start)) return 0;
    block.readEach(content.start, () => {
      const { nameKeyStart, inputKeyStart } = block;
      const isCall =
        nameKeyStart !== -1 && inputKeyStart !== -1 && isSpan(bytes, block.typeStart, block.typeEnd, TOOL_USE);
      length = isCall ? content.end - Math.min(nameKeyStart, inputKeyStart) : 0;
    });
    return length;
  }
}

function contentOf(list: WalkedMessages, position: number): Span | undefined {
  return list.opensWith(position, 2, USER_TURN) ? list.lastValue(position) : find(list.at(position).members, "content");
}

function isSameEnd(bytes: Uint8Array, oneEnd: number, otherEnd: number, length: number): boolean {
  for (let back = 1; back <= length; back++) if (bytes[oneEnd - back] !== bytes[otherEnd - back]) return false;
  return true;
}

const find = (members: readonly Field[], name: string): Field | undefined =>
  members.find((member) => member.name === name);

const isValue = (bytes: Uint8Array, field: Field | undefined, text: Uint8Array): boolean =>
  field !== undefined && isSpan(bytes, field.start, field.end, text);

/** `start`: -1 where there is no such value. */
const isSpan = (bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean =>
  start !== -1 && end - start === text.length && isTextAt(bytes, start, text);
