import type { Catalogue } from "#core/costs/catalogue.ts";
import { invariant } from "#core/invariant.ts";
import { compileRules } from "#core/rules/compile.ts";
import type { ProxyEvent } from "../process/event-bus.ts";
import type { Log } from "../process/log.ts";
import type { Snapshot } from "../process/proxy-context.ts";
import type { RulesTold } from "../rules/active-rules.ts";
import { parseRulesText } from "../rules/rules-text.ts";

interface ToldRulesOptions {
  catalogue: Catalogue;
  log: Log;
  emit(proxyEvent: ProxyEvent): void;
}

/**
 * The rules in force in a worker: those of the primary, which alone reads the file and follows the history. Version,
 * generation and what holds for running sessions are the primary's, so all workers agree on them.
 */
export class RemoteRules {
  private told: RulesTold;
  private snapshot: Snapshot;

  constructor(
    told: RulesTold,
    private readonly options: ToldRulesOptions,
  ) {
    this.told = told;
    const compiled = this.compiled(told);
    invariant(compiled !== null, "the primary serves only what can be read");
    this.snapshot = compiled;
  }

  current(): Snapshot {
    return this.snapshot;
  }

  problem(): string | null {
    return this.told.fault;
  }

  hear(told: RulesTold): void {
    const isSameText = told.text === this.told.text;
    const next = isSameText ? { ...this.snapshot, ...toPosition(told) } : this.compiled(told);
    if (next === null) return;
    this.told = told;
    this.snapshot = Object.freeze(next);
    const { version, ruleSet } = this.snapshot;
    this.options.emit({ kind: "rules", version, enabled: ruleSet.enabled, problem: told.fault, atMs: Date.now() });
  }

  private compiled(told: RulesTold): Snapshot | null {
    const { catalogue, log } = this.options;
    const parsed = parseRulesText(told.text, catalogue, Date.now());
    if (parsed.ok) {
      const { ruleSet } = parsed;
      return Object.freeze({ ...toPosition(told), compiled: compileRules(ruleSet, catalogue), ruleSet, catalogue });
    }
    log.error({ version: told.version }, "a worker cannot read the rules that the primary serves");
    return null;
  }
}

function toPosition({ version, generation, pinsValidFrom, appliedNow, sinceMs }: RulesTold) {
  return { version, generation, pinsValidFrom, appliedNow, sinceMs };
}
