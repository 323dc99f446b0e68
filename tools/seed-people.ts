import { recordAudit } from "#control/audit/record.ts";
import { hashPassword } from "#control/session/password.ts";
import { operatorActor } from "#core/access/actor.ts";
import { demoPassword } from "#core/access/demo-people.ts";
import { type KeyLimits, NO_LIMITS } from "#core/access/key-limits.ts";
import { EVERY_PERSON } from "#core/access/limit-holder.ts";
import type { Database, Tx } from "#store/client.ts";
import { hashSecret } from "#store/hashes.ts";
import { type HolderLimitsRow, saveHolderLimits } from "#store/holder-limits.ts";
import { insertPerson, setPersonTeam } from "#store/people.ts";
import { insertProxyKey, type NewProxyKey } from "#store/proxy-keys.ts";
import { bumpRevision } from "#store/revision.ts";
import { settingKey, writeSetting } from "#store/settings.ts";
import { inTransaction } from "#store/transaction.ts";
import { buildServer, seedSecret, seedTeam, toKeyId } from "./seed-team.ts";

/** Writes the team with its keys, limits and settings, as of its first day. */
export async function seedPeople(db: Database, atMs: number, zone: string): Promise<void> {
  const passwordHash = await hashPassword(demoPassword);
  await inTransaction(db, async (tx) => {
    const createdAt = new Date(atMs);
    for (const { id, email, name, role, team } of seedTeam) {
      await insertPerson(tx, { id, email, name, role, passwordHash, createdAt });
      await setPersonTeam(tx, id, team);
    }
    for (const holder of seedLimits) await saveHolderLimits(tx, holder, createdAt);
    for (const person of seedTeam.filter((one) => one.intensity > 0))
      await seedKey(
        tx,
        toKeyId(person),
        { name: "Laptop", personId: person.id, team: person.team, project: null, attribution: "free" },
        NO_LIMITS,
        createdAt,
      );
    const { keyId, name, team, project } = buildServer;
    await seedKey(
      tx,
      keyId,
      { name, personId: null, team, project, attribution: "locked" },
      BUILD_SERVER_LIMITS,
      createdAt,
    );
    await writeSetting(tx, settingKey.organisation, "Acme", createdAt);
    await writeSetting(tx, settingKey.reportingZone, zone, createdAt);
    await writeSetting(tx, settingKey.dayZone, zone, createdAt);
    await writeSetting(tx, "setup.completed-at", createdAt.toISOString(), createdAt);
    const object = { kind: "person", id: seedTeam[0]?.id ?? "" };
    await recordAudit(tx, operatorActor("First start"), { action: "team.first-owner", object }, createdAt);
    await bumpRevision(tx);
  });
}

async function seedKey(
  tx: Tx,
  id: string,
  owner: Pick<NewProxyKey, "name" | "personId" | "team" | "project" | "attribution">,
  limits: KeyLimits,
  createdAt: Date,
): Promise<void> {
  const secret = seedSecret(id);
  const keyHash = hashSecret(secret);
  await insertProxyKey(tx, {
    id,
    ...owner,
    hint: secret.slice(-4),
    keyHash,
    createdBy: seedTeam[0]?.id ?? "",
    createdAt,
    expiresAt: null,
    limits,
  });
}

const BUILD_SERVER_LIMITS: KeyLimits = {
  ...NO_LIMITS,
  endpoints: "messages",
  requestsPerMinute: 120,
  openRequestsMax: 20,
  monthlyBudgetNanoUsd: 400_000_000_000,
  monthlyPlanNanoUsd: null,
};

const dollars = (count: number): number => count * 1_000_000_000;
/** Wide enough for a whole month of the seeded traffic, so that a demo left running refuses nothing. */
const seedLimits: readonly HolderLimitsRow[] = [
  { kind: "person", holder: EVERY_PERSON, limits: { ...NO_LIMITS, monthlyBudgetNanoUsd: dollars(600) } },
  { kind: "person", holder: "per_seed02", limits: NO_LIMITS },
  {
    kind: "person",
    holder: "per_seed04",
    limits: {
      ...NO_LIMITS,
      monthlyBudgetNanoUsd: dollars(300),
      monthlyPlanNanoUsd: dollars(100),
      requestsPerMinute: 120,
    },
  },
  { kind: "person", holder: "per_seed12", limits: { ...NO_LIMITS, monthlyBudgetNanoUsd: dollars(1200) } },
  { kind: "team", holder: "Payments", limits: { ...NO_LIMITS, monthlyBudgetNanoUsd: dollars(1800) } },
  {
    kind: "team",
    holder: "Data",
    limits: { ...NO_LIMITS, monthlyBudgetNanoUsd: dollars(2200), openRequestsMax: 60 },
  },
  {
    kind: "project",
    holder: "docs",
    limits: { ...NO_LIMITS, monthlyBudgetNanoUsd: dollars(500), requestsPerMinute: 240 },
  },
];
