import { type Span, TomlMistake } from "./toml-mistake.ts";

/** Place of one name of a key. */
export interface NameSpan extends Span {
  /** Where the whole key begins: the names of a dotted key, and of a header, have it in common. */
  keyStart: number;
}

/** Positions and kinds of everything in a TOML text, shaped like its values. */
export interface TomlNode {
  kind: "scalar" | "array" | "inline" | "table" | "tables";
  /** Key as written; null for entries of a list. */
  key: Span | null;
  /** Places of the node's own name in keys and headers, in the order of the text. Entries of a list have none. */
  names: NameSpan[];
  value: Span;
  children: Map<string, TomlNode> | null;
  items: TomlNode[] | null;
  /** False for a table that only exists because a longer name mentions it. */
  isDefined: boolean;
}

const BARE_KEY = /[A-Za-z0-9_-]+/y;
const SMART_QUOTE = /[\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb]/;
const SMART_QUOTED =
  /[\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb][^\n\u2018\u2019\u201c\u201d\u00ab\u00bb]*[\u2018\u2019\u201c\u201d\u00ab\u00bb]?/y;

/** Reading position in a TOML text, with the primitive steps of the scanner. */
export class TomlCursor {
  at = 0;

  constructor(readonly text: string) {
    if (text.charCodeAt(0) === 0xfeff) this.at = 1;
  }

