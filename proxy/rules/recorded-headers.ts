import { namedHeaders } from "#core/rules/named-headers.ts";
import type { RuleSet } from "#core/rules/rule-set.ts";
import type { LedgerClient } from "../ledger/client/ledger-client.ts";

const NONE: readonly string[] = [];

/**
 * Headers that a rule in force or a rule of a draft names. Their values are recorded, and of all other headers none is.
 * The names are found again where one of the two has changed.
 */
export class RecordedHeaders {
  private ruleSet: RuleSet | null = null;
  private drafted = NONE;
  private names = NONE;

  constructor(private readonly ledger: Pick<LedgerClient, "state">) {}

  get(ruleSet: RuleSet): readonly string[] {
    const drafted = this.ledger.state()?.draftHeaders ?? NONE;
    if (ruleSet !== this.ruleSet || drafted !== this.drafted) {
      this.ruleSet = ruleSet;
      this.drafted = drafted;
      this.names = [...new Set([...namedHeaders(ruleSet), ...drafted])].sort();
    }
    return this.names;
  }
}
