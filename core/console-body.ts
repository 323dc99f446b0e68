/**
 * Maximum body size of the console. The proxy in front refuses larger ones, so that the console never receives them.
 */
export const CONSOLE_BODY_BYTES_MAX = 1_048_576;

/** Maximum body size where no sign-in is the condition: sign-in, set-up, invitation, password reset. */
export const PUBLIC_BODY_BYTES_MAX = 16_384;

/** Levels of objects and lists that a body of the console may have: none of its inputs needs ten. */
const BODY_DEPTH_MAX = 64;

/**
 * Whether JSON is nested deeper than any body of the console. To be asked before it is parsed: what is written or walked by
 * calls within calls, as by `JSON.stringify`, ends at some depth with an error of the engine's own.
 */
export function isTooDeep(json: string): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < json.length; at++) {
    const letter = json[at];
    if (isInText) {
      if (letter === "\\") at++;
      else if (letter === '"') isInText = false;
    } else if (letter === '"') isInText = true;
    else if (letter === "[" || letter === "{") {
      depth++;
      if (depth > BODY_DEPTH_MAX) return true;
    } else if (letter === "]" || letter === "}") depth--;
  }
  return false;
}
