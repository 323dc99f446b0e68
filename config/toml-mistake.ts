/** Span of a text by offsets; the end is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** First syntax error of a TOML text, in words for its author. Thrown inside the scanner only. */
export class TomlMistake extends Error {
  readonly span: Span;
  readonly code: string;
  readonly fix: string | null;

  constructor(code: string, span: Span, message: string, fix: string | null = null) {
    super(message);
    this.name = "TomlMistake";
    this.code = code;
    this.span = span;
    this.fix = fix;
  }
}

/** Converter of offsets in a text to 1-based lines and columns. */
export class LineMap {
  private readonly starts: number[] = [0];

  constructor(private readonly text: string) {
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.starts.push(at + 1);
  }

  findLine(offset: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  locate({ start, end }: Span): { line: number; column: number; endLine: number; endColumn: number } {
    const [line, column] = this.lineAndColumn(start);
    const [endLine, endColumn] = this.lineAndColumn(Math.max(start, end));
    // Text missing at the end of a line is one column there, not the line break.
    if (endLine > line && end - start === 1) return { line, column, endLine: line, endColumn: column + 1 };
    return { line, column, endLine, endColumn };
  }

  findOffset(line: number, column: number): number {
    const start = this.starts[Math.min(Math.max(line, 1), this.starts.length) - 1] ?? 0;
    return Math.min(start + Math.max(column, 1) - 1, this.text.length);
  }

  private lineAndColumn(offset: number): [number, number] {
    const inside = Math.min(offset, this.text.length);
    const line = this.findLine(inside);
    return [line, inside - (this.starts[line - 1] ?? 0) + 1];
  }
}
