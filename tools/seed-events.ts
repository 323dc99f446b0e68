import { loadCatalogue } from "#config/models-toml.ts";
import { recordAudit } from "#control/audit/record.ts";
import type { Actor } from "#core/access/actor.ts";
import { fileActor } from "#core/access/actor.ts";
import { NO_LIMITS } from "#core/access/key-limits.ts";
import { dayStartMs, toDayKey } from "#core/time/instant.ts";
import { type Database, openDatabase } from "#store/client.ts";
import { openMemory } from "#store/event-memory.ts";
import { insertEvents } from "#store/events.ts";
import { hashSecret } from "#store/hashes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { insertPerson, setPersonTeam } from "#store/people.ts";
import { insertProxyKey } from "#store/proxy-keys.ts";
import { bumpRevision } from "#store/revision.ts";
import { addToRollups } from "#store/rollup-writes.ts";
import { insertRuleVersion } from "#store/rule-versions.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { inTransaction } from "#store/transaction.ts";
import { buildPeople, MANY_SPAN_MS, manyRules, seedManyTraffic } from "./seed-many.ts";
import { seedPeople } from "./seed-people.ts";
import { seedSecret, seedTeam } from "./seed-team.ts";

interface ManyOptions {
  databaseUrl: string;
  events: number;
  nowMs: number;
  zone?: string;
  /** Called after each transaction with the number of events written so far. */
  onProgress?: (events: number) => void;
}

const VERSIONS = 5;
/** Events of one transaction: large, so that indexes are written once for many. */
const AT_ONCE = 50_000;

/**
 * Fills an empty database with the ninety days before today of a large organisation, by the ledger's own writers. False:
 * it was filled before.
 */
export async function seedManyEvents(options: ManyOptions): Promise<boolean> {
  const { databaseUrl, events, nowMs, zone = "Europe/Berlin", onProgress } = options;
  await migrateDatabase(databaseUrl);
  const untilMs = dayStartMs(toDayKey(nowMs, zone), zone);
  const db = await openDatabase(databaseUrl, { timeoutMs: 30_000 });
  let versions: { number: number; fromMs: number }[];
  try {
    if ((await db.person.count()) > 0) return false;
    await seedPeople(db, untilMs - MANY_SPAN_MS, zone);
    await addPeople(db, new Date(untilMs - MANY_SPAN_MS));
    versions = await addVersions(db, untilMs);
  } finally {
    await db.$disconnect();
  }
  const connection = await openSqlConnection(databaseUrl);
  let written = 0;
  try {
    const plan = { events, catalogue: loadCatalogue(), zone, untilMs, versions };
    for (const day of seedManyTraffic(plan))
      for (let from = 0; from < day.length; from += AT_ONCE) {
        const some = day.slice(from, from + AT_ONCE);
        const memory = openMemory(connection);
        await connection.transaction(async () => {
          await insertEvents(connection, some, memory);
          await addToRollups(connection, some, { zone, change: null });
        });
        memory.confirm();
        written += some.length;
        onProgress?.(written);
      }
  } finally {
    await connection.close();
  }
  return true;
}

async function addPeople(db: Database, createdAt: Date): Promise<void> {
  await inTransaction(db, async (tx) => {
    for (const { id, keyId, name, email, team } of buildPeople()) {
      await insertPerson(tx, { id, email, name, role: "developer", passwordHash: null, createdAt });
      await setPersonTeam(tx, id, team);
      const secret = seedSecret(keyId);
      await insertProxyKey(tx, {
        ...{ id: keyId, name: "Laptop", personId: id, team, project: null, attribution: "free" },
        ...{ hint: secret.slice(-4), keyHash: hashSecret(secret), createdBy: seedTeam[0]?.id ?? "", createdAt },
        ...{ expiresAt: null, limits: NO_LIMITS },
      });
    }
  });
}

/** Publishes the rules several times over the ninety days, each time with another note. */
async function addVersions(db: Database, untilMs: number): Promise<{ number: number; fromMs: number }[]> {
  const versions: { number: number; fromMs: number }[] = [];
  const actor: Actor = fileActor;
  await inTransaction(db, async (tx) => {
    for (let at = 0; at < VERSIONS; at += 1) {
      const fromMs = untilMs - Math.round((MANY_SPAN_MS * (VERSIONS - at)) / VERSIONS);
      const publishedAt = new Date(fromMs);
      const { number } = await insertRuleVersion(tx, {
        ...{ toml: rulesText(at + 1), comment: `Round ${at + 1}`, source: "file", actorId: actor.id },
        ...{ actorName: actor.name, basedOn: at === 0 ? null : at, rolledBackTo: null, applies: "new-sessions" },
        publishedAt,
      });
      const object = { kind: "rules", id: String(number) };
      await recordAudit(tx, actor, { action: "rules.publish", object, after: { version: number } }, publishedAt);
      versions.push({ number, fromMs });
    }
    await bumpRevision(tx);
  });
  return versions;
}

const rulesText = (round: number): string => {
  const rules = manyRules.map(
    ({ id, from, to, project }) => `[[rule]]
id = "${id}"
from = "${from}"
to = "${to}"
note = "Round ${round}"
when = { project = ["${project}"] }
`,
  );
  return `[overrides]\nenabled = true\n\n${rules.join("\n")}`;
};
