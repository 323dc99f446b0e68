/** Models counted apart for one holder; further ones are one kind together. */
const MODELS_MAX = 32;

/** The model of a request whose body is still being read, and of those beyond the bound. */
export const ANY_MODEL = "";

interface OfModel {
  count: number;
  leastNanoUsd: number;
}

/** How many requests of one holder hold a share of its budget, by the model that serves them. */
export class Reservations {
  total = 0;
  /** Of requests that are over and whose cost will never be known. */
  keptNanoUsd = 0;
  private readonly byModel = new Map<string, OfModel>();

  /**
   * Adds one that counts for so much at least, in whole nano-dollars, or gives it back. A model stays known, so what is added
   * and given back is one kind.
   */
  change(model: string, by: 1 | -1, leastNanoUsd: number): void {
    this.total += by;
    const kind = this.byModel.has(model) || this.byModel.size < MODELS_MAX ? model : ANY_MODEL;
    const of = this.byModel.get(kind) ?? { count: 0, leastNanoUsd: 0 };
    if (of.count === 0) this.byModel.set(kind, of);
    of.count += by;
    of.leastNanoUsd += by * leastNanoUsd;
  }

  get isEmpty(): boolean {
    return this.total === 0 && this.keptNanoUsd === 0;
  }

  /**
   * Sums what the requests are taken to cost, and the amounts that are kept. A model counts at least what the sizes of
   * its requests say together.
   */
  sum(estimateCost: (model: string) => number): number {
    let sum = this.keptNanoUsd;
    for (const [model, { count, leastNanoUsd }] of this.byModel)
      if (count > 0) sum += Math.max(count * estimateCost(model), leastNanoUsd);
    return sum;
  }
}
