import Libsql from "libsql";
import pg from "pg";
import { migrateDatabase } from "#store/migrate.ts";
import { splitStatements } from "../support/split-statements.ts";

// Migrates as a start does, but one statement at a time, and is killed on the way. The kill comes where `killAt`
// statements were run, or, with `isSent`, with the next one sent and not answered. It writes how many there were when
// it is done. The drivers are changed here alone.
const { url, folder, killAt, isSent } = JSON.parse(process.argv[2] ?? "{}") as {
  url: string;
  folder?: string;
  killAt: number;
  isSent: boolean;
};
let ran = 0;
const die = () => {
  process.kill(process.pid, "SIGKILL");
  for (;;); // the signal is on its way
};

const exec = Libsql.prototype.exec;
Libsql.prototype.exec = function (this: InstanceType<typeof Libsql>, script: string) {
  for (const statement of splitStatements(script)) {
    if (ran === killAt) die();
    exec.call(this, statement);
    ran += 1;
  }
  return this;
};

const { prepare } = Libsql.prototype;
Libsql.prototype.prepare = new Proxy(prepare, {
  apply(target, self, given) {
    if (ran === killAt) die();
    ran += 1;
    return Reflect.apply(target, self, given);
  },
});

type Query = (this: pg.Client, given: unknown) => Promise<unknown>;
const query = pg.Client.prototype.query as unknown as Query;
const one: Query = async function (given) {
  if (ran === killAt) {
    if (!isSent) die();
    const socket = (this as unknown as { connection: { stream: NodeJS.WriteStream } }).connection.stream;
    void query.call(this, given);
    socket.write("", () => die());
    await new Promise(() => {});
  }
  const answer = await query.call(this, given);
  ran += 1;
  return answer;
};
const split: Query = async function (given) {
  if (typeof given !== "string") return one.call(this, given);
  const statements = isSent ? [given] : splitStatements(given);
  let answer: unknown;
  for (const statement of statements) answer = await one.call(this, statement);
  return answer;
};
pg.Client.prototype.query = split as unknown as typeof pg.Client.prototype.query;

const { applied } = await migrateDatabase(url, folder === undefined ? {} : { folder });
process.stdout.write(JSON.stringify({ ran, applied }));
