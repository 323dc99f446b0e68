import { formatCount, formatDuration } from "#core/report/format.ts";
import { type AlertKind, instanceGivenUpFor, isInstanceGone, MINUTE_MS } from "../alert-kind.ts";

/** A proxy that did not sign off has stopped reporting. */
export const instanceSilent: AlertKind = {
  name: "Instance not responding",
  about: ({ threshold }) => `no sign of life for ${formatDuration(threshold * 1_000)}`,
  threshold: { label: "Silent for", unit: "seconds", min: 30, max: 86_400 },
  sample: null,
  defaults: { threshold: 60, minimumSample: 0, holdMs: 0, coolDownMs: 10 * MINUTE_MS },
  isOnAtFirst: true,
  givenUpFor: instanceGivenUpFor,
  judge({ instances, atMs }, { threshold }) {
    const gone = instances.filter((one) => isInstanceGone(one, atMs));
    const known = instances.filter((one) => !gone.includes(one));
    const silent = known.filter(({ seenAtMs }) => atMs - seenAtMs > threshold * 1_000);
    const responding = `${formatCount(known.length - silent.length)} of ${formatCount(known.length)} respond`;
    return {
      now: gone.length === 0 ? responding : `${responding}; ${formatCount(gone.length)} given up`,
      missing: 0,
      over: silent.map(({ id, hostname, seenAtMs }) => ({
        subject: id,
        // With the id: others on the same host may be well.
        title: `The proxy ${id} on ${hostname} has not reported for ${formatDuration(atMs - seenAtMs)}`,
        value: `silent for ${formatDuration(atMs - seenAtMs)}`,
        evidence: [
          { label: "Host", text: hostname },
          { label: "Instance", text: id },
        ],
        fix: { label: "Show instances", path: "/settings" },
      })),
      isGivenUp: (subject) => gone.some(({ id }) => id === subject),
    };
  },
};
