import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeControlWorld } from "./control-world.ts";

/** A database that console and proxies share, for proxies that ask for a key. */
export async function sharedWorld(given?: string) {
  const folder = mkdtempSync(join(tmpdir(), "cco-budgets-"));
  const databaseUrl = given ?? `file:${join(folder, "cco.db")}`;
  const world = await makeControlWorld({ databaseUrl });
  const env = { DATABASE_URL: databaseUrl, CCO_REQUIRE_KEY: "1", ANTHROPIC_API_KEY: "sk-operator" };
  const end = async () => {
    await world.end();
    rmSync(folder, { recursive: true, force: true });
  };
  return { world, env, end };
}
