import { expect, test } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { parseOverridesToml } from "#config/overrides-toml.ts";
import { parseFacts } from "#core/activity/request-facts.ts";
import { compileRules } from "#core/rules/compile.ts";
import { seedVersions } from "./seed-rules.ts";
import { seedTraffic } from "./seed-traffic.ts";

const catalogue = loadCatalogue();
const parse = (toml: string) => parseOverridesToml(toml, { catalogue, today: "2026-11-22", zone: "Europe/Berlin" });
const rules = seedVersions().map(({ number, toml }) => {
  const parsed = parse(toml);
  if (!parsed.ok) throw new Error(`v${number}: ${parsed.problems[0]?.message}`);
  return { number, compiled: compileRules(parsed.ruleSet, catalogue), fromMs: 0 };
});
const untilMs = Date.parse("2026-11-19T23:00:00Z");
const plan = { catalogue, days: ["2026-11-18", "2026-11-19"], zone: "Europe/Berlin", untilMs, rules };

test("the same seed plan gives the same requests", () => {
  expect([...seedTraffic(plan)]).toEqual([...seedTraffic(plan)]);
});

test("every seeded request is recorded once, priced or known as unpriced, and ends before the plan's end", () => {
  const events = [...seedTraffic(plan)].flat();

  expect(events.length).toBeGreaterThan(800);
  expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
  for (const event of events) {
    expect(event.endedAtMs).toBeLessThanOrEqual(untilMs);
    expect(Number.isInteger(event.startedAtMs + event.endedAtMs + event.durationMs)).toBe(true);
    if (event.costs === null) continue;
    const sum = Object.values(event.costs).reduce((total, part) => total + BigInt(part), 0n);
    expect(String(sum)).toBe(event.costNanoUsd);
  }
});

test("a seeded person's turn is one: no title request, no agent's, and not the client's summary alone", () => {
  const events = [...seedTraffic(plan)].flat();
  const isTitle = ({ facts }: (typeof events)[number]) => parseFacts(facts ?? "")?.titleLike === true;
  const asked = events.filter((event) => event.humanTurn === true);

  expect(asked.length).toBeGreaterThan(100);
  expect(asked.filter((event) => event.agentId !== null || isTitle(event))).toEqual([]);
  expect(asked.filter(({ messages, compacted }) => messages === 1 && compacted === true)).toEqual([]);
  expect(events.filter(isTitle).length).toBeGreaterThan(0);
  expect(events.filter(({ agentId }) => agentId !== null).length).toBeGreaterThan(0);
});

test("the seeded history is numbered without a gap, and its roll back repeats the old content", () => {
  const versions = seedVersions();
  expect(versions.map((version) => version.number)).toEqual(versions.map((_, index) => index + 1));
  const back = versions.find((version) => version.rolledBackTo !== null);
  expect(back?.toml).toBe(versions.find((version) => version.number === back?.rolledBackTo)?.toml);
});
