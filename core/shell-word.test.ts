import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { quoteForShell } from "./shell-word.ts";

it("gives a shell one word that is what was quoted", () => {
  const words = ["", "a b", "it's", "$HOME", "`id`", "a;b", "*", "~", "a\\", 'a"b', "a\nb", "é", "#a", "!!", "a=b"];
  for (const word of words) {
    const printed = execFileSync("sh", ["-c", `printf '%s|' x ${quoteForShell(word)}`], { encoding: "utf8" });
    expect(printed).toBe(`x|${word}|`);
  }
});

it("leaves a usual path and the address of a bucket as they are", () => {
  for (const word of ["/var/lib/cco/data", "s3://our-backups/cco/cco-backup-20261129T040000Z.tar.gz", "./a_b+c,d"])
    expect(quoteForShell(word)).toBe(word);
});
