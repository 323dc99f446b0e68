import { buildListenerAddress } from "#config/listener-address.ts";
import type { ProxySettings } from "#config/read-env.ts";
import { checkBackupBucket } from "./backup-bucket.ts";
import { checkClaudeCode } from "./claude-code.ts";
import { checkDatabaseClock } from "./database-clock.ts";
import type { Finding } from "./finding.ts";
import { checkFirstOwner } from "./first-owner.ts";
import {
  checkArchiveFolder,
  checkBackup,
  checkBackupFolder,
  checkDatabase,
  checkRulesFile,
  checkSettings,
} from "./installation.ts";
import { checkDataFolder, checkNode } from "./machine.ts";
import { checkProvider } from "./provider.ts";
import { checkReplica } from "./read-replica.ts";
import { checkRedis } from "./redis.ts";
import { checkPublicAddress, checkServer } from "./server.ts";

export type { Finding } from "./finding.ts";

interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  nodeVersion: string;
  now: Date;
  /**
   * Whether requests may leave this machine. One goes to the provider, for its list of models, and one to CCO's public
   * address.
   */
  mayAskProvider: boolean;
}

/**
 * Checks everything that has ever kept an installation from working. The checks are in the order in which things depend
 * on each other.
 */
export async function lookAtAll({ env, nodeVersion, now, mayAskProvider }: Surroundings): Promise<Finding[]> {
  const today = now.toISOString().slice(0, 10);
  const node = checkNode(nodeVersion, today);
  const { settings, findings } = checkSettings(env);
  if (settings === null) return [node, ...findings];
  return [
    node,
    ...findings,
    ...checkDataFolder(settings.dataDir),
    checkRulesFile(settings, today),
    await checkDatabase(settings),
    ...(await checkDatabaseClock(settings)),
    ...(await checkReplica(env)),
    ...(await checkFirstOwner(settings, env)),
    await checkBackup(settings, now.getTime()),
    ...checkBackupFolder(settings),
    ...(await checkBackupBucket(settings, env)),
    ...checkArchiveFolder(settings),
    ...(await checkRedis(settings)),
    ...(await checkServer(settings)),
    ...(mayAskProvider ? await checkPublicAddress(settings) : []),
    ...(mayAskProvider ? await checkProvider(settings, env) : []),
    ...checkClaudeCode(pickAddress(settings), env),
  ];
}

const pickAddress = (settings: ProxySettings): string =>
  settings.publicUrl?.origin ?? buildListenerAddress(settings.host, settings.port);
