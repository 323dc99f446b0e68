import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadCatalogue } from "#config/models-toml.ts";
import { parseOverridesToml } from "#config/overrides-toml.ts";
import { recordAudit } from "#control/audit/record.ts";
import { type Actor, fileActor } from "#core/access/actor.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { invariant } from "#core/invariant.ts";
import { compileRules } from "#core/rules/compile.ts";
import { addDays, toDayKey } from "#core/time/instant.ts";
import { type Database, openDatabase } from "#store/client.ts";
import { insertEvents } from "#store/events.ts";
import { hashToml } from "#store/hashes.ts";
import { noteProxyKeyUse } from "#store/key-use.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { bumpRevision } from "#store/revision.ts";
import { addToRollups } from "#store/rollup-writes.ts";
import { insertRuleVersion } from "#store/rule-versions.ts";
import { settingKey, writeSetting } from "#store/settings.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { inTransaction } from "#store/transaction.ts";
import { seedManyEvents } from "./seed-events.ts";
import { seedPeople } from "./seed-people.ts";
import { type SeedVersion, seedVersions } from "./seed-rules.ts";
import { seedTeam } from "./seed-team.ts";
import { type SeedRules, seedTraffic } from "./seed-traffic.ts";

export interface SeedOptions {
  databaseUrl: string;
  rulesFile: string;
  nowMs: number;
  /** Two months, so that the month shown has one before it to compare with. */
  days?: number;
  zone?: string;
}

export interface Seeded {
  events: number;
  costNanoUsd: bigint;
}

const MS_PER_DAY = 86_400_000;

/** Fills an empty database with a believable team, its rules and two months of its traffic. Null: it was filled before. */
export async function seedDatabase(options: SeedOptions): Promise<Seeded | null> {
  const { databaseUrl, rulesFile, nowMs, days = 60, zone = "Europe/Berlin" } = options;
  await migrateDatabase(databaseUrl);
  const db = await openDatabase(databaseUrl);
  const versions = seedVersions();
  try {
    if ((await db.person.count()) > 0) return null;
    await seedPeople(db, nowMs - 250 * MS_PER_DAY, zone);
    await seedHistory(db, versions, nowMs);
  } finally {
    await db.$disconnect();
  }
  writeRules(rulesFile, versions);
  const catalogue = loadCatalogue();
  const first = addDays(toDayKey(nowMs, zone), 1 - days);
  const dayKeys = Array.from({ length: days }, (_, index) => addDays(first, index));
  const rules = compiledVersions(versions, catalogue, nowMs, zone);
  return writeTraffic(databaseUrl, zone, seedTraffic({ catalogue, days: dayKeys, zone, untilMs: nowMs, rules }));
}

async function seedHistory(db: Database, versions: readonly SeedVersion[], nowMs: number): Promise<void> {
  await inTransaction(db, async (tx) => {
    for (const version of versions) {
      const at = new Date(publishedAtMs(version, nowMs));
      const actor = toAuthor(version);
      const basedOn = version.number === 1 ? null : version.number - 1;
      const { number } = await insertRuleVersion(tx, {
        toml: version.toml,
        comment: version.comment,
        source: actor.kind === "file" ? "file" : "console",
        actorId: actor.id,
        actorName: actor.name,
        basedOn,
        rolledBackTo: version.rolledBackTo,
        applies: "new-sessions",
        publishedAt: at,
      });
      const action = version.rolledBackTo === null ? "rules.publish" : "rules.roll-back";
      const before = basedOn === null ? null : { version: basedOn };
      const after = { version: number, comment: version.comment };
      await recordAudit(tx, actor, { action, object: { kind: "rules", id: String(number) }, before, after }, at);
    }
    const live = versions.at(-1);
    if (live !== undefined) await writeSetting(tx, settingKey.rulesFileHash, hashToml(live.toml), new Date(nowMs));
    await bumpRevision(tx);
  });
}

