import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { EVENT_SCHEMA_VERSION } from "#core/activity/event-schema.ts";
import { encodeRecord, type SpoolRecord } from "#proxy/spool/format.ts";
import { type MeantRecord, withLaterFields } from "./spool-layout.ts";

/**
 * Records the layout of the event that this release writes. `node --import tsx tests/support/record-spool-layout.ts`
 * adds `tests/fixtures/spool/layout-N` for `EVENT_SCHEMA_VERSION` N. It takes the records of the layout before, with a
 * value for each new field. Layouts that are there stay, because files of their releases do.
 */
const toPath = (version: number) => join(import.meta.dirname, "../fixtures/spool", `layout-${version}`);
const target = toPath(EVENT_SCHEMA_VERSION);
if (existsSync(`${target}.log`))
  throw new Error(`layout ${EVENT_SCHEMA_VERSION} is recorded: raise EVENT_SCHEMA_VERSION`);
const before = JSON.parse(readFileSync(`${toPath(EVENT_SCHEMA_VERSION - 1)}.json`, "utf8")) as MeantRecord[];
const records = withLaterFields(before, EVENT_SCHEMA_VERSION - 1, EVENT_SCHEMA_VERSION);
const lines = records.map((record) => Buffer.from(encodeRecord(record as unknown as SpoolRecord)));
writeFileSync(`${target}.json`, `${JSON.stringify(records, null, 2)}\n`);
writeFileSync(`${target}.log`, Buffer.concat(lines));
process.stdout.write(`${records.length} records in ${target}.log\n`);
