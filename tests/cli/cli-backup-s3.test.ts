import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { startMock } from "#mock/server.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { diagnose } from "#tests/support/doctor.ts";
import { NO_RULES, until } from "#tests/support/proxy-process.ts";
import { finished, runCco } from "#tests/support/run-cco.ts";
import { type S3Server, startS3Server } from "#tests/support/s3-server.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

// The commands as processes, against a real S3 server.

let s3: S3Server;
beforeAll(async () => {
  s3 = await startS3Server(["our-backups"]);
});
afterAll(() => s3?.close());

const objects = (prefix: string) => s3.objects("our-backups", prefix);

/** Makes a data folder with a database, and the variables for it and for the storage. The secret comes from a file. */
async function installation(prefix: string) {
  const folder = scratchFolder();
  await migrateDatabase(`file:${join(folder, "cco.db")}`);
  const { CCO_S3_SECRET_ACCESS_KEY: secret = "", ...env } = s3.env;
  const file = join(folder, "s3-secret");
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  const place = { CCO_DATA_DIR: folder, CCO_CONFIG: join(folder, "rules.toml") };
  writeFileSync(place.CCO_CONFIG, NO_RULES);
  return { ...env, ...place, CCO_S3_SECRET_ACCESS_KEY_FILE: file, CCO_BACKUP_FOLDER: `s3://our-backups/${prefix}` };
}

it("cco backup, list, verify and restore work with a bucket as with a folder", async () => {
  const env = await installation("cli");

  const made = await finished(["backup", "--keep", "3", "--json"], env);
  const { file, manifest_sha256 } = JSON.parse(made.stdout);
  const [listed, verified, preview] = await Promise.all([
    ccoHere(["backup", "list", "--json"], env),
    ccoHere(["backup", "verify", file, "--json"], env),
    ccoHere(["restore", file], env),
  ]);
  const restored = await finished(["restore", file, "--yes"], env);

  expect(file).toMatch(/^s3:\/\/our-backups\/cli\/cco-backup-\d{8}T\d{6}Z\.tar\.gz$/);
  expect([made.code, made.stderr]).toEqual([0, ""]);
  expect(objects("cli")).toEqual([file.split("/").at(-1)]);
  expect(JSON.parse(listed.stdout)).toMatchObject({
    folder: "s3://our-backups/cli",
    backups: [{ name: objects("cli")[0], problem: null }],
  });
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, file, manifest_sha256 });
  expect(preview.stderr).toContain(`Nothing was changed. To carry it out: cco restore ${file} --yes`);
  expect([restored.code, restored.stderr]).toEqual([0, expect.stringContaining("everything is as it was at")]);
  expect(readdirSync(env.CCO_DATA_DIR)).not.toContain("s3:");
});

it("what the schedule runs makes one backup in a bucket for all who ask within the time, and leaves as many as it should", async () => {
  const env = await installation("scheduled");
  const words = ["backup", "--if-older-than", "24h", "--keep", "1", "--to", env.CCO_BACKUP_FOLDER];

  await ccoHere(["backup"], env);
  const [before] = objects("scheduled");
  const due = await ccoHere(words, env);
  const again = await ccoHere([...words, "--json"], env);

  expect(due.stderr).toContain(`deleted ${before}`);
  expect(objects("scheduled")).toEqual([due.stdout.trim().split("/").at(-1)]);
  expect(JSON.parse(again.stdout)).toEqual({ schema_version: 1, file: null });
});

