import { formatCount } from "#core/report/format.ts";
import { shorten } from "#core/report/shorten.ts";
import { nearest } from "#core/rules/nearest.ts";
import type { Problem } from "#core/rules/rule-set.ts";
import type { TomlNode } from "./toml-cursor.ts";
import type { LineMap, Span } from "./toml-mistake.ts";

/** Maximum number of problems; a broken file of 10,000 rules would otherwise produce megabytes. */
const PROBLEMS_MAX = 500;

/** Collector of problems in a text, with their positions. */
export class ProblemList {
  readonly problems: Problem[] = [];
  /** Errors so far, those included that are not listed. */
  errorCount = 0;
  private dropped = 0;

  constructor(private readonly lines: LineMap) {}

  add(severity: Problem["severity"], span: Span, code: string, message: string, fix: string | null = null): void {
    if (severity === "error") this.errorCount++;
    if (this.problems.length >= PROBLEMS_MAX && severity === "warning") this.dropped++;
    else if (this.problems.length >= 2 * PROBLEMS_MAX) this.dropped++;
    else this.problems.push({ severity, ...this.lines.locate(span), code, message, fix });
  }

  /** Whether another warning would not be listed: then its words need not be found. */
  get isFull(): boolean {
    return this.problems.length >= PROBLEMS_MAX;
  }

  /** Counts a warning that is not listed. */
  drop(): void {
    this.dropped++;
  }

  lineOf(span: Span): number {
    return this.lines.lineOf(span.start);
  }

  get hasErrors(): boolean {
    return this.errorCount > 0;
  }

  /** Returns the problems in the order of the text. */
  sorted(): Problem[] {
    const sorted = [...this.problems].sort((a, b) => a.line - b.line || a.column - b.column);
    const last = sorted.at(-1);
    if (last && this.dropped > 0) {
      sorted.push({
        ...last,
        severity: "warning",
        code: "more",
        message: `${formatCount(this.dropped)} more problems are not listed.`,
        fix: null,
      });
    }
    return sorted;
  }
}

/** A TOML value with its position. */
export interface Placed {
  readonly value: unknown;
  readonly node: TomlNode | null;
  readonly span: Span;
}

const START: Span = { start: 0, end: 0 };

export const isTable = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

/**
 * Reader of one table, key by key. A wrong type is an error and reads as absent, so that every problem of a file is
 * found at once; keys that were never read become warnings that suggest the known ones.
 */
export class TableReader {
  private readonly asked = new Set<string>();

  constructor(
    private readonly table: Record<string, unknown>,
    private readonly node: TomlNode | null,
    readonly span: Span,
    readonly list: ProblemList,
  ) {}

  static of(placed: Placed, list: ProblemList): TableReader {
    return new TableReader(isTable(placed.value) ? placed.value : {}, placed.node, placed.span, list);
  }

  get keys(): string[] {
    return Object.keys(this.table);
  }

  has(key: string): boolean {
    this.asked.add(key);
    return Object.hasOwn(this.table, key);
  }

  /** Returns the value under a key with its position; undefined when it is absent. */
  get(key: string): Placed | undefined {
    if (!this.has(key)) return undefined;
    const node = this.node?.children?.get(key) ?? null;
    return { value: this.table[key], node, span: node?.value ?? this.span };
  }

  keySpan(key: string): Span {
    return this.node?.children?.get(key)?.key ?? this.get(key)?.span ?? this.span;
  }

  error(key: string, code: string, message: string, fix: string | null = null): null {
    this.list.add("error", this.get(key)?.span ?? this.span, code, message, fix);
    return null;
  }

  keyError(key: string, code: string, message: string): null {
    this.list.add("error", this.keySpan(key), code, message);
    return null;
  }

  boolean(key: string): boolean | null {
    const found = this.get(key);
    if (!found || typeof found.value === "boolean") return (found?.value as boolean | undefined) ?? null;
    const isWord = found.value === "true" || found.value === "false";
    return this.error(
      key,
      "bad-type",
      `${key} is true or false${isWord ? ", without quotation marks" : `, not ${typeName(found.value)}`}.`,
      isWord ? String(found.value) : null,
    );
  }

