/** Error in a settings file that CCO cannot work with: file, line, cause and fix in one line. */
export class ConfigError extends Error {
  readonly file: string;
  /** 1-based; null when the error concerns the file itself. */
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
