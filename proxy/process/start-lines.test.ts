import { describe, expect, it } from "vitest";
import { LedgerNews } from "../ledger/client/ledger-news.ts";
import type { LedgerEvent } from "../ledger/messages.ts";
import { sayOutage } from "./start-lines.ts";

const away = { kind: "problem", text: "The database is away.", isAway: true, sinceMs: 0 } as const;
const back = { kind: "problem", text: null, isAway: false, sinceMs: 0 } as const;
const asOf = { kind: "confirmed", atMs: Date.UTC(2026, 10, 1), isKept: true } as const;

/** What is said of messages before and after the start: lines for people, and lines of the log. */
function said(before: readonly LedgerEvent[], after: readonly LedgerEvent[]) {
  const news = new LedgerNews();
  const lines: string[] = [];
  const logged: (readonly [level: string, msg: string, fields: object])[] = [];
  for (const message of before) news.apply(message);
  sayOutage(news, {
    line: (text) => void lines.push(text),
    warn: (fields, msg) => void logged.push(["warn", msg, fields]),
    info: (fields, msg) => void logged.push(["info", msg, fields]),
  });
  for (const message of after) news.apply(message);
  return { lines, logged };
}

const MEANWHILE = "Rules and keys of 2026-11-01T00:00:00.000Z serve meanwhile.";

describe("a database that is away", () => {
  it("at the start is said once to people, and its return in the log", () => {
    expect(said([asOf, away], [away, back, back])).toEqual({
      lines: [`Warning: The database is away. ${MEANWHILE}`],
      logged: [["info", "the database is back", {}]],
    });
  });

  it.each([
    ["as soon as that is known", [asOf]],
    ["after a start with the database", [{ ...asOf, isKept: false }]],
  ] as const)("later on is said once in the log, and its return too: %s", (_when, before) => {
    const fields = { problem: "The database is away.", meanwhile: MEANWHILE };

    expect(said(before, [away, away, back])).toEqual({
      lines: [],
      logged: [
        ["warn", "the database cannot be reached", fields],
        ["info", "the database is back", {}],
      ],
    });
  });
});
