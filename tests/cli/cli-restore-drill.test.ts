// Long because every way in which a drill could reach the installation is tried beside the same one.

import { execFile } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { migrateDatabase } from "#store/migrate.ts";
import { withSql } from "#tests/support/backups.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { clearAway, NO_RULES, ONE_RULE, type ProxyProcess, startProxy } from "#tests/support/proxy-process.ts";
import { root } from "#tests/support/run-cco.ts";
import { scratchFolder } from "#tests/support/scratch.ts";
import { mountSmall } from "#tests/support/small-disk.ts";

// A backup is tried beside an installation that runs, with the variables of that installation set.

let proxy: ProxyProcess;
let server: PostgresqlServer;
let archive: string;
beforeAll(async () => {
  [proxy, server] = await Promise.all([
    startProxy({ upstreamUrl: "http://127.0.0.1:9", rules: NO_RULES }),
    startPostgresql(),
  ]);
  archive = await backupOfAnother();
});
afterAll(async () => {
  await Promise.all([proxy && clearAway(proxy), server?.stop()]);
});

/** The archive of an installation with another rules file. */
async function backupOfAnother(): Promise<string> {
  const folder = join(dirname(proxy.dataDir), "another");
  mkdirSync(folder);
  const env = { CCO_DATA_DIR: join(folder, "data"), CCO_CONFIG: join(folder, "model-overrides.toml") };
  writeFileSync(env.CCO_CONFIG, ONE_RULE);
  mkdirSync(env.CCO_DATA_DIR);
  await migrateDatabase(`file:${join(env.CCO_DATA_DIR, "cco.db")}`);
  await ccoHere(["users", "invite", "drill@example.com", "--role", "viewer"], env);
  const made = await ccoHere(["backup", "--include", "events", "--json"], env);
  return JSON.parse(made.stdout).file;
}

const people = (url: string) =>
  withSql(url, async (connection) => (await connection.all("SELECT COUNT(*) AS count FROM one_time_link"))[0]?.count);

const audits = (url: string) =>
  withSql(url, async (connection) => (await connection.all("SELECT * FROM audit_entry ORDER BY id")).length);

it.each(["sqlite", "postgresql"])(
  "docs/operate.md tries a backup and touches nothing outside its folder: %s",
  async (kind) => {
    const url = kind === "sqlite" ? `file:${join(proxy.dataDir, "cco.db")}` : await server.newMigratedDatabase();
    const env = { CCO_DATA_DIR: proxy.dataDir, CCO_CONFIG: proxy.rulesFile, DATABASE_URL: url };
    const before = [readFileSync(proxy.rulesFile, "utf8"), await people(url), await audits(url)];
    const folder = join(scratchFolder(), "drill");
    const page = readFileSync("docs/operate.md", "utf8");
    const [, block = ""] = /```bash\n(cco restore \S+ --data-dir[\s\S]*?)```/.exec(page) ?? [];
    const lines = block
      .replaceAll("/tmp/drill", folder)
      .replace(/data\/backups\/\S+/, archive)
      .replace(/^rm .*$/m, "");

    const { PATH = "" } = process.env;
    const script = `set -eu\ncco() { "${process.execPath}" "${join(root, "bin/cco.mjs")}" "$@"; }\n${lines}`;
    const options = { cwd: root, env: { NODE_ENV: "test", PATH, HOME: folder, NO_COLOR: "1", ...env } as const };
    const { stderr } = await promisify(execFile)("bash", ["-c", script], options);

    expect(lines.match(/^cco /gm)).toHaveLength(2);
    expect(stderr).toContain(`replaced: ${join(folder, "cco.db")} and ${join(folder, "model-overrides.toml")}`);
    expect(stderr).toContain(`next: cco verify --data-dir ${folder}`);
    expect(readFileSync(join(folder, "model-overrides.toml"), "utf8")).toBe(ONE_RULE);
    expect(await people(`file:${join(folder, "cco.db")}`)).toBe(1n);
    expect([readFileSync(proxy.rulesFile, "utf8"), await people(url), await audits(url)]).toEqual(before);
  },
);

