import { isTextAt, toAscii } from "../json-index/ascii.ts";
import { COLON, SPACE } from "../json-index/bytes.ts";
import { isStringAt, type PassOver, stringEnd, valueEnd } from "../json-index/json-walk.ts";

/** Number of non-text blocks in a conversation, at any depth (images also occur inside tool results). */
export interface BlockCounts {
  images: number;
  documents: number;
  toolReferences: number;
  /** Bytes of encoded pictures: they are no text and must not be counted as such. */
  imageBytes: number;
}

export const noBlocks = (): BlockCounts => ({ images: 0, documents: 0, toolReferences: 0, imageBytes: 0 });

const TYPE = toAscii('"type"');
const MEDIA_TYPE = toAscii('"media_type"');
const IMAGE_OF_KIND = toAscii('"image/');
const DATA = toAscii('"data"');
const IMAGE = toAscii('"image"');
const DOCUMENT = toAscii('"document"');
const TOOL_REFERENCE = toAscii('"tool_reference"');
const OPEN = { brace: 0x7b, bracket: 0x5b };
const CLOSE = { brace: 0x7d, bracket: 0x5d };

/**
 * Builds a walker that skips values like `valueEnd` and counts on the way: `"type": "image"` counts at any position.
 */
export function countingInto(counts: BlockCounts): PassOver {
  return (bytes, start) => {
    if (bytes[start] !== OPEN.brace && bytes[start] !== OPEN.bracket) return valueEnd(bytes, start);
    let depth = 0;
    let key = -1;
    let isPicture = false;
    for (let at = start; at < bytes.length; ) {
      const byte = bytes[at];
      if (!isStringAt(bytes, at)) {
        at++;
        if (byte !== COLON && (byte as number) > SPACE) key = -1;
        if (byte === OPEN.brace || byte === OPEN.bracket) depth++;
        else if ((byte === CLOSE.brace || byte === CLOSE.bracket) && --depth === 0) return at;
        continue;
      }
      const end = stringEnd(bytes, at);
      if (isKey(bytes, end)) key = at;
      else if (key !== -1) {
        if (isTextAt(bytes, key, TYPE)) countType(bytes, at, counts);
        else if (isTextAt(bytes, key, MEDIA_TYPE)) isPicture = isTextAt(bytes, at, IMAGE_OF_KIND);
        else if (isPicture && isTextAt(bytes, key, DATA)) {
          counts.imageBytes += end - at;
          isPicture = false;
        }
        key = -1;
      }
      at = end;
    }
    return bytes.length;
  };
}

function countType(bytes: Uint8Array, at: number, counts: BlockCounts): void {
  if (isTextAt(bytes, at, IMAGE)) counts.images++;
  else if (isTextAt(bytes, at, DOCUMENT)) counts.documents++;
  else if (isTextAt(bytes, at, TOOL_REFERENCE)) counts.toolReferences++;
}

/** Whether a string is a key: a colon follows it. */
function isKey(bytes: Uint8Array, end: number): boolean {
  let at = end;
  while (at < bytes.length && (bytes[at] as number) <= SPACE) at++;
  return bytes[at] === COLON;
}
