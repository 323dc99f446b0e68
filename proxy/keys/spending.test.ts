// Long because one random history of settling, writing and restarting is checked against one model of it.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BillingMode } from "#core/activity/request-event.ts";
import { type Settled, Spending, type SpendingSums } from "./spending.ts";

const RUNS = Number(process.env.CCO_TEST_RUNS ?? 50);
const seed = Number(process.env.CCO_TEST_SEED ?? Date.now() % 2 ** 31);
const NOVEMBER = Date.UTC(2026, 10, 1);
const DECEMBER = Date.UTC(2026, 11, 1);
const JANUARY = Date.UTC(2027, 0, 1);
const MINUTE_MS = 60_000;

const sums = (byHolder: SpendingSums["byHolder"], drainedAgoMs: number | null = null): SpendingSums => ({
  fromMs: NOVEMBER,
  endsAtMs: DECEMBER,
  drainedAgoMs,
  byHolder,
});
const costs = (id: string, nanoUsd: number, startedAtMs = NOVEMBER): Settled => ({ id, startedAtMs, nanoUsd });

describe("T22: what a holder has spent", () => {
  it("is what the database says and what was settled since: an event leaves with the sums that hold it, not before", () => {
    const spending = new Spending();
    spending.take(sums([["key:a", 100, 7]]));
    spending.note(["key:a"], "metered", costs("one", 10));
    spending.note(["key:a"], "metered", costs("two", 5));
    spending.noteCommitted(["one"]);
    expect(spending.spent("key:a", "metered", NOVEMBER)).toBe(115);

    spending.take(sums([["key:a", 110, 7]]));
    expect(spending.spent("key:a", "metered", NOVEMBER)).toBe(115);
    expect(spending.spent("key:a", "subscription", NOVEMBER)).toBe(7);
    expect(spending.spent("key:b", "metered", NOVEMBER)).toBe(0);
  });

  it("does not hold a request twice whose sum arrives before its end does, as it may be between two processes", () => {
    const spending = new Spending();
    spending.noteCommitted(["one"]);
    spending.take(sums([["key:a", 10, 0]]));
    spending.note(["key:a"], "metered", costs("one", 10));
    spending.note(["key:a"], "metered", costs("two", 3));

    expect(spending.spent("key:a", "metered", NOVEMBER)).toBe(13);
  });

  it("begins with the month, also before the database says so, and goes by when a request began", () => {
    const spending = new Spending();
    spending.take(sums([["key:a", 100, 0]]));
    spending.note(["key:a"], "metered", costs("one", 10, DECEMBER - 1));
    spending.note(["key:a"], "metered", costs("two", 3, DECEMBER));

    expect(spending.spent("key:a", "metered", DECEMBER - 1)).toBe(110);
    expect(spending.leftMs(DECEMBER - 1)).toBe(1);
    expect(spending.spent("key:a", "metered", DECEMBER)).toBe(3);
    expect(spending.leftMs(DECEMBER)).toBe(3_600_000);
  });

  it("loses what never comes to be in the database a minute after everything else is there, and not before", () => {
    let tick = 0;
    const spending = new Spending(() => tick);
    spending.note(["key:a"], "metered", costs("lost", 10));
    tick = MINUTE_MS + 500;
    spending.take(sums([]));
    spending.take(sums([], 1_000));
    expect(spending.spent("key:a", "metered", NOVEMBER)).toBe(10);

    tick = MINUTE_MS + 1_500;
    spending.take(sums([], 1_000));
    expect(spending.spent("key:a", "metered", NOVEMBER)).toBe(0);
  });

  it("takes bounded memory while the database is away, and is exact then, and when it is back", () => {
    let tick = 0;
    const spending = new Spending(() => tick, 1_000);
    for (let at = 0; at < 50_000; at++) spending.note(["key:a"], "metered", costs(`e${at}`, 1, NOVEMBER + at * 60));
    expect(spending.pendingCount).toBe(1_000);
    expect(spending.spent("key:a", "metered", NOVEMBER)).toBe(50_000);

    // Half of the requests are in the database. How many of the folded ones are among them is not known, so the sums
    // from before stay in use.
    tick = 2 * MINUTE_MS;
    spending.noteCommitted(Array.from({ length: 25_000 }, (_, at) => `e${at}`));
    spending.take(sums([["key:a", 25_000, 0]]));
    expect(spending.spent("key:a", "metered", NOVEMBER)).toBe(50_000);
    spending.noteCommitted(Array.from({ length: 25_000 }, (_, at) => `e${at + 25_000}`));
    spending.note(["key:a"], "metered", costs("new", 5));
    spending.take(sums([["key:a", 50_000, 0]], 10));
    expect(spending.spent("key:a", "metered", NOVEMBER)).toBe(50_005);
    expect(spending.pendingCount).toBe(1);
  });
});

