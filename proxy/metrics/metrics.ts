import { type Aggregator, Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { splitByBilling } from "#core/costs/cost-totals.ts";
import { eventMeasures } from "#core/costs/rollup.ts";
import { toDollarNumber } from "#core/money/nano-usd.ts";
import { HitRate } from "../cache/hit-rate.ts";
import { type ClusterFigures, hitRateOfAll } from "../cluster/cluster-view.ts";
import { knownAmount, knownTotalSaving } from "../ledger/stats.ts";
import type { ProxyEvent } from "../process/event-bus.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import { type MetricFamily, textOfAll, withNaN } from "./metrics-of-all.ts";
import { spoolMetrics } from "./metrics-spool.ts";
import { QuickHistogram, QuickSummary } from "./quick-metrics.ts";
import { MoneyTally, Tally } from "./tally.ts";

/**
 * Label values kept. Model and rule names come from requests and files: beyond this many, further ones are counted as
 * "other".
 */
const LABEL_VALUES_MAX = 100;

/**
 * The content of `/metrics`. Counters are this instance's own since it started, its workers together, as Prometheus
 * expects: instances add up. What the ledger knows of the whole installation, equal to `/api/*` on every instance, is
 * named `cco_installation_…`. Longer than other files because it is the one list of every metric's name.
 */
export class Metrics {
  private readonly registry = new Registry();
  private readonly hitRate = new HitRate();
  private readonly labels = new Map<string, Set<string>>();

  private readonly overrides = this.counter("cco_overrides_total", "Requests served by another model by rule", [
    "from",
    "to",
  ]);
  private readonly cacheHits = this.counter("cco_cache_hits", "Answers given from the response cache");
  private readonly cacheMisses = this.counter("cco_cache_misses", "Look-ups in the response cache that found nothing");
  private readonly installation = {
    overrides: this.counter(
      "cco_installation_overrides_total",
      "Requests served by another model by rule, of all instances since the first day",
      ["from", "to"],
      "max",
    ),
    cacheHits: this.counter(
      "cco_installation_cache_hits_total",
      "Answers given from the response cache, of all instances since the first day",
      [],
      "max",
    ),
    cacheMisses: this.counter(
      "cco_installation_cache_misses_total",
      "Look-ups in the response cache that found nothing, of all instances since the first day",
      [],
      "max",
    ),
  };
  private hasOverrides = false;
  /** Pairs of models counted since the last read, for the same reason as the tallies. */
  private readonly newOverrides = new Map<string, number>();
  private readonly tallies: { handOver(): void }[] = [];
  private readonly cacheRequests = this.tally(
    "cco_cache_requests_total",
    "Requests by what the response cache did",
    "result",
  );
  private readonly requests = this.tally("cco_requests_total", "Model requests that ended", "status_class");
  private readonly ruleRequests = this.tally(
    "cco_rule_overrides_total",
    "Overrides applied since the start, by rule",
    "rule",
  );
  private readonly tokens = this.tokenTallies();
  private readonly cost = this.money("cco_cost_usd_total", "Cost in dollars by served model", "model");
  private readonly planValue = this.money(
    "cco_plan_value_usd_total",
    "List-price worth of subscription traffic in dollars by served model; never part of the cost",
    "model",
  );
  private readonly fullPrice = this.money(
    "cco_cost_full_price_usd_total",
    "What the requested models would have cost for the same work, in dollars (estimate)",
    "model",
  );
  private avoidedNanoUsd = 0n;
  private readonly avoided = this.counter(
    "cco_cost_avoided_usd_total",
    "Cost not paid because of the response cache, in dollars",
  );
  private readonly unpriced = this.counter("cco_requests_unpriced_total", "Requests of models without a known price", [
    "model",
  ]);
  private readonly refused = this.counter(
    "cco_requests_refused_total",
    "Requests refused before their caller was known, by reason",
    ["reason"],
  );
  private readonly fallbacksLost = this.counter(
    "cco_fallbacks_lost_total",
    "Requests that could not have fallen back, because their body had to make room for others",
  );
  private readonly breakerOpened = this.counter(
    "cco_upstream_breaker_opened_total",
    "Times the provider could not be connected to, five times in a row",
  );
  private readonly latency = new QuickSummary(
    this.registry,
    "cco_api_latency",
    "Seconds until the first byte of the provider's answer",
  );
  private readonly duration = new QuickHistogram(
    this.registry,
    "cco_upstream_request_duration_seconds",
    "Seconds from the request to the end of its answer",
    [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300],
  );

  private readonly spoolCounts: () => void;

  constructor(private readonly context: ProxyContext) {
    this.gauges();
    this.installationMoney();
    this.overrides.inc({ from: "", to: "" }, 0);
    this.spoolCounts = spoolMetrics(context, {
      gauge: (...gauge) => this.gauge(...gauge),
      counter: (...counter) => this.counter(...counter),
    });
    collectDefaultMetrics({ register: this.registry });
    context.onEvent((proxyEvent) => this.note(proxyEvent));
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  async text(): Promise<string> {
    this.bringUpToDate();
    return withNaN(await this.registry.metrics());
  }

  /** Families of this process, for merging where several share an address. */
  async families(): Promise<MetricFamily[]> {
    this.bringUpToDate();
    return (await this.registry.getMetricsAsJSON()) as MetricFamily[];
  }

  /** The text for all workers together. */
  textForAll(all: ClusterFigures): Promise<string> {
    const figures = [...all.answered, ...all.earlier];
    return textOfAll([...figures.map(({ metrics }) => metrics), all.ended], {
      cco_cache_hit_rate: hitRateOfAll(all),
      cco_workers: all.workers,
      cco_workers_answering: all.answered.length,
    });
  }

  /** Look-ups of the last five minutes. */
  lookUps(): { hits: number; all: number } {
    return this.hitRate.counts(performance.now());
  }

  private bringUpToDate(): void {
    this.takeFromLedger();
    for (const tally of this.tallies) tally.handOver();
    // The zero an alert finds before the first override would stay beside the real values for ever.
    if (this.newOverrides.size > 0 && !this.hasOverrides) this.overrides.reset();
    this.hasOverrides ||= this.newOverrides.size > 0;
    for (const [pair, count] of this.newOverrides) {
      const [from, to] = JSON.parse(pair) as [string, string];
      this.overrides.inc({ from, to }, count);
    }
    this.newOverrides.clear();
  }

  private note(proxyEvent: ProxyEvent): void {
    if (proxyEvent.kind !== "settled") return;
    this.noteLookUp(proxyEvent.event);
    this.noteEvent(proxyEvent.event);
  }

  /** Look-ups at every endpoint: the cache also serves what is not a model request. */
  private noteLookUp({ cache }: RequestEvent): void {
    if (cache !== "hit" && cache !== "miss") return;
    this.hitRate.note(cache, performance.now());
    (cache === "hit" ? this.cacheHits : this.cacheMisses).inc();
  }

  private noteEvent(event: RequestEvent): void {
    if (event.endpoint !== "messages" && event.endpoint !== "batches") return;
    const served = this.bounded("model", event.servedModel ?? "unknown");
    this.requests.add(statusClass(event.status));
    if (event.ttfbMs !== null) this.latency.observe(event.ttfbMs / 1000, performance.now());
    this.duration.observe(event.durationMs / 1000);
    if (event.cache !== "off") this.cacheRequests.add(event.cache);
    if (event.decision === "override") {
      this.ruleRequests.add(this.bounded("rule", event.ruleId ?? "unknown"));
      const from = this.bounded("model", event.requestedModel ?? "unknown");
      const pair = JSON.stringify([from, served]);
      this.newOverrides.set(pair, (this.newOverrides.get(pair) ?? 0) + 1);
    }
    this.noteTokens(event, served);
    this.noteMoney(event, served);
  }

  private noteTokens({ usage }: RequestEvent, model: string): void {
    const { input, cacheWrite5m, cacheWrite1h, cacheRead, output } = this.tokens;
    if (usage.inputTokens > 0) input.add(model, usage.inputTokens);
    if (usage.cacheWrite5mTokens > 0) cacheWrite5m.add(model, usage.cacheWrite5mTokens);
    if (usage.cacheWrite1hTokens > 0) cacheWrite1h.add(model, usage.cacheWrite1hTokens);
    if (usage.cacheReadTokens > 0) cacheRead.add(model, usage.cacheReadTokens);
    if (usage.outputTokens > 0) output.add(model, usage.outputTokens);
  }

  private noteMoney(event: RequestEvent, served: string): void {
    if (eventMeasures.unpriced(event) === true) this.unpriced.inc({ model: served });
    if (event.costNanoUsd === null) return;
    const { cost, saved, avoided, planValue } = splitByBilling(event.billingMode, {
      costNanoUsd: BigInt(event.costNanoUsd),
      savedNanoUsd: BigInt(event.savedNanoUsd ?? 0),
      avoidedNanoUsd: BigInt(event.avoidedNanoUsd),
    });
    if (event.billingMode === "subscription") {
      this.planValue.add(served, planValue);
      return;
    }
    this.cost.add(served, cost);
    this.avoidedNanoUsd += avoided;
    // Avoided cost, by rules where that is known and by the cache: full price - cost - avoided is what is shown as saved.
    this.fullPrice.add(this.bounded("model", event.requestedModel ?? "unknown"), cost + saved + avoided);
  }

  private takeFromLedger(): void {
    const { totals, overridesByPair } = this.context.ledger.stats();
    const { overrides, cacheHits, cacheMisses } = this.installation;
    overrides.reset();
    if (overridesByPair.length === 0) overrides.inc({ from: "", to: "" }, 0);
    for (const { requestedModel, servedModel, count } of overridesByPair) {
      const labels = { from: this.bounded("model", requestedModel), to: this.bounded("model", servedModel) };
      overrides.inc(labels, count);
    }
    this.set(cacheHits, totals.cacheHits);
    this.set(cacheMisses, totals.cacheMisses);
    this.set(this.avoided, toDollarNumber(this.avoidedNanoUsd));
    this.spoolCounts();
    this.set(this.fallbacksLost, this.context.live.fallbacksLost);
    this.set(this.breakerOpened, this.context.breaker.opened);
    this.refused.reset();
    for (const [reason, count] of this.context.live.refused) this.refused.inc({ reason }, count);
  }

  private set(counter: Counter, value: number): void {
    counter.reset();
    counter.inc(value);
  }

  /** Gauges, because a restored backup lowers them; of several workers the first is used, since all know the same. */
  private installationMoney(): void {
    const amounts = [
      ["cost_usd", "Cost", "costNanoUsd"],
      ["plan_value_usd", "List-price worth of subscription traffic", "planValueNanoUsd"],
      ["saved_usd", "Saved by rules (estimate)", "savedNanoUsd"],
      ["avoided_usd", "Not paid because of the response cache", "avoidedNanoUsd"],
    ] as const;
    for (const [name, help, amount] of amounts) {
      const read = () => {
        const stats = this.context.ledger.stats();
        const { totals } = stats;
        if (amount === "avoidedNanoUsd") return toDollarNumber(totals.avoidedNanoUsd);
        const known = amount === "savedNanoUsd" ? knownTotalSaving(stats) : knownAmount(totals, totals[amount]);
        return known === null ? Number.NaN : toDollarNumber(known);
      };
      this.gauge(
        `cco_installation_${name}`,
        `${help}, in dollars, of all instances since the first day; NaN while no price of it is known`,
        read,
        "first",
      );
    }
  }

  private gauges(): void {
    const { context } = this;
    this.gauge("cco_cache_hit_rate", "Response-cache hits per look-up over 5 minutes; NaN without any", () =>
      this.hitRate.over5Minutes(performance.now()),
    );
    this.gauge(
      "cco_overrides_enabled",
      "1 while overrides are on",
      () => Number(context.snapshot().ruleSet.enabled),
      "min",
    );
    this.gauge(
      "cco_rules_version",
      "Number of the rules version in force",
      () => context.snapshot().version ?? 0,
      "min",
    );
    this.gauge(
      "cco_rules_problem",
      "1 while a broken rules file is being ignored",
      () => Number(context.rulesProblem() !== null),
      "max",
    );
    this.gauge("cco_open_requests", "Requests under way", () => context.live.openRequests);
    this.gauge("cco_body_bytes_held", "Bytes of request bodies in memory", () => context.live.bodyBytesHeld);
    this.gauge("cco_open_streams", "Streams under way", () => context.live.openStreams);
    this.gauge(
      "cco_upstream_breaker_open",
      "1 while the provider cannot be connected to and requests are refused at once",
      () => Number(context.breaker.isOpen),
    );
    this.gauge("cco_ready", "1 while traffic is taken", () => Number(context.isReady()), "min");
    this.gauge("cco_cache_items", "Answers in the response cache", () => context.cache.figures().items);
    this.gauge("cco_cache_bytes", "Memory of the response cache", () => context.cache.figures().bytes);
    this.gauge(
      "cco_shared_memory_up",
      "1 while Redis answers in time; 0 also where none is configured",
      () => Number(context.shared.isUp),
      "min",
    );
    this.gauge("cco_workers", "Processes that serve this address", () => 1, "first");
    this.gauge("cco_workers_answering", "Those of them whose figures are in this answer", () => 1, "first");
    new Gauge({
      name: "cco_build_info",
      help: "1, with the version as label",
      labelNames: ["version", "node"],
      aggregator: "first",
      registers: [this.registry],
    }).set({ version: context.productVersion, node: process.versions.node }, 1);
  }

  /** `together`: how the values of several workers are combined. */
  private gauge(name: string, help: string, read: () => number, together: Aggregator = "sum"): void {
    new Gauge({
      name,
      help,
      aggregator: together,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** Counts of the ledger cover all workers already: there `together` is not the sum. */
  private counter(name: string, help: string, labelNames: string[] = [], together: Aggregator = "sum"): Counter {
    return new Counter({ name, help, labelNames, aggregator: together, registers: [this.registry] });
  }

  private tally(name: string, help: string, label: string): Tally {
    return this.keep(new Tally(this.counter(name, help, [label]), label));
  }

  private money(name: string, help: string, label: string): MoneyTally {
    return this.keep(new MoneyTally(this.counter(name, help, [label]), label));
  }

  private tokenTallies() {
    const counter = this.counter("cco_tokens_total", "Tokens by served model and class", ["model", "type"]);
    const ofType = (type: string) => this.keep(new Tally(counter, "model", { type }));
    return {
      input: ofType("input"),
      cacheWrite5m: ofType("cache_write_5m"),
      cacheWrite1h: ofType("cache_write_1h"),
      cacheRead: ofType("cache_read"),
      output: ofType("output"),
    };
  }

  private keep<Kept extends { handOver(): void }>(tally: Kept): Kept {
    this.tallies.push(tally);
    return tally;
  }

  private bounded(kind: "model" | "rule", value: string): string {
    const known = this.labels.get(kind) ?? new Set<string>();
    this.labels.set(kind, known);
    if (known.has(value)) return value;
    if (known.size >= LABEL_VALUES_MAX || value.length > 128) return "other";
    known.add(value);
    return value;
  }
}

const statusClass = (status: number) => `${Math.floor(status / 100)}xx`;
