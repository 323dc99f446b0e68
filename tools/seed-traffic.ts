import type { RequestEvent } from "#core/activity/request-event.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { emptyUsage, type Usage } from "#core/costs/usage.ts";
import type { CompiledRules } from "#core/rules/compile.ts";
import { decide } from "#core/rules/decide.ts";
import { describedRequest } from "#core/rules/described-request.ts";
import { findShareBucket } from "#core/rules/share-bucket.ts";
import { dayStartMs } from "#core/time/instant.ts";
import { dayFactor, HOUR_MS, hashText, workTime } from "./seed-day.ts";
import { priceHit, type Session, seedEvent } from "./seed-event.ts";
import { addEvidence } from "./seed-evidence.ts";
import { misfortune, serveAsAsked } from "./seed-misfortune.ts";
import { type Random, seededRandom, uuid } from "./seed-random.ts";
import { buildServer, type SeedPerson, seedTeam } from "./seed-team.ts";

export interface SeedRules {
  number: number;
  compiled: CompiledRules;
  fromMs: number;
}

export interface TrafficPlan {
  catalogue: Catalogue;
  /** Days of the reporting zone, oldest first. */
  days: readonly string[];
  zone: string;
  untilMs: number;
  /** In the order of their numbers. */
  rules: readonly SeedRules[];
}

const MINUTE_MS = 60_000;

/** Every request of the plan's days, as the ledger would have recorded them. The same plan gives the same requests. */
export function* seedTraffic(plan: TrafficPlan): Generator<RequestEvent[]> {
  for (const [index, day] of plan.days.entries()) {
    const random = seededRandom(hashText(day));
    const events: RequestEvent[] = [];
    const writer = new DayWriter(plan, random, events);
    const startMs = dayStartMs(day, plan.zone);
    const weekday = new Date(startMs + 12 * HOUR_MS).getUTCDay();
    const mood = dayFactor(weekday) * random.between(0.82, 1.18) * (1 + index * 0.0025);
    for (const person of seedTeam) writer.personDay(person, startMs, mood);
    writer.buildServerDay(startMs, mood);
    events.sort((a, b) => a.startedAtMs - b.startedAtMs);
    yield events.filter((event) => event.endedAtMs <= plan.untilMs);
  }
}

class DayWriter {
  readonly catalogue: Catalogue;

  constructor(
    private readonly plan: TrafficPlan,
    readonly random: Random,
    private readonly events: RequestEvent[],
  ) {
    this.catalogue = plan.catalogue;
  }

  personDay(person: SeedPerson, startMs: number, mood: number): void {
    const sessions = Math.round(this.random.skewed(3.8 * person.intensity * mood, 0.35));
    for (let at = 0; at < sessions; at += 1) this.session(person, startMs + workTime(this.random));
  }

  /** Short identical questions; the response cache answers about a third. */
  buildServerDay(startMs: number, mood: number): void {
    const builds = Math.round(26 * mood);
    for (let at = 0; at < builds; at += 1) {
      const startedAtMs = startMs + this.random.between(7, 21) * HOUR_MS;
      const session = this.buildSession(startedAtMs);
      const questions = this.random.whole(1, 4);
      for (let question = 0; question < questions; question += 1)
        this.question(session, startedAtMs + question * 4000, question > 0 && this.random.chance(0.55));
    }
  }

  private session(person: SeedPerson, startMs: number): void {
    const { random } = this;
    const project = random.weighted(person.projects);
    const requested = random.chance(0.0013) ? "claude-mythos-preview" : random.weighted(person.models);
    const session = this.open(person, project, requested, uuid(random), null, startMs);
    let atMs = this.request(session, startMs, { prompt: random.skewed(950, 0.1), output: 22, title: true });
    let prompt = random.skewed(31_000, 0.25);
    const turns = Math.max(2, Math.round(random.skewed(17, 0.7)));
    for (let turn = 0; turn < turns && turn < 90; turn += 1) {
      prompt += random.skewed(8600, 0.7);
      atMs = this.request(session, atMs, { prompt, output: random.skewed(2700, 0.8), title: false });
      if (random.chance(0.055)) this.subagent(session, atMs);
      atMs += random.chance(0.12) ? random.between(5, 24) * MINUTE_MS : random.skewed(24_000, 0.8);
      if (prompt > 240_000) {
        prompt *= 0.2; // compacted
        Object.assign(session, { messages: 0, toolResults: 0, toolErrors: 0, isCompacted: true, cached: 0 });
      }
    }
  }

