import { describe, expect, it } from "vitest";
import { LedgerNews } from "../ledger/client/ledger-news.ts";
import { sayOutage } from "./start-lines.ts";

const away = { kind: "problem", text: "The database is away.", isAway: true, sinceMs: 0 } as const;
const asOf = { kind: "confirmed", atMs: Date.UTC(2026, 10, 1), isKept: true } as const;

describe("the line about a database that is away at a start", () => {
  it.each([
    ["before the line", [asOf, away], []],
    ["after it", [asOf], [away, away]],
  ] as const)("is said once, also where that is known %s", (_when, before, after) => {
    const news = new LedgerNews();
    const lines: string[] = [];
    for (const message of before) news.apply(message);
    sayOutage(news, { line: (text) => void lines.push(text) });
    for (const message of after) news.apply(message);

    expect(lines).toEqual([
      "Warning: The database is away. Rules and keys of 2026-11-01T00:00:00.000Z serve meanwhile.",
    ]);
  });

  it("is not said of an outage later on, after a start with the database", () => {
    const news = new LedgerNews();
    const lines: string[] = [];
    news.apply({ ...asOf, isKept: false });
    sayOutage(news, { line: (text) => void lines.push(text) });
    news.apply(away);

    expect(lines).toEqual([]);
  });
});
