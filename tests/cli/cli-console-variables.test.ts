import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ENVIRONMENT } from "#config/environment.ts";
import { keptStateFile } from "#config/kept-state-file.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { putMigrated } from "#tests/support/migrated-file.ts";
import { runCco } from "#tests/support/run-cco.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

type Env = Record<string, string>;

const OIDC = { CCO_OIDC_ISSUER: "https://idp.example", CCO_OIDC_CLIENT_ID: "cco", CCO_OIDC_CLIENT_SECRET: "secret" };
const SMTP = { CCO_SMTP_URL: "smtp://mail.example.com", CCO_SMTP_FROM: "cco@example.com" };

/** Variables that no proxy reads, each with a value that the console cannot use. */
const mistakes: readonly [variable: string, env: Env][] = [
  ["CCO_SMTP_URL", { ...SMTP, CCO_SMTP_URL: "notaurl" }],
  ["CCO_SMTP_URL", { ...SMTP, CCO_SMTP_URL: "smtp://mail.example.com:notaport" }],
  ["CCO_SMTP_URL_FILE", { CCO_SMTP_URL_FILE: "/nowhere/smtp-url", CCO_SMTP_FROM: "cco@example.com" }],
  ["CCO_SMTP_FROM", { CCO_SMTP_URL: "smtp://mail" }],
  ["CCO_SMTP_FROM", { ...SMTP, CCO_SMTP_FROM: "the proxy" }],
  ["CCO_SMTP_FROM", { ...SMTP, CCO_SMTP_FROM: "a@b, c@d" }],
  ["CCO_READ_DATABASE_URL", { CCO_READ_DATABASE_URL: "postgresql://db/cco" }],
  ["CCO_READ_DATABASE_URL", { CCO_READ_DATABASE_URL: "mysql://db/cco" }],
  ["CCO_READ_DATABASE_URL_FILE", { CCO_READ_DATABASE_URL_FILE: "/nowhere/url" }],
  ["CCO_ALERT_HOSTS", { CCO_ALERT_HOSTS: "hooks.internal,https://hooks.example" }],
  ["CCO_ALERT_HOSTS", { CCO_ALERT_HOSTS: "hooks.internal:8443" }],
  ["CCO_ALERT_HOSTS", { CCO_ALERT_HOSTS: "[::1]:8443" }],
  ["CCO_ALERT_HOSTS", { CCO_ALERT_HOSTS: "fd00::5]" }],
  ["CCO_ALERT_HOSTS", { CCO_ALERT_HOSTS: "hooks..internal" }],
  ["CCO_OIDC_ISSUER", { CCO_OIDC_ISSUER: "https://idp.example" }],
  ["CCO_OIDC_ISSUER", { ...OIDC, CCO_OIDC_ISSUER: "idp.example" }],
  ["CCO_OIDC_ISSUER", { ...OIDC, CCO_OIDC_ISSUER: "https://idp.example/.well-known/openid-configuration" }],
  ["CCO_OIDC_CLIENT_SECRET", { ...OIDC, CCO_OIDC_CLIENT_SECRET: "a", CCO_OIDC_CLIENT_SECRET_FILE: "/nowhere/id" }],
  ["CCO_OIDC_CLIENT_ID", { ...OIDC, CCO_OIDC_CLIENT_ID: "" }],
  ["CCO_OIDC_CLIENT_ID", { ...OIDC, CCO_OIDC_CLIENT_ID: " " }],
  ["CCO_OIDC_CLIENT_SECRET", { ...OIDC, CCO_OIDC_CLIENT_SECRET_FILE: "/nowhere/id" }],
  ["CCO_OIDC_CLIENT_SECRET", { ...OIDC, CCO_OIDC_CLIENT_SECRET: "" }],
  ["CCO_OIDC_CLIENT_SECRET_FILE", { ...OIDC, CCO_OIDC_CLIENT_SECRET: "", CCO_OIDC_CLIENT_SECRET_FILE: "/nowhere/id" }],
  ["CCO_OIDC_DEFAULT_ROLE", { ...OIDC, CCO_OIDC_DEFAULT_ROLE: "owner" }],
  ["CCO_OIDC_DEFAULT_ROLE", { ...OIDC, CCO_OIDC_DEFAULT_ROLE: "boss" }],
  ["CCO_OIDC_DEFAULT_ROLE", { CCO_OIDC_DEFAULT_ROLE: "boss" }],
];
/** Every text is right. */
const TEXTS = ["CCO_OIDC_NAME"];

const cases = mistakes.map(([variable, env]) => [variable, JSON.stringify(env), env] as const);

function freshFolder(env: Env) {
  const folder = scratchFolder();
  return { ...env, HOME: folder, CCO_DATA_DIR: join(folder, "data"), CCO_PORT: "0" };
}

