import { expect, it } from "vitest";
import { readCostTable } from "#control/costs/table.ts";
import { operatorActor } from "#core/access/actor.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { type BatchNote, formatBatchNote } from "#core/batches/batch-note.ts";
import { eventById } from "#store/events.ts";
import { recordEvents } from "#store/ledger-writes.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

const AT = Date.parse("2026-11-22T10:00:00Z");
const created = (id: string, whose: Partial<RequestEvent>): RequestEvent =>
  pricedEvent({
    id: `evt_made_${id}`,
    startedAtMs: AT + 5,
    endpoint: "batches",
    usageState: "none",
    costNanoUsd: null,
    savedNanoUsd: null,
    batch: formatBatchNote({ kind: "created", id, createdAtMs: AT, estimate: null }),
    ...whose,
  });
const line = (id: string, at: number, whose: Partial<RequestEvent>): RequestEvent =>
  pricedEvent({
    id: `evt_${id}_${at}`,
    startedAtMs: AT,
    endpoint: "batches",
    costNanoUsd: "1000",
    savedNanoUsd: "0",
    batch: id,
    ...whose,
  });

onBothDatabases((world) => {
  it("counts answered requests of a batch for its creator, by any reader, and others for their reader", async () => {
    await world().record([created("b1", { project: "alpha", team: "red", personId: "per_1", proxyKeyId: "key_1" })]);
    await world().record([
      line("b1", 1, { project: "beta", team: null, personId: "per_2", proxyKeyId: null }),
      line("b2", 1, { project: "beta", team: null, personId: "per_2", proxyKeyId: null }),
      pricedEvent({ id: "evt_plain", startedAtMs: AT, project: "beta", costNanoUsd: "7", savedNanoUsd: "0" }),
    ]);

    const { db } = world().deps;
    expect(await eventById(db, "evt_b1_1")).toMatchObject({
      project: "alpha",
      team: "red",
      personId: "per_1",
      proxyKeyId: "key_1",
    });
    expect(await eventById(db, "evt_b2_1")).toMatchObject({ project: "beta", personId: "per_2" });
    expect(await eventById(db, "evt_plain")).toMatchObject({ project: "beta", batch: null });
    const range = { from: "2026-11-22", to: "2026-11-22" };
    const table = await readCostTable(operatorActor("test"), "project", range, world().deps);
    expect(table.rows.map(({ key, figures }) => [key, figures.costNanoUsd]).sort()).toEqual([
      ["alpha", "1000"],
      ["beta", "1007"],
    ]);
  });

  it("takes the creator from the same transaction, and keeps the first one", async () => {
    await world().record([line("b3", 1, { project: "beta" }), created("b3", { project: "alpha" })]);
    await world().record([created("b3", { id: "evt_again", project: "gamma" }), line("b3", 2, { project: "gamma" })]);

    for (const at of [1, 2])
      expect(await eventById(world().deps.db, `evt_b3_${at}`)).toMatchObject({ project: "alpha" });
  });

  it("knows what is pending, never fetched or fetched in part, in any order in which it is said", async () => {
    const deps = world().deps;
    const said = (id: string, at: number, note: BatchNote, whose: Partial<RequestEvent> = {}) =>
      created(id, { id: `evt_${id}_said${at}`, batch: formatBatchNote(note), ...whose });
    const estimate = { requests: 2, models: [["claude-opus-5-5", 2]] as [string, number][], estimateNanoUsd: "1500" };
    const make = (id: string): BatchNote => ({ kind: "created", id, createdAtMs: AT, estimate });
    const ended = (id: string): BatchNote => ({
      kind: "seen",
      batches: [{ id, createdAtMs: AT, state: "ended", requests: 2 }],
    });
    const pending = (id: string): BatchNote => ({
      kind: "seen",
      batches: [{ id, createdAtMs: AT, state: "pending", requests: 2 }],
    });
    const fetched = (id: string, isWhole: boolean): BatchNote => ({
      kind: "results",
      id,
      createdAtMs: AT,
      booked: 1,
      free: 0,
      unread: 0,
      why: null,
      isWhole,
    });
    const stories: Record<string, BatchNote[]> = {
      open: [make("open"), pending("open")],
      over: [make("over"), ended("over"), pending("over")],
      part: [make("part"), fetched("part", false), pending("part")],
      whole: [make("whole"), fetched("whole", true), fetched("whole", false)],
      strange: [ended("strange")],
    };
    for (const order of [1, -1])
      for (const [name, notes] of Object.entries(stories))
        for (const [at, note] of order === 1 ? notes.entries() : [...notes.entries()].reverse()) {
          const id = `${name}${order}`;
          const renamed = JSON.parse(JSON.stringify(note).replaceAll(`"${name}"`, `"${id}"`)) as BatchNote;
          await world().record([said(id, at, renamed, { project: note.kind === "created" ? "alpha" : "beta" })]);
        }

    const read = (query: object) => readCostTable(operatorActor("test"), "project", query, deps);
    // Open, over and part of each order have an estimate; the strange one was seen by its end alone.
    expect((await read({})).openBatches).toEqual({
      pending: 2,
      unfetched: 4,
      inPart: 2,
      estimateNanoUsd: "9000",
      unestimated: 2,
    });
    expect((await read({ project: "alpha" })).openBatches).toMatchObject({
      pending: 2,
      unfetched: 2,
      unestimated: 0,
    });
    expect((await read({ project: "beta" })).openBatches).toMatchObject({ pending: 0, unfetched: 2, inPart: 0 });
    expect((await read({ model: "claude-haiku-5-5" })).openBatches).toMatchObject({ pending: 0, unfetched: 0 });
    world().wait(31 * 86_400_000);
    expect((await read({})).openBatches).toMatchObject({ pending: 0, unfetched: 0, inPart: 0, estimateNanoUsd: null });
  });

  it("books a line once that two instances record at the same moment", async () => {
    const connections = await Promise.all([1, 2].map(() => openSqlConnection(world().databaseUrl)));
    try {
      // SQLite works in this thread: there the second waits for what the first cannot finish.
      const isSqlite = connections[0]?.dialect === "sqlite";
      const both: Promise<RequestEvent[]>[] = [];
      for (const [at, connection] of connections.entries()) {
        both.push(recordEvents(connection, [line("b4", 1, { project: `p-${at}` })]));
        if (isSqlite) await both.at(-1);
      }
      expect((await Promise.all(both)).flat()).toHaveLength(1);
    } finally {
      await Promise.all(connections.map((connection) => connection.close()));
    }
  });
});
