const SEND_EVERY_MS = 5_000;

/**
 * Uses of proxy keys, gathered for some seconds: of each key only the last one is kept. Short because it waits by a
 * timer apart from the life of the thread.
 */
export class KeyUses {
  /** Key id -> when it was last used, epoch ms. */
  private uses = new Map<string, number>();
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly send: (uses: ReadonlyMap<string, number>) => void) {}

  note(id: string): void {
    this.uses.set(id, Date.now());
    this.timer ??= setTimeout(() => this.flush(), SEND_EVERY_MS).unref();
  }

  /** Sends what there is, without waiting until it is time. */
  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.uses.size === 0) return;
    this.send(this.uses);
    this.uses = new Map();
  }
}
