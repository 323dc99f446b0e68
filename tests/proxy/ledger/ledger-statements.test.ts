import { afterAll, beforeAll, expect, it } from "vitest";
import { recordWithSums } from "#store/ledger-writes.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";

let server: PostgresqlServer;
let connection: SqlConnection;
let other: SqlConnection;
beforeAll(async () => {
  server = await startPostgresql();
  const url = await server.newMigratedDatabase();
  connection = await openSqlConnection(url);
  other = await openSqlConnection(url);
});
afterAll(async () => {
  await connection?.close();
  await other?.close();
  await server?.stop();
});

/** As many different cells as may be: no two events are alike in what can differ. */
const someEvents = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    makeEvent({ startedAtMs: 1_795_000_000_000 + n * 1000, sessionId: `s${n}`, project: `p${n % 7}`, durationMs: n }),
  );

/** The statements of one batch, without the transaction's own, and the bytes of their values. */
async function statementsFor(count: number, again: readonly ReturnType<typeof makeEvent>[] = []) {
  const statements: { sql: string; bytes: number }[] = [];
  const counting: SqlConnection = {
    ...connection,
    all: (sql, values = []) => {
      const sizes = values.map((value) => (value instanceof Uint8Array ? value.length : String(value).length));
      statements.push({ sql, bytes: sizes.reduce((sum, size) => sum + size, 0) });
      return connection.all(sql, values);
    },
  };
  await recordWithSums(counting, someEvents(1)); // The first batch of a connection asks for the columns' types too.
  statements.length = 0;
  const { fresh } = await recordWithSums(counting, [...someEvents(count), ...again]);
  expect(fresh).toHaveLength(count);
  return statements;
}

it("a batch takes PostgreSQL as many statements for two thousand events as for one, and sends once what all of them share", async () => {
  const one = await statementsFor(1);
  const known = someEvents(50);
  await recordWithSums(connection, known);
  const many = await statementsFor(2000, known);

  const isOfWords = ({ sql }: { sql: string }) => /event_word|pg_attribute/.test(sql);
  expect(many.filter(isOfWords).length).toBeLessThanOrEqual(3);
  expect(many.filter((one) => !isOfWords(one))).toHaveLength(one.filter((other) => !isOfWords(other)).length);
  const insertions = many.filter(({ sql }) => sql.includes('INSERT INTO "event_row"'));
  expect(insertions).toHaveLength(1);
  // Two kilobytes as JSON; what is each event's own here are five columns.
  expect((insertions[0]?.bytes ?? 0) / 2050).toBeLessThan(150);
  expect(await verifyLedger(connection)).toMatchObject({ ok: true });
});

it("of two instances that record the same events at the same time, only one records each of them", async () => {
  const events = someEvents(3000);
  const [early, late] = [events.slice(0, 2000), events.slice(1000)];
  const [one, two] = await Promise.all([recordWithSums(connection, early), recordWithSums(other, late)]);

  const recorded = [...one.fresh, ...two.fresh].map(({ id }) => id);
  expect([recorded.length, new Set(recorded)]).toEqual([3000, new Set(events.map(({ id }) => id))]);
  expect(await verifyLedger(connection)).toMatchObject({ ok: true });
});
