import type { ProxySettings } from "#config/read-env.ts";
import { connectionFault } from "#core/connection-fault.ts";
import { type Finding, ok, warning } from "./finding.ts";

const ANSWER_WITHIN_MS = 5_000;
const SUBJECT = "Redis";

/** Whether the shared memory of several instances answers; nothing where none is named. Reads and writes no key of it. */
export async function checkRedis({ redisUrl }: ProxySettings): Promise<Finding[]> {
  if (redisUrl === null) return [];
  const place = new URL(redisUrl).host;
  const refusal = await ping(redisUrl);
  if (refusal === null) return [ok(SUBJECT, `${place} answers`)];
  return [warning(SUBJECT, `${place} ${refusal}`, "each instance uses its own memory meanwhile; see CCO_REDIS_URL")];
}

/** Null: it took the password, where there is one, and answered. */
async function ping(url: string): Promise<string | null> {
  // Loaded here: most installations name none.
  const { Redis } = await import("ioredis");
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: ANSWER_WITHIN_MS,
    commandTimeout: ANSWER_WITHIN_MS,
    retryStrategy: () => null,
    enableOfflineQueue: false,
    enableReadyCheck: false,
  });
  let fault: unknown = null;
  redis.on("error", (error: unknown) => {
    fault = error;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    redis.disconnect();
    return describeRefusal(fault ?? error);
  }
  // The client goes on in database 0, which is another one, where the server has none of this number.
  const { db = 0 } = redis.options;
  try {
    if (db > 0) await redis.select(db);
    return null;
  } catch (error) {
    return `has no database ${db} for this user (${describeRefusal(error)})`;
  } finally {
    redis.disconnect();
  }
}

/** A refusal is one word and a sentence; nothing of the sentence is shown, it may repeat what was sent. */
function describeRefusal(error: unknown): string {
  const known = connectionFault(error);
  if (known !== null) return known.what;
  const { name, message } = error instanceof Error ? error : new Error("");
  if (name === "ReplyError") return `refuses (${/^\w+/.exec(message)?.[0] ?? "no reason"})`;
  // As the library says of bytes that are none of the protocol's.
  return message.startsWith("Unknown RESP type") ? "is no Redis" : "does not answer";
}
