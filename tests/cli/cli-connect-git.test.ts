import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ccoHere } from "#tests/support/cco-here.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

const KEY = "cco_0123456789abcdefghij";

describe("cco connect claude --scope local with a key", () => {
  const inRepository = async (prepare: (folder: string, git: (...words: string[]) => void) => void) => {
    const folder = scratchFolder();
    const git = (...words: string[]) => {
      const { status, stderr } = spawnSync("git", ["-C", folder, ...words], { encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
    };
    git("init", "--quiet");
    const project = join(folder, "sub");
    mkdirSync(join(project, ".claude"), { recursive: true });
    prepare(project, git);
    vi.spyOn(process, "cwd").mockReturnValue(project);
    onTestFinished(() => void vi.restoreAllMocks());
    const said = await ccoHere(
      ["connect", "claude", "--scope", "local", "--url", "https://cco.example.com", "--no-check"],
      {
        HOME: folder,
        CCO_PROXY_KEY: KEY,
      },
    );
    const { stdout } = spawnSync("git", ["-C", folder, "status", "--porcelain", "-uall"], { encoding: "utf8" });
    return { said, open: stdout, file: join(project, ".claude", "settings.local.json") };
  };

  test("keeps the file and what undo needs out of the repository, and says by what", async () => {
    const { said, open, file } = await inRepository(() => {});

    expect([said.code, open]).toEqual([0, ""]);
    expect(readFileSync(file, "utf8")).toContain(KEY);
    expect(said.stderr).toMatch(/added to \S+\.git\/info\/exclude: the file holds your key/);
  });

  test("says nothing where it is ignored, and warns where git has the file already", async () => {
    const ignored = await inRepository((project) =>
      writeFileSync(join(project, ".gitignore"), ".claude/settings.local*\n"),
    );
    const tracked = await inRepository((project, git) => {
      writeFileSync(join(project, ".claude", "settings.local.json"), "{}");
      git("add", "-A");
    });

    expect(ignored.said.stderr).not.toContain("your key");
    expect(tracked.said.stderr).toMatch(/git tracks \S+settings\.local\.json, which holds your key now/);
  });
});
