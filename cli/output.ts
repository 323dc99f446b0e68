import process from "node:process";

/** Data goes to standard output, everything said to a person to standard error, so that pipes carry data only. */
export interface Output {
  data(text: string): void;
  note(text: string): void;
  error(text: string, hint?: string | null): void;
  /** An error for programs: `{"schema_version":1,"error":{…}}` on one line of standard error. */
  jsonError(error: JsonError): void;
  /** Colours only on a terminal that wants them (`NO_COLOR`, `--no-color`, `TERM=dumb` switch them off). */
  paint(colour: Colour, text: string): string;
}

export interface JsonError {
  code: string;
  message: string;
  /** What to do about it; null where nothing is known. */
  fix: string | null;
  /** The page that explains it; null where there is none, or its address is not known. */
  url: string | null;
}

export type Colour = "red" | "green" | "yellow" | "dim" | "bold";

const codes: Record<Colour, [on: number, off: number]> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  dim: [2, 22],
  bold: [1, 22],
};

interface OutputOptions {
  quiet: boolean;
  color: boolean;
}

/**
 * Makes the output of a command: data on standard output, messages and errors on standard error. Colours only on a
 * terminal that wants them.
 */
export function makeOutput(options: OutputOptions): Output {
  const isColoured =
    options.color && !process.env.NO_COLOR && process.env.TERM !== "dumb" && process.stderr.isTTY === true;
  const paint = (colour: Colour, text: string) =>
    isColoured ? `\u001b[${codes[colour][0]}m${text}\u001b[${codes[colour][1]}m` : text;
  return {
    data: (text) => void process.stdout.write(`${visible(text)}\n`),
    note: (text) => {
      if (!options.quiet) process.stderr.write(`${visible(text)}\n`);
    },
    error: (text, hint) => {
      process.stderr.write(`${paint("red", "error:")} ${visible(text)}\n`);
      if (hint) process.stderr.write(`${paint("dim", "hint:")} ${visible(hint)}\n`);
    },
    jsonError: (error) => {
      const shown = Object.entries(error).map(([name, value]) => [name, value === null ? null : visible(value)]);
      process.stderr.write(`${JSON.stringify({ schema_version: 1, error: Object.fromEntries(shown) })}\n`);
    },
    paint,
  };
}

/** Control characters but for the line's own, and colours as `paint` sets them: a terminal obeys the others. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for here
const COMMANDS = /(?!\u001b\[\d{1,2}m)(?![\n\t])[\p{Cc}\u2028\u2029]/gu;

/** The text with a visible sign in place of each character that a terminal would obey. */
export const visible = (text: string): string => text.replace(COMMANDS, "\ufffd");
