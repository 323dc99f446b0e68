import { execFile, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { exitCodes } from "#core/exit-codes.ts";
import { withSql } from "#tests/support/backups.ts";
import { freePort } from "#tests/support/free-port.ts";
import { root } from "#tests/support/run-cco.ts";
import { eventually } from "#tests/support/scratch.ts";

// A checkout is updated to an invented next release, as docs/operate.md says and as operators in a hurry do. Packages are those of
// this folder, and npm, git, systemctl and Next are stood in for; the build of the program, the command and the service are real.

const scratch = mkdtempSync(join(tmpdir(), "cco-update-"));
const opt = join(scratch, "opt", "cco");
const tools = join(scratch, "tools");
const data = join(scratch, "data");
const NEXT_MIGRATION = "29990101000000_next_release";
const FOLDERS = ["bin", "cli", "config", "control", "core", "deploy", "mock", "prisma", "proxy", "scripts", "store"];
const FILES = [".npmrc", "next.config.mjs", "package-lock.json", "package.json"];
const STAMPS = join("node_modules", ".cco");
let env: Record<string, string>;

beforeAll(async () => {
  for (const name of [...FOLDERS, ...FILES])
    cpSync(join(root, name), join(opt, name), { recursive: true, dereference: true });
  linkPackages();
  writeTools();
  env = {
    NODE_ENV: "production",
    NO_COLOR: "1",
    PATH: `${tools}:${process.env.PATH}`,
    HOME: scratch,
    CCO_PORT: String(await freePort()),
    CCO_DATA_DIR: data,
    CCO_CONFIG: join(scratch, "model-overrides.toml"),
    CCO_UPSTREAM_URL: "http://127.0.0.1:9",
  };
});
afterAll(() => {
  spawnSync(join(tools, "systemctl"), ["stop", "cco"], { env: env as unknown as NodeJS.ProcessEnv });
  rmSync(scratch, { recursive: true, force: true });
});

/** This folder's packages without their stamps, and a Next that builds a console in no time. */
function linkPackages(): void {
  mkdirSync(join(opt, STAMPS), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules")))
    if (name !== "next" && name !== ".cco")
      symlinkSync(join(root, "node_modules", name), join(opt, "node_modules", name));
  for (const stamp of ["dependencies", "database-clients"]) cpSync(join(root, STAMPS, stamp), join(opt, STAMPS, stamp));
  const bin = join(opt, "node_modules", "next", "dist", "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "..", "..", "package.json"), "{}");
  writeFileSync(
    join(bin, "next"),
    'const { mkdirSync, writeFileSync } = require("node:fs"); mkdirSync(".next", { recursive: true }); writeFileSync(".next/BUILD_ID", "1"); mkdirSync(".next/server", { recursive: true }); writeFileSync(".next/server/pages.js", "");',
  );
}

function writeTools(): void {
  const next = join(scratch, "next-release.mjs");
  writeFileSync(
    next,
    `import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
     const edit = (file, from, to) => writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
     edit("package.json", /"version": "[^"]+"/, '"version": "2.0.0"');
     edit("cli/commands/status.ts", 'summary: "', 'summary: "RELEASE TWO ');
     for (const kind of ["sqlite", "postgresql"]) {
       mkdirSync("prisma/migrations/" + kind + "/${NEXT_MIGRATION}");
       writeFileSync("prisma/migrations/" + kind + "/${NEXT_MIGRATION}/migration.sql", 'CREATE TABLE "next_release" ("id" TEXT);\\n');
     }`,
  );
  const stamp = join(STAMPS, "database-clients");
  const service = `${opt}/deploy/start.sh run --no-console`;
  const programs = {
    git: `[ "$1" = pull ] && exec node ${next}`,
    npm: `mkdir -p ${STAMPS} && cp ${join(root, stamp)} ${stamp}`,
    systemctl: `[ -e ${scratch}/pid ] && kill "$(cat ${scratch}/pid)" && while kill -0 "$(cat ${scratch}/pid)" 2>/dev/null; do sleep 0.1; done
[ "$1" = stop ] && exit 0
cd ${opt} && { ${service} >${scratch}/log 2>&1 & echo $! >${scratch}/pid; }
exit 0`,
  };
  mkdirSync(tools);
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(tools, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(tools, name), 0o755);
  }
}

function bash(lines: string) {
  const script = `set -eu\ncco() { node ${opt}/bin/cco.mjs "$@"; }\n${lines}`;
  return promisify(execFile)("bash", ["-c", script], { cwd: opt, env: env as unknown as NodeJS.ProcessEnv }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }) as { code: number; stdout: string; stderr: string },
  );
}

/** The stand-in returns before CCO listens, as systemd does with `Type=exec`. */
const waitUntilReady = async () => {
  const url = `http://127.0.0.1:${env.CCO_PORT}/readyz`;
  const log = () => readFileSync(join(scratch, "log"), "utf8");
  await eventually(async () => {
    const isReady = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (!isReady) throw new Error(`not ready: ${log()}`);
  });
};

const migrations = () =>
  withSql(`file:${join(data, "cco.db")}`, async (connection) =>
    (await connection.all("SELECT migration_name FROM _prisma_migrations")).map((row) => row.migration_name),
  );

