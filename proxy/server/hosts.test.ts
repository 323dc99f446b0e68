import { Socket } from "node:net";
import { expect, it } from "vitest";
import { readProxyEnv } from "#config/read-env.ts";
import { databaseKind } from "#store/database-url.ts";
import { HostList } from "./hosts.ts";

it("serves the public host with the port that its scheme has anyway, and with no other", () => {
  for (const [url, usual, other] of [
    ["https://cco.example", 443, 80],
    ["http://cco.example", 80, 443],
  ] as const) {
    const reading = readProxyEnv({ CCO_PUBLIC_URL: url });
    if (!reading.ok) throw new Error("the settings are right");
    const list = new HostList(reading.settings, 3000);
    const allows = (host: string) => list.allows({ headers: { host }, socket: new Socket() as never });
    expect([allows("cco.example"), allows(`CCO.example:${usual}`), allows(`cco.example:${other}`)]).toEqual([
      ...[true, true, false],
    ]);
  }
});

it("refuses an address of PostgreSQL that cannot be parsed, and does not show it", () => {
  expect(() => databaseKind("postgresql://user:SECRET@host:port/db")).toThrow(
    /^DATABASE_URL is no address: (?!.*SECRET)/,
  );
  expect(databaseKind("postgresql://user:pw@host:5432/db")).toBe("postgresql");
});
