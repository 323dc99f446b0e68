/** Offers of records that found no room on a disk, and what became of each. */
export class HeldCalls {
  private readonly calls = new Map<number, (isTaken: boolean) => void>();
  private lastCall = 0;

  /** Resolves when it is known whether the database has them. */
  offer(send: (call: number) => void): Promise<boolean> {
    this.lastCall += 1;
    const call = this.lastCall;
    return new Promise((resolve) => {
      this.calls.set(call, resolve);
      send(call);
    });
  }

  settle(call: number, isTaken: boolean): void {
    this.calls.get(call)?.(isTaken);
    this.calls.delete(call);
  }

  /** Settles all offers as not taken: the thread that had them is gone. */
  settleAll(): void {
    for (const call of this.calls.keys()) this.settle(call, false);
  }
}
