import { isTextAt, toAscii } from "#core/json-index/ascii.ts";
import type { Span } from "#core/json-index/json-scan.ts";
import {
  isArrayAt,
  isObjectAt,
  isStringAt,
  type JsonObject,
  objectAt,
  rawText,
  valueEnd,
  walkArray,
} from "#core/json-index/json-walk.ts";
import { type Skip, skip } from "./adaptation.ts";
import { findMember, isReadOneWay, type Message } from "./read-messages.ts";

/** Text of a system message that becomes a block: bytes that stay, and the bytes needed around them. */
export interface TextPiece extends Span {
  before: string;
  after: string;
  /** Span of the text itself with its quotes, inside the piece. */
  text: Span;
}

/** Members a system message may have and still be moved without loss. */
const KNOWN = new Set(["role", "content", "output_config"]);
const READ_ONCE = ["type", "text"];
const [TOOL_ADDITION, TOOL_REMOVAL, TEXT] = [toAscii('"tool_addition"'), toAscii('"tool_removal"'), toAscii('"text"')];

/** Collects the non-empty texts of a system message; a skip when it contains anything else. */
export function systemTexts(bytes: Uint8Array, message: Message): TextPiece[] | Skip {
  const stranger = message.members.find((member) => !KNOWN.has(member.name));
  if (stranger !== undefined) return skip("E13", "a system message has a field that cannot be moved");
  const { content } = message;
  if (content === null) return skip("unclear", "a system message has no content");
  if (isStringAt(bytes, content.start)) {
    const piece = { ...toSpan(content), before: '{"type":"text","text":', after: "}", text: toSpan(content) };
    return isEmptyText(content) ? [] : [piece];
  }
  if (!isArrayAt(bytes, content.start)) return skip("unclear", "a system message has no readable content");
  return textBlocks(bytes, content);
}

function textBlocks(bytes: Uint8Array, content: Span): TextPiece[] | Skip {
  const pieces: TextPiece[] = [];
  let problem: Skip | null = null;
  walkArray(bytes, content.start, (at) => {
    if (!isObjectAt(bytes, at)) {
      problem ??= skip("unclear", "a system message holds something that is no block");
      return valueEnd(bytes, at);
    }
    const block = objectAt(bytes, at);
    const found = textBlock(bytes, block);
    if (found !== null && "kind" in found) problem ??= found;
    else if (found !== null) pieces.push(found);
    return block.end;
  });
  return problem ?? pieces;
}

/** Reads one block; null when its text is empty. */
function textBlock(bytes: Uint8Array, block: JsonObject): TextPiece | Skip | null {
  const type = findMember(block, "type");
  const text = findMember(block, "text");
  if (isWritten(bytes, type, TOOL_ADDITION) || isWritten(bytes, type, TOOL_REMOVAL)) {
    return skip("E14", "tools are added or removed in mid-conversation");
  }
  if (!isReadOneWay(block, READ_ONCE)) return skip("unclear", "a block can be read in more than one way");
  if (!isWritten(bytes, type, TEXT) || text === null || !isStringAt(bytes, text.start)) {
    return skip("E13", "a system message holds more than text");
  }
  if (isEmptyText(text)) return null;
  return { start: block.start, end: block.end, before: "", after: "", text: toSpan(text) };
}

/** Reads the type of the first block of a content array, as written; null when there is none. */
export function readFirstType(bytes: Uint8Array, content: Span): string | null {
  let found: string | null = null;
  if (!isArrayAt(bytes, content.start)) return null;
  walkArray(bytes, content.start, (at) => {
    if (!isObjectAt(bytes, at)) return bytes.length;
    const type = findMember(objectAt(bytes, at), "type");
    if (type !== null) found = rawText(bytes, type.start + 1, type.end - 1);
    return bytes.length;
  });
  return found;
}

const isWritten = (bytes: Uint8Array, span: Span | null, text: Uint8Array): boolean =>
  span !== null && span.end - span.start === text.length && isTextAt(bytes, span.start, text);

const toSpan = ({ start, end }: Span): Span => ({ start, end });
const isEmptyText = (span: Span): boolean => span.end - span.start === 2;
