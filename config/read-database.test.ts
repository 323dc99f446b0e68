import { expect, it } from "vitest";
import type { Env } from "./env-values.ts";
import { findConsoleMistakes } from "./read-console-env.ts";
import { readServerEnv } from "./read-server-env.ts";

const listMistakes = (env: Env) => {
  const reading = readServerEnv(env);
  return reading.ok ? [] : reading.mistakes;
};

it.each([
  ...["file:/x/a#b/cco.db", "file:/x/a%20b/cco.db", "file:/x/100%/cco.db", "file:///x/a#b.db", "file:///x/a%23b.db"],
  ...["file:///x/a%2520b.db", "file:///x/a%3Fb.db", "file:///x/100%.db", "file:a#b", "file://host/x/cco.db"],
  ...["file:////x/cco.db", "postgresql://cco@127.0.0.1:bad/main", "postgresql://cco@/main?host=/socket"],
  ...["postgresql://cco:SEC#RET@db/main", "mysql://db/main", "cco.db"],
])("refuses the database %s, for a server and for a command", (url) => {
  const found = listMistakes({ DATABASE_URL: url });

  expect(found.map(({ variable }) => variable)).toEqual(["DATABASE_URL"]);
  expect(found[0]?.message).not.toMatch(/SEC|127|socket\b.*main/);
  expect(findConsoleMistakes({ DATABASE_URL: url }).map(({ variable }) => variable)).toEqual(["DATABASE_URL"]);
});

it.each([
  ...[
    "file:/x/a b/cco.db",
    "file:///x/a%20b/cco.db",
    "file://localhost/x/cco.db",
    "file:./cco.db",
    "file:x.db?mode=ro",
  ],
  ...["file:/x/ü:@&=+[]\\.db", "postgresql://cco@localhost/main?host=/socket", "postgresql:///main?host=/socket"],
  ...["postgres://cco:p%23w@db:5432/main?sslmode=require", "postgresql://%2Fsocket/main"],
])("takes the database %s", (url) => {
  expect(listMistakes({ DATABASE_URL: url })).toEqual([]);
});

it.each(["/x/a#b", "/x/a%20b", "/x/100%", "/x/a?b"])(
  "refuses the data folder %s, beside PostgreSQL as well",
  (folder) => {
    for (const more of [{}, { DATABASE_URL: "postgresql://db/main" }])
      expect(listMistakes({ CCO_DATA_DIR: folder, ...more }).map(({ variable }) => variable)).toEqual(["CCO_DATA_DIR"]);
    expect(findConsoleMistakes({ CCO_DATA_DIR: folder }).map(({ variable }) => variable)).toEqual(["CCO_DATA_DIR"]);
  },
);

it.each(["/x/a b", "/x/ü:@&=+[]"])("takes the data folder %s", (folder) => {
  expect(listMistakes({ CCO_DATA_DIR: folder })).toEqual([]);
});
