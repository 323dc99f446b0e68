import { hashSecret } from "#store/hashes.ts";
import { liveProxyKey, type ProxyKeyRow } from "#store/proxy-keys.ts";
import type { ControlDeps } from "../deps.ts";

/** A proxy key whose secret was shown to us. */
export type KnownKey = ProxyKeyRow;

/** Finds the proxy key of a secret; null when it is unknown, expired, revoked, or its person is disabled. */
export const checkProxyKey = (secret: string, deps: ControlDeps): Promise<KnownKey | null> =>
  liveProxyKey(deps.db, hashSecret(secret), deps.now());
