import type { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import tar from "tar-stream";
import { AppError } from "#core/errors.ts";
import { fileSource } from "./file-source.ts";
import type { ArchiveSource } from "./storage.ts";

/** Appends one file to the archive, once there is room for it in memory. */
export type AddFile = (name: string, bytes: Buffer) => Promise<void>;

/** Upper bound of one file of an archive: each is read into memory as a whole. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;
/** Upper bound of what stands between two files: headers, which are collected in memory before the file is named. */
const BETWEEN_BYTES_MAX = 1024 * 1024;

/**
 * Writes a `.tar.gz` into a new sink and ends it. Rejects with the error of the sink where that fails: then the caller removes
 * what is there.
 */
export async function writeArchive(sink: Writable, fill: (add: AddFile) => Promise<void>): Promise<void> {
  const pack = tar.pack();
  const written = pipeline(pack, createGzip(), sink);
  const add: AddFile = (name, bytes) => {
    const added = new Promise<void>((resolve, reject) => {
      const header = { name, size: bytes.length, mode: 0o600, mtime: new Date() };
      const entry = pack.entry(header, (error) => (error ? reject(error) : resolve()));
      entry.on("error", reject);
      entry.end(bytes);
    });
    // A full disk ends the pipeline; the entry may never say so.
    return Promise.race([added, written]);
  };
  let failure: { of: unknown } | null = null;
  sink.once("error", (error) => {
    failure ??= { of: error };
  });
  // Awaited below; a rejection before that is not unhandled.
  written.catch(() => {});
  try {
    await fill(add);
  } catch (error) {
    const first: { of: unknown } | null = failure;
    pack.destroy();
    await written.catch(() => {});
    throw first === null ? error : (first as { of: unknown }).of;
  }
  pack.finalize();
  await written;
}

/** Returned by who has read enough. */
export const STOP = Symbol("stop");

/**
 * Reads an archive, by its path where it lies on this machine, file by file, in their order. Throws `backup.foreign`
 * where it is none, and `backup.damaged` where it ends too early or cannot be unpacked; what `onFile` throws passes
 * through. Nothing more is read after a file for which it returns `STOP`.
 */
export async function readArchive(
  from: string | ArchiveSource,
  onFile: (name: string, bytes: Buffer) => typeof STOP | Promise<void>,
): Promise<void> {
  const extract = tar.extract();
  const source = typeof from === "string" ? fileSource(from) : from;
  let hasBegun = false;
  let betweenBytes = 0;
  async function* bounded(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      betweenBytes += chunk.length;
      if (betweenBytes > BETWEEN_BYTES_MAX)
        throw hasBegun ? damaged("too much stands between two of its files") : new AppError("backup.foreign");
      yield chunk;
    }
  }
  const fed = pipeline(await opened(source), createGunzip(), bounded, extract);
  fed.catch(() => {});
  let isStopped = false;
  let refusal: unknown = null;
  try {
    for await (const entry of extract) {
      if ((entry.header.size ?? 0) > FILE_BYTES_MAX) refusal = damaged(`${entry.header.name} is too large`);
      if (refusal !== null) break;
      const parts: Buffer[] = [];
      betweenBytes = 0;
      for await (const part of entry) {
        parts.push(part);
        betweenBytes = 0;
      }
      hasBegun = true;
      try {
        isStopped = (await onFile(entry.header.name, Buffer.concat(parts))) === STOP;
      } catch (error) {
        refusal = error;
      }
      if (isStopped || refusal !== null) break;
    }
    if (!isStopped && refusal === null) await fed;
  } catch (error) {
    const problem = await fed.then(
      () => error,
      (reason: unknown) => readProblem(reason, source, hasBegun),
    );
    throw problem ?? error;
  } finally {
    extract.destroy();
  }
  if (refusal !== null) throw refusal;
}

const opened = (source: ArchiveSource) =>
  source.open().catch((error: unknown) => {
    throw source.toRefusal(error) ?? error;
  });

/** A part of the archive that cannot be trusted, in words for the operator. */
export const damaged = (reason: string): AppError =>
  new AppError(
    "backup.damaged",
    { reason },
    `This backup is damaged: ${reason}. Copy it again from where it was made, or choose another one.`,
  );

function readProblem(error: unknown, source: ArchiveSource, hasBegun: boolean): unknown {
  if (!(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const problem = source.toRefusal(error);
  if (problem !== null) return problem;
  if (code === "Z_BUF_ERROR" || error.message === "Unexpected end of data")
    return hasBegun ? endsEarly() : new AppError("backup.foreign");
  if (code?.startsWith("Z_") || error.message.startsWith("Invalid tar header"))
    return hasBegun ? damaged("a part of it cannot be unpacked") : new AppError("backup.foreign");
  return error;
}

/** The end is missing. */
export const endsEarly = (): AppError =>
  new AppError(
    "backup.damaged",
    { reason: "cut off" },
    "This backup ends too early: it was cut off. Copy it again from where it was made, or choose another one.",
  );
