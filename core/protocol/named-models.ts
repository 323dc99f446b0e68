import { toAscii } from "../json-index/ascii.ts";
import type { BodyIndex } from "../json-index/body-index.ts";
import { objectsOfField } from "../json-index/json-lists.ts";
import type { Field } from "../json-index/json-scan.ts";

/** Fields whose entries may name another model: the advisor among the tools, and the provider's fallbacks. */
const FIELDS = ["tools", "fallbacks"] as const;
const MODEL_KEYS = [toAscii('"model"')];

const decoder = new TextDecoder();

/** A model that a request names beside its own. */
interface NamedModel {
  model: string;
  field: (typeof FIELDS)[number];
}

/**
 * Finds the models that a request names beside `model`. Each may write a part of the answer, at its own price. Every
 * spelling and every repetition counts, because it is not known which of two the provider reads. Throws nothing: what
 * is no text is no model, and the provider refuses it. It is for callers who may ask for certain models only. Other
 * requests are not searched.
 */
export function findNamedModels(bytes: Uint8Array, index: BodyIndex): NamedModel[] {
  const found: NamedModel[] = [];
  for (const field of FIELDS)
    for (const span of index.list.filter(({ name }) => name === field)) {
      const entries = objectsOfField(bytes, span);
      if (!entries?.mentions(MODEL_KEYS)) continue;
      for (let at = 0; at < entries.length; at++)
        for (const member of entries.at(at).members) {
          const model = member.name === "model" ? parseText(bytes, member) : null;
          if (model !== null) found.push({ model, field });
        }
    }
  return found;
}

function parseText(bytes: Uint8Array, { start, end }: Field): string | null {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes.subarray(start, end)));
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}
