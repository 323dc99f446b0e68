import { listLiveInstances } from "#store/live-instances.ts";
import type { RuleVersionRow } from "#store/rule-versions.ts";
import type { ControlDeps } from "../deps.ts";

/** Silence after which an instance counts as gone. */
export const silentMs = 30_000;

interface InstanceView {
  id: string;
  hostname: string;
  rulesVersion: number | null;
  isOnLive: boolean;
  seenAt: string;
}

/** Convergence of the running instances on the live version. */
export interface Convergence {
  total: number;
  onLive: number;
  instances: InstanceView[];
}

/**
 * Reads which live instances serve the live version of the rules. One that has been silent for too long is not live.
 */
export async function readConvergence(live: RuleVersionRow | null, deps: ControlDeps): Promise<Convergence> {
  const rows = await listLiveInstances(deps.db, new Date((await deps.sharedNow()).getTime() - silentMs));
  const instances = rows.map((row) => ({
    id: row.id,
    hostname: row.hostname,
    rulesVersion: row.rulesVersion,
    isOnLive: live !== null && row.rulesVersion === live.number,
    seenAt: row.seenAt.toISOString(),
  }));
  return { total: rows.length, onLive: instances.filter((instance) => instance.isOnLive).length, instances };
}
