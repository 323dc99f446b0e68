import { expect, it } from "vitest";
import { readUrl } from "./env-values.ts";

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
