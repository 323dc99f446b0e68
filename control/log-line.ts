/** The proxy's log writes levels as these numbers. */
const LEVELS = { info: 30, warn: 40, error: 50 } as const;

/**
 * Logs one fact of the console for the operator, in the structure of the proxy's lines. That is JSON with `level` (a
 * number), `time` (ISO), `msg`. Fields never hold a credential.
 */
export function logLine(level: keyof typeof LEVELS, msg: string, fields: Readonly<Record<string, unknown>> = {}): void {
  console.error(JSON.stringify({ level: LEVELS[level], time: new Date().toISOString(), ...fields, msg }));
}