it("a checkout that is pulled and not built is not started, and its migrations are not applied", async () => {
  expect(await bash("node scripts/setup.mjs start && systemctl restart cco")).toMatchObject({ code: 0 });
  await waitUntilReady();
  expect(await bash("cco backup")).toMatchObject({ code: 0 });
  const before = await migrations();
  const copy = `${opt}.hurried`;
  cpSync(opt, copy, { recursive: true, verbatimSymlinks: true });
  await bash(`cd ${copy} && git pull && npm ci && systemctl stop cco`);

  const refused = await bash(`${copy}/deploy/start.sh run --no-console`);
  const verified = await bash(`node ${copy}/bin/cco.mjs verify`);

  for (const { code, stderr } of [refused, verified]) {
    expect(code).toBe(exitCodes.databaseUnusable);
    expect(stderr).toMatch(
      /^error: what is built here is not of these sources.*\nhint: run `node scripts\/setup\.mjs start` in /,
    );
    expect(stderr).toContain(copy);
  }
  expect(await migrations()).toEqual(before);
});

it("what the operator edits is no source: a start after it builds nothing, and one after an edit of a source does", async () => {
  const copy = `${opt}.published`;
  cpSync(opt, copy, { recursive: true, verbatimSymlinks: true });
  const edit = (file: string) => appendFileSync(join(copy, file), "\n# edited\n");
  const prepare = async () => (await bash(`cd ${copy} && node scripts/setup.mjs start`)).stderr;
  for (const file of ["model-overrides.toml", "models.toml", "model-overrides.toml.backup.20261130-101500"])
    edit(join("config", file));

  expect(await prepare()).toBe("");
  writeFileSync(join(copy, "config", "one-more.ts"), "export const oneMore = 1;\n");
  expect(await prepare()).toMatch(/Preparing bundles .*\nPreparing console /);
});

it.each([
  ["a source of the program", "proxy/process/main.ts", ""],
  ["a source of the console", "instrumentation.ts", "the console: "],
])("a build that is older than %s is not started", async (_, file, says) => {
  const copy = `${opt}.edited-${file.replaceAll("/", "-")}`;
  cpSync(opt, copy, { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(copy, file), `${existsSync(join(copy, file)) ? readFileSync(join(copy, file), "utf8") : ""}\n`);

  const started = await bash(`${copy}/deploy/start.sh run`);

  expect([started.code, started.stderr]).toEqual([
    exitCodes.databaseUnusable,
    expect.stringContaining(`error: ${says}what is built here is not of these sources`),
  ]);
});

it.each([
  ["dist/proxy.mjs", ""],
  ["dist/ledger-worker.mjs", ""],
  ["dist/telemetry.mjs", ""],
  [".next/server/pages.js", "of the console "],
])("a build without %s is not started, and the command that is named makes it", async (file, says) => {
  const copy = `${opt}.without-${file.replaceAll("/", "-")}`;
  cpSync(opt, copy, { recursive: true, verbatimSymlinks: true });
  rmSync(join(copy, file));

  const started = await bash(`${copy}/deploy/start.sh run`);
  const again = await bash(`cd ${copy} && node scripts/setup.mjs start`);

  expect([started.code, started.stderr]).toEqual([
    exitCodes.databaseUnusable,
    expect.stringContaining(`error: the build ${says}is not complete: ${file} is missing`),
  ]);
  expect([again.code, existsSync(join(copy, file))]).toEqual([0, true]);
});

it("help is given on a build that is not of these sources", async () => {
  const copy = `${opt}.help`;
  cpSync(opt, copy, { recursive: true, verbatimSymlinks: true });
  writeFileSync(join(copy, "proxy/process/main.ts"), "\n");

  for (const words of ["run --help", "console -h", "help run", "--help"]) {
    const { code, stdout } = await bash(`node ${copy}/bin/cco.mjs ${words}`);
    expect([words, code, stdout]).toEqual([words, 0, expect.stringContaining("Examples:")]);
  }
  expect((await bash(`node ${copy}/bin/cco.mjs run`)).code).toBe(exitCodes.databaseUnusable);
});

it("a folder without sources starts, as an image does, and not with migrations of another build", async () => {
  const image = `${opt}.image`;
  for (const name of ["bin", "config", "deploy", "dist", "prisma/migrations", "package.json", "node_modules"])
    cpSync(join(opt, name), join(image, name), { recursive: true, verbatimSymlinks: true });
  const whole = await bash(`node ${image}/bin/cco.mjs version && ${image}/deploy/start.sh run --port 70000`);
  mkdirSync(join(image, "prisma/migrations/sqlite", NEXT_MIGRATION));
  writeFileSync(join(image, "prisma/migrations/sqlite", NEXT_MIGRATION, "migration.sql"), "SELECT 1;\n");
  const mixed = await bash(`${image}/deploy/start.sh run`);

  // Its own refusal of that port: it came past the look at the build.
  expect([whole.code, whole.stderr]).toEqual([exitCodes.usage, expect.stringContaining("70000")]);
  expect([mixed.code, mixed.stderr]).toEqual([
    exitCodes.databaseUnusable,
    expect.stringContaining("not of these sources"),
  ]);
});

it("docs/operate.md updates one instance: what runs afterwards is the new program", async () => {
  const page = readFileSync("docs/operate.md", "utf8");
  const [, block = ""] = /## Update one instance\n[\s\S]*?```bash\n([\s\S]*?)```/.exec(page) ?? [];
  await bash("systemctl restart cco");
  await waitUntilReady();
  const updated = await bash(block.replaceAll("/opt/cco", opt));
  const health = await (await fetch(`http://127.0.0.1:${env.CCO_PORT}/health`)).json();
  const help = await bash("cco help");

  expect(block).toContain("systemctl restart cco");
  expect([updated.code, updated.stderr]).toEqual([0, expect.stringContaining("Preparing bundles")]);
  expect(health).toMatchObject({ version: "2.0.0" });
  expect(help.stdout).toContain("RELEASE TWO");
  expect(await migrations()).toContain(NEXT_MIGRATION);
});
