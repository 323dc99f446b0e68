import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConsoleEnv } from "#config/read-console-env.ts";
import { type ControlDeps, makeControlDeps } from "#control/deps.ts";
import { newId } from "#control/secrets.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { hashPassword } from "#control/session/password.ts";
import { type Role, roles } from "#core/access/roles.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { databaseKind } from "#store/database-url.ts";
import { recordEvents } from "#store/ledger-writes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { insertPerson } from "#store/people.ts";
import { insertRuleVersion } from "#store/rule-versions.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { inTransaction } from "#store/transaction.ts";
import { putMigrated } from "./migrated-file.ts";

export const goodPassword = "seven lanterns over the harbour";

export interface ControlWorld {
  deps: ControlDeps;
  databaseUrl: string;
  /** Moves the clock of `deps`. */
  wait(ms: number): void;
  /** Writes events as the ledger does, rollups included. */
  record(events: readonly RequestEvent[]): Promise<void>;
  /** The next version of the rules, as if it had been published at that moment. */
  publish(toml: string, publishedAt?: Date): Promise<void>;
  /** A person of a role, with `goodPassword`. */
  person(role: Role, name?: string): Promise<PersonActor>;
  end(): Promise<void>;
}

/** The same for each person: hashing costs more than most tests. */
let passwordHash: string | null = null;
async function migrateOrCopy(databaseUrl: string): Promise<void> {
  const path = databaseUrl.replace(/^file:/, "");
  if (databaseKind(databaseUrl) !== "sqlite" || existsSync(path)) await migrateDatabase(databaseUrl);
  else await putMigrated(path);
}

/**
 * Installation without processes: a migrated database (SQLite by default) and a clock that is moved by hand.
 * Long because it is one object with every verb of the world.
 */
export async function makeControlWorld(env: Partial<ConsoleEnv> = {}): Promise<ControlWorld> {
  const dataDir = mkdtempSync(join(tmpdir(), "cco-control-"));
  let nowMs = Date.parse("2026-11-22T12:00:00Z");
  const databaseUrl = env.databaseUrl ?? `file:${join(dataDir, "cco.db")}`;
  await migrateOrCopy(databaseUrl);
  const deps = await makeControlDeps(
    {
      databaseUrl,
      dataDir,
      archiveFolder: join(dataDir, "archive"),
      keepEventsDays: 0,
      backups: { everyHours: 0, keep: 14, folder: null, bucket: null },
      rulesFile: join(dataDir, "model-overrides.toml"),
      publicUrl: null,
      reportingZone: null,
      isDemo: false,
      sessionSecret: "a secret of more than thirty-two characters",
      oidc: null,
      callerKeys: { isRequired: true, hasOperatorKey: true },
      alerts: { smtpUrl: null, smtpFrom: "", hosts: [] },
      ...env,
    },
    () => new Date(nowMs),
  );
  return {
    deps,
    databaseUrl,
    wait: (ms) => {
      nowMs += ms;
    },
    async record(events) {
      const connection = await openSqlConnection(databaseUrl);
      try {
        await recordEvents(connection, events);
      } finally {
        await connection.close();
      }
    },
    async publish(toml, publishedAt = new Date(nowMs)) {
      const by = {
        source: "console",
        actorId: null,
        actorName: "Olga",
        basedOn: null,
        applies: "new-sessions",
      } as const;
      await inTransaction(deps.db, (tx) => insertRuleVersion(tx, { toml, comment: "", publishedAt, ...by }));
    },
    async person(role, name = role) {
      passwordHash ??= await hashPassword(goodPassword);
      const fields = { id: newId("per"), email: `${name}-${newId("per").slice(4, 10)}@example.com`, name, role };
      await insertPerson(deps.db, { ...fields, passwordHash, createdAt: deps.now() });
      return { kind: "person", ...fields, via: "console", address: "192.0.2.1" };
    },
    async end() {
      await deps.db.$disconnect();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** One person of each role. */
export async function onePersonPerRole(world: ControlWorld): Promise<Record<Role, PersonActor>> {
  const made = [];
  for (const role of roles) made.push([role, await world.person(role)] as const);
  return Object.fromEntries(made) as Record<Role, PersonActor>;
}