it("takes no longer for a request when more of them wait than are known one by one", () => {
  const measureMs = (pendingMax: number) => {
    const spending = new Spending(() => 0, pendingMax);
    const tick = performance.now();
    for (let at = 0; at < 300_000; at++) spending.note(["key:a"], "metered", costs(`e${at}`, 1));
    expect(spending.spent("key:a", "metered", NOVEMBER)).toBe(300_000);
    return performance.now() - tick;
  };
  // Forty times as long while the oldest was looked for from the beginning.
  expect(measureMs(100_000)).toBeLessThan(10 * measureMs(1_000_000));
});

interface Event extends Settled {
  counters: readonly string[];
  mode: BillingMode;
}

const COUNTERS = ["key:a", "key:b", "person:p", "project:checkout"];
const MODES: readonly BillingMode[] = ["metered", "subscription"];

/** What the ledger's thread reads, and the ids that are in it. */
interface Sums {
  latest: SpendingSums;
  held: ReadonlySet<string>;
}

/** Proxy, workers, disk, ledger and database, and what is on its way between them. */
class World {
  tick = 0;
  nowMs = DECEMBER - MINUTE_MS;
  spending: Spending;
  events: Event[] = [];
  /** Settled in a worker, and not heard of by the gate. */
  private unnoted: Event[] = [];
  private noted = new Set<string>();
  private unwritten: Event[] = [];
  private disk: Event[] = [];
  private readonly database: Event[] = [];
  /** From the ledger's thread to the gate, in order. */
  private channel: ({ ids: string[] } | Sums)[] = [];
  private inSums: ReadonlySet<string> = new Set();
  /** Posted last, and kept on this machine's disk. */
  private kept: Sums | null = null;
  /** Written, and still in a segment: a file is removed only when the kept sums include all of it. */
  private segment: Event[] = [];
  /** After a start without the database: what it turns out to have beside the kept sums. */
  private found: string[] = [];

  constructor(private readonly hasWorkers: boolean) {
    this.spending = new Spending(() => this.tick);
    // The ledger reads the sums before the first caller is let in.
    this.answer();
    this.deliver(1);
  }

  settle(counters: readonly string[], mode: BillingMode, nanoUsd: number): void {
    const event = { id: `evt_${this.events.length}`, startedAtMs: this.nowMs, nanoUsd, counters, mode };
    this.events.push(event);
    this.unwritten.push(event);
    this.unnoted.push(event);
    if (!this.hasWorkers) this.note(0);
  }

  note(at: number): void {
    const [event] = this.unnoted.splice(at % Math.max(1, this.unnoted.length), 1);
    if (event === undefined) return;
    this.spending.note(event.counters, event.mode, event);
    this.noted.add(event.id);
  }

  write(count: number): void {
    const written = this.unwritten.splice(0, count);
    this.disk.push(...written);
    this.segment.push(...written);
  }

  commit(count: number): void {
    this.nameFound();
    const batch = this.disk.splice(0, count);
    this.database.push(...batch);
    if (batch.length > 0) this.channel.push({ ids: batch.map(({ id }) => id) });
  }

  answer(): void {
    const [fromMs, endsAtMs] = this.nowMs < DECEMBER ? [NOVEMBER, DECEMBER] : [DECEMBER, JANUARY];
    const sum = (counter: string, mode: BillingMode) => sumCosts(this.database, counter, mode, fromMs, endsAtMs);
    const byHolder = COUNTERS.map(
      (counter) => [counter, sum(counter, "metered"), sum(counter, "subscription")] as const,
    );
    const drainedAgoMs = this.disk.length === 0 ? 5 : null;
    const held = new Set(this.database.map(({ id }) => id));
    this.nameFound();
    this.kept = { latest: { fromMs, endsAtMs, drainedAgoMs, byHolder }, held };
    this.channel.push(this.kept);
  }

  private nameFound(): void {
    if (this.found.length > 0) this.channel.push({ ids: this.found });
    this.found = [];
  }

  /** Removes what the kept sums include from the spool, as a full segment. */
  removeSegment(): void {
    const { kept } = this;
    this.segment = this.segment.filter(({ id }) => kept === null || !kept.held.has(id));
  }

