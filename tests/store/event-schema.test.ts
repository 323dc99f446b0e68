import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { EVENT_COLUMNS, EVENT_FIELDS, EVENT_SCHEMA_VERSION, type ScalarKind } from "#core/activity/event-schema.ts";

/** The kind of column, as any of the three places names it. */
type Columns = Record<string, { kind: "text" | "integer"; isNullable: boolean }>;

const CELLS: Readonly<Record<ScalarKind, "text" | "integer">> = {
  text: "text",
  word: "integer",
  whole: "integer",
  flag: "integer",
  money: "integer",
};
const schema: Columns = Object.fromEntries(
  EVENT_COLUMNS.map(({ column, kind, isNullable }) => [column, { kind: CELLS[kind], isNullable }]),
);

const toKind = (type: string) => (/^(String|TEXT)$/.test(type) ? "text" : "integer");

/** The columns of the model in Prisma's schema. */
function columnsInPrisma(): Columns {
  const model = /^model EventRow \{\n([\s\S]*?)\n\}/m.exec(readFileSync("prisma/schema/events.prisma", "utf8"))?.[1];
  const lines = (model ?? "").matchAll(/^ {2}(\w+) +(\w+)(\??)(?: .*)?$/gm);
  return Object.fromEntries(
    [...lines].map(([line, name = "", type = "", mark]) => {
      const column = /@map\("(\w+)"\)/.exec(line)?.[1] ?? name;
      return [column, { kind: toKind(type), isNullable: mark === "?" }];
    }),
  );
}

/** The columns that the migrations of a database add up to. */
function columnsInMigrations(folder: string): Columns {
  const columns: Columns = {};
  const note = (column: string, type: string, rest: string) => {
    columns[column] = { kind: toKind(type), isNullable: !/NOT NULL|PRIMARY KEY/.test(rest) };
  };
  for (const name of readdirSync(folder)
    .sort()
    .filter((entry) => !entry.endsWith(".toml"))) {
    const sql = readFileSync(`${folder}/${name}/migration.sql`, "utf8");
    const made = /CREATE TABLE "event_row" \(\n([\s\S]*?)\n\)(?: PARTITION BY [^;]*)?;/.exec(sql)?.[1] ?? "";
    for (const [, column = "", type = "", rest = ""] of made.matchAll(/^ +"(\w+)" (\w+)(.*)$/gm))
      note(column, type, rest);
    for (const [statement] of sql.matchAll(/ALTER TABLE "event_row"[^;]*;/g))
      for (const [, column = "", type = "", rest = ""] of statement.matchAll(/ADD COLUMN +"(\w+)" (\w+)([^,;]*)/g))
        note(column, type, rest);
  }
  return columns;
}

describe("the schema of the event", () => {
  it("has the columns of Prisma's schema", () => {
    expect(columnsInPrisma()).toEqual(schema);
  });

  it.each(["sqlite", "postgresql"])("has the columns that the migrations of %s make", (kind) => {
    expect(columnsInMigrations(`prisma/migrations/${kind}`)).toEqual(schema);
  });

  it("begins with the id, by which records are found without being parsed", () => {
    expect(EVENT_FIELDS[0]?.name).toBe("id");
  });

  it("lets every field be null that older records lack, and none come from a later version", () => {
    expect(EVENT_FIELDS.filter(({ since, isNullable }) => since > 1 && isNullable !== true)).toEqual([]);
    expect(EVENT_FIELDS.filter(({ since }) => since > EVENT_SCHEMA_VERSION)).toEqual([]);
  });

  it("names no column twice", () => {
    expect(new Set(EVENT_COLUMNS.map(({ column }) => column)).size).toBe(EVENT_COLUMNS.length);
  });
});
