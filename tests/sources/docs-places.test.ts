import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

it("docs/howto/use-the-command-line.md names each command that works on this machine alone", () => {
  const page = readFileSync("docs/howto/use-the-command-line.md", "utf8");
  const section = /## Where a command works\n([\s\S]*?)\n## /.exec(page)?.[1] ?? "";
  const required = readdirSync("cli/commands").flatMap((name) =>
    [...readFileSync(join("cli/commands", name), "utf8").matchAll(/requireHere\(parsed, "(cco [a-z ]+)"\)/g)].map(
      ([, command]) => command ?? "",
    ),
  );

  expect(required.length).toBeGreaterThan(4);
  for (const command of [...required, "cco run", "cco console", "cco doctor", "cco token create"])
    expect(section).toContain(`\`${command}\``);
});

it("counts every call of `requireHere` as one that names its command", () => {
  const calls = readdirSync("cli/commands").flatMap(
    (name) => readFileSync(join("cli/commands", name), "utf8").match(/requireHere\(.*?\)/g) ?? [],
  );

  for (const call of calls) expect(call).toMatch(/^requireHere\(parsed, "cco [a-z ]+"\)$/);
});
