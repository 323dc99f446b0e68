import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { type ControlWorld, makeControlWorld } from "./control-world.ts";
import { type PostgresqlServer, startPostgresql } from "./postgresql.ts";

/** Runs the same tests on SQLite and on PostgreSQL, each in a separate world. */
export function onBothDatabases(promises: (world: () => ControlWorld) => void): void {
  let server: PostgresqlServer;
  beforeAll(async () => {
    server = await startPostgresql();
  });
  afterAll(() => server.stop());

  describe.each(["sqlite", "postgresql"])("on %s", (kind) => {
    let world: ControlWorld;
    beforeEach(async () => {
      world = await makeControlWorld(kind === "postgresql" ? { databaseUrl: await server.newMigratedDatabase() } : {});
    });
    afterEach(() => world.end());

    promises(() => world);
  });
}
