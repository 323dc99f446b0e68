import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RequestDetails } from "#app/(console)/activity/request-details.tsx";
import { loadCatalogue } from "#config/models-toml.ts";
import { readRequest } from "#control/activity/request.ts";
import { operatorActor } from "#core/access/actor.ts";
import { EVENT_FIELDS, type EventField, type EventFieldName } from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { compileRules } from "#core/rules/compile.ts";
import { type ControlWorld, makeControlWorld } from "#tests/support/control-world.ts";
import { readRuleSet } from "#tests/support/rule-builders.ts";
import { seedVersions } from "#tools/seed-rules.ts";
import { seedTraffic } from "#tools/seed-traffic.ts";

/** Fields that the demo leaves empty, with a value for the sheet. */
const NOT_SEEDED: Partial<RequestEvent> = {
  parentAgentId: "agent-0", // no agent of the demo starts another
  speed: "fast",
  batch: "msgbatch_0",
  usageParts: '[["message","claude-haiku-5-5",1,0,0,0,1,0,0]]',
};
/** Fields that the sheet does not show. */
const NOT_SHOWN: Partial<Record<EventFieldName, string>> = {
  id: "it is shown, and differs between any two requests: it is taken out before they are compared",
  endedAtMs: "the start and the duration are shown",
};

const versions = seedVersions();
const catalogue = loadCatalogue();
let seeded: RequestEvent[] = [];
let world: ControlWorld;

beforeAll(async () => {
  world = await makeControlWorld();
  for (const { toml } of versions) await world.publish(toml, new Date("2026-11-01T00:00:00Z"));
  const rules = versions.map(({ number, toml }) => ({
    number,
    compiled: compileRules(readRuleSet(toml), catalogue),
    fromMs: 0,
  }));
  const days = ["2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19"];
  const untilMs = Date.parse("2026-11-19T23:00:00Z");
  seeded = [...seedTraffic({ catalogue, days, zone: "Europe/Berlin", untilMs, rules })].flat();
});
afterAll(() => world.end());

/** Finds the seeded event that says most in this field. */
function eventWith(name: EventFieldName): RequestEvent {
  if (name in NOT_SEEDED) return { ...(seeded[0] as RequestEvent), ...NOT_SEEDED };
  // Of a session outside a share the decision's own sentence says so.
  const telling = seeded.filter((event) => isTelling(event[name]) && event.reason !== "outside-share");
  const most = Math.max(...telling.map((event) => Number(event[name])));
  const found = telling.find((event) => Number(event[name]) === most) ?? telling[0];
  if (found === undefined)
    throw new Error(`no event of the demo fills ${name}: fill it in tools/seed-event.ts or tools/seed-evidence.ts`);
  return found;
}

/** Whether a value says more than that there was nothing. */
const isTelling = (value: unknown): boolean =>
  typeof value === "object" && value !== null
    ? Object.values(value).some(isTelling)
    : value !== null && value !== 0 && value !== "0" && value !== false && value !== "";

/** Another value for a field: none, if it can have none. */
function otherValue({ kind, words, isNullable = false }: EventField, value: unknown): unknown {
  if (isNullable) return null;
  if (words !== undefined) return words.find((word) => word !== value);
  if (kind === "usage") return Object.fromEntries(Object.keys(value as object).map((name) => [name, 0]));
  return kind === "whole" ? Number(value) * 2 + 1 : kind === "flag" ? !value : kind === "money" ? "0" : "another";
}

/** The sheet of a request, without its id. */
async function renderSheet(event: RequestEvent): Promise<string> {
  await world.record([event]);
  const detail = await readRequest(operatorActor("test"), event.id, world.deps);
  const sheet = createElement(RequestDetails, { detail, zone: "UTC", onSession: () => {} });
  return renderToStaticMarkup(sheet).replaceAll(event.id, "");
}

describe.each(EVENT_FIELDS)("the field $name of the event", (field) => {
  const { name } = field;

  it.skipIf(name in NOT_SEEDED)(`${name} is filled in an event of the demo`, () => {
    expect(seeded.some((event) => isTelling(event[name]))).toBe(true);
  });

  it.skipIf(name in NOT_SHOWN)(`${name} is shown in the sheet of a request`, async () => {
    const event = eventWith(name);
    const shown = await renderSheet({ ...event, id: `evt_with_${name}` });
    const other = { ...event, id: `evt_other_${name}`, [name]: otherValue(field, event[name]) };

    expect(shown).not.toBe(await renderSheet(other));
  });
});
