import { GLOB_LENGTH_MAX, isGlob } from "#core/rules/glob.ts";
import type { ProblemList } from "./problem-list.ts";
import type { TableReader } from "./table-reader.ts";
import type { Span } from "./toml-mistake.ts";

/** Reads a model that has to be there. Null, with an error in the list, where it is missing or no model's name. */
export function requiredModel(reader: TableReader, key: string): string | null {
  if (!reader.has(key)) {
    reader.list.add("error", reader.span, "missing-key", `${key} is missing here.`, `${key} = "..."`);
    return null;
  }
  const model = reader.string(key);
  if (model === null) return null;
  return checkModel(reader.list, reader.get(key)?.span ?? reader.span, key, model) ? model : null;
}

/** Whether a text can name a model; adds an error where it cannot. `what` begins the error's sentence. */
export function checkModel(list: ProblemList, span: Span, what: string, model: string): boolean {
  if (model !== "" && model.length <= GLOB_LENGTH_MAX && !/[\s\p{Cc}]/u.test(model)) return true;
  const trouble =
    model === ""
      ? "is empty"
      : model.length > GLOB_LENGTH_MAX
        ? `is longer than ${GLOB_LENGTH_MAX} characters`
        : "holds a space or an invisible character";
  list.add("error", span, "bad-model", `${what} ${trouble}.`, /^\S+$/.test(model.trim()) ? model.trim() : null);
  return false;
}

export const PATTERN_TARGET = "The served model is one model: * and ? are for the requested model only.";

/** Adds an error where a served model is a pattern. */
export function refusePattern(reader: TableReader, key: string, to: string): void {
  if (isGlob(to)) reader.error(key, "pattern-target", PATTERN_TARGET);
}
