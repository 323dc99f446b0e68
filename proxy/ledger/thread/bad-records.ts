import { appendFileSync } from "node:fs";
import { badFile } from "../../spool/files.ts";
import type { Poisoned } from "./commit-events.ts";

/**
 * Keeps records that cannot be stored, and counts them. The queue moves on, and a person can look at the records.
 * Short because it is the one writer of `.bad` files.
 */
export class BadRecords {
  count = 0;

  constructor(private readonly dir: string) {}

  keep(instance: string, bytes: readonly Buffer[], poisoned: readonly Poisoned[]): void {
    const lines = poisoned.map(({ event, reason }) => Buffer.from(`${JSON.stringify({ reason, event })}\n`));
    if (bytes.length + lines.length === 0) return;
    this.count += bytes.length + lines.length;
    try {
      appendFileSync(badFile(this.dir, instance), Buffer.concat([...bytes, ...lines]), { mode: 0o600 });
    } catch {
      // No room for them: the counter is what is left.
    }
  }
}
