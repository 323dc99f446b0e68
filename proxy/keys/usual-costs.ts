/**
 * How much the latest request says of what one costs: much where it cost more, little where it cost less. Of one model too
 * there are small requests between dear ones, and they must not let a burst of dear ones in.
 */
const DEARER_SHARE = 0.3;
const CHEAPER_SHARE = 0.02;
/**
 * Assumed cost of a counter's requests before the first of them is settled in this process. It is five cents, a request
 * of Claude Code with some context. Taken for free, all requests that come at once after a start would pass the rest of
 * a budget.
 */
const FIRST_COST_NANO_USD = 50_000_000;
/** Models known apart for one counter; further ones are one kind together. */
const MODELS_MAX = 32;
const OTHERS = "";

/** What requests cost as a rule: of one counter, by the model that serves them. */
export class UsualCosts {
  private readonly byCounter = new Map<string, Map<string, number>>();

  note(counter: string, model: string, nanoUsd: number): void {
    const byModel = this.byCounter.get(counter) ?? new Map<string, number>();
    if (byModel.size === 0) this.byCounter.set(counter, byModel);
    const kind = byModel.has(model) || byModel.size < MODELS_MAX ? model : OTHERS;
    const before = byModel.get(kind) ?? nanoUsd;
    byModel.set(kind, before + (nanoUsd - before) * (nanoUsd > before ? DEARER_SHARE : CHEAPER_SHARE));
  }

  /** Of a model without any settled request, or one not known yet: what the counter's dearest model costs. */
  find(counter: string, model: string): number {
    const byModel = this.byCounter.get(counter);
    if (byModel === undefined) return FIRST_COST_NANO_USD;
    const own = model === OTHERS ? undefined : byModel.get(model);
    if (own !== undefined) return own;
    let dearest = 0;
    for (const nanoUsd of byModel.values()) if (nanoUsd > dearest) dearest = nanoUsd;
    return dearest;
  }
}
