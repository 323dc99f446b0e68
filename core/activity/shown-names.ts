import { holdsWholeSecret } from "#core/access/own-secrets.ts";
import { BoundedCache } from "#core/memo.ts";

/** How names of models and rules are written; behind the last sign some gateways put a day. */
const NAME = /^[A-Za-z0-9][\w.:/+[\]-]{0,99}(@\d{4,8})?$/;
const LENGTH_MAX = 109;
/** How providers' keys begin. No model is called so. */
const LIKE_KEY = /\b(sk|rk|pk|xox[a-z]|gh[a-z]|eyJ)[-_.]|eyJ[\w-]{20}/;
/** Errors are named by providers, in words. */
const KIND = /^[a-z][a-z0-9._-]{0,63}$/;

/** Models are called in small words and numbers; keys have capitals, underscores or long runs of signs. */
const MODEL = /^[a-z][a-z0-9]{0,15}(?:[-.:/@][a-z0-9]{1,16})*(?:\[\d+m\])?$/;
/** Words of secrets, and the form of a UUID, which some services take as a key. */
const NO_MODEL = /passw|secret|token|bearer|api-?key|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** The name of a model as it may leave: callers write it, and some paste a key in its place. One that is called unlike models is `other`. */
export const shownModel = (name: string): string =>
  MODEL.test(name) && !NO_MODEL.test(name) ? shownName(name) : "other";

/**
 * The name of a rule or a reason as it may leave in telemetry and logs. One that could be an address, a key or a sentence
 * is `other`.
 */
export function shownName(name: string): string {
  if (name.length > LENGTH_MAX) return "other";
  const known = shownBefore.get(name);
  if (known !== undefined) return known;
  const shown = NAME.test(name) && !LIKE_KEY.test(name) && !holdsWholeSecret(name) ? name : "other";
  shownBefore.set(name, shown);
  return shown;
}

/** A look into a name for secrets costs more than the rest of a span. */
const shownBefore = new BoundedCache<string, string>({ entriesMax: 500 });

/** The kind of an error as it may leave: the provider's word for it, or `other`. */
export function shownKind(kind: string): string {
  return KIND.test(kind) && !LIKE_KEY.test(kind) ? kind : "other";
}
