import { formatCounted } from "#core/report/plural.ts";
import { type AlertKind, DAY_MS, findHalfOfWhatIsLeft } from "../alert-kind.ts";

/** A proxy key ends soon: the pipeline or person behind it would be refused. */
export const keyExpiry: AlertKind = {
  name: "Proxy key about to expire",
  about: ({ threshold }) => `within ${formatCounted(threshold, "day")}`,
  threshold: { label: "Within", unit: "days", min: 1, max: 90 },
  sample: null,
  defaults: { threshold: 7, minimumSample: 0, holdMs: 0, coolDownMs: 90 * DAY_MS },
  isOnAtFirst: true,
  judge({ keys, atMs }, { threshold }) {
    const ahead = keys.filter(({ expiresAtMs }) => expiresAtMs > atMs).sort((a, b) => a.expiresAtMs - b.expiresAtMs);
    const [next] = ahead;
    const daysTo = (ms: number) => Math.max(0, Math.floor((ms - atMs) / DAY_MS));
    const when = (ms: number) => (daysTo(ms) === 0 ? "within a day" : `in ${formatCounted(daysTo(ms), "day")}`);
    return {
      now: next === undefined ? "no key expires" : `next: ${next.name} ${when(next.expiresAtMs)}`,
      missing: 0,
      over: ahead
        .filter(({ expiresAtMs }) => expiresAtMs - atMs <= threshold * DAY_MS)
        .map(({ id, name, owner, expiresAtMs }) => ({
          subject: `${id} ${expiresAtMs}`,
          title: `The proxy key ${name} expires ${when(expiresAtMs)}`,
          value: `${name}, ${when(expiresAtMs)}`,
          evidence: [
            { label: "Key", text: name },
            { label: "Owner", text: owner ?? "no person" },
            { label: "Expires", text: new Date(expiresAtMs).toISOString() },
          ],
          fix: { label: "Open keys", path: "/settings" },
        })),
    };
  },
  findLongestQuietMs: findHalfOfWhatIsLeft,
};
