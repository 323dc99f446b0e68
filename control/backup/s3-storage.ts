import { Readable } from "node:stream";
import type { S3Address, S3Settings } from "#config/read-s3.ts";
import { AppError } from "#core/errors.ts";
import { quoteForShell } from "#core/shell-word.ts";
import { type BackupKind, backupKind, backupName, oldestBeyond } from "./names.ts";
import { S3Bucket } from "./s3-bucket.ts";
import { s3Problem } from "./s3-problem.ts";
import { ofStorage, PartedUpload, StorageError } from "./s3-upload.ts";
import type { ArchiveDraft, ArchiveSource, BackupStorage, Deletion, StoredArchive } from "./storage.ts";

/**
 * Size of all parts but the last, which is all that is held of an archive. Some storage wants parts of one size; ten
 * thousand are the most that one object has: 160 GB.
 */
const PART_BYTES = 16 * 1024 * 1024;
/** An upload as old as this was left by a process that was killed. */
const LEFT_MS = 86_400_000;

interface Storage {
  settings: S3Settings;
  address: S3Address;
  name: string;
  bucket: () => Promise<S3Bucket>;
}

interface S3StorageOptions {
  /** At least 5 MiB where the storage is Amazon's. */
  partBytes?: number | undefined;
  /** How long to wait for the answer to a question. */
  answerMs?: number | undefined;
}

/** Keeps archives below a prefix of a bucket. */
export function s3Storage(
  settings: S3Settings,
  address: S3Address,
  { partBytes = PART_BYTES, answerMs }: S3StorageOptions = {},
): BackupStorage {
  const storage = buildStorage(settings, address, answerMs);
  const { name } = storage;
  return {
    name,
    isRemote: true,
    begin: (kind, at) => begin(storage, { kind, at, partBytes }),
    list: () =>
      list(storage, "").catch((error: unknown) => {
        throw unreadable(error, storage);
      }),
    source: (file) => buildSource(storage, file),
    deleteOldest: (keep, made) => deleteOldest(storage, keep, made),
    unwritable: (error) => (error instanceof StorageError ? unwritable(error, storage) : null),
  };
}

/** Why a bucket does not list what it holds below a prefix; null where it does. Writes nothing. */
export async function findBucketProblem(
  settings: S3Settings,
  address: S3Address,
  answerMs: number,
): Promise<{ because: string; fix: string } | null> {
  const storage = buildStorage(settings, address, answerMs);
  return list(storage, "").then(
    () => null,
    (error: unknown) => toProblem(error, storage),
  );
}

/** One archive of a bucket, by the whole of its address. */
export function s3Source(settings: S3Settings, { bucket, prefix }: S3Address): ArchiveSource {
  const [, folder = "", file = ""] = /^(.*\/)?([^/]*)\/$/.exec(prefix) ?? [];
  return buildSource(buildStorage(settings, { bucket, prefix: folder }), file);
}

function buildStorage(settings: S3Settings, address: S3Address, answerMs?: number): Storage {
  let opened: Promise<S3Bucket> | null = null;
  return {
    settings,
    address,
    name: `s3://${address.bucket}/${address.prefix}`.replace(/\/$/, ""),
    bucket: () => {
      opened ??= S3Bucket.open(settings, address.bucket, answerMs);
      return opened;
    },
  };
}

async function list({ bucket, address }: Storage, start: string): Promise<StoredArchive[]> {
  const objects = await ofStorage(async () => (await bucket()).list(`${address.prefix}${start}`));
  return objects.flatMap(({ key, bytes }) => {
    const name = key.slice(address.prefix.length);
    const kind = name.includes("/") ? null : backupKind(name);
    return kind === null ? [] : [{ name, kind, bytes }];
  });
}

