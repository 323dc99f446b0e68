import type { CallerResponse } from "../http1/caller-side.ts";
import type { Exchange } from "../upstream/client.ts";
import type { Trip } from "./context.ts";
import type { Tee } from "./tee.ts";

/**
 * Watches the caller's side of a request from its first moment. A caller who leaves stops the provider's work at once,
 * whether it has begun to answer or not.
 */
export class CallerLine {
  private readonly trip: Trip;
  private exchange: Exchange | null = null;
  private tee: Tee | null = null;

  constructor(trip: Trip, response: CallerResponse) {
    this.trip = trip;
    response.on("close", () => this.closed(response));
    response.on("error", () => {}); // a write into a closed connection; `close` tells the rest
  }

  /** A request to the provider has begun: it ends with the caller. */
  take(exchange: Exchange): void {
    this.exchange = exchange;
    if (this.trip.clientLeft) exchange.abort();
  }

  /** From now on the tee decides what leaving means. */
  handOver(tee: Tee): void {
    this.tee = tee;
    if (this.trip.clientLeft) tee.clientClosed();
  }

  private closed(response: CallerResponse): void {
    if (this.tee !== null) this.tee.clientClosed();
    else if (!response.writableFinished) {
      this.trip.clientLeft = true;
      this.exchange?.abort();
    }
  }
}
