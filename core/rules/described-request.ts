import { buildFacts, NOTHING_DESCRIBED } from "./conditions/registry.ts";
import type { DecideInput } from "./decide-input.ts";

/** Partial description of a request; facts left out are those of a plain request without person, team or key. */
interface RequestDescription extends Partial<Omit<DecideInput, "header">> {
  model: string;
  nowMs: number;
  headers?: Readonly<Record<string, string>>;
}

/**
 * Builds the facts of a described request: for tests of rules, for trying them, for samples. Short because samples and
 * tests use it, and no request does.
 */
export function describedRequest({ headers = {}, ...said }: RequestDescription): DecideInput {
  return { ...buildFacts({ ...NOTHING_DESCRIBED, headers }), sessionKey: null, ...said };
}
