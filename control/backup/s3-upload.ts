import { Writable } from "node:stream";
import type { S3Bucket, Upload } from "./s3-bucket.ts";

/** What the client of the storage rejected with: errors of the database, which end a backup too, are others. */
export class StorageError extends Error {
  constructor(override readonly cause: unknown) {
    super("the storage of the backups failed");
  }
}

/** Runs a call of the client and says that it was the storage which failed. */
export const ofStorage = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw new StorageError(error);
  }
};

/** Sends what is written to it in parts, one at a time. An object of less than one part is sent whole, when it is published. */
export class PartedUpload extends Writable {
  bytes = 0;
  private part: Buffer;
  private filled = 0;
  private upload: Upload | null = null;
  private isOver = false;
  private readonly sent: Awaited<ReturnType<S3Bucket["uploadPart"]>>[] = [];

  constructor(
    private readonly bucket: S3Bucket,
    private readonly key: string,
    partBytes: number,
  ) {
    super();
    this.part = Buffer.allocUnsafe(partBytes);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.take(chunk).then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    const rest = this.upload === null || this.filled === 0 ? Promise.resolve() : this.send();
    rest.then(() => done(), done);
  }

  async publish(): Promise<void> {
    if (this.upload === null) await this.bucket.put(this.key, this.part.subarray(0, this.filled));
    else await this.bucket.completeUpload(this.upload, this.sent);
    this.isOver = true;
  }

  /** Ends an upload that was not completed: its parts cost room, though no one sees them. */
  async discard(): Promise<void> {
    this.destroy();
    if (this.isOver || this.upload === null) return;
    await this.bucket.abortUpload(this.upload).catch(() => {});
  }

  private async take(chunk: Buffer): Promise<void> {
    this.bytes += chunk.length;
    for (let at = 0; at < chunk.length; ) {
      if (this.filled === this.part.length) await this.send();
      const copied = chunk.copy(this.part, this.filled, at);
      this.filled += copied;
      at += copied;
    }
  }

  private async send(): Promise<void> {
    await ofStorage(async () => {
      this.upload ??= await this.bucket.beginUpload(this.key);
      this.sent.push(
        await this.bucket.uploadPart(this.upload, this.sent.length + 1, this.part.subarray(0, this.filled)),
      );
    });
    this.filled = 0;
  }
}
