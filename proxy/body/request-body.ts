import type { AppError } from "#core/errors.ts";
import { invariant } from "#core/invariant.ts";
import type { Edit } from "#core/protocol/splice.ts";
import type { CallerRequest } from "../http1/caller-side.ts";
import type { OutgoingBody } from "../http1/request-parts.ts";
import type { BodyBudget, ComingBody, KeptBody } from "./body-budget.ts";
import { type Outgoing, outgoingBody } from "./outgoing.ts";
import { readBody } from "./read-body.ts";

/** Where a body is on its way: only one that has left may be let go of. */
interface Departure {
  readonly isSent: boolean;
}

/**
 * The bytes of one request for as long as somebody needs them: to read, to send, and, when the served model refuses, to
 * send again as they came. Counted in the budget from the first byte until let go of. Whoever waits for an answer holds
 * this and never the bytes themselves, or they could not be freed.
 */
export class RequestBody implements KeptBody, ComingBody {
  isFallback = false;
  before: RequestBody | null = null;
  after: RequestBody | null = null;
  private readonly budget: BodyBudget;
  private bytesHeld = 0;
  /** Ends the reading, while it goes on. */
  private stop: ((problem: AppError) => void) | null = null;
  private raw: Buffer | null = null;
  private outgoing: Outgoing | null = null;
  /** The request that carries the body, from its first byte on. */
  private carrier: Departure | null = null;

  constructor(budget: BodyBudget) {
    this.budget = budget;
  }

  /** Reads the whole body; `noted` hears of the bytes as they come. */
  async read(request: CallerRequest, noted: (bytes: number) => void): Promise<void> {
    this.budget.begin(this);
    try {
      const reading = readBody(request, this.budget.memory, (bytes) => {
        this.budget.take(bytes, this);
        this.bytesHeld += bytes;
        noted(bytes);
      });
      this.stop = reading.stop;
      this.raw = await reading.body;
    } finally {
      this.stop = null;
      this.budget.end(this);
    }
  }

  refuse(problem: AppError): void {
    this.stop?.(problem);
    this.release();
  }

  /** As the caller sent it. */
  get bytes(): Buffer {
    invariant(this.raw !== null, "a body is looked at after it was read and before it is let go of");
    return this.raw;
  }

  /** As it goes out. */
  edited(edits: readonly Edit[]): OutgoingBody {
    this.outgoing = outgoingBody(this.bytes, edits, this.budget.memory);
    return this.outgoing.body;
  }

  /** It is on its way: once it has left it makes room for others when they need it. */
  keep(carrier: Departure, isFallback: boolean): void {
    this.carrier = carrier;
    this.isFallback = isFallback;
    this.budget.keep(this);
  }

  /** As it came, to be sent again; from now on it stays. Only when what went out first is no longer being sent. */
  original(): OutgoingBody {
    invariant(this.outgoing !== null, "what is gone is not sent again");
    this.budget.forget(this);
    return this.outgoing.original();
  }

  /** It is on its way for a second time. */
  sentAgain(carrier: Departure): void {
    this.carrier = carrier;
  }

  /** It had to make room for others. */
  get isGone(): boolean {
    return this.raw === null;
  }

  drop(): boolean {
    if (this.carrier?.isSent !== true) return false;
    this.release();
    return true;
  }

  /** Nobody needs it any more. May be said again. */
  release(): void {
    // What is still being sent must keep its bytes: then the garbage collector has the memory when that is over.
    if (this.carrier === null || this.carrier.isSent) {
      if (this.raw !== null) this.budget.memory.give(this.raw);
      if (this.outgoing?.taken) this.budget.memory.give(this.outgoing.taken);
    }
    this.raw = null;
    this.outgoing = null;
    this.carrier = null;
    this.budget.forget(this);
    this.budget.give(this.bytesHeld);
    this.bytesHeld = 0;
  }
}
