/**
 * Unread bytes after which a reader counts as having stopped reading. What it did not take is kept for it in memory.
 */
export const BEHIND_BYTES_MAX = 1024 * 1024;

/**
 * Places for connections that stay open, of a fixed number. When all are taken, the reader who holds most
 * gives up its oldest one: a page that reconnects in a loop, or a script, takes places from itself and not from others.
 */
export class ReaderSlots<Connection> {
  /** In the order in which they were taken, with the name of their reader. */
  private readonly holders = new Map<Connection, string>();

  /** `end` closes a connection that gives up its place. */
  constructor(
    private readonly max: number,
    private readonly end: (connection: Connection) => void,
  ) {}

  take(connection: Connection, holder: string): void {
    if (this.holders.size >= this.max) this.endOne(holder);
    this.holders.set(connection, holder);
  }

  leave(connection: Connection): void {
    this.holders.delete(connection);
  }

  /** Of readers who hold the same number, the one who asks gives way. */
  private endOne(asking: string): void {
    const counts = new Map<string, number>([[asking, 0]]);
    for (const holder of this.holders.values()) counts.set(holder, (counts.get(holder) ?? 0) + 1);
    let most = asking;
    for (const [holder, count] of counts) if (count > (counts.get(most) ?? 0)) most = holder;
    for (const [connection, holder] of this.holders) {
      if (holder !== most) continue;
      this.holders.delete(connection);
      this.end(connection);
      return;
    }
  }
}