async function begin(
  storage: Storage,
  { kind, at, partBytes }: { kind: BackupKind; at: Date; partBytes: number },
): Promise<ArchiveDraft> {
  const { address } = storage;
  // Also the proof, before anything is read of the database, that the storage answers and takes the key.
  const stem = backupName(kind, at).replace(/\.tar\.gz$/, "");
  const taken = new Set((await list(storage, stem)).map(({ name }) => name));
  let number = 1;
  while (taken.has(backupName(kind, at, number))) number += 1;
  const name = backupName(kind, at, number);
  const bucket = await ofStorage(storage.bucket);
  const parts = new PartedUpload(bucket, `${address.prefix}${name}`, partBytes);
  return {
    sink: parts,
    takeName: async () => ({ file: `${storage.name}/${name}`, name, bytes: parts.bytes }),
    publish: async () => {
      try {
        await ofStorage(() => parts.publish());
      } catch (error) {
        // The answer to an attempt that worked may have been lost: then the next one finds it done. It is read back in any case.
        const there = await list(storage, name).catch(() => []);
        if (!there.some((one) => one.name === name && one.bytes === parts.bytes)) throw error;
      }
    },
    discard: () => parts.discard(),
  };
}

function buildSource(storage: Storage, file: string): ArchiveSource {
  const name = `${storage.name}/${file}`;
  return {
    name,
    open: async () => {
      const { body, bytes } = await ofStorage(async () =>
        (await storage.bucket()).get(`${storage.address.prefix}${file}`),
      );
      return Readable.from(whole(body, bytes), { objectMode: false });
    },
    toRefusal: (error) => {
      if (!(error instanceof StorageError)) return null;
      if ((error.cause as Error).name !== "NoSuchKey") return unreadable(error, storage, name);
      const text = `${name} does not exist. cco backup list --to ${quoteForShell(storage.name)} shows the backups.`;
      return new AppError("not-found", { file: name }, text);
    },
  };
}

/** The bytes of an object: an end before the length it was announced with is an error of the connection. */
async function* whole(body: Readable, bytes: number | null): AsyncGenerator<Buffer> {
  let read = 0;
  try {
    for await (const chunk of body) {
      read += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  } catch (error) {
    throw new StorageError(error);
  } finally {
    body.destroy();
  }
  if (bytes !== null && read < bytes) throw new StorageError(Object.assign(new Error(), { code: "ECONNRESET" }));
}

async function deleteOldest(storage: Storage, keep: number, made: string): Promise<Deletion> {
  const result: Deletion = { deleted: [], notDeleted: [] };
  const note = (name: string, error: unknown) =>
    result.notDeleted.push({ name, reason: toProblem(error, storage).reason });
  const { prefix } = storage.address;
  try {
    const bucket = await storage.bucket();
    const names = (await list(storage, "")).map(({ name }) => name);
    for (const name of oldestBeyond(names, keep, made)) {
      await bucket.delete(`${prefix}${name}`).then(
        () => result.deleted.push(name),
        (error: unknown) => note(name, error),
      );
    }
    await endLeftUploads(bucket, prefix);
  } catch (error) {
    note(storage.name, error);
  }
  return result;
}

/**
 * Ends the uploads that killed processes left. Storage that lists none, or not to this key, is left to its own rules
 * for them.
 */
async function endLeftUploads(bucket: S3Bucket, prefix: string): Promise<void> {
  const open = await bucket.openUploads(`${prefix}cco-`).catch(() => []);
  for (const upload of open) {
    const isOurs = backupKind(upload.key) !== null && !upload.key.slice(prefix.length).includes("/");
    if (isOurs && Date.now() - upload.begunAt.getTime() > LEFT_MS) await bucket.abortUpload(upload).catch(() => {});
  }
}

const toProblem = (error: unknown, { settings }: Storage) =>
  s3Problem(error instanceof StorageError ? error.cause : error, settings);

function unreadable(error: unknown, storage: Storage, name = storage.name): AppError {
  const { reason, because, fix } = toProblem(error, storage);
  return new AppError("backup.unreadable", { reason }, `${name} ${because}. ${fix}. Nothing was changed.`);
}

function unwritable(error: StorageError, storage: Storage): AppError {
  const { reason, because, fix } = toProblem(error, storage);
  return new AppError(
    "backup.unwritable",
    { reason },
    `The backup could not be written: ${storage.name} ${because}. ${fix}. Nothing was left of it, and the backups before it are as they were.`,
  );
}
