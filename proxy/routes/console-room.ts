import { AppError } from "#core/errors.ts";
import { type Linked, LinkedList } from "#core/linked-list.ts";

/** Bytes of all bodies for the console in memory. Any caller may send one, so the sum has a limit as well. */
const ROOM_BYTES = 32 * 1024 * 1024;
/** Bytes of the bodies of one address. */
const SHARE_BYTES = 8 * 1024 * 1024;

interface Holder {
  bytes: number;
  /** Bodies that are still arriving, the one that began first in front. */
  readonly coming: LinkedList<ConsoleBody>;
}

/** The bytes of one body, from the first one until the console has answered it. */
export class ConsoleBody implements Linked<ConsoleBody> {
  before: ConsoleBody | null = null;
  after: ConsoleBody | null = null;
  bytes = 0;

  /** `refuse` is called when this body, unfinished, makes room for another one; it has left the room then. */
  constructor(
    readonly address: string,
    readonly refuse: (problem: AppError) => void,
  ) {}
}

/**
 * Memory pool for the bodies of requests to the console, shared between addresses. Each address may hold a part of it.
 * Where its part is full, an address loses its unfinished body that began first. Where the room is full, another
 * address does, the one that holds most. So a body that arrives at once gets in, however many others are never
 * finished.
 */
export class ConsoleRoom {
  private bytes = 0;
  private readonly holders = new Map<string, Holder>();

  constructor(
    private readonly roomBytes = ROOM_BYTES,
    private readonly shareBytes = SHARE_BYTES,
  ) {}

  /** Reserves more bytes for a body; throws `busy` when this is the body that has to go. */
  take(place: ConsoleBody, bytes: number): void {
    const holder = this.holders.get(place.address) ?? { bytes: 0, coming: new LinkedList<ConsoleBody>() };
    while (holder.bytes + bytes > this.shareBytes) this.evictOldest(holder, place);
    while (this.bytes + bytes > this.roomBytes) this.evictOldest(this.findLargest(holder), place);
    this.holders.set(place.address, holder);
    holder.coming.add(place);
    this.add(holder, place, bytes);
  }

  /** Marks a body as whole: it is on its way to the console and no longer makes room. */
  arrived(place: ConsoleBody): void {
    this.holders.get(place.address)?.coming.remove(place);
  }

  /** Returns the bytes of a body. Safe to call again. */
  leave(place: ConsoleBody): void {
    const holder = this.holders.get(place.address);
    if (holder === undefined) return;
    holder.coming.remove(place);
    this.add(holder, place, -place.bytes);
    if (holder.bytes === 0) this.holders.delete(place.address);
  }

  private add(holder: Holder, place: ConsoleBody, bytes: number): void {
    this.bytes += bytes;
    holder.bytes += bytes;
    place.bytes += bytes;
  }

  private evictOldest(holder: Holder, place: ConsoleBody): void {
    const { oldest } = holder.coming;
    if (oldest === null || oldest === place) throw new AppError("busy");
    this.leave(oldest);
    oldest.refuse(new AppError("busy"));
  }

  /**
   * Finds the address with most bytes among others with an unfinished body. An address within its share never makes
   * room for its own bodies.
   */
  private findLargest(asking: Holder): Holder {
    let largest: Holder | null = null;
    for (const holder of this.holders.values())
      if (holder !== asking && holder.coming.size > 0 && holder.bytes > (largest?.bytes ?? 0)) largest = holder;
    return largest ?? asking;
  }
}