it("names what lies elsewhere when the folder is that of this installation, and changes nothing", async () => {
  const env = { CCO_DATA_DIR: proxy.dataDir, CCO_CONFIG: proxy.rulesFile };
  const run = await ccoHere(["restore", archive, "--data-dir", proxy.dataDir, "--yes"], env);

  expect(run.code).toBe(2);
  expect(run.stderr).toContain(
    `is the data folder of this installation, and its rules file ${proxy.rulesFile} lies elsewhere`,
  );
  expect(readFileSync(proxy.rulesFile, "utf8")).toBe(NO_RULES);
});

it("is refused while CCO runs with the database that is named, from any data folder", async () => {
  const url = `file:${join(proxy.dataDir, "cco.db")}`;
  const drill = join(scratchFolder(), "drill");
  const env = { CCO_CONFIG: join(scratchFolder(), "rules.toml") };
  const byFlag = await ccoHere(["restore", archive, "--data-dir", drill, "--database", url, "--yes"], env);
  const byVariable = await ccoHere(["restore", archive, "--yes"], { ...env, CCO_DATA_DIR: drill, DATABASE_URL: url });

  for (const { code, stderr } of [byFlag, byVariable])
    expect([code, stderr]).toEqual([5, expect.stringContaining(`It runs on the data folder ${proxy.dataDir}.`)]);
});

it("is refused while CCO runs with a SQLite file outside its data folder", async () => {
  const url = `file:${join(scratchFolder(), "cco.db")}`;
  const other = await startProxy({ upstreamUrl: "http://127.0.0.1:9", env: { DATABASE_URL: url } });
  const env = {
    CCO_DATA_DIR: join(scratchFolder(), "drill"),
    DATABASE_URL: url,
    CCO_CONFIG: join(scratchFolder(), "x.toml"),
  };
  const reported = () => withSql(url, (connection) => connection.all("SELECT id FROM instance"));
  while ((await reported().catch(() => [])).length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
  const running = await ccoHere(["restore", archive, "--yes"], env);
  await other.stop();
  const stopped = await ccoHere(["restore", archive, "--yes"], env);

  expect([running.code, running.stderr]).toEqual([
    5,
    expect.stringMatching(/reported from .* in the last half minute/),
  ]);
  expect([stopped.code, stopped.stderr]).toEqual([0, expect.stringContaining("everything is as it was")]);
});

it("changes nothing with --dry-run, and refuses it beside --yes", async () => {
  const drill = join(scratchFolder(), "drill");
  const preview = await ccoHere(["restore", archive, "--data-dir", drill, "--dry-run"]);
  const both = await ccoHere(["restore", archive, "--data-dir", drill, "--dry-run", "--yes"]);

  expect([preview.code, preview.stdout, existsSync(drill)]).toEqual([0, expect.stringContaining("backup of "), false]);
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("--dry-run changes nothing")]);
});

it("other commands reach neither rules nor database of the environment when a folder holds its own", async () => {
  const drill = join(scratchFolder(), "drill");
  const elsewhere = join(scratchFolder(), "model-overrides.toml");
  await ccoHere(["restore", archive, "--data-dir", drill, "--yes"], { CCO_CONFIG: elsewhere });
  mkdirSync(dirname(elsewhere), { recursive: true });
  writeFileSync(elsewhere, ONE_RULE);
  const rules = join(scratchFolder(), "new.toml");
  writeFileSync(rules, NO_RULES);
  const words = ["rules", "publish", rules, "-m", "try", "--data-dir", drill];
  // The first publish takes the file's own text in as version 1, and is refused. No person has seen that version yet.
  await ccoHere(words, { CCO_CONFIG: elsewhere });
  const published = await ccoHere(words, { CCO_CONFIG: elsewhere });
  const refused = await ccoHere(words, {
    CCO_CONFIG: elsewhere,
    DATABASE_URL: `file:${join(proxy.dataDir, "cco.db")}`,
  });

  expect([published.code, readFileSync(elsewhere, "utf8")], published.stderr).toEqual([0, ONE_RULE]);
  expect(readFileSync(join(drill, "model-overrides.toml"), "utf8")).toBe(NO_RULES);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("names another in DATABASE_URL")]);
  expect(existsSync(join(drill, "cco.db"))).toBe(true);
});

