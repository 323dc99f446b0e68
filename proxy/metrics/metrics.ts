import { collectDefaultMetrics, Registry } from "prom-client";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { splitByBilling } from "#core/costs/cost-totals.ts";
import { isPlan } from "#core/costs/known-money.ts";
import { eventMeasures } from "#core/costs/rollup.ts";
import { toDollarNumber } from "#core/money/nano-usd.ts";
import { HitRate } from "../cache/hit-rate.ts";
import { type ClusterFigures, hitRateOfAll } from "../cluster/cluster-view.ts";
import type { ProxyEvent } from "../process/event-bus.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import { processGauges } from "./metrics-gauges.ts";
import { installationMetrics } from "./metrics-installation.ts";
import { MetricMaker, setCounter } from "./metrics-maker.ts";
import { type MetricFamily, textOfAll, withNaN } from "./metrics-of-all.ts";
import { spoolMetrics } from "./metrics-spool.ts";
import { QuickHistogram, QuickSummary } from "./quick-metrics.ts";
import { MoneyTally, PairTally, Tally } from "./tally.ts";

/**
 * The content of `/metrics`. Counters are this instance's own since it started, its workers together, as Prometheus
 * expects: instances add up. Here are those that follow from ended requests; the files `metrics-….ts` beside this one
 * hold the others.
 */
export class Metrics {
  private readonly registry = new Registry();
  private readonly hitRate = new HitRate();
  private readonly make = new MetricMaker(this.registry);

  private readonly overrides = this.make.counter("cco_overrides_total", "Requests served by another model by rule", [
    "from",
    "to",
  ]);
  private readonly cacheHits = this.make.counter("cco_cache_hits", "Answers given from the response cache");
  private readonly cacheMisses = this.make.counter(
    "cco_cache_misses",
    "Look-ups in the response cache that found nothing",
  );
  private hasOverrides = false;
  /** Pairs of models counted since the last read, for the same reason as the tallies. */
  private readonly newOverrides = new PairTally();
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
  private readonly avoided = this.make.counter(
    "cco_cost_avoided_usd_total",
    "Cost not paid because of the response cache, in dollars",
  );
  private readonly unpriced = this.make.counter(
    "cco_requests_unpriced_total",
    "Requests without a known cost: of a model without a price, or of which the provider did not say what it used",
    ["model"],
  );
  private readonly refused = this.make.counter(
    "cco_requests_refused_total",
    "Requests refused before their caller was known, by reason",
    ["reason"],
  );
  private readonly fallbacksLost = this.make.counter(
    "cco_fallbacks_lost_total",
    "Requests that could not have fallen back, because their body had to make room for others",
  );
  private readonly breakerOpened = this.make.counter(
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

  /** Functions that bring sums counted elsewhere up to date. */
  private readonly updates: readonly (() => void)[];

  constructor(private readonly context: ProxyContext) {
    processGauges(context, this.make, () => this.hitRate.over5Minutes(performance.now()));
    this.overrides.inc({ from: "", to: "" }, 0);
    this.updates = [installationMetrics(context, this.make), spoolMetrics(context, this.make)];
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
    this.takeSums();
    for (const tally of this.tallies) tally.handOver();
    // The zero an alert finds before the first override would stay beside the real values for ever.
    if (!this.newOverrides.isEmpty && !this.hasOverrides) this.overrides.reset();
    this.hasOverrides ||= !this.newOverrides.isEmpty;
    this.newOverrides.handOver((from, to, count) => this.overrides.inc({ from, to }, count));
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
    const served = this.make.bounded("model", event.servedModel ?? "unknown");
    this.requests.add(statusClass(event.status));
    if (event.ttfbMs !== null) this.latency.observe(event.ttfbMs / 1000, performance.now());
    this.duration.observe(event.durationMs / 1000);
    if (event.cache !== "off") this.cacheRequests.add(event.cache);
    if (event.decision === "override") {
      this.ruleRequests.add(this.make.bounded("rule", event.ruleId ?? "unknown"));
      this.newOverrides.add(this.make.bounded("model", event.requestedModel ?? "unknown"), served);
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
    if (isPlan(event.billingMode)) {
      this.planValue.add(served, planValue);
      return;
    }
    this.cost.add(served, cost);
    this.avoidedNanoUsd += avoided;
    // Avoided cost, by rules where that is known and by the cache. Full price - cost - avoided is what is shown as
    // saved.
    this.fullPrice.add(this.make.bounded("model", event.requestedModel ?? "unknown"), cost + saved + avoided);
  }

  private takeSums(): void {
    for (const update of this.updates) update();
    setCounter(this.avoided, toDollarNumber(this.avoidedNanoUsd));
    setCounter(this.fallbacksLost, this.context.live.fallbacksLost);
    setCounter(this.breakerOpened, this.context.breaker.opened);
    this.refused.reset();
    for (const [reason, count] of this.context.live.refused) this.refused.inc({ reason }, count);
  }

  private tally(name: string, help: string, label: string): Tally {
    return this.keep(new Tally(this.make.counter(name, help, [label]), label));
  }

  private money(name: string, help: string, label: string): MoneyTally {
    return this.keep(new MoneyTally(this.make.counter(name, help, [label]), label));
  }

  private tokenTallies() {
    const counter = this.make.counter("cco_tokens_total", "Tokens by served model and class", ["model", "type"]);
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
}

const statusClass = (status: number) => `${Math.floor(status / 100)}xx`;