function toAuthor(version: SeedVersion): Actor {
  const person = seedTeam.find((one) => one.email === version.author);
  if (person === undefined) return fileActor;
  const { id, name, email, role } = person;
  return { kind: "person", id, name, email, role, via: "console", address: "127.0.0.1" };
}

/** Some time in a working morning, a different one for each version. */
const publishedAtMs = ({ daysAgo, number }: SeedVersion, nowMs: number) =>
  nowMs - daysAgo * MS_PER_DAY - ((number * 37) % 240) * 60_000;

function compiledVersions(
  versions: readonly SeedVersion[],
  catalogue: Catalogue,
  nowMs: number,
  zone: string,
): SeedRules[] {
  return versions.map((version) => {
    const parsed = parseOverridesToml(version.toml, { catalogue, today: "2026-11-22", zone });
    invariant(parsed.ok, `the seeded rules v${version.number} are valid`);
    const compiled = compileRules(parsed.ruleSet, catalogue);
    return { number: version.number, compiled, fromMs: publishedAtMs(version, nowMs) };
  });
}

function writeRules(rulesFile: string, versions: readonly SeedVersion[]): void {
  mkdirSync(dirname(rulesFile), { recursive: true });
  writeFileSync(rulesFile, versions.at(-1)?.toml ?? "");
}

async function writeTraffic(
  databaseUrl: string,
  zone: string,
  traffic: ReturnType<typeof seedTraffic>,
): Promise<Seeded> {
  const connection = await openSqlConnection(databaseUrl);
  const seeded = { events: 0, costNanoUsd: 0n };
  const keyUses = new Map<string, number>();
  try {
    for (const events of traffic) {
      await connection.transaction(async () => {
        const fresh = await insertEvents(connection, events);
        await addToRollups(
          connection,
          events.filter((event) => fresh.has(event.id)),
          { zone, change: null },
        );
      });
      seeded.events += events.length;
      for (const { costNanoUsd, proxyKeyId, startedAtMs } of events) {
        seeded.costNanoUsd += BigInt(costNanoUsd ?? 0);
        if (proxyKeyId !== null) keyUses.set(proxyKeyId, Math.max(startedAtMs, keyUses.get(proxyKeyId) ?? 0));
      }
    }
    await noteProxyKeyUse(connection, keyUses);
  } finally {
    await connection.close();
  }
  return seeded;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await main();

/** `npm run seed -- [--events N] [--database URL] [FOLDER]` */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { events: { type: "string" }, database: { type: "string" } },
  });
  const folder = resolve(positionals[0] ?? (values.events === undefined ? "data/dev" : "data/many"));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const databaseUrl = values.database ?? `file:${join(folder, "cco.db")}`;
  const place = values.database === undefined ? folder : "The database";
  if (values.events !== undefined) {
    await writeMany(databaseUrl, Number(values.events), place);
    return;
  }
  const seeded = await seedDatabase({
    databaseUrl,
    rulesFile: join(folder, "model-overrides.toml"),
    nowMs: Date.now(),
  });
  const cost = seeded === null ? "" : `${seeded.events} requests, $${Number(seeded.costNanoUsd / 10_000_000n) / 100}`;
  process.stdout.write(seeded === null ? `${place} holds data already.\n` : `Seeded ${folder}: ${cost}.\n`);
}

async function writeMany(databaseUrl: string, events: number, place: string): Promise<void> {
  invariant(Number.isSafeInteger(events) && events > 0, "--events takes a whole number");
  const startMs = performance.now();
  const pace = (written: number) => Math.round((written * 1000) / (performance.now() - startMs));
  const isNew = await seedManyEvents({
    databaseUrl,
    events,
    nowMs: Date.now(),
    onProgress: (written) => process.stderr.write(`\r${written} of ${events} events, ${pace(written)} a second `),
  });
  const result = isNew
    ? `\nSeeded ${place}: ${events} events, ${pace(events)} a second.`
    : `${place} holds data already.`;
  process.stdout.write(`${result}\n`);
}
