import { rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exportRequests } from "#control/activity/export.ts";
import { outcomes } from "#core/activity/outcome.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { type EventFilter, matchesFilter } from "#store/event-filter.ts";
import { listEvents } from "#store/events.ts";
import { arbitraryEvent } from "#tests/support/arbitrary-event.ts";
import { operator } from "#tests/support/backups.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import type { ControlWorld } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { archiveEvents, requestsOfDay } from "#tests/support/retention.ts";

const range = { range: "2026-08-31..2026-11-22", kind: "all" };

async function csv({ deps }: ControlWorld, query: object = range): Promise<string> {
  const lines: string[] = [];
  for await (const line of (await exportRequests(operator, query, deps)).lines) lines.push(line);
  return lines.join("");
}

describe("the CSV of single requests", () => {
  onBothDatabases((world) => {
    it("is the same to the byte before, while and after its requests are archived", async () => {
      const sameMoment = ["evt_b", "evt_A", "evt_a", "evt_Z"].map((id) =>
        makeEvent({ id, startedAtMs: Date.parse("2026-09-01T23:59:59.999Z"), project: '=1+"x"\n', facts: null }),
      );
      for (const day of ["2026-09-01", "2026-09-02", "2026-11-20"]) await world().record(requestsOfDay(day, 150));
      await world().record(sameMoment);
      const before = await csv(world());
      const mine = { ...range, project: "project-1", range: "2026-09-02" };
      const beforeOfProject = await csv(world(), mine);

      // One day is archived, the other one is not.
      await archiveEvents(world(), 80.5);
      expect(await csv(world())).toBe(before);
      await archiveEvents(world());
      await world().record(requestsOfDay("2026-09-02", 1, "late"));
      await world().deps.db.eventRow.deleteMany({ where: { id: { startsWith: "late" } } });

      expect(before.split("\r\n")).toHaveLength(150 * 3 + 4 + 2);
      expect(await csv(world())).toBe(before);
      expect(await csv(world(), mine)).toBe(beforeOfProject);
      expect(beforeOfProject.split("\r\n")).toHaveLength(50 + 2);
    });

    it("is refused before its first line where a file of the archive is gone, and is recorded otherwise", async () => {
      await world().record(requestsOfDay("2026-09-01", 3));
      await archiveEvents(world());
      await csv(world());
      const [entry] = await world().deps.db.auditEntry.findMany({ where: { action: "requests.export" } });
      expect(entry?.objectId).toBe("cco_requests_2026-08-31_2026-11-22_UTC.csv");
      rmSync(join(world().deps.config.archiveFolder, "events-2026-09-01.parquet"));

      await expect(exportRequests(operator, range, world().deps)).rejects.toMatchObject({
        code: "archive.missing",
        publicText: expect.stringContaining("Copy it there, or name its folder in CCO_ARCHIVE_FOLDER."),
      });
      await expect(csv(world(), { range: "2026-09-02..2026-09-05" })).resolves.toMatch(/^id,.*\r\n$/);
    });

    it("keeps of archived requests what a filter keeps of those in the database", async () => {
      const events =
        fc.sample(fc.array(arbitraryEvent, { minLength: 60, maxLength: 60 }), { seed: 7, numRuns: 1 })[0] ?? [];
      const distinct = [...new Map(events.map((event) => [event.id, event])).values()];
      await world().record(distinct);
      for (const filter of listFilters(distinct)) {
        const found = await listEvents(world().deps.db, filter, { take: 1_000 });
        const kept = distinct.filter((event) => matchesFilter(event, filter));
        expect(kept.map(({ id }) => id).sort(), JSON.stringify(filter)).toEqual(found.map(({ id }) => id).sort());
      }
    });
  });
});

function listFilters(events: readonly RequestEvent[]): EventFilter[] {
  const [one, other] = events;
  const named = (
    ["endpoint", "project", "team", "ruleId", "requestedModel", "servedModel", "decision", "ended"] as const
  ).flatMap((name): EventFilter[] => [
    { [name]: one?.[name] ?? "x" },
    { [name]: [one?.[name] ?? "x", other?.[name] ?? "y"] },
    { [name]: [] },
  ]);
  const bounds = [{ fromMs: one?.startedAtMs ?? 0 }, { toMs: one?.startedAtMs ?? 0 }];
  return [
    {},
    ...bounds,
    ...named,
    ...outcomes.map((outcome) => ({ outcome: [outcome] })),
    { outcome: [...outcomes] },
    { outcome: [] },
  ];
}
