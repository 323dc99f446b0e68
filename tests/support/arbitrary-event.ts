import fc from "fast-check";
import { EVENT_FIELDS, type EventFieldName } from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { arbitraryValue } from "./arbitrary-value.ts";
import { makeEvent } from "./make-event.ts";

const money = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map(String);
const cost = fc.bigInt({ min: 0n, max: 10n ** 16n }).map(String); // beyond 2^53: sums must stay exact
const name = (prefix: string) => fc.constantFrom("a", "b", "c").map((letter) => `${prefix}-${letter}`);
const spanMs = 3 * 86_400_000;

/** Fields that events have in common with others, or that are unique; all others take any value of their kind. */
const PLAIN: readonly EventFieldName[] = ["id", "instanceId", "endedAtMs", "tokenizerRatioMilli"];
const anyValues = fc.record(
  Object.fromEntries(
    EVENT_FIELDS.flatMap((field) => (PLAIN.includes(field.name) ? [] : [[field.name, arbitraryValue(field)]])),
  ),
) as fc.Arbitrary<Partial<RequestEvent>>;

/** Events of a few days that share few enough names to fall into common groups; every ending, priced and unpriced. */
export const arbitraryEvent: fc.Arbitrary<RequestEvent> = fc
  .tuple(
    anyValues,
    fc.record({
      startedAtMs: fc.nat({ max: spanMs }).map((ms) => Date.parse("2026-03-28T00:00:00Z") + ms),
      durationMs: fc.nat({ max: 600_000 }),
      ttfbMs: fc.option(fc.nat({ max: 10_000 })),
      endpoint: fc.constantFrom("messages" as const, "count_tokens" as const),
      status: fc.constantFrom(200, 429, 500),
      errorType: fc.option(fc.constant("overloaded_error")),
      requestedModel: fc.option(name("requested")),
      servedModel: fc.option(name("served")),
      ruleId: fc.option(name("rule")),
      ruleVersion: fc.option(fc.nat({ max: 2 })),
      edits: fc.option(fc.constant('[{"code":"model","field":"model","action":"override-model"}]')),
      project: name("project"),
      team: fc.option(name("team")),
      costNanoUsd: fc.option(cost),
      baselineNanoUsd: fc.option(cost),
      savedNanoUsd: fc.option(money),
      avoidedNanoUsd: cost,
    }),
  )
  .map(([values, fields]) => makeEvent({ ...values, ...fields, endedAtMs: fields.startedAtMs + fields.durationMs }));
