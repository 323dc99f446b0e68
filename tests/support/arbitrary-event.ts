import fc from "fast-check";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { makeEvent } from "./make-event.ts";

const money = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map(String);
const cost = fc.bigInt({ min: 0n, max: 10n ** 16n }).map(String); // beyond 2^53: sums must stay exact
const tokens = fc.nat({ max: 2_000_000 });
const name = (prefix: string) => fc.constantFrom("a", "b", "c").map((letter) => `${prefix}-${letter}`);
const spanMs = 3 * 86_400_000;

/** Events of a few days that share few enough names to fall into common groups; every ending, priced and unpriced. */
export const arbitraryEvent: fc.Arbitrary<RequestEvent> = fc
  .record({
    startedAtMs: fc.nat({ max: spanMs }).map((ms) => Date.parse("2026-03-28T00:00:00Z") + ms),
    durationMs: fc.nat({ max: 600_000 }),
    ttfbMs: fc.option(fc.nat({ max: 10_000 })),
    endpoint: fc.constantFrom("messages" as const, "count_tokens" as const),
    status: fc.constantFrom(200, 429, 500),
    ended: fc.constantFrom<RequestEvent["ended"]>("complete", "error", "truncated", "cancelled", "interrupted"),
    errorType: fc.option(fc.constant("overloaded_error")),
    requestedModel: fc.option(name("requested")),
    servedModel: fc.option(name("served")),
    decision: fc.constantFrom<RequestEvent["decision"]>("override", "pass", "skipped", "fallback"),
    ruleId: fc.option(name("rule")),
    ruleVersion: fc.option(fc.nat({ max: 2 })),
    edits: fc.option(fc.constant('[{"code":"model","field":"model","action":"override-model"}]')),
    project: name("project"),
    team: fc.option(name("team")),
    usage: fc.record({
      inputTokens: tokens,
      cacheWrite5mTokens: tokens,
      cacheWrite1hTokens: tokens,
      cacheReadTokens: tokens,
      outputTokens: tokens,
      thinkingTokens: tokens,
      webSearches: fc.nat({ max: 9 }),
    }),
    usageState: fc.constantFrom<RequestEvent["usageState"]>("exact", "estimated", "none"),
    costs: fc.option(
      fc.record({
        inputNanoUsd: cost,
        cacheWrite5mNanoUsd: cost,
        cacheWrite1hNanoUsd: cost,
        cacheReadNanoUsd: cost,
        outputNanoUsd: cost,
        webSearchNanoUsd: cost,
      }),
    ),
    costNanoUsd: fc.option(cost),
    baselineNanoUsd: fc.option(cost),
    savedNanoUsd: fc.option(money),
    avoidedNanoUsd: cost,
    cache: fc.constantFrom<RequestEvent["cache"]>("hit", "miss", "bypass", "off"),
  })
  .map((fields) => makeEvent({ ...fields, endedAtMs: fields.startedAtMs + fields.durationMs }));
