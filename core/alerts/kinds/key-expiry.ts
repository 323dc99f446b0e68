import { formatDuration } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { type AlertKind, DAY_MS, findHalfOfWhatIsLeft, MINUTE_MS } from "../alert-kind.ts";

/**
 * Days for which the end of a key is news. Many keys are meant to end and are never revoked: firing on, they would take
 * the places of those that matter.
 */
const EXPIRED_DAYS = 7;

/** A proxy key ends soon, or has ended: the pipeline or person behind it is refused. */
export const keyExpiry: AlertKind = {
  name: "Proxy key about to expire",
  about: ({ threshold }) => `within ${formatCounted(threshold, "day")}`,
  threshold: { label: "Within", unit: "days", min: 1, max: 90 },
  sample: null,
  defaults: { threshold: 7, minimumSample: 0, holdMs: 0, coolDownMs: 90 * DAY_MS },
  isOnAtFirst: true,
  givenUpFor: `expired for ${EXPIRED_DAYS} days and not revoked`,
  judge({ keys, atMs }, { threshold }) {
    // Revoked ones are not among them: a revocation ends what fires.
    const watched = keys
      .filter(({ expiresAtMs }) => expiresAtMs > atMs - EXPIRED_DAYS * DAY_MS)
      .sort((a, b) => a.expiresAtMs - b.expiresAtMs);
    const old = new Set(keys.filter((key) => !watched.includes(key)).map(toSubject));
    return {
      now: describeNow(watched, atMs),
      missing: 0,
      over: watched
        .filter(({ expiresAtMs }) => expiresAtMs - atMs <= threshold * DAY_MS)
        .map((key) => ({
          subject: toSubject(key),
          title: `The proxy key ${key.name} ${formatExpiry(key.expiresAtMs, atMs)}`,
          value: `${key.name}, ${formatWhen(key.expiresAtMs, atMs)}`,
          evidence: [
            { label: "Key", text: key.name },
            { label: "Owner", text: key.owner ?? "no person" },
            { label: "Expires", text: new Date(key.expiresAtMs).toISOString() },
          ],
          fix: { label: "Open keys", path: "/settings" },
        })),
      isGivenUp: (subject) => old.has(subject),
    };
  },
  findLongestQuietMs: findHalfOfWhatIsLeft,
};

interface Ending {
  id: string;
  name: string;
  expiresAtMs: number;
}

const toSubject = ({ id, expiresAtMs }: Ending): string => `${id} ${expiresAtMs}`;

function describeNow(watched: readonly Ending[], atMs: number): string {
  const next = watched.find(({ expiresAtMs }) => expiresAtMs > atMs);
  const expired = watched.filter(({ expiresAtMs }) => expiresAtMs <= atMs);
  const last = expired.at(-1);
  const ahead = next === undefined ? [] : [`next: ${next.name} ${formatWhen(next.expiresAtMs, atMs)}`];
  const behind = last === undefined ? [] : [`${last.name} ${formatWhen(last.expiresAtMs, atMs)}`];
  const others = expired.length < 2 ? [] : [`${formatCounted(expired.length - 1, "other")} before`];
  return [...behind, ...others, ...ahead].join("; ") || "no key expires";
}

const formatExpiry = (expiresAtMs: number, atMs: number): string =>
  `${expiresAtMs > atMs ? "expires " : ""}${formatWhen(expiresAtMs, atMs)}`;

/** Formats "in 3 days", "within a day" or "expired 2 h ago". */
function formatWhen(expiresAtMs: number, atMs: number): string {
  const agoMs = atMs - expiresAtMs;
  if (agoMs >= 0) return agoMs < MINUTE_MS ? "expired just now" : `expired ${formatDuration(agoMs)} ago`;
  const days = Math.floor(-agoMs / DAY_MS);
  return days === 0 ? "within a day" : `in ${formatCounted(days, "day")}`;
}
