// Short because it is one of the looks of `cco doctor`, each of which has a file.

import type { Env } from "#config/env-values.ts";
import type { ProxySettings } from "#config/read-env.ts";
import { isS3Address, readS3Place } from "#config/read-s3.ts";
import { findBucketProblem } from "#control/backup/s3-storage.ts";
import { type Finding, ok, problem } from "./finding.ts";

const ANSWER_WITHIN_MS = 10_000;
const SUBJECT = "backup bucket";

/** Whether the bucket for backups lists what is in it; nothing where none is named. Writes nothing into it. */
export async function checkBackupBucket({ backups: { folder } }: ProxySettings, env: Env): Promise<Finding[]> {
  if (folder === null || !isS3Address(folder)) return [];
  const place = readS3Place(env, "CCO_BACKUP_FOLDER", folder);
  if (!place.ok) return [problem(SUBJECT, place.problem, "correct CCO_BACKUP_FOLDER or the CCO_S3_ variables")];
  const found = await findBucketProblem(place.settings, place.address, ANSWER_WITHIN_MS);
  if (found === null) return [ok(SUBJECT, `${folder} answers and takes the key`)];
  return [problem(SUBJECT, `${folder} ${found.because}`, found.fix)];
}