  private subagent(parent: Session, startMs: number): void {
    const { random } = this;
    const session = this.open(
      parent.person,
      parent.project,
      parent.requested,
      parent.id,
      `agent-${random.hex(8)}`,
      startMs,
    );
    let atMs = startMs;
    let prompt = random.skewed(14_000, 0.25);
    const turns = random.whole(3, 14);
    for (let turn = 0; turn < turns; turn += 1) {
      prompt += random.skewed(2600, 0.6);
      atMs = this.request(session, atMs, { prompt, output: random.skewed(800, 0.7), title: false }) + 1500;
    }
  }

  private open(
    person: SeedPerson,
    project: string,
    requested: string,
    id: string,
    agentId: string | null,
    atMs: number,
  ): Session {
    const rules = rulesAt(this.plan.rules, atMs);
    const request = describedRequest({
      model: requested,
      project,
      person: person.id,
      personEmail: person.email,
      team: person.team,
      sessionKey: id,
      agentId,
      promptTokens: 20_000,
      hasTools: true,
      hasThinking: true,
      nowMs: atMs,
    });
    const decision = decide(rules.compiled, rules.number, request);
    const served = decision.kind === "override" ? decision.served : requested;
    const arm = findShareBucket(rules.compiled, { ruleId: decision.ruleId, reason: decision.why }, id);
    return {
      id,
      agentId,
      person,
      project,
      requested,
      decision,
      arm,
      served,
      cached: 0,
      fellBack: false,
      messages: 0,
      openToolCalls: 0,
      toolResults: 0,
      toolErrors: 0,
      isCompacted: false,
      lastAtMs: null,
      heldTokens: 0,
    };
  }

  /** One request; returns when it ended. */
  private request(
    session: Session,
    startedAtMs: number,
    size: { prompt: number; output: number; title: boolean },
  ): number {
    const { random } = this;
    const usage = size.title
      ? { ...emptyUsage(), inputTokens: Math.round(size.prompt), outputTokens: size.output }
      : this.turnUsage(session, size);
    const event = seedEvent(session, startedAtMs, usage, this);
    if (!size.title && !misfortune(session, event, this)) session.cached = size.prompt;
    if (
      event.decision === "override" &&
      event.servedModel === "claude-haiku-4-5-20251001" &&
      !size.title &&
      random.chance(0.5)
    ) {
      // Auto mode sends a field this model does not take. The rule is not applied, and the session stays as it is.
      serveAsAsked(session, event, { decision: "skipped", reason: "hazard:E23" }, this.catalogue);
    }
    addEvidence(session, event, size.title);
    this.events.push(event);
    return event.endedAtMs;
  }

  private turnUsage(session: Session, size: { prompt: number; output: number }): Usage {
    const prompt = Math.round(size.prompt);
    // A pause longer than the cache lives, or a first turn, writes the whole prompt.
    const read = this.random.chance(0.07) ? 0 : Math.min(Math.round(session.cached), prompt);
    const outputTokens = Math.max(8, Math.round(size.output));
    const fresh = prompt - read;
    const inputTokens = Math.min(fresh, this.random.whole(3, 140));
    const is1h = session.person.team === "Data";
    return {
      inputTokens,
      cacheWrite5mTokens: is1h ? 0 : fresh - inputTokens,
      cacheWrite1hTokens: is1h ? fresh - inputTokens : 0,
      cacheReadTokens: read,
      outputTokens,
      thinkingTokens: Math.round(outputTokens * this.random.between(0.05, 0.45)),
      webSearches: this.random.chance(0.006) ? this.random.whole(1, 4) : 0,
    };
  }

  private buildSession(atMs: number): Session {
    const person: SeedPerson = {
      id: "",
      email: "",
      name: buildServer.name,
      role: "developer",
      team: buildServer.team,
      intensity: 0,
      models: [],
      projects: [],
      client: "1.12.0",
    };
    return this.open(person, buildServer.project, "claude-sonnet-5-5", uuid(this.random), null, atMs);
  }

  private question(session: Session, startedAtMs: number, isHit: boolean): void {
    const usage = {
      ...emptyUsage(),
      inputTokens: this.random.whole(700, 2600),
      outputTokens: this.random.whole(60, 240),
    };
    const event = seedEvent(session, startedAtMs, usage, this);
    event.cache = isHit ? "hit" : "miss";
    event.cacheReason = null;
    event.streamed = false;
    if (isHit) {
      event.durationMs = 2;
      event.ttfbMs = null;
      event.endedAtMs = event.startedAtMs + 2;
      priceHit(event, this.catalogue);
    }
    addEvidence(session, event, true);
    this.events.push(event);
  }
}

function rulesAt(rules: readonly SeedRules[], atMs: number): SeedRules {
  const found = rules.findLast((version) => version.fromMs <= atMs) ?? rules[0];
  if (found === undefined) throw new Error("a seeded month needs at least one version of the rules");
  return found;
}
