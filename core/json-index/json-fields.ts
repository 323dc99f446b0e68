import { findBodyOutline, findOutline, OUTLINE_STEP, type Outline } from "./json-outline.ts";
import { DEPTH_MAX, type Field, fieldAt, JsonScan, ScanProblem, type Span } from "./json-scan.ts";

/** Finds the fields of the object that fills `span`; null when it is no well-formed object. */
export function findFields(bytes: Uint8Array, span: Span): Field[] | null {
  try {
    return quickFields(bytes, span.start, span.end) ?? scannedFields(bytes, span);
  } catch (problem) {
    if (problem instanceof ScanProblem) return null;
    throw problem;
  }
}

function scannedFields(bytes: Uint8Array, { start, end }: Span): Field[] | null {
  const scan = new JsonScan(bytes, start, end);
  scan.advance();
  return scan.isObject ? scan.fields : null;
}

/** Finds the fields of a whole body; null leaves the verdict, and the reason, to a scan. */
export const findBodyFields = (bytes: Uint8Array): Field[] | null => fieldsIn(bytes, findBodyOutline(bytes, DEPTH_MAX));

/** Finds the fields of the object that fills `start`..`end`; null leaves the verdict, and the reason, to a scan. */
export const quickFields = (bytes: Uint8Array, start = 0, end = bytes.length): Field[] | null =>
  fieldsIn(bytes, findOutline(bytes, start, end, DEPTH_MAX));

function fieldsIn(bytes: Uint8Array, outline: Outline | null): Field[] | null {
  if (outline === null) return null;
  const { places, count, base } = outline;
  const fields: Field[] = [];
  for (let at = 0; at < count * OUTLINE_STEP; at += OUTLINE_STEP) {
    const [keyStart, keyEnd] = [(places[at] as number) - base, (places[at + 1] as number) - base];
    fields.push(fieldAt(bytes, keyStart, keyEnd, (places[at + 2] as number) - base, (places[at + 3] as number) - base));
  }
  return fields;
}
