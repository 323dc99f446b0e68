import { isTextAt, toAscii } from "./ascii.ts";
import { CLOSE_BRACE, COLON, OPEN_BRACE } from "./bytes.ts";
import type { Span } from "./json-scan.ts";
import { isStringAt, spaceEnd, stringEnd } from "./json-walk.ts";

const TYPE = toAscii('"type"');
const MEDIA_TYPE = toAscii('"media_type"');
const DATA = toAscii('"data"');
const BASE64 = toAscii('"base64"');
const IMAGE_OF_KIND = toAscii('"image/');

/** Bytes of encoded files in a span, by the kind of content the model reads from them. */
interface EncodedBytes {
  images: number;
  documents: number;
}

/**
 * Measures base64 sources at any depth, also inside tool results, with fields in any order. Reads the whole span: for
 * the few bodies that contain such a source and seem too long.
 */
export function encodedBytes(bytes: Uint8Array, { start, end }: Span): EncodedBytes {
  const total: EncodedBytes = { images: 0, documents: 0 };
  let source = { isBase64: false, isImage: false, dataBytes: 0 };
  for (let at = start; at < end; ) {
    if (!isStringAt(bytes, at)) {
      const byte = bytes[at++];
      if (byte === CLOSE_BRACE && source.isBase64) total[source.isImage ? "images" : "documents"] += source.dataBytes;
      if (byte === OPEN_BRACE || byte === CLOSE_BRACE) source = { isBase64: false, isImage: false, dataBytes: 0 };
      continue;
    }
    const key = at;
    at = stringEnd(bytes, key);
    const colon = spaceEnd(bytes, at);
    if (bytes[colon] !== COLON) continue;
    at = spaceEnd(bytes, colon + 1);
    if (at >= end || !isStringAt(bytes, at)) continue;
    const valueEnd = stringEnd(bytes, at);
    if (isTextAt(bytes, key, TYPE)) source.isBase64 = isTextAt(bytes, at, BASE64);
    else if (isTextAt(bytes, key, MEDIA_TYPE)) source.isImage = isTextAt(bytes, at, IMAGE_OF_KIND);
    else if (isTextAt(bytes, key, DATA)) source.dataBytes = valueEnd - at;
    at = valueEnd;
  }
  return total;
}
