import { type Env, type EnvReader, readSecret, readSwitch, readText, readUrl, shown } from "./env-values.ts";
import { isLoopbackHost } from "./loopback.ts";

/** S3-compatible storage, and what CCO proves itself with there. */
export interface S3Settings {
  /** Null: Amazon's own, by the region. */
  endpoint: URL | null;
  region: string;
  /** Null: the role of this machine, as Amazon's own programs find it. */
  credentials: { accessKeyId: string; secretAccessKey: string } | null;
  /** The bucket is a part of the path, not of the host name. */
  isPathStyle: boolean;
}

/** A bucket and what stands before the names in it. */
export interface S3Address {
  bucket: string;
  /** Empty, or ends with a slash. */
  prefix: string;
}

/** Whether a place for backups is a bucket, not a folder. */
export const isS3Address = (place: string): boolean => /^s3:/i.test(place);

/** What may be named as a place for backups. */
export const BACKUP_PLACES = "a folder, or a bucket of S3-compatible storage as s3://our-backups/cco";

/** Splits `s3://bucket/prefix`; null where it is none. */
export function parseS3Address(text: string): S3Address | null {
  const [, bucket = "", path = ""] =
    /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9])(?:\/(.*))?$/.exec(text) ?? [];
  const parts = path.replace(/\/$/, "").split("/");
  const isPath = parts.every((part) => /^[^\s?#\\]+$/.test(part) && part !== "." && part !== "..");
  if (bucket === "" || (path !== "" && !isPath)) return null;
  return { bucket, prefix: path === "" ? "" : `${parts.join("/")}/` };
}

/** A bucket and what CCO proves itself with there, or why it cannot be used, in one sentence. */
export type S3Reading = { ok: true; settings: S3Settings; address: S3Address } | { ok: false; problem: string };

/** Reads all that a place in a bucket needs. `variable` is what named it. */
export function readS3Place(env: Env, variable: string, place: string): S3Reading {
  const mistakes: string[] = [];
  const mistake = (_variable: string, message: string) => void mistakes.push(message);
  const settings = readS3Settings({ env, mistake, warn: () => {} }, variable, place);
  const address = parseS3Address(place);
  if (mistakes.length > 0 || settings === null || address === null) return { ok: false, problem: mistakes.join("; ") };
  return { ok: true, settings, address };
}

/** Reads the storage of `CCO_BACKUP_FOLDER` or `--to`, named in `variable`; null, with a mistake, where it cannot be used. */
export function readS3Settings(reader: EnvReader, variable: string, place: string): S3Settings | null {
  if (parseS3Address(place) === null) {
    reader.mistake(variable, `${variable}=${shown(place)} is no address of a bucket, such as s3://our-backups/cco`);
    return null;
  }
  const endpoint = readEndpoint(reader);
  const credentials = readCredentials(reader, endpoint);
  return {
    endpoint,
    region: readText(reader.env, "CCO_S3_REGION") ?? "us-east-1",
    credentials,
    isPathStyle: readSwitch(reader, "CCO_S3_PATH_STYLE") ?? endpoint !== null,
  };
}

function readEndpoint(reader: EnvReader): URL | null {
  const url = readUrl(reader, "CCO_S3_ENDPOINT");
  if (url === null) return null;
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    reader.mistake(
      "CCO_S3_ENDPOINT",
      "CCO_S3_ENDPOINT must not contain a user name, password, query or fragment: credentials go into CCO_S3_ACCESS_KEY_ID and CCO_S3_SECRET_ACCESS_KEY",
    );
  if (url.protocol === "http:" && !isLoopbackHost(url.hostname) && readSwitch(reader, "CCO_S3_INSECURE") !== true)
    reader.mistake(
      "CCO_S3_ENDPOINT",
      `CCO_S3_ENDPOINT=${url.origin} would send backups in plain text: use https://, or set CCO_S3_INSECURE=1 on a network you trust`,
    );
  return url;
}

function readCredentials(reader: EnvReader, endpoint: URL | null): S3Settings["credentials"] {
  const accessKeyId = readSecret(reader, "CCO_S3_ACCESS_KEY_ID");
  const secretAccessKey = readSecret(reader, "CCO_S3_SECRET_ACCESS_KEY");
  if (accessKeyId !== null && secretAccessKey !== null) return { accessKeyId, secretAccessKey };
  const isSet = (name: string) => readText(reader.env, name) !== null || readText(reader.env, `${name}_FILE`) !== null;
  const missing = ["CCO_S3_ACCESS_KEY_ID", "CCO_S3_SECRET_ACCESS_KEY"].filter((name) => !isSet(name));
  const [first] = missing;
  if (first !== undefined && (missing.length === 1 || endpoint !== null))
    reader.mistake(first, `${missing.join(" and ")} (or …_FILE) must be set for backups in S3-compatible storage`);
  return null;
}
