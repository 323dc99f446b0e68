import { systemActor } from "#core/access/actor.ts";
import { toCountedAddress, toSite } from "#core/access/counted-address.ts";
import { AppError } from "#core/errors.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { Tx } from "#store/client.ts";
import { hashSecret } from "#store/hashes.ts";
import { pruneThrottle, putThrottle, type ThrottleRow, throttleRows } from "#store/sign-in-throttle.ts";
import { inTransaction } from "#store/transaction.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";

interface Limit {
  failuresMax: number;
  windowMs: number;
  lockMs: number;
  /** Each further lock in a row lasts twice as long, up to this. */
  lockMsMax: number;
}

const minute = 60_000;

/**
 * Limits of the four counters. `account` is one account seen from one address: guessing locks the guesser, and the
 * owner elsewhere is not locked out with him. `everywhere` catches one account guessed from many addresses. `address`
 * catches many accounts guessed from one, `network` from the many addresses of one IPv6 site.
 */
const limits = {
  account: { failuresMax: 10, windowMs: 60 * minute, lockMs: 10 * minute, lockMsMax: 160 * minute },
  everywhere: { failuresMax: 100, windowMs: 60 * minute, lockMs: 10 * minute, lockMsMax: 10 * minute },
  address: { failuresMax: 30, windowMs: 10 * minute, lockMs: 10 * minute, lockMsMax: 160 * minute },
  network: { failuresMax: 300, windowMs: 10 * minute, lockMs: 10 * minute, lockMsMax: 160 * minute },
} as const satisfies Record<string, Limit>;

type Counter = keyof typeof limits;
type Attempt = { key: string; counter: Counter }[];

/**
 * Counts an attempt as failed before the password is checked, or throws `auth.too-many-attempts`. So a thousand at once
 * cannot all pass. Counters are in the database: a restart does not reset them. Keys are hashes, because people type
 * passwords into the e-mail field.
 */
export async function reserveAttempt(
  who: { email: string; address: string | null },
  deps: ControlDeps,
): Promise<Attempt> {
  const address = who.address ?? "unknown";
  const place = toCountedAddress(address);
  const attempt: Attempt = [
    { counter: "account", key: throttleKey("account", `${who.email}\n${place}`) },
    { counter: "everywhere", key: throttleKey("everywhere", who.email) },
    { counter: "address", key: throttleKey("address", place) },
  ];
  const network = toSite(place);
  if (network !== place) attempt.push({ counter: "network", key: throttleKey("network", network) });
  const lockedUntil = await inTransaction(deps.db, (tx) => countAttempt(tx, attempt, address, deps.now()));
  if (lockedUntil) {
    const retryAfterS = Math.max(1, Math.ceil((lockedUntil.getTime() - deps.now().getTime()) / 1000));
    const text = `Too many attempts. Try again in ${waitText(retryAfterS)}.`;
    throw new AppError("auth.too-many-attempts", { retryAfterS }, text);
  }
  return attempt;
}

/** Removes an attempt once the password proved right. The address keeps its other failures. */
export async function forgiveAttempt(tx: Tx, attempt: Attempt, now: Date): Promise<void> {
  const rows = await throttleRows(
    tx,
    attempt.map(({ key }) => key),
  );
  for (const { key, counter } of attempt) {
    const row = rows.find((candidate) => candidate.key === key);
    if (!row) continue;
    const failures = counter === "account" ? 0 : Math.max(0, row.failures - 1);
    await putThrottle(tx, {
      key,
      failures,
      windowStartAt: failures === 0 ? now : row.windowStartAt,
      lockedUntil: null,
    });
  }
}

/** Counts an attempt. Null when it may go on; else the instant at which the longest lock ends. */
async function countAttempt(tx: Tx, attempt: Attempt, address: string, now: Date): Promise<Date | null> {
  // A write first: it takes the lock, so two attempts cannot both read the same count.
  await pruneThrottle(tx, new Date(now.getTime() - 24 * 60 * minute));
  const rows = await throttleRows(
    tx,
    attempt.map(({ key }) => key),
  );
  const locks = rows.flatMap((row) => (row.lockedUntil && row.lockedUntil > now ? [row.lockedUntil] : []));
  if (locks.length > 0) return locks.reduce((latest, lock) => (lock > latest ? lock : latest));
  for (const { key, counter } of attempt) {
    const row = rows.find((candidate) => candidate.key === key) ?? null;
    const next = counted(key, row, limits[counter], now);
    await putThrottle(tx, next);
    if (!next.lockedUntil) continue;
    const after = { counter, address, lockedUntil: next.lockedUntil.toISOString() };
    await recordAudit(tx, systemActor, { action: "session.locked", after }, now);
  }
  return null;
}

/** Adds one failure; the last one allowed also sets the lock, so that the next attempt meets it. */
function counted(key: string, row: ThrottleRow | null, limit: Limit, now: Date): ThrottleRow {
  const isOpen = row !== null && now.getTime() - row.windowStartAt.getTime() < limit.windowMs;
  const failures = isOpen ? row.failures + 1 : 1;
  const windowStartAt = isOpen ? row.windowStartAt : now;
  if (failures % limit.failuresMax !== 0) return { key, failures, windowStartAt, lockedUntil: null };
  const lockMs = Math.min(limit.lockMsMax, limit.lockMs * 2 ** (failures / limit.failuresMax - 1));
  const lockedUntil = new Date(now.getTime() + lockMs);
  // The window restarts when the lock ends, so that consecutive locks are recognised.
  return { key, failures, windowStartAt: lockedUntil, lockedUntil };
}

const throttleKey = (counter: Counter, text: string): string => `${counter}:${hashSecret(text).slice(0, 32)}`;

const waitText = (seconds: number): string =>
  seconds <= 90 ? formatCounted(seconds, "second") : formatCounted(Math.ceil(seconds / 60), "minute");