it("cco run whose bucket does not exist says which, and serves traffic all the same", async () => {
  const mock = await startMock({ record: false });
  onTestFinished(() => mock.close());
  const settings = {
    CCO_BACKUP_EVERY_HOURS: "24",
    CCO_BACKUP_FOLDER: "s3://not-there/cco",
    CCO_UPSTREAM_URL: mock.url,
  };
  const service = runCco(["run", "--no-console", "--port", "0"], { ...(await installation("none")), ...settings });
  onTestFinished(() => service.stop());
  const [, url] = await service.line(/started on (http:\/\/localhost:\d+)/);
  await until(() => service.stderr().includes("a scheduled backup was not made"), 120_000);

  const body = '{"model":"claude-opus-5-5","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}';
  const headers = { "content-type": "application/json", "x-api-key": "sk-test", "anthropic-version": "2023-06-01" };
  const answer = await fetch(`${url}/v1/messages`, { method: "POST", headers, body });

  expect(answer.status).toBe(200);
  expect(service.stderr()).toMatch(/s3:\/\/not-there\/cco is in a bucket that does not exist\. Make the bucket/);
});

it.each([
  [["backup", "--to", "s3://not-there/x"], 73, /s3:\/\/not-there\/x is in a bucket that does not exist/],
  [["backup", "list", "--to", "s3://not-there/x"], 6, /^error: s3:\/\/not-there\/x is in a bucket that does not exist/],
  [["backup", "list", "--to", "s3://x"], 3, /--to="s3:\/\/x" is no address of a bucket/],
  [["backup", "verify", "s3://our-backups"], 2, /s3:\/\/our-backups is a bucket, no archive/],
  [["restore", "s3://our-backups/x.tar.gz", "--yes"], 1, /s3:\/\/our-backups\/x\.tar\.gz does not exist/],
])("cco %j ends with %i and says why", async (args, code, why) => {
  const run = await ccoHere(args, await installation("errors"));

  expect([run.code, run.stderr]).toEqual([code, expect.stringMatching(why)]);
});

it("says that an address answers with something else than a list, as a guest network does", async () => {
  const env = await installation("portal");
  const page = "<html><body>Sign in to the guest network</body></html>";
  s3.fault = () => ({ status: 200, code: "", body: page });
  onTestFinished(() => {
    s3.fault = () => "pass";
  });
  const listed = await ccoHere(["backup", "list"], env);

  expect([listed.code, listed.stdout]).toEqual([6, ""]);
  expect(listed.stderr).toMatch(/gives an answer at http:\S+ that is not one of S3 \(200, NoList\)/);
});

it.each(["https://our-backups/x", "gs://our-backups/x"])(
  "makes no folder in place of the address %s",
  async (address) => {
    const env = await installation("address");
    const shown = `="${address}" is an address`;

    const runs = [
      await ccoHere(["backup", "--to", address], env),
      await ccoHere(["backup", "list", "--to", address], env),
      await ccoHere(["backup"], { ...env, CCO_BACKUP_FOLDER: address }),
      await ccoHere(["backup", "list"], { ...env, CCO_BACKUP_FOLDER: address }),
    ];

    expect(runs.map(({ code }) => code)).toEqual([3, 3, 3, 3]);
    for (const { stderr } of runs) expect(stderr).toContain(shown);
    expect(existsSync(address.split("/")[0] ?? "")).toBe(false);
  },
);

it("cco doctor says whether the bucket answers, refuses the key, or hangs", async () => {
  const env = await installation("doctor");
  const look = async (more: Record<string, string> = {}) =>
    (await diagnose({ ...env, ...more }, "--offline")).of("backup bucket");
  const hung = createServer();
  await new Promise<void>((resolve) => hung.listen(0, "127.0.0.1", () => resolve()));
  onTestFinished(() => void hung.close());
  const origin = `http://127.0.0.1:${(hung.address() as AddressInfo).port}`;
  onTestFinished(() => {
    s3.fault = () => "pass";
  });

  expect(await look()).toMatchObject({ level: "ok", text: "s3://our-backups/doctor answers and takes the key" });
  expect(await look({ CCO_S3_ENDPOINT: origin })).toMatchObject({
    level: "problem",
    text: `s3://our-backups/doctor cannot be reached at ${origin} (no answer in 10 s)`,
  });
  s3.fault = () => ({ status: 403, code: "InvalidAccessKeyId" });
  expect(await look()).toMatchObject({ level: "problem", text: "s3://our-backups/doctor refuses the credentials" });
});
