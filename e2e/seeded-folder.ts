import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Copies the demo's team, rules and two months of traffic into a data folder. They are made once per run, by the first
 * story that needs them: making takes 20 s, a copy 0.1 s. Other workers wait, or make them if the first has failed.
 */
export async function copySeeded(dataDir: string): Promise<void> {
  const run = process.env.CCO_E2E_RUN_FOLDER ?? "";
  const seeded = join(run, "seeded");
  while (!existsSync(seeded)) {
    if (!(await seedUnlessBusy(run, seeded))) await sleep(100);
  }
  cpSync(seeded, dataDir, { recursive: true });
}

/** False: another worker is at it. */
async function seedUnlessBusy(run: string, seeded: string): Promise<boolean> {
  const lock = join(run, "seeding");
  try {
    mkdirSync(lock);
  } catch {
    return false;
  }
  try {
    if (existsSync(seeded)) return true; // finished between the look at it and the lock
    // Only the one worker that seeds reads Prisma's client.
    const { seedDatabase } = await import("#tools/seed.ts");
    const unfinished = join(lock, "data");
    mkdirSync(unfinished);
    const rulesFile = join(unfinished, "model-overrides.toml");
    await seedDatabase({ databaseUrl: `file:${join(unfinished, "cco.db")}`, rulesFile, nowMs: Date.now() });
    renameSync(unfinished, seeded);
    return true;
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}
