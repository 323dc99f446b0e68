/** Models counted apart for one holder; further ones are one kind together. */
const MODELS_MAX = 32;

/** The model of a request whose body is still being read, and of those beyond the bound. */
export const ANY_MODEL = "";

/** How many requests of one holder hold a share of its budget, by the model that serves them. */
export class Reservations {
  total = 0;
  /** Of requests that are over and whose cost will never be known. */
  keptNanoUsd = 0;
  private readonly byModel = new Map<string, number>();

  /** Adds as many; a negative number gives them back. A model stays known, so what is added and given back is one kind. */
  add(model: string, count: number): void {
    this.total += count;
    const kind = this.byModel.has(model) || this.byModel.size < MODELS_MAX ? model : ANY_MODEL;
    this.byModel.set(kind, (this.byModel.get(kind) ?? 0) + count);
  }

  get isEmpty(): boolean {
    return this.total === 0 && this.keptNanoUsd === 0;
  }

  /** Sums what they are taken to cost, and what is kept. */
  sum(costOf: (model: string) => number): number {
    let sum = this.keptNanoUsd;
    for (const [model, count] of this.byModel) if (count > 0) sum += count * costOf(model);
    return sum;
  }
}
