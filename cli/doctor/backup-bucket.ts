import type { Env } from "#config/env-values.ts";
import type { ProxySettings } from "#config/read-env.ts";
import { isS3Address, readS3Place } from "#config/read-s3.ts";
import { S3Bucket } from "#control/backup/s3-bucket.ts";
import { s3Problem } from "#control/backup/s3-problem.ts";
import { type Finding, ok, problem } from "./finding.ts";

const ANSWER_WITHIN_MS = 10_000;
const SUBJECT = "backup bucket";

/** Whether the bucket for backups lists what is in it; nothing where none is named. Writes nothing into it. */
export async function checkBackupBucket({ backups: { folder } }: ProxySettings, env: Env): Promise<Finding[]> {
  if (folder === null || !isS3Address(folder)) return [];
  const place = readS3Place(env, "CCO_BACKUP_FOLDER", folder);
  if (!place.ok) return [problem(SUBJECT, place.problem, "correct CCO_BACKUP_FOLDER or the CCO_S3_ variables")];
  const { settings, address } = place;
  try {
    const bucket = await S3Bucket.open(settings, address.bucket, ANSWER_WITHIN_MS);
    await bucket.list(address.prefix);
    return [ok(SUBJECT, `${folder} answers and takes the key`)];
  } catch (error) {
    const { because, fix } = s3Problem(error, settings);
    return [problem(SUBJECT, `${folder} ${because}`, fix)];
  }
}