it("nothing is made for an archive that is refused, nor left where its disk is full", async ({ skip }) => {
  const cut = join(scratchFolder(), "cut.tar.gz");
  const bytes = readFileSync(archive);
  writeFileSync(cut, bytes.subarray(0, bytes.length - 500));
  const above = scratchFolder();
  const drill = join(above, "deep", "drill");
  const refused = await ccoHere(["restore", cut, "--data-dir", drill, "--yes"]);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("ends too early")]);
  expect(readdirSync(above)).toEqual([]);

  const small = scratchFolder();
  if (!mountSmall(small, 64 * 1024)) return skip("this machine lets no disk be mounted");
  const full = await ccoHere(["restore", archive, "--data-dir", small, "--yes"]);
  expect([full.code, full.stderr]).toEqual([69, expect.stringContaining(`is full`)]);
  expect(full.stderr).toContain(`make room in ${small}`);
  expect(readdirSync(small)).toEqual([]);
});

it("makes no folder of DATABASE_URL or CCO_CONFIG, and says which is missing before anything is replaced", async () => {
  const above = scratchFolder();
  const dataDir = join(above, "data");
  const away = join(above, "nothere", "deep");
  const env = { CCO_DATA_DIR: dataDir, CCO_CONFIG: join(above, "model-overrides.toml") };
  const noDatabase = { ...env, DATABASE_URL: `file:${join(away, "x.db")}` };
  const noRules = { ...env, CCO_CONFIG: join(away, "model-overrides.toml") };
  const doctor = await ccoHere(["doctor", "--offline"], noDatabase);
  const preview = await ccoHere(["restore", archive], noRules);
  const runs = [
    await ccoHere(["restore", archive, "--yes"], noDatabase),
    await ccoHere(["restore", archive, "--data-dir", dataDir, "--database", noDatabase.DATABASE_URL, "--yes"]),
    await ccoHere(["restore", archive, "--yes"], noRules),
  ];

  for (const { code, stderr } of runs) {
    expect([code, stderr]).toEqual([73, expect.stringMatching(`folder ${away} of .* does not exist`)]);
    expect(stderr).not.toContain("{");
  }
  expect(doctor.stdout).toContain(`neither does its folder ${away}`);
  expect([preview.code, preview.stderr]).toEqual([
    0,
    expect.stringContaining(`It would be refused: the folder ${away}`),
  ]);
  expect(readdirSync(above)).toEqual([]);
});

it("refuses a folder that holds a part of this installation, by whichever path it is named", async () => {
  const folder = scratchFolder();
  const dataDir = join(folder, "data");
  mkdirSync(dataDir);
  symlinkSync("data", join(folder, "link"));
  const rules = join(folder, "model-overrides.toml");
  writeFileSync(rules, NO_RULES);
  const drill = join(scratchFolder(), "drill");
  const env = { CCO_DATA_DIR: dataDir, CCO_CONFIG: rules };
  const byDatabase = { ...env, CCO_CONFIG: join(scratchFolder(), "x.toml"), DATABASE_URL: `file:${folder}/cco.db` };
  const runs = [
    [await ccoHere(["restore", archive, "--data-dir", join(folder, "link"), "--yes"], env), "is the data folder of"],
    [await ccoHere(["restore", archive, "--data-dir", folder, "--yes"], env), `${rules} is the rules file of`],
    [await ccoHere(["restore", archive, "--data-dir", drill, "--config", rules, "--yes"], env), "is the rules file of"],
    [await ccoHere(["restore", archive, "--data-dir", folder, "--yes"], byDatabase), "cco.db is the database of"],
  ] as const;

  for (const [{ code, stderr }, text] of runs) expect([code, stderr]).toEqual([2, expect.stringContaining(text)]);
  expect([readFileSync(rules, "utf8"), readdirSync(dataDir), existsSync(drill)]).toEqual([NO_RULES, [], false]);
});

