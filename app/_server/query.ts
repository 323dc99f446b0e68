import * as z from "zod";
import { AppError } from "#core/errors.ts";

/** Search parameters as an object. Repeated ones are refused, because one filter would be ignored. */
export function singleParams(params: URLSearchParams): Record<string, string> {
  const doubled = [...params.keys()].find((name) => params.getAll(name).length > 1);
  if (doubled === undefined) return Object.fromEntries(params);
  throw invalidField(doubled, "This is given more than once. Separate several values by commas.");
}

/** What a change needs stands in its body alone: a limit in the address would be ignored. */
export function refuseQuery(request: Request): void {
  const [name] = new URL(request.url).searchParams.keys();
  if (name !== undefined) throw invalidField(name, "Unknown field: this belongs into the body, not into the address.");
}

/** A refusal that names a field, for the contract's error body. */
export const invalidField = (place: string, text: string): AppError =>
  new AppError("request.invalid", { fields: { [place]: text } }, `${place.slice(0, 80)}: ${text}`);

/** Search parameters of a reading verb by name; the verb parses the values. Others are refused: a misspelt filter would widen the result. */
export const queryNaming = (...schemas: readonly z.ZodObject[]) =>
  z.strictObject(
    Object.fromEntries(schemas.flatMap(({ shape }) => Object.keys(shape)).map((name) => [name, z.string().optional()])),
  );
