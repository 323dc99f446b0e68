import process from "node:process";
import { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import type { S3Settings } from "#config/read-s3.ts";

/** How long a connection may take, and how long one may be silent. */
const CONNECT_MS = 10_000;
const SILENT_MS = 60_000;
const ATTEMPTS_MAX = 4;
/** How long all attempts of a question may take until its answer begins. What sends the bytes of an archive may take longer. */
const ANSWER_MS = 30_000;

/** An upload in parts; nothing is seen under its key until it is completed. */
export interface Upload {
  key: string;
  id: string;
}

interface StoredPart {
  PartNumber: number;
  ETag: string;
}

/** One bucket of S3-compatible storage. Every call tries again what may pass, and rejects with the error of the client. */
export class S3Bucket {
  private constructor(
    private readonly client: S3Client,
    private readonly sdk: typeof import("@aws-sdk/client-s3"),
    private readonly bucket: string,
    private readonly answerMs: number,
  ) {}

  /** `answerMs`: how long to wait for the answer to a question. */
  static async open(
    { endpoint, region, credentials, isPathStyle }: S3Settings,
    bucket: string,
    answerMs = ANSWER_MS,
  ): Promise<S3Bucket> {
    // Loaded by the first use: 0.4 s and 20 MB that no other command needs.
    const sdk = await import("@aws-sdk/client-s3");
    // Silence the SDK's warning on every start that later releases of it want a newer Node. It is of no use to an
    // operator (decision 070).
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
    const client = new sdk.S3Client({
      region,
      forcePathStyle: isPathStyle,
      maxAttempts: ATTEMPTS_MAX,
      ...(endpoint === null ? {} : { endpoint: endpoint.href }),
      ...(credentials === null ? {} : { credentials }),
      // What is sent is signed with its SHA-256. The newer checksums are refused by much storage that is not Amazon's.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENT_MS },
    });
    return new S3Bucket(client, sdk, bucket, answerMs);
  }

  /** What lies directly below a prefix: not what has one more slash in its key. */
  async list(prefix: string): Promise<{ key: string; bytes: number }[]> {
    const found: { key: string; bytes: number }[] = [];
    let ContinuationToken: string | undefined;
    do {
      const command = new this.sdk.ListObjectsV2Command({
        Bucket: this.bucket,
        Prefix: prefix,
        Delimiter: "/",
        ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
      });
      const page = await this.within((abortSignal) => this.client.send(command, { abortSignal }));
      // Refuse a page that is no list of a bucket. A page of another program is read as a list of nothing. A list says
      // whose it is, or how long.
      if (page.Name === undefined && page.KeyCount === undefined && page.IsTruncated === undefined)
        throw Object.assign(new Error("no list of a bucket"), { name: "NoList", $metadata: page.$metadata });
      for (const { Key, Size } of page.Contents ?? [])
        if (Key !== undefined) found.push({ key: Key, bytes: Size ?? 0 });
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined);
    return found;
  }

  /** The bytes of an object, and how many it says there are. */
  async get(key: string): Promise<{ body: Readable; bytes: number | null }> {
    const command = new this.sdk.GetObjectCommand({ Bucket: this.bucket, Key: key });
    const { Body, ContentLength } = await this.within((abortSignal) => this.client.send(command, { abortSignal }));
    if (!(Body instanceof Readable)) throw new Error("an object without bytes");
    return { body: Body, bytes: ContentLength ?? null };
  }

  /** Writes a small object whole, only where there is none if the storage knows how. */
  async put(key: string, body: Buffer): Promise<void> {
    await this.onlyIfAbsent((condition) =>
      this.client.send(
        new this.sdk.PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body, ...about, ...condition }),
      ),
    );
  }

  async beginUpload(key: string): Promise<Upload> {
    const command = new this.sdk.CreateMultipartUploadCommand({ Bucket: this.bucket, Key: key, ...about });
    const { UploadId } = await this.within((abortSignal) => this.client.send(command, { abortSignal }));
    if (UploadId === undefined) throw new Error("an upload without an id");
    return { key, id: UploadId };
  }

  async uploadPart({ key, id }: Upload, number: number, body: Buffer): Promise<StoredPart> {
    const { ETag } = await this.client.send(
      new this.sdk.UploadPartCommand({ Bucket: this.bucket, Key: key, UploadId: id, PartNumber: number, Body: body }),
    );
    if (ETag === undefined) throw new Error("a part without an ETag");
    return { PartNumber: number, ETag };
  }

  /** Puts the parts together under the key, only where there is nothing if the storage knows how. */
  async completeUpload({ key, id }: Upload, parts: StoredPart[]): Promise<void> {
    await this.onlyIfAbsent((condition) =>
      this.client.send(
        new this.sdk.CompleteMultipartUploadCommand({
          Bucket: this.bucket,
          Key: key,
          UploadId: id,
          MultipartUpload: { Parts: parts },
          ...condition,
        }),
      ),
    );
  }

  async abortUpload({ key, id }: Upload): Promise<void> {
    const command = new this.sdk.AbortMultipartUploadCommand({ Bucket: this.bucket, Key: key, UploadId: id });
    await this.within((abortSignal) => this.client.send(command, { abortSignal }));
  }

  /** Uploads that were neither completed nor ended, with when they were begun. At most the first thousand. */
  async openUploads(prefix: string): Promise<(Upload & { begunAt: Date })[]> {
    const command = new this.sdk.ListMultipartUploadsCommand({ Bucket: this.bucket, Prefix: prefix });
    const { Uploads = [] } = await this.within((abortSignal) => this.client.send(command, { abortSignal }));
    return Uploads.flatMap(({ Key, UploadId, Initiated }) =>
      Key === undefined || UploadId === undefined || Initiated === undefined
        ? []
        : [{ key: Key, id: UploadId, begunAt: Initiated }],
    );
  }

  async delete(key: string): Promise<void> {
    const command = new this.sdk.DeleteObjectCommand({ Bucket: this.bucket, Key: key });
    await this.within((abortSignal) => this.client.send(command, { abortSignal }));
  }

  /**
   * Bounds a question: storage that takes connections and answers none would be asked four times for a minute each. The time
   * ends with the head of the answer, so a large object may take as long as it needs.
   */
  private async within<T>(ask: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    const end = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(Object.assign(new Error("no answer"), { code: `no answer in ${formatSeconds(this.answerMs)}` }));
        end.abort();
      }, this.answerMs);
    });
    const answer = ask(end.signal);
    answer.catch(() => {}); // aborted, after it was too late
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  }

  /** Storage that does not know the condition says so before it has written anything. */
  private async onlyIfAbsent(send: (condition: { IfNoneMatch?: "*" }) => Promise<unknown>): Promise<void> {
    try {
      await send({ IfNoneMatch: "*" });
    } catch (error) {
      const { name } = error as Error;
      if (name !== "NotImplemented" && name !== "InvalidArgument" && name !== "InvalidRequest") throw error;
      await send({});
    }
  }
}

const formatSeconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;

const about = { ContentType: "application/gzip" } as const;
