import { readName, readToken, type TomlToken } from "./toml-tokens.ts";

/** Position of the cursor in a rules text, as completions need it. */
export interface TomlPosition {
  /** Path of the table around the cursor, in any spelling: ["rule", "when"]. */
  scope: readonly string[];
  /** Key whose value is being typed, also inside its list; null where a key is typed. */
  key: string | null;
  /** Open string: its quotation marks and their offset. */
  quote: { mark: string; at: number } | null;
  /**
   * Offset where the key or value at the cursor begins: that of its string or word, else the cursor. Null behind one that
   * is finished, where nothing but a sign can follow.
   */
  begin: number | null;
  /** Sign before the cursor on its line, with nothing but blanks between; "" after anything else. */
  sign: string;
  bracket: OpenBracket | null;
}

/** The last bracket before the cursor that is still open. */
interface OpenBracket {
  mark: "{" | "[";
  /** Whether its line ends with it, so that its entries stand on lines below. */
  isSpread: boolean;
}

/**
 * Finds the place of a cursor by the tokens before it: text that is being typed is rarely valid. Null where nothing
 * can be completed: in a comment, and on the line of a header.
 */
export function findTomlPosition(text: string, cursor: number): TomlPosition | null {
  const before = text.slice(0, cursor);
  const state = new PositionState();
  for (let token = readToken(before, 0); token !== null; token = readToken(before, token.end)) {
    if (token.end === cursor && token.kind === "comment") return null;
    if (token.end === cursor && !token.isClosed) return state.place(cursor, { mark: token.mark, at: token.start });
    const header = state.isLineStart ? readHeader(before, token) : null;
    if (header === null || (state.isInBracket && !header.isCertain)) {
      state.read(token, before);
      continue;
    }
    if (header.isLastLine) return null;
    state.enter(header.names);
    token = header.last;
  }
  return state.place(cursor, null);
}

/** Place after the tokens read so far. A broken text leads to the likeliest one. */
class PositionState {
  isLineStart = true;
  private table: readonly string[] = [];
  /** Names of the key, which may be dotted. */
  private key: readonly string[] = [];
  private isAfterDot = false;
  private isInValue = false;
  private sign = "";
  /** What stands where a key or value is expected: null for nothing yet. A word goes on as long as it has no gap. */
  private written: { start: number; end: number; isWord: boolean } | null = null;
  private open: { bracket: OpenBracket; table: readonly string[]; key: readonly string[] }[] = [];

  get isInBracket(): boolean {
    return this.open.length > 0;
  }

  /** Enters the table of a header. A header closes every bracket that was forgotten above it. */
  enter(names: readonly string[]): void {
    this.open = [];
    if (names.length > 0) this.table = names;
    this.beginKey();
  }

  read(token: TomlToken, text: string): void {
    if (token.kind === "comment") return;
    const sign = token.kind === "sign" ? text.slice(token.start, token.end) : "";
    if (token.kind !== "line-end") this.write(token, sign);
    if (token.kind === "line-end") this.endLine();
    else if (sign !== "") this.readSign(sign);
    else if (!this.isInValue) this.addName(readName(text, token));
    this.isLineStart = token.kind === "line-end";
    this.sign = sign;
  }

  place(cursor: number, quote: TomlPosition["quote"]): TomlPosition {
    // A dotted key opens tables, too: "when.project" is the key "project" of the table "when".
    const tables = !this.isInValue && this.isAfterDot ? this.key : this.key.slice(0, -1);
    return {
      scope: [...this.table, ...tables],
      key: this.isInValue ? (this.key.at(-1) ?? null) : null,
      quote,
      begin: this.findBegin(quote?.at ?? cursor),
      sign: quote === null ? this.sign : "",
      bracket: this.open.at(-1)?.bracket ?? null,
    };
  }

  private findBegin(at: number): number | null {
    if (this.written === null) return at;
    return this.written.isWord && this.written.end === at ? this.written.start : null;
  }

  private write({ kind, start, end }: TomlToken, sign: string): void {
    if ("=[{,".includes(sign) && sign !== "") this.written = null;
    else if (sign === "." && !this.isInValue) this.written = null;
    else if (this.written?.isWord && this.written.end === start && (kind === "word" || sign === "."))
      this.written.end = end;
    else this.written = { start: this.written?.start ?? start, end, isWord: this.written === null && kind === "word" };
  }

  private beginKey(): void {
    this.key = [];
    this.written = null;
    this.isAfterDot = false;
    this.isInValue = false;
  }

  private addName(name: string): void {
    this.key = this.isAfterDot ? [...this.key, name] : [name];
    this.isAfterDot = false;
  }

  private endLine(): void {
    const last = this.open.at(-1);
    if (last === undefined) this.beginKey();
    else if (this.sign === last.bracket.mark) last.bracket.isSpread = true;
  }

  private readSign(sign: string): void {
    if (sign === "=") this.isInValue = true;
    else if (sign === ".") this.isAfterDot = true;
    else if (sign === "{" || sign === "[") this.openBracket(sign);
    else if (sign === "}") this.closeBracket("{");
    else if (sign === "]") this.closeBracket("[");
    else if (this.open.at(-1)?.bracket.mark !== "[") this.beginKey();
  }

  private openBracket(mark: "{" | "["): void {
    this.open.push({ bracket: { mark, isSpread: false }, table: this.table, key: this.key });
    if (mark === "[") return;
    this.table = [...this.table, ...this.key];
    this.beginKey();
  }

  /** Closes the last bracket of this kind and those inside it that were forgotten. */
  private closeBracket(mark: "{" | "["): void {
    const at = this.open.findLastIndex(({ bracket }) => bracket.mark === mark);
    const closed = this.open[at];
    if (closed === undefined) return;
    this.open.length = at;
    this.table = closed.table;
    this.key = closed.key;
    this.isInValue = true;
  }
}

interface Header {
  names: string[];
  /** Last token of its line. */
  last: TomlToken;
  /** Whether its line is the last one. */
  isLastLine: boolean;
  /** Whether it could be nothing else inside a list either, where `["a"]` is an entry. */
  isCertain: boolean;
}

/** Shape of a TOML header behind its first bracket. In it, w is a bare name, s a string and # a comment. */
const HEADER_SHAPE = /^(?:\[w(?:\.[ws])*\]\]|w(?:\.[ws])*\])#?$/;
const BARE_NAME = /^(?!(?:true|false|inf|nan)$)[A-Za-z_]/;

/** Reads the line that begins with this token as a header; null when it is none. */
function readHeader(text: string, first: TomlToken): Header | null {
  if (text[first.start] !== "[") return null;
  const names: string[] = [];
  let shape = "";
  let last = first;
  let next = readToken(text, first.end);
  for (; next !== null && next.kind !== "line-end"; next = readToken(text, next.end)) {
    const isName = next.kind === "word" || next.kind === "string";
    if (isName && !shape.includes("]")) names.push(readName(text, next));
    shape += isName ? (next.kind === "word" ? "w" : "s") : text[next.start];
    last = next;
  }
  const isCertain = next !== null && HEADER_SHAPE.test(shape) && BARE_NAME.test(names[0] ?? "");
  return { names, last, isLastLine: next === null, isCertain };
}
