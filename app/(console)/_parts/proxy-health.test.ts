import { describe, expect, it } from "vitest";
import { ledgerState, type ProxyHealth } from "./proxy-health.ts";

const health = (more: Partial<ProxyHealth> = {}): ProxyHealth => ({ status: "ok", overrides_enabled: true, ...more });

describe("the ledger state in words", () => {
  it("is empty while the database keeps up or health is unknown", () => {
    const wellKept = { events_oldest_seconds: 1.2, spool_bytes: 900, events_dropped: 0, ledger_problem: null };

    expect([ledgerState(undefined), ledgerState(health()), ledgerState(health(wellKept))]).toEqual([null, null, null]);
  });

  it("names the delay of the figures, the waiting amount, and the cause", () => {
    const state = ledgerState(
      health({
        ...{ events_oldest_seconds: 240, ledger_problem: "The database is locked." },
        ...{ spool_bytes: 2 * 1024 * 1024, spool_left_behind_bytes: 1024 * 1024 }, // a third of it of a process that is gone
      }),
    );

    expect(state).toMatchObject({ tone: "warn", short: "4 min behind" });
    expect(state?.text).toBe(
      "The requests of the last 4 min (3.0 MB) wait on disk for the database. Traffic continues and nothing is lost; the figures catch up later. The database is locked.",
    );
  });

  it("ranks lost requests above a disk that refuses writes", () => {
    expect(ledgerState(health({ events_dropped: 3, spool_state: "disk-full" }))).toMatchObject({
      tone: "danger",
      title: "3 requests are missing from the figures",
    });
    expect(ledgerState(health({ spool_state: "failing" }))?.short).toBe("disk failing");
    expect(ledgerState(health({ events_set_aside: 2 }))).toMatchObject({
      tone: "warn",
      title: "2 records are missing from the figures",
    });
    expect(ledgerState(health({ spool_state: "backlog-full" }))?.title).toBe("The spool has reached its maximum size");
    expect(ledgerState(health({ spool_state: "disk-full" }))?.text).not.toMatch(/nothing is lost/);
  });
});
