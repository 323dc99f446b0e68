import type { Env } from "./env-values.ts";
import { findConsoleMistakes } from "./read-console-env.ts";
import { type EnvReading, readProxyEnv } from "./read-env.ts";

/**
 * Reads the environment that proxy and console share, for what starts or examines both. The result is the settings of
 * the proxy, or all mistakes of either. A variable that both read is named once, as the proxy names it.
 */
export function readServerEnv(env: Env): EnvReading {
  const reading = readProxyEnv(env);
  const mistakes = reading.ok ? [] : [...reading.mistakes];
  const known = new Set(mistakes.map(({ variable }) => variable));
  mistakes.push(...findConsoleMistakes(env).filter(({ variable }) => !known.has(variable)));
  return mistakes.length === 0 ? reading : { ok: false, mistakes };
}
