// Long because the people, the rules, the sessions and the requests of one organisation stand together.

import { knownEvent } from "#core/activity/event-schema.ts";
import type { BillingMode, RequestEvent } from "#core/activity/request-event.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import { addDays, dayStartMs, toDayKey } from "#core/time/instant.ts";
import { dayFactor, HOUR_MS, hashText, workTime } from "./seed-day.ts";
import { price, priceHit } from "./seed-event.ts";
import { type Random, seededRandom } from "./seed-random.ts";

/** Traffic of a large organisation: thirty projects, two hundred people, twelve models, twenty rules. */
export const MANY = { projects: 30, teams: 12, people: 200, rules: 20, days: 90 } as const;

const MODELS = [
  ["claude-opus-5-5", 34],
  ["claude-sonnet-5-5", 22],
  ["claude-haiku-5-5", 9],
  ["claude-opus-5", 7],
  ["claude-opus-4-8", 6],
  ["claude-sonnet-5", 6],
  ["claude-fable-5-2", 5],
  ["claude-sonnet-4-6", 3],
  ["claude-haiku-4-5-20251001", 3],
  ["claude-opus-4-7", 2],
  ["claude-opus-4-6", 2],
  ["claude-fable-5-1", 1],
] as const;
const TARGETS = ["claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5-5"] as const;

interface ManyPerson {
  id: string;
  keyId: string;
  name: string;
  email: string;
  team: string;
  billing: BillingMode;
  projects: readonly string[];
  models: readonly string[];
  client: string;
}

interface ManyRule {
  id: string;
  from: string;
  to: string;
  project: string;
}

const two = (number: number): string => String(number).padStart(2, "0");

/** Every rule moves one model in one project; the same in every run. */
export const manyRules: readonly ManyRule[] = Array.from({ length: MANY.rules }, (_, at) => {
  const from = MODELS[at % 6]?.[0] ?? MODELS[0][0];
  const to = TARGETS.find((target, place) => target !== from && place >= at % 2) ?? TARGETS[0];
  return { id: `many-${two(at + 1)}`, from, to, project: `project-${two(at + 1)}` };
});

/** People with a team, one to three projects, two or three models and a key each. */
export function buildPeople(): ManyPerson[] {
  const random = seededRandom(hashText("people"));
  return Array.from({ length: MANY.people }, (_, at) => {
    const number = String(at + 1).padStart(3, "0");
    return {
      id: `per_many${number}`,
      keyId: `key_many${number}`,
      name: `Person ${number}`,
      email: `person-${number}@example.com`,
      team: `team-${two(1 + (at % MANY.teams))}`,
      billing: random.chance(0.25) ? "subscription" : "metered",
      projects: Array.from({ length: random.whole(1, 3) }, () => `project-${two(random.whole(1, MANY.projects))}`),
      models: Array.from({ length: random.whole(2, 3) }, () => random.weighted(MODELS)),
      client: `2.1.${random.whole(322, 330)}`,
    };
  });
}

interface ManyPlan {
  events: number;
  catalogue: Catalogue;
  zone: string;
  untilMs: number;
  /** Versions of the rules, oldest first. */
  versions: readonly { number: number; fromMs: number }[];
}

/** Exactly the number of requests asked for, day by day, in the order of their starts. The same plan gives the same requests. */
export function* seedManyTraffic(plan: ManyPlan): Generator<RequestEvent[]> {
  const first = addDays(toDayKey(plan.untilMs, plan.zone), -MANY.days);
  const days = Array.from({ length: MANY.days }, (_, at) => addDays(first, at));
  const weights = days.map((day) => dayFactor(new Date(`${day}T12:00:00Z`).getUTCDay()));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const people = buildPeople();
  let [passed, left] = [0, plan.events];
  for (const [at, day] of days.entries()) {
    passed += weights[at] ?? 0;
    const remaining = plan.events - Math.round((plan.events * passed) / total);
    const count = left - remaining;
    left = remaining;
    if (count > 0) yield new ManyDay(plan, people, day).events(count);
  }
}

interface ManySession {
  id: string;
  person: ManyPerson;
  project: string;
  requested: string;
  rule: ManyRule | null;
  agentId: string | null;
  version: number | null;
}

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

class ManyDay {
  private readonly random: Random;
  private readonly startMs: number;

  constructor(
    private readonly plan: ManyPlan,
    private readonly people: readonly ManyPerson[],
    day: string,
  ) {
    this.random = seededRandom(hashText(day));
    this.startMs = dayStartMs(day, plan.zone);
  }

  events(count: number): RequestEvent[] {
    const { random } = this;
    const events: RequestEvent[] = [];
    while (events.length < count) {
      const startMs = this.startMs + workTime(random);
      const session = this.openSession(startMs);
      const turns = Math.min(count - events.length, 120, Math.max(2, Math.round(random.skewed(30, 0.7))));
      let [atMs, prompt] = [startMs, random.skewed(30_000, 0.3)];
      for (let turn = 0; turn < turns; turn += 1) {
        if (turn > 0 && random.chance(0.04))
          session.agentId = session.agentId === null ? `agent-${this.characters(8)}` : null;
        const event = this.request(session, Math.round(atMs), prompt, turn);
        events.push(event);
        prompt = prompt > 220_000 ? prompt * 0.2 : prompt + 5000 + random.next() * 6000;
        atMs = event.endedAtMs + 2000 + random.next() * (random.chance(0.08) ? 600_000 : 25_000);
      }
    }
    return events.sort((one, other) => one.startedAtMs - other.startedAtMs || (one.id < other.id ? -1 : 1));
  }

