/** A settings file CCO cannot work with: says where, what and how to fix it, in one line a person can act on. */
export class ConfigError extends Error {
  readonly file: string;
  /** 1-based; null when the trouble is the file itself. */
  readonly line: number | null;
  readonly fix: string | null;

  constructor(at: { file: string; line: number | null }, problem: string, fix: string | null = null) {
    super(`${at.file}${at.line === null ? "" : `:${at.line}`}: ${problem}${fix === null ? "" : ` ${fix}`}`);
    this.name = "ConfigError";
    this.file = at.file;
    this.line = at.line;
    this.fix = fix;
  }
}
