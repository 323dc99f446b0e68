import { formatBytes, formatDuration } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { AlertFacts } from "../alert-facts.ts";
import { type AlertKind, HOUR_MS, instanceGivenUpFor, isInstanceGone, MINUTE_MS } from "../alert-kind.ts";

const SEEN_WITHIN_MS = 5 * MINUTE_MS;

/** Finds a process that has not signed off. */
const findInstance = (instances: AlertFacts["instances"], subject: string) =>
  instances.find(({ id }) => id === subject) ?? null;

/** Records wait too long for the database: what the console shows is behind. */
export const spoolBacklog: AlertKind = {
  name: "Spool backlog",
  about: ({ threshold }) => `records wait longer than ${formatDuration(threshold * 1_000)} for the database`,
  threshold: { label: "Longer than", unit: "seconds", min: 5, max: 86_400 },
  sample: null,
  defaults: { threshold: 60, minimumSample: 0, holdMs: MINUTE_MS, coolDownMs: HOUR_MS / 2 },
  isOnAtFirst: true,
  givenUpFor: instanceGivenUpFor,
  judge({ instances, atMs }, { threshold }) {
    // What an ended process has left is taken over by another one, which says so itself. What it said last no longer holds.
    const saying = instances.filter(
      ({ waitingBytes, seenAtMs }) => waitingBytes !== null && atMs - seenAtMs < SEEN_WITHIN_MS,
    );
    const waiting = saying.reduce((sum, { waitingBytes }) => sum + (waitingBytes ?? 0), 0);
    const ages = saying.map((one) => ({
      ...one,
      ageMs: one.oldestWaitingMs === null ? 0 : atMs - one.oldestWaitingMs,
    }));
    return {
      now: `${formatBytes(waiting)} waiting on ${formatCounted(saying.length, "instance")}`,
      missing: 0,
      over: ages
        .filter(({ ageMs }) => ageMs > threshold * 1_000)
        .map(({ id, hostname, ageMs, waitingBytes }) => ({
          subject: id,
          title: `Records of ${id} on ${hostname} have waited ${formatDuration(ageMs)} for the database`,
          value: `${formatBytes(waitingBytes ?? 0)}, oldest ${formatDuration(ageMs)}`,
          evidence: [
            { label: "Host", text: hostname },
            { label: "Instance", text: id },
            { label: "Waiting", text: `${formatBytes(waitingBytes ?? 0)}; nothing is lost, totals are behind` },
          ],
          fix: { label: "Show instances", path: "/settings" },
        })),
      // A process that is silent has not said that its records have arrived.
      isUnknown: (subject) => findInstance(instances, subject) !== null && !saying.some(({ id }) => id === subject),
      isGivenUp: (subject) => {
        const instance = findInstance(instances, subject);
        return instance !== null && isInstanceGone(instance, atMs);
      },
    };
  },
};
