import { recordEvents } from "#store/ledger-writes.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { makeEvent } from "../support/make-event.ts";

const { url, count } = JSON.parse(process.argv[2] ?? "{}") as { url: string; count: number };
const connection = await openSqlConnection(url);
for (let round = 0; round < count; round += 1) await recordEvents(connection, [makeEvent()]);
await connection.close();
