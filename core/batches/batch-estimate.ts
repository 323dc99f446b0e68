import { scaleNanoUsd } from "#core/money/nano-usd.ts";
import type { Catalogue } from "../costs/catalogue.ts";
import { estimateCost } from "../costs/estimate-cost.ts";
import type { ScannedRequest } from "./requests-scan.ts";

/** What the body of a batch says of its cost. */
export interface BatchEstimate {
  requests: number;
  /** How many requests each model has; models beyond the first 20 are counted under an empty name. */
  models: [model: string, requests: number][];
  /** Null: one of its requests has no known price. */
  estimateNanoUsd: string | null;
}

const MODELS_MAX = 20;
/** Above nine million dollars nothing is said: the column is no wider, and the body no batch. */
const ESTIMATE_MAX = 9_000_000n * 1_000_000_000n;
const MODEL_NAME_MAX = 256;

/**
 * Adds up what the requests of a batch cost at most, at the batch price. Prompts count as if uncached, answers as if
 * they were as long as they may be.
 */
export class BatchEstimator {
  private requests = 0;
  private readonly models = new Map<string, number>();
  /** At the ordinary price. */
  private nanoUsd = 0n;
  private isKnown = true;

  constructor(
    private readonly catalogue: Catalogue,
    private readonly atMs: number,
  ) {}

  add({ model, maxTokens, bytes }: ScannedRequest): void {
    const { catalogue, atMs } = this;
    this.requests += 1;
    const name = (model ?? "").slice(0, MODEL_NAME_MAX);
    const kind = this.models.has(name) || this.models.size < MODELS_MAX ? name : "";
    this.models.set(kind, (this.models.get(kind) ?? 0) + 1);
    const size = {
      served: model ?? "",
      bodyBytes: bytes,
      namesFiles: false,
      outputTokens: maxTokens,
      speed: null,
      atMs,
    };
    const cost = estimateCost(size, catalogue);
    if (cost === null) this.isKnown = false;
    else this.nanoUsd += BigInt(Math.round(cost));
  }

  /** Null where no request was found: of a body that is no batch nothing is known. */
  sum(): BatchEstimate | null {
    if (this.requests === 0) return null;
    const { requests, models } = this;
    const sum = scaleNanoUsd(this.nanoUsd, BigInt(this.catalogue.batchMilli), 1000n);
    const estimateNanoUsd = this.isKnown && sum <= ESTIMATE_MAX ? sum.toString() : null;
    return { requests, models: [...models], estimateNanoUsd };
  }
}
