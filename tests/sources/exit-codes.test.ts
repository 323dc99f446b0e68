import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exitCodes, FINAL_CODES } from "#core/exit-codes.ts";
import { parseSources } from "#tests/support/parse-sources.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/operate.md"), "utf8");
const numbersIn = (text: string) => text.trim().split(/\s+/).map(Number);

describe("docs/operate.md", () => {
  it("lists exactly the codes after which `cco run` gives up as those that prevent a restart", () => {
    const documented = /RestartPreventExitStatus=([\d ]+)/.exec(page)?.[1] ?? "";
    expect(numbersIn(documented)).toEqual([...FINAL_CODES]);
  });

  it("explains every exit code of a start, and no other", () => {
    const section = /## When the start fails\n([\s\S]*?)\n## /.exec(page)?.[1] ?? "";
    const explained = [...section.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
    expect(explained).toEqual([...FINAL_CODES, exitCodes.addressNotUp].sort((one, other) => one - other));
  });
});

/** An exit with a number other than 0, and a constant that is named as an exit code. */
const NUMBER =
  /process\.exit\([^;\n]*(?<![\w.])[1-9]\d*\b|\bexit(?:Code|Status)\s*[=:][^;\n]*(?<![\w.])[1-9]\d*\b|\bEXIT(?:_\w*)?\s*=\s*\d/g;
const findNumbers = (text: string): string[] => text.match(NUMBER) ?? [];

describe("an exit code as a number", () => {
  it("stands in no source but core/exit-codes.ts", () => {
    const found = [...parseSources(["core", "config", "store", "control", "proxy", "app", "cli"])]
      .map(([path, { text }]) => [path, findNumbers(text)] as const)
      .filter(([, numbers]) => numbers.length > 0);

    expect(found).toEqual([]);
  });

  it.each([
    ["process.exit(3)", 1],
    ["process.exitCode = 70;", 1],
    ["const EXIT_CRASH = 70;", 1],
    ["const exitStatus = 2", 1],
    ["return { exitCode: 5 }", 1],
    ["process.exit(isBad ? 3 : code)", 1],
    ["process.exitCode = isBad ? exitCodes.usage : 4;", 1],
    ["const EXIT = 3; process.exitCode = EXIT;", 1],
    ["process.exit(0); process.exit(exitCodes.crash); process.exitCode = code; let exitCode = 0", 0],
  ])("is found in: %s", (text, count) => {
    expect(findNumbers(text)).toHaveLength(count);
  });
});
