/** One way to write JSON: white space around its signs, and the order and the letters of names. */
export interface Spelling {
  before?: string;
  colon?: string;
  comma?: string;
  isReversed?: boolean;
  /** Names of members written with an escape for each letter. */
  isEscaped?: boolean;
  /** Every message begins with a member nothing asks for. */
  hasIds?: boolean;
}

/** Spellings of common JSON writers, and of some that only the standard allows. */
export const SPELLINGS: Record<string, Spelling> = {
  compact: {},
  "spaces behind signs": { colon: ": ", comma: ", " },
  "spaces around signs": { before: " ", colon: " : ", comma: " , " },
  indented: { before: "\n    ", colon: ": ", comma: ",\n    " },
  "tabs and carriage returns": { before: "\r\n\t", colon: "\t:\t", comma: "\t,\r\n\t" },
  "names in reverse": { isReversed: true },
  "names in reverse, with spaces": { isReversed: true, colon: ": ", comma: ", " },
  "another name first": { hasIds: true },
  "another name first, indented": { hasIds: true, before: "\n  ", colon: ": ", comma: ",\n  " },
};

/** Writes a value as JSON in a spelling. */
export function spellJson(value: unknown, spelling: Spelling): string {
  const { before = "", colon = ":", comma = ",", isReversed = false, hasIds = false } = spelling;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const spelled = (one: unknown) => spellJson(one, spelling);
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => spelled(hasIds && isMessage(item) ? { id: "x", ...item } : item));
    return items.length === 0 ? `[${before}]` : `[${before}${items.join(comma)}${before}]`;
  }
  const members = Object.entries(value).map(([name, one]) => `${spellName(name, spelling)}${colon}${spelled(one)}`);
  if (isReversed) members.reverse();
  return members.length === 0 ? `{${before}}` : `{${before}${members.join(comma)}${before}}`;
}

/** Writes a name with its quotes. */
export function spellName(name: string, { isEscaped = false }: Spelling): string {
  if (!isEscaped) return JSON.stringify(name);
  return `"${name.replace(/./g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}

const isMessage = (value: unknown): value is object => typeof value === "object" && value !== null && "role" in value;