  private openSession(atMs: number): ManySession {
    const { random, plan } = this;
    const person = random.pick(this.people);
    const project = random.pick(person.projects);
    const requested = random.pick(person.models);
    const rule = manyRules.find((one) => one.project === project && one.from === requested) ?? null;
    const version = plan.versions.findLast(({ fromMs }) => fromMs <= atMs)?.number ?? null;
    const id = `${this.hex()}-${this.hex().slice(0, 4)}-4000-8000-${this.hex()}${this.hex().slice(0, 4)}`;
    return { id, person, project, requested, rule, agentId: null, version };
  }

  /** Long because it is one list: a line per field. */
  private request(session: ManySession, startedAtMs: number, prompt: number, turn: number): RequestEvent {
    const { random } = this;
    const { person, rule, requested } = session;
    const isOverride = rule !== null && session.version !== null && !random.chance(0.03);
    const served = isOverride ? rule.to : requested;
    const outputTokens = Math.max(8, Math.round(random.next() ** 3 * 9000));
    const read = turn === 0 || random.chance(0.06) ? 0 : Math.round(prompt * 0.93);
    const inputTokens = random.whole(3, 140);
    const ttfbMs = random.whole(400, 2400);
    const durationMs = ttfbMs + outputTokens * 9;
    const luck = random.next();
    const event: RequestEvent = knownEvent({
      id: `evt_${toTimeText(startedAtMs)}${this.characters(16)}`,
      instanceId: "ins_many",
      upstreamRequestId: `req_many${this.characters(14)}`,
      startedAtMs,
      endedAtMs: startedAtMs + durationMs,
      durationMs,
      ttfbMs,
      endpoint: luck > 0.995 ? "count_tokens" : "messages",
      streamed: true,
      status: 200,
      ended: luck < 0.012 ? "cancelled" : "complete",
      stopReason: outputTokens % 3 === 0 ? "end_turn" : "tool_use",
      requestedModel: requested,
      servedModel: served,
      answeredModel: served,
      decision: isOverride ? "override" : rule !== null ? "skipped" : "pass",
      reason: isOverride ? "rule" : rule !== null ? "pinned:upstream_400" : "no-rule",
      ruleId: rule?.id ?? null,
      ruleVersion: session.version,
      project: session.project,
      team: person.team,
      personId: person.id,
      proxyKeyId: person.keyId,
      sessionId: session.id,
      agentId: session.agentId,
      clientName: "claude-cli",
      clientVersion: person.client,
      billingMode: person.billing,
      messages: turn * 2 + 1,
      toolUses: outputTokens % 3,
      humanTurn: turn % 5 === 0,
      usage: {
        inputTokens,
        cacheWrite5mTokens: Math.max(0, Math.round(prompt) - read - inputTokens),
        cacheWrite1hTokens: 0,
        cacheReadTokens: read,
        outputTokens,
        thinkingTokens: outputTokens >> 2,
        webSearches: luck > 0.99 ? 1 : 0,
      },
      usageState: "exact",
      serviceTier: "standard",
      inferenceGeo: "global",
      avoidedNanoUsd: "0",
      tokenizerRatioMilli: 1000,
      cache: luck > 0.3 ? "bypass" : "miss",
      cacheReason: luck > 0.3 ? "tools" : null,
      requestBytes: Math.round(prompt * 3.4),
      responseBytes: outputTokens * 9 + 1400,
    } satisfies Partial<RequestEvent>);
    if (luck > 0.02 && luck < 0.035) return refuse(event);
    if (luck > 0.28 && luck < 0.29) {
      event.cache = "hit";
      priceHit(event, this.plan.catalogue);
    } else price(event, this.plan.catalogue);
    return event;
  }

  private hex(): string {
    return Math.floor(this.random.next() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, "0");
  }

  private characters(length: number): string {
    let text = "";
    for (let at = 0; at < length; at += 4) {
      const bits = Math.floor(this.random.next() * 0x10_0000);
      const high = (ALPHABET[bits >>> 15] ?? "") + (ALPHABET[(bits >>> 10) & 31] ?? "");
      text += high + (ALPHABET[(bits >>> 5) & 31] ?? "") + (ALPHABET[bits & 31] ?? "");
    }
    return text.slice(0, length);
  }
}

/** A provider without room: an error without a cost. */
function refuse(event: RequestEvent): RequestEvent {
  return Object.assign(event, {
    status: 529,
    ended: "error",
    errorType: "overloaded_error",
    stopReason: null,
    usage: emptyUsage(),
    usageState: "none",
  } satisfies Partial<RequestEvent>);
}

/** The first ten characters of an id, which sort by time. */
function toTimeText(atMs: number): string {
  let time = "";
  for (let rest = atMs, at = 0; at < 10; at += 1, rest = Math.floor(rest / 32))
    time = (ALPHABET[rest % 32] ?? "") + time;
  return time;
}

/** Duration of the history in milliseconds: where the versions of the rules are spread. */
export const MANY_SPAN_MS = MANY.days * 24 * HOUR_MS;
