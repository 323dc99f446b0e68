import { expect, it } from "vitest";
import { asCommand } from "./open-control.ts";

const outcome = (error: Error) => asCommand(() => Promise.reject(error)).catch((problem: unknown) => problem);

it("ends with code 69 and the text of the console where the database takes nothing in the middle of a command", async () => {
  const faults = [
    ["SQLITE_FULL: database or disk is full", "database.full", /disk is full.*Make room/],
    ["SQLITE_BUSY: database is locked", "database.unwritable", /another program holds its lock/],
    ["connect ECONNREFUSED 127.0.0.1:5432", "database.away", /database is unavailable/],
  ] as const;
  for (const [text, code, message] of faults) {
    // As Prisma wraps what its driver says.
    const wrapped = new Error("Invalid `prisma.person.create()` invocation", { cause: new Error(text) });
    expect(await outcome(wrapped)).toMatchObject({
      code: 69,
      reason: { code },
      message: expect.stringMatching(message),
    });
  }
});

it("leaves an error of the program as it is", async () => {
  const bug = new TypeError("x is not a function");
  expect(await outcome(bug)).toBe(bug);
});
