import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { type Mock, startMock } from "#mock/server.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { DAMAGE_DATABASE } from "#tests/support/backups.ts";
import { closeDatabaseFiles } from "#tests/support/close-databases.ts";
import { NO_RULES } from "#tests/support/proxy-process.ts";
import { root } from "#tests/support/run-cco.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

// Lines of docs/operate.md that are for a shell of the operator. Those in `sh` run in docs.test.ts.

const page = readFileSync("docs/operate.md", "utf8");
const blocks = [...page.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, text = ""]) => text);
/** What runs in another test: the update of a checkout, and a backup that is tried beside a running installation. */
const ELSEWHERE = [/^git pull && /m, /--data-dir \/tmp\/drill/];
const here = blocks.filter((text) => !ELSEWHERE.some((mark) => mark.test(text)));
/** Programs of the machine, each of which only says that it was called. */
const STAND_INS = ["systemctl", "journalctl", "gcloud"].map((name) => `${name}() { echo "${name} $*"; }`).join("\n");

let mock: Mock;
beforeAll(async () => {
  mock = await startMock({ record: false });
  return () => mock.close();
});

async function installation() {
  const folder = scratchFolder();
  mkdirSync(join(folder, "config"));
  writeFileSync(join(folder, "config", "model-overrides.toml"), NO_RULES);
  mkdirSync(join(folder, "data"));
  await migrateDatabase(`file:${join(folder, "data", "cco.db")}`);
  const { PATH = "" } = process.env;
  const env = {
    NODE_ENV: "test",
    PATH,
    HOME: folder,
    NO_COLOR: "1",
    CCO_UPSTREAM_URL: mock.url,
    CCO_PORT: "0",
  } as const;
  return (lines: string) => {
    const script = `set -eu\n${STAND_INS}\ncco() { "${process.execPath}" "${join(root, "bin/cco.mjs")}" "$@"; }\n${lines}`;
    closeDatabaseFiles();
    return promisify(execFile)("bash", ["-c", script], { cwd: folder, env });
  };
}

describe("docs/operate.md", () => {
  it("has no lines for bash that no test runs", () => {
    expect(blocks.length - here.length).toBe(ELSEWHERE.length);
    expect(here.length).toBeGreaterThan(3);
  });

  it.each(here.map((text) => [text.split("\n")[0], text] as const))(
    "works as written from `%s` on",
    async (_, text) => {
      const bash = await installation();
      const url = "--url http://127.0.0.1:9 --no-check";
      await bash(`mkdir -p .claude; cco connect claude ${url}; cco backup --include events`);
      if (text.includes(".damaged")) await bash(DAMAGE_DATABASE);
      const { stdout, stderr } = await bash(
        text.replaceAll("data/backups/cco-backup-….tar.gz", "$(ls data/backups/cco-backup-*.tar.gz | head -1)"),
      );

      // Each line was reached: the last one says something.
      expect(`${stdout}${stderr}`.length).toBeGreaterThan(0);
      for (const name of ["systemctl", "journalctl", "gcloud"])
        expect(stdout.includes(`${name} `), name).toBe(new RegExp(`\\b${name} `).test(text));
    },
  );
});
