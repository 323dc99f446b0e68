import { afterAll, beforeAll, expect, it } from "vitest";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { isDataError } from "./database-errors.ts";
import { insertRows } from "./insert-rows.ts";
import type { SqlConnection, SqlValue } from "./sql.ts";
import { openSqlConnection } from "./sql-connection.ts";

let server: PostgresqlServer;
let connection: SqlConnection;
beforeAll(async () => {
  server = await startPostgresql();
  connection = await openSqlConnection(await server.newDatabase());
  await connection.script(
    `CREATE TABLE cells ("id" TEXT PRIMARY KEY, "words" TEXT, "small" INTEGER, "large" BIGINT, "part" DOUBLE PRECISION, "yes" BOOLEAN, "at" TIMESTAMP(3))`,
  );
});
afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

const insertion = { table: "cells", columns: ["id", "words", "small", "large", "part", "yes", "at"], onConflict: "" };
const insert = async (rows: SqlValue[][]) => {
  await connection.all("DELETE FROM cells");
  await insertRows(connection, insertion, rows);
  return connection.all(
    `SELECT "id", "words", "small", "large", CAST("part" AS TEXT) AS part, CAST("yes" AS TEXT) AS yes, CAST("at" AS TEXT) AS at FROM cells ORDER BY "id"`,
  );
};

const INSTANT = "2026-11-29T10:00:00.123Z";
const ROWS: SqlValue[][] = [
  ["a", 'quotes " and \\ and {}, NULL', -(2 ** 31), "-9223372036854775808", 0.5, 1, INSTANT],
  ["b", "Grüße, 世界 🙂", 2 ** 31 - 1, 9223372036854775807n, -1e300, 0, null],
  ["c", "", 0, Number.MIN_SAFE_INTEGER, null, null, INSTANT],
  ["d", null, null, null, 3, 1, INSTANT],
  ["e", "NULL", -1, "999999999999999999", 0, 0, INSTANT],
];

it("any value of a column's type arrives in PostgreSQL as it is, beside different ones and beside its like", async () => {
  const [texts, flags] = [
    ["0.5", "-1e+300", null, "3", "0"],
    ["true", "false", null, "true", "false"],
  ];
  const expected = ROWS.map(([id, words, small, large, , , at], n) => ({
    id,
    words,
    small: small === null ? null : BigInt(small as number),
    large: large === null ? null : BigInt(large as string),
    part: texts[n],
    yes: flags[n],
    at: at === null ? null : "2026-11-29 10:00:00.123",
  }));
  expect(await insert(ROWS)).toEqual(expected);
  for (const [n, row] of ROWS.entries()) {
    const like = [row, [`${row[0]}2`, ...row.slice(1)]];
    expect(await insert(like)).toEqual([expected[n], { ...expected[n], id: `${row[0]}2` }]);
  }
});

it.each([
  ["an integer that is too large", 2, 2 ** 31],
  ["an integer that is too small", 2, -(2 ** 31) - 1],
  ["a fraction among integers", 2, 1.5],
  ["a word among integers", 3, "many"],
  ["a whole number beyond 64 bits", 3, 2n ** 63n],
  ["a number that is none", 3, Number.NaN],
  ["a text with a NUL", 1, "a\0b"],
  ["a word where an instant belongs", 6, "no day"],
])("%s is refused as data, alone and beside good rows, and nothing is stored", async (_, at, value) => {
  const bad = (ROWS[0] ?? []).map((cell, column) => (column === at ? value : cell));
  for (const rows of [[bad], [...ROWS.slice(1), bad], [bad, ["z", ...bad.slice(1)]]]) {
    const error = await insert(rows).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect([isDataError(error), error]).toEqual([true, expect.any(Error)]);
    expect(await connection.all("SELECT id FROM cells")).toEqual([]);
  }
});