  string(key: string): string | null {
    const found = this.get(key);
    if (!found || typeof found.value === "string") return (found?.value as string | undefined) ?? null;
    return this.error(key, "bad-type", `${key} is a text in quotation marks, not ${typeName(found.value)}.`);
  }

  /** Reads a number within bounds; `isWhole` refuses fractions. */
  number(key: string, { min, max, isWhole }: { min: number; max: number; isWhole: boolean }): number | null {
    const found = this.get(key);
    if (!found) return null;
    const { value } = found;
    if (typeof value !== "number") {
      const isWord = typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value));
      return this.error(
        key,
        "bad-type",
        `${key} is a number${isWord ? ", without quotation marks" : `, not ${typeName(value)}`}.`,
        isWord ? value.trim() : null,
      );
    }
    if (isWhole && !Number.isInteger(value)) return this.error(key, "bad-value", `${key} is a whole number.`);
    if (value >= min && value <= max) return value;
    return this.error(key, "bad-value", `${key} is ${value}; it must be between ${min} and ${max}.`);
  }

  choice<T extends string>(key: string, choices: readonly T[]): T | null {
    const value = this.string(key);
    if (value === null) return null;
    const chosen = choices.find((choice) => choice === value);
    if (chosen !== undefined) return chosen;
    const fix = nearest(value, choices);
    const all = choices.map((choice) => `"${choice}"`).join(", ");
    return this.error(key, "bad-value", `${key} is one of ${all}.${fix ? ` Did you mean "${fix}"?` : ""}`, fix);
  }

  /** Reads a list of texts; a single text is a list of one. */
  strings(key: string): string[] {
    const found = this.get(key);
    if (!found) return [];
    const { value } = found;
    if (typeof value === "string" && value !== "") return [value];
    if (Array.isArray(value) && value.every((item) => typeof item === "string" && item !== "")) return value;
    this.error(key, "bad-type", `${key} is a list of texts: ["one", "two"].`);
    return [];
  }

  /** Reads the entries of a list, or reports an error and returns none. */
  entries(key: string, what: string): Placed[] {
    const found = this.get(key);
    if (!found) return [];
    if (!Array.isArray(found.value)) {
      this.error(key, "bad-type", `${key} is ${what}, not ${typeName(found.value)}.`);
      return [];
    }
    return found.value.map((value: unknown, index) => {
      const node = found.node?.items?.[index] ?? null;
      return { value, node, span: node?.value ?? found.span };
    });
  }

  /** Reads the table under a key; an empty one when it is absent or of another type. */
  section(key: string, hint: string): TableReader {
    const found = this.get(key);
    if (found && !isTable(found.value)) this.error(key, "bad-type", `${key} is ${hint}, not ${typeName(found.value)}.`);
    return TableReader.of(found ?? { value: {}, node: null, span: this.span }, this.list);
  }

  unknownKeys(): string[] {
    return this.keys.filter((key) => !this.asked.has(key));
  }

  /** Warns about every key that was never read. */
  warnAboutUnknown(where: string): void {
    for (const key of this.unknownKeys()) this.warnAbout(key, where);
  }

  warnAbout(key: string, where: string): void {
    if (this.list.isFull) {
      this.list.drop();
      return;
    }
    const fix = nearest(key, this.asked);
    const hint = fix ? ` Did you mean "${fix}"?` : "";
    this.list.add(
      "warning",
      this.keySpan(key),
      "unknown-key",
      `"${shorten(key)}" is not a key of ${where} and is ignored.${hint}`,
      fix,
    );
  }
}

export const NOWHERE = START;

export function typeName(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  const names: Record<string, string> = {
    string: "a text",
    number: "a number",
    bigint: "a number",
    boolean: "true or false",
  };
  return names[typeof value] ?? "a table";
}