  get char(): string {
    return this.text[this.at] ?? "";
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  get isAtLineEnd(): boolean {
    return this.isAtEnd || this.char === "\n" || this.text.startsWith("\r\n", this.at);
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** Matches a sticky expression here without moving; null without a match. */
  peek(expression: RegExp): string | null {
    expression.lastIndex = this.at;
    return expression.exec(this.text)?.[0] ?? null;
  }

  span(start: number, end = this.at): Span {
    return { start, end };
  }

  lineEnd(from = this.at): number {
    const end = this.text.indexOf("\n", from);
    const stop = end === -1 ? this.text.length : end;
    return this.text[stop - 1] === "\r" && stop > from ? stop - 1 : stop;
  }

  lineNumber(offset: number): number {
    let line = 1;
    for (let at = this.text.indexOf("\n"); at !== -1 && at < offset; at = this.text.indexOf("\n", at + 1)) line++;
    return line;
  }

  isOnOneLine(from: number, to: number): boolean {
    const newline = this.text.indexOf("\n", from);
    return newline === -1 || newline >= to;
  }

  skipSpaces(): void {
    while (this.char === " " || this.char === "\t") this.at++;
  }

  /** Skips spaces, line ends and comments. */
  skipBlank(): void {
    while (!this.isAtEnd) {
      this.skipSpaces();
      if (this.char === "#") this.at = this.lineEnd();
      else if (this.char === "\n") this.at++;
      else if (this.startsWith("\r\n")) this.at += 2;
      else return;
    }
  }

  /** Requires the end of the line, or a comment, after a value or header. */
  expectLineEnd(what: string): void {
    this.skipSpaces();
    if (this.char === "#") this.at = this.lineEnd();
    if (this.isAtLineEnd) return;
    const span = this.span(this.at, this.lineEnd());
    if (this.startsWith("//")) throw slashComment(span);
    if (this.char === "," || this.char === ";") {
      throw new TomlMistake(
        "stray-separator",
        this.span(this.at, this.at + 1),
        `TOML has no separator between lines: remove the ${this.char}.`,
      );
    }
    throw new TomlMistake("line-end", span, `${what} ends here: move what follows to the next line.`);
  }

  /** Reads one or more names with dots between them. `spans` are those of the names, `span` that of all of them. */
  readKey(): { names: string[]; spans: NameSpan[]; span: Span } {
    const start = this.at;
    const names = [this.readName()];
    const spans = [{ ...this.span(start), keyStart: start }];
    let end = this.at;
    for (this.skipSpaces(); this.char === "."; this.skipSpaces()) {
      this.at++;
      this.skipSpaces();
      const nameStart = this.at;
      names.push(this.readName());
      spans.push({ ...this.span(nameStart), keyStart: start });
      end = this.at;
    }
    this.at = end;
    return { names, spans, span: this.span(start, end) };
  }

  private readName(): string {
    if (this.char === '"' || this.char === "'") return this.readLine();
    this.refuseSmartQuotes();
    const bare = this.peek(BARE_KEY) ?? "";
    const start = this.at;
    this.at += bare.length;
    const rest = /[^\s=\]#.,{}"'[:]+/y;
    const odd = this.peek(rest);
    if (odd !== null && !this.startsWith("//")) {
      const name = bare + odd;
      const span = this.span(start, this.at + odd.length);
      throw new TomlMistake(
        "key-needs-quotes",
        span,
        `The name ${name} needs quotation marks: "${name}".`,
        `"${name}"`,
      );
    }
    if (bare === "") throw new TomlMistake("missing-key", this.span(start, start + 1), this.missingNameText());
    return bare;
  }

  private missingNameText(): string {
    if (this.isAtLineEnd) return "A name is missing here.";
    return `A name is expected here, not ${this.char}.`;
  }

  /** Reads a text in one pair of quotes and returns its value. */
  readLine(): string {
    const quote = this.char;
    const start = this.at++;
    let value = "";
    while (this.char !== quote) {
      if (this.isAtLineEnd) throw openString(this.span(start, this.lineEnd(start)), quote, this.lineNumber(start));
      value += quote === '"' && this.char === "\\" ? this.readEscape() : this.readPlain();
    }
    this.at++;
    return value;
  }

  /** Skips a text in three pairs of quotes. Only its end matters, not its value. */
  skipMultiLine(): void {
    const quotes = this.text.slice(this.at, this.at + 3);
    const start = this.at;
    this.at += 3;
    while (!this.startsWith(quotes)) {
      if (this.isAtEnd) throw openString(this.span(start, this.lineEnd(start)), quotes, this.lineNumber(start));
      if (quotes === '"""' && this.char === "\\") this.readEscape();
      else this.at++;
    }
    this.at += 3;
    // Up to two more quotes still belong to the text.
    for (let more = 0; more < 2 && this.startsWith(quotes.charAt(0)); more++) this.at++;
  }

  private readPlain(): string {
    const char = this.char;
    const code = char.charCodeAt(0);
    if ((code < 0x20 && char !== "\t") || code === 0x7f) {
      const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
      throw new TomlMistake(
        "control-character",
        this.span(this.at, this.at + 1),
        `An invisible character (${name}) stands here: remove it.`,
      );
    }
    this.at++;
    return char;
  }

  private readEscape(): string {
    const sequence = this.peek(/\\(?:[btnfre"\\]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|[ \t]*\r?\n)/y);
    if (sequence === null) {
      const span = this.span(this.at, this.at + 2);
      const written = this.text.slice(span.start, span.end);
      throw new TomlMistake(
        "bad-escape",
        span,
        `${written} is not a valid escape. Write \\\\ for a backslash, or use single quotation marks.`,
        "\\\\",
      );
    }
    this.at += sequence.length;
    const plain: Record<string, string> = {
      b: "\b",
      t: "\t",
      n: "\n",
      f: "\f",
      r: "\r",
      e: "\u001b",
      '"': '"',
      "\\": "\\",
    };
    const code = Number.parseInt(sequence.slice(2), 16);
    if (/^\\[uUx]/.test(sequence)) return code <= 0x10ffff ? String.fromCodePoint(code) : "";
    return plain[sequence[1] ?? ""] ?? "";
  }

  refuseSmartQuotes(): void {
    if (!SMART_QUOTE.test(this.char)) return;
    const found = this.peek(SMART_QUOTED) ?? this.char;
    const inner = found.replace(/^.|[\u2018\u2019\u201c\u201d\u00ab\u00bb]$/g, "");
    const message = `Typographic quotation marks are not TOML: write straight ones, "${inner}".`;
    throw new TomlMistake("smart-quotes", this.span(this.at, this.at + found.length), message, `"${inner}"`);
  }
}

export const slashComment = (span: Span): TomlMistake =>
  new TomlMistake("slash-comment", span, "A comment begins with #, not with //.", "#");

function openString(span: Span, quote: string, line: number): TomlMistake {
  return new TomlMistake(
    "open-string",
    span,
    `The text that begins on line ${line} is not closed: a ${quote} is missing.`,
    quote,
  );
}
