import type { AppError } from "#core/errors.ts";
import { invariant } from "#core/invariant.ts";
import type { Edit } from "#core/protocol/splice.ts";
import type { CallerRequest } from "../http1/caller-side.ts";
import type { OutgoingBody } from "../http1/request-parts.ts";
import type { BodyBudget, ComingBody, KeptBody } from "./body-budget.ts";
import { type Outgoing, outgoingBody } from "./outgoing.ts";
import { readBody } from "./read-body.ts";

/** States of a body on its way: only one that was sent may be released. */
interface Departure {
  readonly isSent: boolean;
}

/**
 * The bytes of one request as long as they are needed. They are needed to read, to send, and, when the served model
 * refuses, to send again unchanged. They are counted in the budget from the first byte until released. Code that waits
 * for a response holds this object and never the bytes, or they could not be freed.
 */
export class RequestBody implements KeptBody, ComingBody {
  isFallback = false;
  before: RequestBody | null = null;
  after: RequestBody | null = null;
  private readonly budget: BodyBudget;
  private bytesHeld = 0;
  /** Ends the reading while it is in progress. */
  private stop: ((problem: AppError) => void) | null = null;
  private raw: Buffer | null = null;
  private outgoing: Outgoing | null = null;
  /** The request that carries the body, from its first byte on. */
  private carrier: Departure | null = null;

  constructor(budget: BodyBudget) {
    this.budget = budget;
  }

  /** Reads the whole body; `noted` is called with the bytes as they arrive. */
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

  /** The body as the caller sent it. */
  get bytes(): Buffer {
    invariant(this.raw !== null, "a body is looked at after it was read and before it is let go of");
    return this.raw;
  }

  /** The body as it is sent. */
  edited(edits: readonly Edit[]): OutgoingBody {
    this.outgoing = outgoingBody(this.bytes, edits, this.budget.memory);
    return this.outgoing.body;
  }

  /** Marks it as being sent: once sent it may be evicted when others need memory. */
  keep(carrier: Departure, isFallback: boolean): void {
    this.carrier = carrier;
    this.isFallback = isFallback;
    this.budget.keep(this);
  }

  /**
   * The original body, to be sent again; it can no longer be evicted. Only when what went out first is no longer being
   * sent.
   */
  original(): OutgoingBody {
    invariant(this.outgoing !== null, "what is gone is not sent again");
    this.budget.forget(this);
    return this.outgoing.original();
  }

  /** Marks it as being sent for a second time. */
  sentAgain(carrier: Departure): void {
    this.carrier = carrier;
  }

  /** Whether it was evicted for others. */
  get isGone(): boolean {
    return this.raw === null;
  }

  drop(): boolean {
    if (this.carrier?.isSent !== true) return false;
    this.release();
    return true;
  }

  /** Releases the body. Safe to call again. */
  release(): void {
    // Bytes that are still being sent must stay: then the garbage collector has the memory when that is over.
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