/** A folder in which CCO has run: a start there goes on without a database that cannot be used. */
async function usedFolder(env: Env) {
  const place = freshFolder(env);
  mkdirSync(place.CCO_DATA_DIR, { mode: 0o700 });
  await putMigrated(join(place.CCO_DATA_DIR, "cco.db"));
  writeFileSync(keptStateFile(place.CCO_DATA_DIR), "");
  return place;
}

/** The built command, which must end: one that starts in spite of the mistake is stopped. */
async function run(env: Env) {
  const cco = runCco(["run", "--no-console"], env);
  onTestFinished(() => cco.stop());
  const started = cco.line(/^CCO started/m).then(() => "started");
  const code = await Promise.race([cco.ended, started.catch(() => "ended")]);
  return { code, stderr: cco.stderr() };
}

describe("a variable that the console reads and the proxy does not", () => {
  it("has a case here, or takes any text", () => {
    const own = Object.values(ENVIRONMENT)
      .flat()
      .filter(({ readBy }) => readBy.includes("console") && !readBy.includes("proxy"))
      .map(({ name }) => name);

    expect(own.filter((name) => !TEXTS.includes(name) && !mistakes.some(([variable]) => variable === name))).toEqual(
      [],
    );
  });

  it.each(cases)("ends `cco run` in a used data folder with 3 and %s: %s", async (variable, _, env) => {
    const { code, stderr } = await run(await usedFolder(env));

    expect([code, stderr]).toEqual([exitCodes.invalidConfig, expect.stringContaining(variable)]);
    expect(stderr).not.toMatch(/database (cannot|could not|is)/);
  });

  it.each(cases)("ends `cco console` in a new data folder with 3 and %s: %s", async (variable, _, env) => {
    const { code, stderr } = await ccoHere(["console"], freshFolder(env));

    expect([code, stderr]).toEqual([exitCodes.invalidConfig, expect.stringContaining(variable)]);
    expect(stderr).not.toMatch(/database (cannot|could not|is)/);
  });

  it.each(cases)("is named by `cco doctor`: %s, %s", async (variable, _, env) => {
    const { code, stdout } = await ccoHere(["doctor", "--offline", "--json"], freshFolder(env));

    expect(code).toBe(exitCodes.failure);
    const { findings } = JSON.parse(stdout) as { findings: { level: string; subject: string; text: string }[] };
    expect(findings.filter(({ level }) => level === "problem")).toEqual([
      expect.objectContaining({ subject: "settings", text: expect.stringContaining(variable) }),
    ]);
  });

  it("ends `cco run` in a new data folder with 3, before anything is made there", async () => {
    const place = freshFolder({ CCO_SMTP_URL: "smtp://mail", ...OIDC, CCO_OIDC_CLIENT_ID: "" });
    const { code, stderr } = await run(place);

    expect([code, existsSync(place.CCO_DATA_DIR)]).toEqual([exitCodes.invalidConfig, false]);
    for (const variable of ["CCO_SMTP_FROM", "CCO_OIDC_CLIENT_ID"]) expect(stderr).toContain(variable);
  });
});

