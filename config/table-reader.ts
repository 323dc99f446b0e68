import { shorten } from "#core/report/shorten.ts";
import { nearest } from "#core/rules/nearest.ts";
import type { ProblemList } from "./problem-list.ts";
import type { NameSpan, TomlNode } from "./toml-cursor.ts";
import type { Span } from "./toml-mistake.ts";

/** A TOML value with its position. */
export interface Located {
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
  private ownPlaces: Map<number, NameSpan> | null = null;

  constructor(
    private readonly table: Record<string, unknown>,
    private readonly node: TomlNode | null,
    readonly span: Span,
    readonly list: ProblemList,
  ) {}

  static of(placed: Located, list: ProblemList): TableReader {
    return new TableReader(isTable(placed.value) ? placed.value : {}, placed.node, placed.span, list);
  }

  get keys(): string[] {
    return Object.keys(this.table);
  }

  has(key: string): boolean {
    this.asked.add(key);
    return Object.hasOwn(this.table, key);
  }

  /** Returns the value under a key without counting the key as known. */
  peek(key: string): unknown {
    return Object.hasOwn(this.table, key) ? this.table[key] : undefined;
  }

  /** Returns the value under a key with its position; undefined when it is absent. */
  get(key: string): Located | undefined {
    if (!this.has(key)) return undefined;
    const node = this.node?.children?.get(key) ?? null;
    return { value: this.table[key], node, span: node?.value ?? this.span };
  }

  keySpan(key: string): Span {
    return this.node?.children?.get(key)?.key ?? this.get(key)?.span ?? this.span;
  }

  /** Span of the name alone where the key is dotted or stands in a header. */
  nameSpan(key: string): Span {
    return this.node?.children?.get(key)?.names[0] ?? this.keySpan(key);
  }

  /** Places of a key where it follows this table's own name in one dotted key or header. */
  joinedPlaces(key: string): NameSpan[] {
    const places = this.node?.children?.get(key)?.names ?? [];
    return places.filter(({ keyStart }) => this.openOwnStorage(keyStart) !== null);
  }

  /** Place of this table's own name in the dotted key or header that begins there. */
  openOwnStorage(keyStart: number): NameSpan | null {
    this.ownPlaces ??= new Map(this.node?.names.map((place) => [place.keyStart, place]));
    return this.ownPlaces.get(keyStart) ?? null;
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
  entries(key: string, what: string): Located[] {
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

  /** Reads the tables of a `[[key]]`. A single table, written as `[key]`, is an error and is read all the same. */
  tables(key: string): Located[] {
    const found = this.get(key);
    if (!found || !isTable(found.value)) return this.entries(key, `written as [[${key}]]`);
    this.misshapen(key, `written as [[${key}]]`, "as a single table");
    return [found];
  }

  /**
   * Reads the table under a key; an empty one when it is absent or of another type. A list of tables, written as `[[key]]`,
   * is an error and is read all the same, as one table.
   */
  section(key: string, hint: string): TableReader {
    const found = this.get(key);
    if (!found) return TableReader.of({ value: {}, node: null, span: this.span }, this.list);
    const joined = joinTables(found);
    if (joined !== null) this.misshapen(key, hint, "a list");
    else if (!isTable(found.value)) this.error(key, "bad-type", `${key} is ${hint}, not ${typeName(found.value)}.`);
    return TableReader.of(joined ?? found, this.list);
  }

  /** Reports a table in the wrong form, whose content is read. */
  private misshapen(key: string, what: string, found: string): void {
    this.error(key, "bad-type", `${key} is ${what}, not ${found}.`);
    this.list.misshapenCount++;
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

/** Joins a list of tables to one table; null for anything else. Of a key in several of them the first is kept. */
export function joinTables({ value, node, span }: Located): Located | null {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isTable)) return null;
  const nodes = [...(node?.items ?? [])].reverse();
  const children = new Map(nodes.flatMap((item) => [...(item.children ?? [])]));
  const names = node?.names ?? [];
  return {
    value: Object.fromEntries([...value].reverse().flatMap((table) => Object.entries(table))),
    node: node && { ...node, kind: "table", names, children, items: null },
    span,
  };
}

/** Names the type of a TOML value for a message. */
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
