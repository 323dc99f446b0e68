import { expect, it } from "vitest";
import { ownValue } from "./own-value.ts";

it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("finds no %s in a table without it", (name) => {
  expect(ownValue({ a: 1 }, name)).toBeUndefined();
  expect(ownValue(Object.fromEntries([[name, 2]]), name)).toBe(2);
});
