import { formatCounted } from "#core/report/plural.ts";
import { type AlertKind, DAY_MS, findHalfOfWhatIsLeft } from "../alert-kind.ts";

/** The certificate of CCO's address ends soon: every client and browser would refuse the connection. */
export const certificateExpiry: AlertKind = {
  name: "Certificate about to expire",
  about: ({ threshold }) => `within ${formatCounted(threshold, "day")}, at CCO’s own address`,
  threshold: { label: "Within", unit: "days", min: 1, max: 90 },
  sample: null,
  defaults: { threshold: 14, minimumSample: 0, holdMs: 0, coolDownMs: 7 * DAY_MS },
  isOnAtFirst: true,
  judge({ certificate, atMs }, { threshold }) {
    if (certificate === null) return { now: "no https address is set", missing: 0, over: [] };
    const { host, expiresAtMs } = certificate;
    if (expiresAtMs === null)
      return {
        now: `the certificate of ${host} cannot be read`,
        missing: 1,
        over: [],
        // Of another address, which CCO had before, nothing is waited for.
        isUnknown: (subject) => subject.startsWith(`${host} `),
      };
    const days = Math.floor(Math.abs(expiresAtMs - atMs) / DAY_MS);
    const isOver = expiresAtMs <= atMs;
    const span = days === 0 ? "less than a day" : formatCounted(days, "day");
    const when = isOver ? `expired ${span} ago` : `expires in ${span}`;
    const now = `${host} ${when}`;
    if (!isOver && expiresAtMs - atMs > threshold * DAY_MS) return { now, missing: 0, over: [] };
    const reading = {
      subject: `${host} ${expiresAtMs}`,
      title: `The certificate of ${host} ${when}`,
      value: now,
      evidence: [
        { label: "Address", text: host },
        { label: "Expires", text: new Date(expiresAtMs).toISOString() },
      ],
      fix: { label: "Open Settings", path: "/settings" },
    };
    return { now, missing: 0, over: [reading] };
  },
  findLongestQuietMs: findHalfOfWhatIsLeft,
};
