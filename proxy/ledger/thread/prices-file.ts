import { statSync } from "node:fs";
import { readPricesFile } from "#config/prices-file.ts";
import { takeInPricesFile } from "#store/price-versions.ts";
import type { SqlConnection } from "#store/sql.ts";
import { inControlTransaction } from "#store/transaction.ts";

/**
 * Follows the file that own prices are kept in, where one is set. A changed file becomes the next version; one that
 * cannot be read leaves the last one in force, and is reported once.
 */
export class PricesFile {
  private seen: string | null = null;
  private taken: string | null = null;
  private problem: string | null = null;

  constructor(
    private readonly file: string,
    private readonly report: (problem: string | null) => void,
  ) {}

  /** Looks at the file, and returns whether it has become a version. A file that changes at this moment waits. */
  async look(connection: SqlConnection): Promise<boolean> {
    const signature = readSignature(this.file);
    const isSettled = signature === this.seen;
    this.seen = signature;
    if (!isSettled || signature === this.taken) return false;
    const read = readPricesFile(this.file);
    const isNew =
      read.ok && (await inControlTransaction(connection, () => takeInPricesFile(connection, read.toml, new Date())));
    // Only now: what the database refused is tried again at the next look.
    this.taken = signature;
    this.say(read.ok ? null : read.problem);
    return isNew;
  }

  private say(problem: string | null): void {
    if (problem === this.problem) return;
    this.problem = problem;
    this.report(problem);
  }
}

function readSignature(file: string): string {
  try {
    const { ino, size, mtimeNs } = statSync(file, { bigint: true });
    return `${ino}:${size}:${mtimeNs}`;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "unreadable";
  }
}