it("refuses a folder inside the data folder of this installation, or one that shares a file with it", async () => {
  const base = scratchFolder();
  const dataDir = join(base, "data");
  for (const name of ["spool", "backups"]) mkdirSync(join(dataDir, name), { recursive: true });
  const own = ["session-secret", "last-good-state.sealed", "backups/cco-backup-20261129T040000Z.tar.gz"];
  for (const name of own) writeFileSync(join(dataDir, name), "kept");
  symlinkSync("data", join(base, "link"));
  const env = { CCO_DATA_DIR: dataDir, CCO_CONFIG: join(base, "model-overrides.toml") };
  const made = (make: (drill: string) => void) => {
    const drill = scratchFolder();
    make(drill);
    return drill;
  };
  const inside = ["data/spool", "data/backups", "link/spool", "data/drill", "link/deep/drill"].map((name) =>
    join(base, name),
  );
  const shared = [
    ...own.map((name) => made((drill) => linkSync(join(dataDir, name), join(drill, "x")))),
    made((drill) => {
      mkdirSync(join(drill, "spool"));
      linkSync(join(dataDir, "session-secret"), join(drill, "spool/x"));
    }),
    made((drill) => symlinkSync(join(dataDir, "backups"), join(drill, "backups"))),
    made((drill) => symlinkSync(join(dataDir, "not-yet"), join(drill, "cco.db"))),
  ];
  const before = readdirSync(dataDir, { recursive: true });
  for (const [folders, text] of [
    [inside, `lies in the data folder ${dataDir} of this installation`],
    [shared, `is, by a link, a file or folder of the data folder ${dataDir} of this installation`],
  ] as const)
    for (const folder of folders) {
      const { code, stderr } = await ccoHere(["restore", archive, "--data-dir", folder, "--yes"], env);
      expect([folder, code, stderr]).toEqual([folder, 2, expect.stringContaining(text)]);
    }
  const database = `file:${join(dataDir, "drill.db")}`;
  const named = ["restore", archive, "--data-dir", join(scratchFolder(), "drill"), "--database", database, "--yes"];
  expect((await ccoHere(named, env)).stderr).toContain(`lies in the data folder ${dataDir} of this installation`);

  expect(readdirSync(dataDir, { recursive: true })).toEqual(before);
  for (const name of own) expect(readFileSync(join(dataDir, name), "utf8")).toBe("kept");
});

it("lets a folder be used beside the data folder, and one whose files have second names within it", async () => {
  const base = scratchFolder();
  const env = { CCO_DATA_DIR: join(base, "data"), CCO_CONFIG: join(base, "config/model-overrides.toml") };
  mkdirSync(env.CCO_DATA_DIR);
  writeFileSync(join(env.CCO_DATA_DIR, "session-secret"), "kept");
  linkSync(join(env.CCO_DATA_DIR, "session-secret"), join(env.CCO_DATA_DIR, "copy"));
  const drill = join(base, "data-drill");
  mkdirSync(drill);
  writeFileSync(join(drill, "one"), "");
  linkSync(join(drill, "one"), join(drill, "other"));

  for (const folder of [drill, base])
    expect(await ccoHere(["restore", archive, "--data-dir", folder, "--yes"], env)).toMatchObject({ code: 0 });
});

