import { packageVersion } from "#config/package-version.ts";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { readArchivedBefore } from "#store/archive-files.ts";
import { readDatabaseSize } from "#store/database-size.ts";
import { listLiveInstances } from "#store/live-instances.ts";
import type { ReplicaState } from "#store/read-replica.ts";
import { latestRuleVersion } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";
import { currentPrices } from "../prices/price-catalogue.ts";

/** Silence after which a proxy counts as gone. */
const silentMs = 30_000;

export interface AboutView {
  version: string;
  /** Rules version that every proxy should serve; null before the first publish. */
  liveRules: number | null;
  priceVersion: string;
  rulesFile: string;
  publicUrl: string | null;
  /** Size of the database on its disk. */
  databaseBytes: number;
  /** Whether reports are read from the copy of the database; null where none is configured. */
  replica: ReplicaState | null;
  /** First UTC day of which no single request is archived; null while nothing is. */
  archivedBefore: string | null;
  instances: {
    id: string;
    hostname: string;
    pid: number;
    startedAt: string;
    seenAt: string;
    rulesVersion: number | null;
    rulesProblem: string | null;
    isFileReadOnly: boolean;
  }[];
}

/** Reports what is running: the release, the prices, and each proxy with the rules it serves. */
export async function readAbout(actor: Actor, deps: ControlDeps): Promise<AboutView> {
  requirePermission(actor, "settings.read");
  const since = new Date((await deps.sharedNow()).getTime() - silentMs);
  const [rows, latest, size, archivedBefore, replica] = await Promise.all([
    listLiveInstances(deps.db, since),
    latestRuleVersion(deps.db),
    readDatabaseSize(deps.db, deps.config.databaseKind),
    readArchivedBefore(deps.db),
    deps.replica?.state() ?? null,
  ]);
  return {
    version: packageVersion(),
    liveRules: latest?.number ?? null,
    priceVersion: (await currentPrices(deps)).priceVersion,
    rulesFile: deps.config.rulesFile,
    publicUrl: deps.config.publicUrl,
    databaseBytes: size.bytes,
    replica,
    archivedBefore,
    instances: rows.map((row) => ({
      id: row.id,
      hostname: row.hostname,
      pid: row.pid,
      startedAt: row.startedAt.toISOString(),
      seenAt: row.seenAt.toISOString(),
      rulesVersion: row.rulesVersion,
      rulesProblem: row.rulesProblem,
      isFileReadOnly: row.fileReadOnly,
    })),
  };
}