  /** Kills the process. The next process starts on what is on the disk, and asks the database when it answers. */
  kill(hasDatabase: boolean): void {
    const lost = new Set([...this.unwritten, ...this.unnoted].map(({ id }) => id));
    for (const { id } of [...this.database, ...this.segment]) lost.delete(id);
    this.events = this.events.filter(({ id }) => !lost.has(id));
    [this.unwritten, this.unnoted, this.channel, this.noted, this.found] = [[], [], [], new Set(), []];
    const recorded = new Set(this.database.map(({ id }) => id));
    this.spending = new Spending(() => this.tick);
    if (hasDatabase) this.answer();
    else if (this.kept !== null)
      this.channel.push({ ...this.kept, latest: { ...this.kept.latest, drainedAgoMs: null } });
    this.deliver(this.channel.length);
    const included = hasDatabase ? recorded : this.inSums;
    for (const event of this.segment.filter(({ id }) => !included.has(id))) {
      this.spending.note(event.counters, event.mode, event);
      this.noted.add(event.id);
    }
    if (!hasDatabase) this.found = this.segment.filter(({ id }) => recorded.has(id)).map(({ id }) => id);
    // Nothing that was written is missing, and nothing is there twice.
    for (const counter of COUNTERS)
      for (const mode of MODES) {
        const [fromMs, endsAtMs] = this.nowMs < DECEMBER ? [NOVEMBER, DECEMBER] : [DECEMBER, JANUARY];
        const whole = sumCosts(this.events, counter, mode, fromMs, endsAtMs);
        expect(this.spending.spent(counter, mode, this.nowMs)).toBe(whole);
      }
  }

  deliver(count: number): void {
    for (const message of this.channel.splice(0, count)) {
      if ("ids" in message) this.spending.noteCommitted(message.ids);
      else {
        this.spending.take(message.latest);
        this.inSums = message.held;
      }
    }
  }

  /**
   * Ends the thread and starts it again. What it said is on its way, and what it has not acknowledged is read again.
   */
  restart(count: number): void {
    const again = this.database.slice(-count);
    if (again.length > 0) this.channel.push({ ids: again.map(({ id }) => id) });
  }

  /** Nothing stays on its way for longer than it may. */
  pass(ms: number): void {
    while (this.unnoted.length > 0) this.note(0);
    this.write(this.unwritten.length);
    this.deliver(this.channel.length);
    this.tick += ms;
    this.nowMs += ms;
  }

  /** What has reached the gate one way or another, each once. */
  truth(counter: string, mode: BillingMode): number {
    const known = this.events.filter(({ id }) => this.noted.has(id) || this.inSums.has(id));
    const [fromMs, endsAtMs] = this.nowMs < DECEMBER ? [NOVEMBER, DECEMBER] : [DECEMBER, JANUARY];
    return sumCosts(known, counter, mode, fromMs, endsAtMs);
  }
}

function sumCosts(events: readonly Event[], counter: string, mode: BillingMode, fromMs: number, toMs: number): number {
  const found = events.filter((event) => event.counters.includes(counter) && event.mode === mode);
  return found.reduce(
    (sum, { startedAtMs, nanoUsd }) => sum + (startedAtMs >= fromMs && startedAtMs < toMs ? nanoUsd : 0),
    0,
  );
}

const few = fc.integer({ min: 0, max: 5 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant("settle"), fc.subarray(COUNTERS, { minLength: 1 }), fc.nat(1_000)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("note"), few) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("write"), few) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("commit"), few) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("answer")) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("deliver"), few) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("restart"), few) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("removeSegment")) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("kill"), fc.boolean()) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("pass"), fc.integer({ min: 1, max: 3 * MINUTE_MS })) },
);

describe.each([
  ["one process", false],
  ["workers whose messages arrive in any order", true],
])("T22: what holders have spent, with %s", (_name, hasWorkers) => {
  it("is the exact sum of what is known, at every moment of any order of settling, writing, committing, telling, restarting and killing", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80, size: "max" }), (steps) => {
        const world = new World(hasWorkers);
        for (const [kind, first, second] of steps) {
          if (kind === "settle")
            world.settle(first as string[], MODES[Number(second) % 2] ?? "metered", Number(second));
          else if (kind === "answer") world.answer();
          else if (kind === "removeSegment") world.removeSegment();
          else if (kind === "kill") world.kill(first === true);
          else world[kind as "note" | "write" | "commit" | "deliver" | "restart" | "pass"](Number(first));
          for (const counter of COUNTERS)
            for (const mode of MODES)
              expect(world.spending.spent(counter, mode, world.nowMs)).toBe(world.truth(counter, mode));
        }
      }),
      { numRuns: RUNS, seed },
    );
  });
});