it("names the missing folder behind a link that is the database or the rules file", async () => {
  const base = scratchFolder();
  const dataDir = join(base, "data");
  const away = join(base, "away");
  const env = { CCO_DATA_DIR: dataDir, CCO_CONFIG: join(base, "model-overrides.toml") };
  mkdirSync(dataDir);
  symlinkSync("../away/cco.db", join(dataDir, "cco.db"));
  writeFileSync(env.CCO_CONFIG, NO_RULES);
  const linked = join(base, "linked.toml");
  symlinkSync(join(away, "rules.toml"), linked);
  const noRules = { CCO_DATA_DIR: join(base, "other"), CCO_CONFIG: linked };
  const runs = [
    [await ccoHere(["restore", archive, "--yes"], env), 73],
    [await ccoHere(["restore", archive], env), 0],
    [await ccoHere(["restore", archive, "--yes"], noRules), 73],
    [await ccoHere(["restore", archive], noRules), 0],
  ] as const;
  const doctor = await ccoHere(["doctor", "--offline"], env);

  for (const [{ code, stderr }, expected] of runs) {
    expect([code, stderr]).toEqual([expected, expect.stringMatching(`folder ${away} of .* does not exist`)]);
    expect(stderr).not.toContain("ENOENT");
  }
  expect(doctor.stdout).toContain(`neither does its folder ${away}`);
  expect(readdirSync(base).sort()).toEqual(["data", "linked.toml", "model-overrides.toml"]);
  expect(readdirSync(dataDir)).toEqual(["cco.db"]);

  mkdirSync(away);
  expect(await ccoHere(["restore", archive, "--yes"], env)).toMatchObject({ code: 0 });
  expect(existsSync(join(away, "cco.db"))).toBe(true);
});

it("refuses an empty place of every command, and replaces nothing", async () => {
  const live = join(scratchFolder(), "data");
  const env = { CCO_DATA_DIR: live, CCO_CONFIG: join(live, "model-overrides.toml") };
  for (const words of [
    ["restore", archive, "--data-dir", "", "--yes"],
    ["restore", archive, "--data-dir= ", "--yes"],
    ["restore", archive, "--config", "", "--yes"],
    ["restore", archive, "--database=", "--yes"],
    ["restore", "", "--yes"],
    ["verify", "--data-dir", ""],
    ["backup", "--to", ""],
    ["cost", "--person", ""],
    ["users", "list", "--data-dir", ""],
  ])
    expect([words, await ccoHere(words, env)]).toEqual([
      words,
      { code: 2, stdout: "", stderr: expect.stringMatching(/needs a value|is empty/) },
    ]);
  expect(existsSync(live)).toBe(false);
});

it("refuses a folder whose files are those of this installation by hard links, and a database with a second name", async () => {
  const folder = scratchFolder();
  const dataDir = join(folder, "data");
  mkdirSync(dataDir);
  const file = join(dataDir, "cco.db");
  const rules = join(folder, "model-overrides.toml");
  await migrateDatabase(`file:${file}`);
  writeFileSync(rules, NO_RULES);
  const env = { CCO_DATA_DIR: dataDir, CCO_CONFIG: rules };
  await ccoHere(["users", "invite", "live@example.com", "--role", "viewer"], env);
  const linked = (name: string, from: string, to: string) => {
    const drill = join(scratchFolder(), name);
    mkdirSync(drill);
    linkSync(from, join(drill, to));
    return drill;
  };
  const database = linked("database", file, "cco.db");
  const lock = linked("lock", `${file}.lock`, "cco.db.lock");
  copyFileSync(file, join(lock, "cco.db"));
  const runs = [
    [database, "cco.db is the database of this installation"],
    [lock, "cco.db is the database of this installation"],
    [linked("rules", rules, "model-overrides.toml"), "model-overrides.toml is the rules file of"],
  ] as const;
  for (const [drill, text] of runs) {
    const { code, stderr } = await ccoHere(["restore", archive, "--data-dir", drill, "--yes"], env);
    expect([drill, code, stderr]).toEqual([drill, 2, expect.stringContaining(text)]);
  }
  const own = await ccoHere(["restore", archive, "--yes"], env);
  const preview = await ccoHere(["restore", archive], env);
  expect([own.code, own.stderr]).toEqual([5, expect.stringMatching(/has 2 names \(hard links\).*Copy it: cp/)]);
  expect([preview.code, preview.stderr]).toEqual([0, expect.stringContaining("has 2 names (hard links)")]);
  expect(await people(`file:${file}`)).toBe(1n);
  expect(readFileSync(rules, "utf8")).toBe(NO_RULES);

  copyFileSync(file, `${file}.copy`);
  renameSync(`${file}.copy`, file);
  expect(await ccoHere(["restore", archive, "--yes"], env)).toMatchObject({ code: 0 });
});
