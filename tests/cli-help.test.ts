import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const names = readdirSync("cli/commands").map((file) => file.replace(/\.ts$/, ""));

describe("a command of `cco`", () => {
  it.each(names)("%s is registered", (name) => {
    expect(readFileSync("cli/main.ts", "utf8")).toContain(`  ${name}: ${name}Command,`);
  });

  it.each(names.filter((name) => name !== "help"))("%s is listed by `cco help`", (name) => {
    expect(readFileSync("cli/commands/help.ts", "utf8")).toMatch(new RegExp(`^ {2}${name} +[A-Z]`, "m"));
  });
});
