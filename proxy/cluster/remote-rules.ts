import type { Catalogue } from "#core/costs/catalogue.ts";
import { invariant } from "#core/invariant.ts";
import { compileRules } from "#core/rules/compile.ts";
import type { ProxyEvent } from "../process/event-bus.ts";
import type { Log } from "../process/log.ts";
import type { Snapshot } from "../process/proxy-context.ts";
import { ActivePrices } from "../rules/active-prices.ts";
import type { ServedRules } from "../rules/active-rules.ts";
import { parseRulesText } from "../rules/rules-text.ts";

interface RemoteRulesOptions {
  catalogue: Catalogue;
  log: Log;
  emit(proxyEvent: ProxyEvent): void;
}

/**
 * The rules in force in a worker: those of the primary, which alone reads the file and follows the history. Version,
 * generation and what holds for running sessions are the primary's, so all workers agree on them.
 */
export class RemoteRules {
  private served: ServedRules;
  private readonly prices: ActivePrices;
  private snapshot: Snapshot;

  constructor(
    served: ServedRules,
    private readonly options: RemoteRulesOptions,
  ) {
    this.served = served;
    this.prices = new ActivePrices(options.catalogue, options.log);
    this.prices.receive(served.prices);
    const compiled = this.compiled(served);
    invariant(compiled !== null, "the primary serves only what can be read");
    this.snapshot = compiled;
  }

  current(): Snapshot {
    return this.snapshot;
  }

  problem(): string | null {
    return this.served.fault;
  }

  receive(served: ServedRules): void {
    this.prices.receive(served.prices);
    const isSameText = served.text === this.served.text;
    const next = isSameText
      ? { ...this.snapshot, ...toPosition(served), prices: this.prices.current() }
      : this.compiled(served);
    if (next === null) return;
    this.served = served;
    this.snapshot = Object.freeze(next);
    const { version, ruleSet } = this.snapshot;
    this.options.emit({ kind: "rules", version, enabled: ruleSet.enabled, problem: served.fault, atMs: Date.now() });
  }

  private compiled(served: ServedRules): Snapshot | null {
    const { catalogue, log } = this.options;
    const parsed = parseRulesText(served.text, catalogue, Date.now());
    if (parsed.ok) {
      const { ruleSet } = parsed;
      const compiled = compileRules(ruleSet, catalogue);
      return Object.freeze({ ...toPosition(served), compiled, ruleSet, catalogue, prices: this.prices.current() });
    }
    log.error({ version: served.version }, "a worker cannot read the rules that the primary serves");
    return null;
  }
}

function toPosition({ version, generation, pinsValidFrom, appliedNow, sinceMs }: ServedRules) {
  return { version, generation, pinsValidFrom, appliedNow, sinceMs };
}
