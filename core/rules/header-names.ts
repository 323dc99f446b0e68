/** Maximum number of different headers in the rules of a file: each is looked up once per decision. */
export const HEADER_NAMES_MAX = 50;

/** Names of headers that carry a credential. A rule's values are shown to every reader of the rules. */
const SECRET_WORDS = /authori[sz]ation|cookie|token|secret|passw|credential|signature|api-?key|(^|-)key$/;

const HEADER_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Why no rule may name a header of this (lower-case) name; null when one may. */
export function headerNameProblem(name: string): "not-a-name" | "secret" | null {
  if (!HEADER_NAME.test(name)) return "not-a-name";
  return SECRET_WORDS.test(name) ? "secret" : null;
}
