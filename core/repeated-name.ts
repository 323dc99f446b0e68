interface Level {
  /** Names so far; null for a list. */
  readonly names: Set<string> | null;
  /** Name or number of the value that is open now. */
  at: string | number;
}

/**
 * Finds a name that stands twice in one object of a JSON text, at any depth. The result is its place as
 * `limits.0.name`, null for none. Parsers take the last of both and say nothing, so half of what was sent would not
 * hold. Ask it of text that was parsed: nothing else is looked at.
 */
export function findRepeatedName(json: string): string | null {
  const levels: Level[] = [];
  let isName = false;
  for (let at = 0; at < json.length; at++) {
    const letter = json[at];
    const level = levels.at(-1);
    if (letter === "{" || letter === "[") {
      isName = letter === "{";
      levels.push(isName ? { names: new Set(), at: "" } : { names: null, at: 0 });
    } else if (letter === "}" || letter === "]") {
      levels.pop();
      isName = false;
    } else if (letter === "," && level !== undefined) {
      isName = level.names !== null;
      if (typeof level.at === "number") level.at++;
    } else if (letter === '"') {
      const end = textEnd(json, at);
      if (isName && level !== undefined) {
        level.at = JSON.parse(json.slice(at, end)) as string;
        if (level.names?.has(level.at)) return levels.map((one) => String(one.at).slice(0, NAME_SHOWN_MAX)).join(".");
        level.names?.add(level.at);
      }
      isName = false;
      at = end - 1;
    }
  }
  return null;
}

const NAME_SHOWN_MAX = 80;

/** The end of the text that opens at `open`, just past its closing quote. */
function textEnd(json: string, open: number): number {
  let at = open + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at + 1;
}
