import { describe, expect, it } from "vitest";
import { readUrl } from "./env-values.ts";
import { findConsoleMistakes } from "./read-console-env.ts";
import { readProxyEnv } from "./read-env.ts";

it("prints nothing of an address with a mistake that may hold a password", () => {
  const mistakes: string[] = [];
  const mistake = (_name: string, message: string) => void mistakes.push(message);
  for (const value of ["user:SECRET@host.example:4318", "http://user:SECRET@host:port", "ftp://user:SECRET@host"])
    expect(readUrl({ env: { CCO_UPSTREAM_URL: value }, mistake, warn: () => {} }, "CCO_UPSTREAM_URL")).toBeNull();

  expect(mistakes).toHaveLength(3);
  for (const message of mistakes) {
    expect(message).not.toContain("SECRET");
    expect(message).toMatch(/^CCO_UPSTREAM_URL="…".* must be a full address such as https:/);
  }
});

describe("an address of which only scheme, host and port are used", () => {
  it.each([
    ["https://user:SECRET@host.example/?x=1", "a user name or password, a query"],
    ["https://host.example/cco", 'the path "/cco"'],
    ["https://host.example/cco/#top", 'the path "/cco/", a fragment'],
    ["https://host.example?x=1", "a query"],
  ])("is refused with what is too much: %s", (value, tooMuch) => {
    const reading = readProxyEnv({ CCO_PUBLIC_URL: value });
    const message = `CCO_PUBLIC_URL holds ${tooMuch}, which CCO does not use: set CCO_PUBLIC_URL=https://host.example`;

    expect(reading.ok ? [] : reading.mistakes.map((one) => one.message)).toEqual([message]);
    expect(findConsoleMistakes({ CCO_PUBLIC_URL: value }).map((one) => one.message)).toEqual([message]);
    expect(readProxyEnv({ CCO_CONSOLE_URL: value })).toMatchObject({ ok: false });
  });

  it.each(["https://host.example", "http://host.example:8080/"])("is taken: %s", (value) => {
    expect(readProxyEnv({ CCO_PUBLIC_URL: value })).toMatchObject({ ok: true });
    expect(findConsoleMistakes({ CCO_PUBLIC_URL: value })).toEqual([]);
  });
});
