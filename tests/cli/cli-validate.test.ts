import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ccoHere } from "#tests/support/cco-here.ts";
import { finished } from "#tests/support/run-cco.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

// The built product is started again and again: on a busy machine that takes a while.

const rulesFile = (text: string) => {
  const file = join(scratchFolder(), "rules.toml");
  writeFileSync(file, text);
  return file;
};

describe("cco validate", () => {
  test("accepts the shipped rules and prints their number", async () => {
    const { code, stdout, stderr } = await ccoHere(["validate"]);

    expect(code).toBe(0);
    expect(stdout).not.toContain("error");
    expect(stderr).toContain("config/model-overrides.toml is valid: 3 rules");
  });

  test("lists every mistake with file, line and column, and exits with 3", async () => {
    const file = rulesFile('[overrides]\nenabled = "yes"\nrules = [["a"], ["b", 3]]\n');
    const { code, stdout } = await ccoHere(["validate", file]);

    expect(code).toBe(3);
    const lines = stdout.trim().split("\n");
    expect(lines.length).toBeGreaterThanOrEqual(3);
    for (const line of lines) expect(line).toMatch(/^\/.*rules\.toml:\d+:\d+: \S/);
    expect(stdout).toContain(`${file}:2:`);
  });

  test("points at the position of a TOML syntax error", async () => {
    const { code, stdout } = await ccoHere(["validate", rulesFile("[overrides]\nrules = [\n")]);

    expect(code).toBe(3);
    expect(stdout).toMatch(/rules\.toml:\d+:\d+: /);
  });

  test("refuses a format that it does not know, and two of them, beside --json too", async () => {
    const file = rulesFile("[overrides]\nrules = []\n");
    for (const format of ["nope", "github", "text"]) {
      const { code, stdout } = await ccoHere(["validate", file, "--json", "--format", format]);
      expect([format, code, stdout]).toEqual([format, 2, ""]);
    }
    expect((await ccoHere(["validate", file, "--json", "--format", "json"])).code).toBe(0);
  });

  test("runs the tests of the file", async () => {
    const text = `[overrides]
rules = [["opus", "claude-sonnet-5-5"]]
[[test]]
model = "claude-opus-5-5"
expect = "claude-haiku-5-5"
[[test]]
model = "claude-opus-5-5"
expect = "claude-sonnet-5-5"
`;
    const { code, stdout } = await ccoHere(["validate", rulesFile(text)]);

    expect(code).toBe(3);
    expect(stdout.trim()).toMatch(/rules\.toml:3:1: the test failed: opus-5-5 should be haiku-5-5, but is sonnet-5-5/);
    expect(stdout.trim().split("\n")).toHaveLength(1);
  });

  test("reads standard input, and --strict turns warnings into errors", async () => {
    const text = '[overrides]\nrules = [["opus", "claude-sonnet-9-9"]]\n';
    const lenient = await finished(["validate", "-"], {}, text);
    const strict = await ccoHere(["validate", "-", "--strict"], {}, text);

    expect(lenient.code).toBe(0);
    expect(lenient.stdout).toMatch(/^stdin:2:\d+: warning: /);
    expect(strict.code).toBe(3);
    expect(strict.stdout).toMatch(/^stdin:2:\d+: /);
  });

  test("prints one documented object with --json and annotations with --format github", async () => {
    const file = rulesFile('[overrides]\nenabled = "yes"\n');
    const asJson = await ccoHere(["validate", file, "--json"]);
    const asGithub = await ccoHere(["validate", file, "--format", "github"]);

    expect(asJson.code).toBe(3);
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      schema_version: 1,
      file,
      ok: false,
      problems: [{ severity: "error", line: 2, message: expect.any(String), code: expect.any(String) }],
    });
    expect(asGithub.stdout).toMatch(
      /^::error file=\/.*rules\.toml,line=2,col=\d+,endLine=2,endColumn=\d+,title=[\w-]+::\S/,
    );
  });

  test("prints one line for a missing file or an unknown format", async () => {
    const missing = await ccoHere(["validate", "no-such.toml"]);
    const unknown = await ccoHere(["validate", "--format", "xml"]);

    expect([missing.code, unknown.code]).toEqual([3, 2]);
    expect(missing.stderr).toMatch(/^error: no-such\.toml does not exist\nhint: /);
    expect(unknown.stderr).toMatch(/^error: --format xml is not known\n/);
  });
});

describe("the cco command", () => {
  test("prints help with examples to standard output", async () => {
    for (const args of [[], ["--help"], ["run", "--help"], ["validate", "-h"], ["version", "--help"]]) {
      const { code, stdout, stderr } = await ccoHere(args);
      expect([args, code, stderr]).toEqual([args, 0, ""]);
      expect(stdout).toMatch(/^Examples:\n {2}\S/);
    }
  });

  test("prints its version as text and as JSON", async () => {
    expect((await ccoHere(["version"])).stdout).toMatch(/^cco \d+\.\d+\.\d+\n$/);
    const { schema_version: schemaVersion, version } = JSON.parse((await ccoHere(["version", "--json"])).stdout);
    expect([schemaVersion, typeof version]).toEqual([1, "string"]);
  });

  test("answers wrong usage with one line, a hint and code 2", async () => {
    for (const args of [["frobnicate"], ["run", "--prot", "1"], ["run", "--port", "abc", "--no-console"]]) {
      const { code, stdout, stderr } = await ccoHere(args);
      expect([args, code, stdout]).toEqual([args, 2, ""]);
      expect(stderr).toMatch(/^error: .+\n(hint: .+\n)?$/);
    }
  });
});