describe("a variable of the command line", () => {
  it("that names no readable password of the first owner is named by `cco doctor`", async () => {
    const env = { CCO_INIT_ADMIN_EMAIL: "owner@example.com", CCO_INIT_ADMIN_PASSWORD_FILE: "/nowhere/password" };
    const { code, stdout } = await ccoHere(["doctor", "--offline"], freshFolder(env));

    expect([code, stdout]).toEqual([exitCodes.failure, expect.stringContaining("CCO_INIT_ADMIN_PASSWORD_FILE")]);
  });

  it.each([
    ["CCO_INIT_ADMIN_EMAIL", "notmail", "a long enough pass phrase"],
    ["CCO_INIT_ADMIN_PASSWORD_FILE", "owner@example.com", "a"],
  ])("%s that makes no first owner ends `cco run` with its name, and is found by `cco doctor`", async (...value) => {
    const [variable, email, password] = value;
    const file = join(scratchFolder(), "password");
    writeFileSync(file, password, { mode: 0o600 });
    const env = freshFolder({ CCO_INIT_ADMIN_EMAIL: email, CCO_INIT_ADMIN_PASSWORD_FILE: file });
    const doctor = () => ccoHere(["doctor", "--offline"], env);
    const found = [exitCodes.failure, expect.stringContaining(`could not be created: ${variable}: `)];

    const before = await doctor();
    expect([before.code, before.stdout]).toEqual(found);
    // Ends after the database was made, and before a person is in it.
    const { code, stderr } = await run(env);
    expect([code, stderr]).toEqual([exitCodes.invalidConfig, expect.stringContaining(`${variable}: `)]);
    const after = await doctor();
    expect([after.code, after.stdout]).toEqual(found);

    writeFileSync(file, "a long enough pass phrase", { mode: 0o600 });
    const created = runCco(["run", "--no-console"], { ...env, CCO_INIT_ADMIN_EMAIL: "owner@example.com" });
    onTestFinished(() => created.stop());
    await created.line(/^CCO started/m);
    writeFileSync(file, password, { mode: 0o600 });
    expect((await doctor()).stdout).not.toContain("could not be created");
  });

  it.each([
    ["CCO_BACKUP_FOLDER", "CCO_BACKUP_EVERY_HOURS"],
    ["CCO_ARCHIVE_FOLDER", "CCO_KEEP_EVENTS_DAYS"],
  ])(
    "%s that names a file ends `cco run` with 3 and is found by `cco doctor`, one that names a link to nowhere is warned of, with %s",
    async (variable, needs) => {
      const file = join(scratchFolder(), "a-file");
      writeFileSync(file, "");
      const link = `${file}-link`;
      symlinkSync("/nowhere", link);
      for (const path of [file, join(file, "below")]) {
        const env = freshFolder({ [variable]: path, [needs]: "1" });
        const { code, stderr } = await run(env);
        expect([code, stderr]).toEqual([exitCodes.invalidConfig, expect.stringContaining(`${variable}=${path}`)]);
        const doctor = await ccoHere(["doctor", "--offline"], env);
        expect([doctor.code, doctor.stdout]).toEqual([
          exitCodes.failure,
          expect.stringContaining(`${variable}=${path}`),
        ]);
      }
      const env = freshFolder({ [variable]: link, [needs]: "1" });
      const { stdout } = await ccoHere(["doctor", "--offline", "--json"], env);
      expect((JSON.parse(stdout) as { findings: unknown[] }).findings).toContainEqual(
        expect.objectContaining({ level: "warning", text: expect.stringContaining(`${variable}=${link} is a link`) }),
      );
      const cco = runCco(["run", "--no-console"], env);
      onTestFinished(() => cco.stop());
      await cco.line(/^CCO started/m);
    },
  );

  it.each([
    ["CCO_BACKUP_FOLDER", "https://bucket/x"],
    ["CCO_ARCHIVE_FOLDER", "s3://bucket/x"],
  ])("%s that is an address, %s, ends `cco run` with 3 and is found by `cco doctor`", async (variable, address) => {
    const env = freshFolder({ [variable]: address });
    const { code, stderr } = await run(env);
    expect([code, stderr]).toEqual([exitCodes.invalidConfig, expect.stringContaining(`${variable}="${address}"`)]);
    const doctor = await ccoHere(["doctor", "--offline"], env);
    expect([doctor.code, doctor.stdout]).toEqual([exitCodes.failure, expect.stringContaining(variable)]);
  });

  it.each([
    ["CCO_DATA_DIR", { CCO_DATA_DIR: "a#b" }],
    ["CCO_DATA_DIR", { CCO_DATA_DIR: "a%20b" }],
    ["CCO_DATA_DIR", { CCO_DATA_DIR: "a?b" }],
    ["DATABASE_URL", { DATABASE_URL: "file:a#b/cco.db" }],
    ["DATABASE_URL", { DATABASE_URL: "file:////a/cco.db" }],
    ["DATABASE_URL", { DATABASE_URL: "file://host/cco.db" }],
    ["DATABASE_URL", { DATABASE_URL: "postgresql://cco@127.0.0.1:bad/main" }],
    ["DATABASE_URL", { DATABASE_URL: "postgresql://cco@/main?host=/socket" }],
  ])("%s that names no usable place ends `cco run` with 3 before anything is made: %j", async (variable, env: Env) => {
    const place = freshFolder({});
    const dataDir = env.CCO_DATA_DIR === undefined ? place.CCO_DATA_DIR : join(place.HOME, env.CCO_DATA_DIR);
    const wrong = { ...place, ...env, CCO_DATA_DIR: dataDir };
    const { code, stderr } = await run(wrong);
    expect([code, stderr]).toEqual([exitCodes.invalidConfig, expect.stringContaining(variable)]);
    expect(readdirSync(place.HOME)).toEqual([]);
    const doctor = await ccoHere(["doctor", "--offline"], wrong);
    expect([doctor.code, doctor.stdout]).toEqual([exitCodes.failure, expect.stringContaining(`correct ${variable}`)]);
  });

  it.each([
    ["CCO_REPORTING_TZ", "Mars/X"],
    ["CCO_MODELS_FILE", "/nowhere/models.toml"],
  ])("that decides how rules are read ends `cco validate` with 3 and its name: %s", async (variable, value) => {
    const { code, stderr } = await ccoHere(
      ["validate", "config/model-overrides.toml"],
      freshFolder({ [variable]: value }),
    );

    expect([code, stderr]).toEqual([exitCodes.invalidConfig, expect.stringContaining(variable)]);
  });

  it("that names no readable list of models is a finding of `cco doctor`", async () => {
    const env = freshFolder({ CCO_MODELS_FILE: "/nowhere/models.toml" });
    const { code, stdout } = await ccoHere(["doctor", "--offline"], env);

    expect([code, stdout]).toEqual([exitCodes.failure, expect.stringContaining("correct CCO_MODELS_FILE")]);
  });
});
