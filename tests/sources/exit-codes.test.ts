import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exitCodes, FINAL_CODES } from "#core/exit-codes.ts";

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
