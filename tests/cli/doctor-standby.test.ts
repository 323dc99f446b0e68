import { expect, it, onTestFinished } from "vitest";
import type { Finding } from "#cli/doctor/finding.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { startPostgresql } from "#tests/support/postgresql.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

it("`cco doctor` finds a problem where DATABASE_URL names a standby, and none where it names the server", async () => {
  const server = await startPostgresql();
  onTestFinished(() => server.stop());
  const databaseUrl = await server.newMigratedDatabase();
  const standby = await server.startReplica();
  // Runs before the server is stopped.
  onTestFinished(() => standby.stop());
  const findDatabase = async (url: string) => {
    const { stdout } = await ccoHere(["doctor", "--offline", "--json"], { HOME: scratchFolder(), DATABASE_URL: url });
    return (JSON.parse(stdout) as { findings: Finding[] }).findings.find(({ subject }) => subject === "database");
  };

  expect(await findDatabase(databaseUrl)).toMatchObject({ level: "ok" });
  expect(await findDatabase(standby.toUrl(databaseUrl))).toMatchObject({
    level: "problem",
    text: expect.stringContaining("read-only standby"),
  });
});
