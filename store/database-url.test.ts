import { expect, it } from "vitest";
import { databaseKind } from "./database-url.ts";

it("refuses an address of PostgreSQL that cannot be parsed, and does not show it", () => {
  expect(() => databaseKind("postgresql://user:SECRET@host:port/db")).toThrow(
    /^DATABASE_URL is no address: (?!.*SECRET)/,
  );
  expect(() => databaseKind("postgresql://user:SEC#RET@host/db")).toThrow(/^DATABASE_URL holds a #(?!.*SEC)/);
  expect(databaseKind("postgresql://user:pw@host:5432/db")).toBe("postgresql");
});
