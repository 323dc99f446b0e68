import { err, ok, type Result } from "#core/result.ts";
import { findBodyFields } from "./json-fields.ts";
import { type Field, JsonScan, ScanProblem, type Span, unescaped } from "./json-scan.ts";
import { keyName } from "./key-names.ts";

/** Locations of the top-level fields of a request in its raw bytes, and the model it requests. */
export interface BodyIndex {
  model: string;
  /** Span of the model's value, quotes included. */
  modelSpan: Span;
  /** In the order of the body. */
  list: readonly Field[];
  /** The same by name. */
  fields: ReadonlyMap<string, Field>;
  /** Every field occurs once, under a key without escapes: all JSON readers find the same. */
  isPlain: boolean;
}

/** Refusal of a body: the sentence is safe to show to the caller. */
interface BodyProblem {
  message: string;
}

/** Fields that decisions here depend on. With a duplicate, two readers could see two requests, so that is refused. */
const FIELDS_READ = new Set([
  "model",
  "stream",
  "max_tokens",
  "thinking",
  "tools",
  "fallbacks",
  "metadata",
  "messages",
  "system",
  "service_tier",
  "speed",
  "inference_geo",
  "output_config",
]);
const MODEL_CHARACTERS_MAX = 256;

/** Indexes a whole body at once. `isUtf8` is the platform's check, because core has no platform. */
export function indexBody(bytes: Uint8Array, isUtf8: (bytes: Uint8Array) => boolean): Result<BodyIndex, BodyProblem> {
  const scan = new BodyScan(bytes, isUtf8);
  while (!scan.advance(Number.POSITIVE_INFINITY));
  return scan.result();
}

/** Indexes a body in slices, for bodies so large that one pass would delay other requests. */
export class BodyScan {
  private readonly bytes: Uint8Array;
  /** Created on demand: nearly every body is indexed by the quick pass. */
  private scan: JsonScan | null = null;
  private problem: string | null;
  /** Fields found by the quick pass; null when a scan is needed. */
  private quick: readonly Field[] | null = null;
  private hasBegun = false;

  constructor(bytes: Uint8Array, isUtf8: (bytes: Uint8Array) => boolean) {
    this.bytes = bytes;
    this.problem = encodingProblem(bytes, isUtf8);
  }

  /** Continues up to `limit`. True when finished; `result` then has the outcome. */
  advance(limit: number): boolean {
    if (this.problem !== null) return true;
    try {
      if (!this.hasBegun) this.quick = findBodyFields(this.bytes);
      this.hasBegun = true;
      if (this.quick !== null) return true;
      this.scan ??= new JsonScan(this.bytes);
      return this.scan.advance(limit);
    } catch (problem) {
      if (!(problem instanceof ScanProblem)) throw problem;
      this.problem = `The request body is not valid JSON: ${problem.message} (at byte ${problem.at}).`;
      return true;
    }
  }

  result(): Result<BodyIndex, BodyProblem> {
    if (this.problem !== null) return err({ message: this.problem });
    if (this.quick !== null) return readModel(this.bytes, this.quick);
    if (this.scan?.isObject !== true) return err({ message: "The request body must be a JSON object." });
    return readModel(this.bytes, this.scan.fields);
  }
}

function encodingProblem(bytes: Uint8Array, isUtf8: (bytes: Uint8Array) => boolean): string | null {
  if (bytes.length === 0) return "The request body is empty; a JSON object is expected.";
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return "The request body begins with a byte order mark; send plain UTF-8 JSON.";
  }
  // A broken sequence may swallow a quote in one reader and not in the next: two readers, two requests.
  return isUtf8(bytes) ? null : "The request body is not valid UTF-8.";
}

function readModel(bytes: Uint8Array, list: readonly Field[]): Result<BodyIndex, BodyProblem> {
  const fields = new Map<string, Field>();
  let isPlain = true;
  for (const field of list) {
    const before = fields.size;
    fields.set(field.name, field);
    const isTwice = fields.size === before;
    if (field.isEscaped || isTwice) isPlain = false;
    if (!isPlain && FIELDS_READ.has(field.name)) {
      if (field.isEscaped) return err({ message: `${field.name}: the key must be written without escapes.` });
      if (isTwice) return err({ message: `${field.name}: the key is given twice.` });
    }
  }
  const modelSpan = fields.get("model");
  if (modelSpan === undefined) return err({ message: "model: Field required" });
  if (bytes[modelSpan.start] !== 0x22) return err({ message: "model: Input should be a valid string" });
  const model = modelText(bytes, modelSpan);
  if (model === null || model === "" || model.length > MODEL_CHARACTERS_MAX) {
    return err({ message: "model: Input should be a valid model name" });
  }
  return ok({ model, modelSpan, list, fields, isPlain });
}

/** Reads the model's name. Null for names that no provider has and that would not survive a header, a log line or an object. */
function modelText(bytes: Uint8Array, span: Span): string | null {
  try {
    const text = keyName(bytes, span.start + 1, span.end - 1) ?? unescaped(bytes, span.start, span.end);
    // The last one would become the prototype of objects that are keyed by models.
    return isPrintable(text) && text !== "__proto__" ? text : null;
  } catch (problem) {
    if (problem instanceof ScanProblem) return null;
    throw problem;
  }
}

function isPrintable(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f || (code >= 0xd800 && code <= 0xdfff)) return false;
  }
  return true;
}
