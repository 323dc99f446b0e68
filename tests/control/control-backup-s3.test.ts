// Long because storage has many ways to fail, and each is tried with a real server.

import { readFileSync, truncateSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { S3Settings } from "#config/read-s3.ts";
import { listBackups } from "#control/backup/list.ts";
import {
  listOwnBackups,
  makeOwnBackup,
  previewOwnRestore,
  readOwnBackup,
  verifyOwnBackup,
} from "#control/backup/own-backups.ts";
import { previewRestore } from "#control/backup/preview.ts";
import { restoreBackup } from "#control/backup/restore.ts";
import { S3Bucket } from "#control/backup/s3-bucket.ts";
import { s3Source, s3Storage } from "#control/backup/s3-storage.ts";
import { readBackup, verifyBackup } from "#control/backup/verify.ts";
import { AppError } from "#core/errors.ts";
import { backUp, editArchive, fillForBackup, operator, withSql } from "#tests/support/backups.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import { type ControlWorld, makeControlWorld } from "#tests/support/control-world.ts";
import { type Fault, type S3Server, startS3Server } from "#tests/support/s3-server.ts";

const BUCKET = "backups";
const STAMP = "cco-backup-20261122T120000Z";

let s3: S3Server;
let prefixes = 0;
beforeAll(async () => {
  s3 = await startS3Server([BUCKET]);
});
afterAll(() => s3?.close());

/** Each test keeps its archives below another prefix. */
let address: { bucket: string; prefix: string };
beforeEach(() => {
  prefixes += 1;
  address = { bucket: BUCKET, prefix: `test/${prefixes}/` };
  s3.arrived.length = 0;
  s3.fault = () => "pass";
});

const place = (settings: S3Settings = s3.settings, partBytes?: number) => s3Storage(settings, address, { partBytes });
const objects = () => s3.objects(BUCKET, address.prefix);
const key = (name: string) => `${address.prefix}${name}`;
const source = (file: string, settings = s3.settings) =>
  s3Source(settings, { bucket: BUCKET, prefix: `${file.slice(`s3://${BUCKET}/`.length)}/` });

/** Answers requests of one method for objects of the test; everything else passes. */
const onObjects =
  (wanted: string, fault: Fault, isMeant: (url: string) => boolean = () => true): S3Server["fault"] =>
  (method, url) =>
    method === wanted && url.includes(key("")) && isMeant(url) ? fault : "pass";

async function makeWorld(): Promise<ControlWorld> {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  return world;
}

async function filled(): Promise<ControlWorld> {
  const world = await makeWorld();
  await fillForBackup(world);
  return world;
}

const describeRefusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "no refusal",
    (error: unknown) => {
      if (!(error instanceof AppError)) throw error;
      expect(error.publicText).not.toContain(s3.settings.credentials?.secretAccessKey);
      return `${error.code}: ${error.publicText}`;
    },
  );

const countRows = (world: ControlWorld, table: string) =>
  withSql(world.databaseUrl, (connection) => connection.all(`SELECT COUNT(*) AS count FROM ${table}`)).then(([row]) =>
    Number(row?.count),
  );

onBothDatabases((world) => {
  it("is sent in parts, verified, previewed and restored over the wire", async () => {
    await fillForBackup(world());
    const made = await backUp(world(), place(s3.settings, 2_048), { hasEvents: true });
    const archive = source(made.file);

    expect(made).toMatchObject({ file: `s3://${BUCKET}/${key(`${STAMP}.tar.gz`)}`, deleted: [], notDeleted: [] });
    expect(s3.arrived.filter((line) => line.includes("partNumber=")).length).toBe(Math.ceil(made.bytes / 2_048));
    expect(readFileSync(s3.toFile(BUCKET, key(`${STAMP}.tar.gz`))).length).toBe(made.bytes);
    expect((await verifyBackup(operator, archive)).manifestHash).toBe(made.manifestHash);
    expect(await listBackups(operator, place())).toMatchObject([
      { name: `${STAMP}.tar.gz`, kind: "regular", bytes: made.bytes, head: { hasEvents: true }, problem: null },
    ]);

    await withSql(world().databaseUrl, (connection) => connection.all("DELETE FROM event_row"));
    const { deps } = world();
    const preview = await withSql(world().databaseUrl, (connection) =>
      previewRestore(operator, archive, { connection, deps }),
    );
    expect([preview.now?.rows.request_event, preview.archived.rows.request_event]).toEqual([0, 30]);
    const restored = await withSql(world().databaseUrl, (connection) =>
      restoreBackup(operator, { file: archive, productVersion: "1.0.0" }, { connection }, deps),
    );

    expect(restored.backup.manifestHash).toBe(made.manifestHash);
    expect(await countRows(world(), "event_row")).toBe(30);
    const [entry] = await deps.db.auditEntry.findMany({ where: { action: "backup.restore" } });
    expect(JSON.parse(entry?.after ?? "{}")).toMatchObject({
      file: `${STAMP}.tar.gz`,
      manifestHash: made.manifestHash,
    });
  });
});

describe("archives in S3-compatible storage", () => {
  it("are waited for no longer than allowed where the storage takes connections and answers none", async () => {
    const world = await filled();
    const hung = createServer();
    await new Promise<void>((resolve) => hung.listen(0, "127.0.0.1", () => resolve()));
    onTestFinished(() => void hung.close());
    const origin = `http://127.0.0.1:${(hung.address() as AddressInfo).port}`;
    const silent = s3Storage({ ...s3.settings, endpoint: new URL(origin) }, address, { answerMs: 300 });
    const why = `cannot be reached at ${origin} (no answer in 0.3 s). Set CCO_S3_ENDPOINT right`;

    expect(await describeRefusal(backUp(world, silent))).toContain(why);
    expect(await describeRefusal(listBackups(operator, silent))).toContain(why);
    expect(await describeRefusal(readBackup(silent.source(`${STAMP}.tar.gz`), async () => {}))).toContain(why);
  });

  it("are deleted beyond --keep, once the new one was read back, and no other object is", async () => {
    const world = await makeWorld();
    const bucket = await S3Bucket.open(s3.settings, BUCKET);
    const others = ["notes.txt", "cco-before-restore-20200101T000000Z.tar.gz", `deeper/${STAMP}.tar.gz`];
    for (const name of others) await bucket.put(key(name), Buffer.from("mine"));
    const names: string[] = [];
    for (let at = 0; at < 4; at += 1) {
      const { file, deleted } = await backUp(world, place(), { keep: 2 });
      names.push(basename(file));
      expect(deleted).toEqual(at < 2 ? [] : [names[at - 2]]);
      world.wait(at === 0 ? 0 : 60_000);
    }

    expect(names[1]).toBe(`${STAMP}-2.tar.gz`);
    expect(objects()).toEqual([...names.slice(2), ...others.slice(0, 2)].sort());
    expect(s3.objects(BUCKET, key("deeper"))).toEqual([`${STAMP}.tar.gz`]);
    const last = s3.arrived.findIndex((line) => line.startsWith(`GET /${BUCKET}/${key(names[3] ?? "")}`));
    expect(s3.arrived.slice(last).filter((line) => line.startsWith("DELETE"))).toHaveLength(1);
  });

  it("are kept, all of them, where the new one did not arrive as it was sent", async () => {
    const world = await filled();
    await backUp(world, place());
    world.wait(60_000);
    s3.fault = onObjects("GET", { cutAfterBytes: 500 });

    expect(await describeRefusal(backUp(world, place(), { keep: 1 }))).toMatch(
      /^backup\.unwritable: The backup was sent to s3:.*, but what can be read there is not what was sent\. .* No older backup was deleted/,
    );
    expect(objects()).toContain(`${STAMP}.tar.gz`);
    expect(s3.arrived.filter((line) => line.startsWith("DELETE"))).toEqual([]);
  });

  it("that cannot be deleted are named, and the backup counts as made", async () => {
    const world = await makeWorld();
    const old = await backUp(world, place());
    world.wait(60_000);
    s3.fault = onObjects("DELETE", { status: 403, code: "AccessDenied" });

    expect(await backUp(world, place(), { keep: 1 })).toMatchObject({
      deleted: [],
      notDeleted: [{ name: basename(old.file), reason: "AccessDenied" }],
    });
  });

  it("leave nothing that looks like a backup when an upload breaks off, and the parts are given back", async () => {
    const world = await filled();
    s3.fault = onObjects("PUT", { status: 403, code: "AccessDenied" }, (url) => url.includes("partNumber=2"));

    expect(await describeRefusal(backUp(world, place(s3.settings, 2_048), { hasEvents: true }))).toMatch(
      /^backup\.unwritable: .*does not allow it.*Nothing was left of it/,
    );
    expect(objects()).toEqual([]);
    expect(s3.arrived.filter((line) => line.startsWith("DELETE") && line.includes("uploadId="))).toHaveLength(1);
    expect(await world.deps.db.auditEntry.count({ where: { action: "backup.make" } })).toBe(0);
  });

  it("count as made when the answer to their last request is lost", async () => {
    const world = await makeWorld();
    let puts = 0;
    s3.fault = (method) => {
      if (method !== "PUT") return "pass";
      puts += 1;
      return puts === 1 ? { cutAfterBytes: 0 } : { status: 412, code: "PreconditionFailed" };
    };

    const made = await backUp(world, place());

    expect(puts).toBe(2);
    expect((await verifyBackup(operator, source(made.file))).manifestHash).toBe(made.manifestHash);
  });

  it("are written without the condition where the storage does not know it", async () => {
    const world = await makeWorld();
    s3.fault = (method, _url, headers) =>
      method === "PUT" && headers["if-none-match"] !== undefined ? { status: 501, code: "NotImplemented" } : "pass";

    await backUp(world, place());

    expect(objects()).toEqual([`${STAMP}.tar.gz`]);
  });

  it("never take the place of another one of the same second", async () => {
    const world = await makeWorld();
    const first = await backUp(world, place());
    s3.fault = (method, url) =>
      method === "GET" && url.includes("prefix=")
        ? { status: 200, code: "", body: "<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>" }
        : method === "PUT"
          ? { status: 412, code: "PreconditionFailed" }
          : "pass";

    expect(await describeRefusal(backUp(world, place()))).toMatch(
      /got another backup of the same name meanwhile\. Try again/,
    );
    s3.fault = () => "pass";
    expect((await verifyBackup(operator, source(first.file))).manifestHash).toBe(first.manifestHash);
  });

  it("end uploads that were left a day ago under their names, and no others", async () => {
    const world = await makeWorld();
    const upload = (name: string, id: string, ageMs: number) =>
      `<Upload><Key>${key(name)}</Key><UploadId>${id}</UploadId><Initiated>${new Date(Date.now() - ageMs).toISOString()}</Initiated></Upload>`;
    const day = 86_400_000;
    const body = `<ListMultipartUploadsResult>${[
      upload(`${STAMP}.tar.gz`, "old", day + 60_000),
      upload(`${STAMP}.tar.gz`, "fresh", day - 60_000),
      upload("cco-notes.txt", "other", 2 * day),
      upload(`cco-deeper/${STAMP}.tar.gz`, "deeper", 2 * day),
    ].join("")}</ListMultipartUploadsResult>`;
    s3.fault = (_method, url) => (url.includes("uploads=") ? { status: 200, code: "", body } : "pass");

    await backUp(world, place(), { keep: 3 });

    const ended = s3.arrived.filter((line) => line.startsWith("DELETE"));
    expect(ended).toEqual([expect.stringContaining("uploadId=old")]);
  });

  it("that were truncated or changed there are refused, and nothing is restored from them", async () => {
    const world = await filled();
    const { file } = await backUp(world, place(), { hasEvents: true });
    const stored = s3.toFile(BUCKET, key(basename(file)));
    const restore = () =>
      withSql(world.databaseUrl, (connection) =>
        restoreBackup(operator, { file: source(file), productVersion: "1" }, { connection }, world.deps),
      );
    editArchive(stored, "claude-opus", "claude-opux", stored);
    expect(await describeRefusal(verifyBackup(operator, source(file)))).toMatch(
      /^backup\.damaged: .*is not what was written/,
    );
    expect(await describeRefusal(restore())).toMatch(/^backup\.damaged/);
    truncateSync(stored, 3_000);
    expect(await describeRefusal(verifyBackup(operator, source(file)))).toMatch(
      /^backup\.damaged: This backup ends too early/,
    );
    expect(await describeRefusal(restore())).toMatch(/^backup\.damaged/);
    truncateSync(stored, 20);
    expect(await describeRefusal(verifyBackup(operator, source(file)))).toMatch(/^backup\.foreign/);
    expect(await countRows(world, "event_row")).toBe(30);
  });

  it("whose bytes stop on the way are not called damaged: the connection is", async () => {
    const world = await filled();
    const { file } = await backUp(world, place(), { hasEvents: true });
    s3.fault = onObjects("GET", { cutAfterBytes: 3_000 });

    expect(await describeRefusal(verifyBackup(operator, source(file)))).toMatch(
      /^backup\.unreadable: s3:.* cannot be reached/,
    );
  });

  it("that do not exist are named with the command that lists the others", async () => {
    expect(
      await describeRefusal(verifyBackup(operator, source(`s3://${BUCKET}/${key("cco-backup-1.tar.gz")}`))),
    ).toMatch(
      /^not-found: s3:.*cco-backup-1\.tar\.gz does not exist\. cco backup list --to s3:\/\/backups\/test\/\d+ shows/,
    );
  });
});

it("the console lists, makes, proves, previews and downloads backups of a bucket, and says what is wrong with one", async () => {
  const world = await filled();
  const owner = await world.person("owner", "Ada");
  const { settings } = s3;
  const deps = { ...world.deps, config: { ...world.deps.config } };
  const backups = { everyHours: 24, keep: 3, folder: place().name };
  deps.config.backups = { ...backups, bucket: { ok: true, settings, address } };

  const { name } = await makeOwnBackup(owner, {}, deps);
  const { stream, bytes } = await readOwnBackup(owner, name, deps);
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);

  expect(objects()).toEqual([name]);
  expect(await listOwnBackups(owner, deps)).toMatchObject({ folder: place().name, backups: [{ name, bytes }] });
  expect(Buffer.concat(parts).equals(readFileSync(s3.toFile(BUCKET, key(name))))).toBe(true);
  expect((await verifyOwnBackup(owner, name, deps)).files).toBeGreaterThan(3);
  expect((await previewOwnRestore(owner, name, deps)).command).toContain(`${place().name}/${name}`);
  deps.config.backups = { ...backups, bucket: { ok: false, problem: "CCO_S3_ENDPOINT is wrong" } };
  expect(await describeRefusal(listOwnBackups(owner, deps))).toMatch(
    /^backup\.unreadable: CCO_S3_ENDPOINT is wrong\. /,
  );
});

describe("storage that cannot be used", () => {
  const own = (change: Partial<S3Settings>): S3Settings => ({ ...s3.settings, ...change });
  const keys = (accessKeyId: string, secretAccessKey: string) => own({ credentials: { accessKeyId, secretAccessKey } });
  const all = (fault: Fault) => () => {
    s3.fault = () => fault;
    return s3.settings;
  };
  it.each<[string, () => S3Settings, RegExp]>([
    [
      "is out of reach",
      () => own({ endpoint: new URL("http://127.0.0.1:1") }),
      / cannot be reached at http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\)\. Set CCO_S3_ENDPOINT right/,
    ],
    [
      "has no such name",
      () => own({ endpoint: new URL("http://s3.invalid") }),
      / cannot be reached at http:\/\/s3\.invalid \((ENOTFOUND|EAI_AGAIN)\)/,
    ],
    [
      "knows another secret",
      () => keys("S3RVER", "another"),
      / refuses the credentials\. Set CCO_S3_ACCESS_KEY_ID and CCO_S3_SECRET_ACCESS_KEY/,
    ],
    ["does not know the key", () => keys("OTHER", "S3RVER"), / refuses the credentials\. Set CCO_S3_ACCESS_KEY_ID/],
    [
      "has no such bucket",
      () => {
        address = { ...address, bucket: "not-there" };
        return s3.settings;
      },
      / is in a bucket that does not exist\. Make the bucket/,
    ],
    [
      "does not allow it",
      all({ status: 403, code: "AccessDenied" }),
      / does not allow it\. Allow the key of CCO_S3_ACCESS_KEY_ID to list/,
    ],
    [
      "is in another region",
      all({ status: 301, code: "PermanentRedirect" }),
      / is in another region .*Set CCO_S3_REGION/,
    ],
    [
      "fails",
      all({ status: 500, code: "InternalError" }),
      / fails at http:.* \(500, InternalError\)\. Look at the storage/,
    ],
    [
      "speaks TLS where this does not",
      () => own({ endpoint: new URL(s3.url.replace("http:", "https:")) }),
      / does not speak TLS at https:/,
    ],
    [
      "is none",
      all({ status: 404, code: "", body: "<html>Not found</html>" }),
      / gives an answer at http:.* that is not one of S3 \(404/,
    ],
  ])(
    "and %s: one sentence with its name and the fix, for reading and for writing",
    async (_what, buildSettings, why) => {
      const world = await makeWorld();
      const settings = buildSettings();

      const [writing, reading, verifying] = await Promise.all([
        describeRefusal(backUp(world, place(settings))),
        describeRefusal(listBackups(operator, place(settings))),
        describeRefusal(verifyBackup(operator, s3Source(settings, { ...address, prefix: key("x.tar.gz/") }))),
      ]);

      const named = `s3://${address.bucket}/${address.prefix.slice(0, -1)}`;
      expect(writing).toMatch(why);
      expect(writing).toMatch(
        new RegExp(`^backup\\.unwritable: The backup could not be written: ${named} .*Nothing was left`),
      );
      expect(reading).toMatch(why);
      expect(reading).toMatch(new RegExp(`^backup\\.unreadable: ${named} .*Nothing was changed\\.$`));
      expect(verifying).toMatch(/^backup\.unreadable: .*x\.tar\.gz /);
      expect(await world.deps.db.auditEntry.count({ where: { action: "backup.make" } })).toBe(0);
    },
  );

  it.each<[Fault, RegExp]>([
    [{ status: 507, code: "XMinioStorageFull" }, / is full\. Make room in it\. Nothing was left of it/],
    [{ status: 403, code: "QuotaExceeded" }, / is full\. Make room in it\. Nothing was left of it/],
    [{ status: 403, code: "AccessDenied" }, / does not allow it\. .*Nothing was left of it/],
  ])("because it takes nothing (%j) leaves the backups before it as they were", async (fault, why) => {
    const world = await makeWorld();
    const { file } = await backUp(world, place());
    world.wait(60_000);
    s3.fault = onObjects("PUT", fault);

    expect(await describeRefusal(backUp(world, place(), { keep: 1 }))).toMatch(why);
    expect(objects()).toEqual([basename(file)]);
  });
});
