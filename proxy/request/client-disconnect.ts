import type { CallerResponse } from "../http1/caller-side.ts";
import type { Exchange } from "../upstream/client.ts";
import type { RequestContext } from "./context.ts";
import type { Tee } from "./tee.ts";

/**
 * Watches the caller's side of a request from its first moment. A caller who leaves stops the provider's work at once,
 * whether its response has begun or not.
 */
export class ClientDisconnect {
  private readonly ctx: RequestContext;
  private exchange: Exchange | null = null;
  private tee: Tee | null = null;
  private isClosed = false;
  private whenClosed: (() => void) | null = null;

  constructor(ctx: RequestContext, response: CallerResponse) {
    this.ctx = ctx;
    response.on("close", () => this.noteClosed(response));
    response.on("error", () => {}); // a write into a closed connection; `close` reports the rest
  }

  /** Registers the request to the provider: it ends with the caller. */
  take(exchange: Exchange): void {
    this.exchange = exchange;
    if (this.ctx.delivery.clientLeft) exchange.abort();
  }

  /** Hands over to the tee, which decides from now on what leaving means. */
  handOver(tee: Tee): void {
    this.tee = tee;
    if (this.ctx.delivery.clientLeft) tee.clientClosed();
  }

  /** Resolves when the response is over, whole or not; also when it is over already. For one waiter. */
  get closed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isClosed) resolve();
      else this.whenClosed = resolve;
    });
  }

  private noteClosed(response: CallerResponse): void {
    const { ctx } = this;
    if (this.tee !== null) this.tee.clientClosed();
    else if (!response.writableFinished && !ctx.delivery.upstreamBroke && ctx.settled === null) {
      ctx.delivery.clientLeft = true;
      ctx.delivery.hasStatus = response.headersSent;
      this.exchange?.abort();
    }
    this.isClosed = true;
    this.whenClosed?.();
  }
}
