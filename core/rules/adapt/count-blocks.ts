import type { Span } from "#core/protocol/json-scan.ts";
import { isStringAt, isTextAt, stringEnd } from "#core/protocol/json-walk.ts";

/** What the conversation holds beside text, at whatever depth (images also come inside tool results). */
export interface BlockCounts {
  images: number;
  documents: number;
  toolReferences: number;
  /** Bytes of encoded pictures: they are no text and must not be counted as such. */
  imageBytes: number;
}

const TYPES: Readonly<Record<string, Exclude<keyof BlockCounts, "imageBytes">>> = {
  '"image"': "images",
  '"document"': "documents",
  '"tool_reference"': "toolReferences",
};
const COLON = 0x3a;

/** One flat pass over the strings of a field: `"type": "image"` counts wherever it stands. */
export function countBlocks(bytes: Uint8Array, span: Span): BlockCounts {
  const counts: BlockCounts = { images: 0, documents: 0, toolReferences: 0, imageBytes: 0 };
  let key = -1;
  let isPicture = false;
  for (let at = span.start; at < span.end; at++) {
    if (!isStringAt(bytes, at)) continue;
    const end = stringEnd(bytes, at);
    if (bytes[end] === COLON || isKeyBeforeSpace(bytes, end)) {
      key = at;
    } else if (key !== -1) {
      if (isTextAt(bytes, key, '"type"')) count(bytes, at, end, counts);
      else if (isTextAt(bytes, key, '"media_type"')) isPicture = isTextAt(bytes, at, '"image/');
      else if (isPicture && isTextAt(bytes, key, '"data"')) {
        counts.imageBytes += end - at;
        isPicture = false;
      }
      key = -1;
    }
    at = end - 1;
  }
  return counts;
}

function count(bytes: Uint8Array, at: number, end: number, counts: BlockCounts): void {
  for (const [text, name] of Object.entries(TYPES)) {
    if (text.length === end - at && isTextAt(bytes, at, text)) counts[name]++;
  }
}

/** A key whose colon stands behind white space. */
function isKeyBeforeSpace(bytes: Uint8Array, end: number): boolean {
  let at = end;
  while ((bytes[at] as number) <= 0x20 && at < bytes.length) at++;
  return at > end && bytes[at] === COLON;
}
