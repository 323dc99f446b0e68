/** Questions on their way to another process, by number, until they are answered or time is up. */
export class Calls<Answer> {
  private readonly open = new Map<number, (answer: Answer | null) => void>();
  private lastCall = 0;

  constructor(private readonly withinMs: number) {}

  /** Null when no answer came in time. */
  ask(send: (call: number) => void): Promise<Answer | null> {
    this.lastCall += 1;
    const call = this.lastCall;
    return new Promise((resolve) => {
      const done = (answer: Answer | null) => {
        clearTimeout(timer);
        this.open.delete(call);
        resolve(answer);
      };
      const timer = setTimeout(() => done(null), this.withinMs);
      this.open.set(call, done);
      send(call);
    });
  }

  /** False when nobody waits for it any more. */
  answered(call: number, answer: Answer): boolean {
    const done = this.open.get(call);
    done?.(answer);
    return done !== undefined;
  }

  /** Whoever was asked is gone. */
  end(): void {
    for (const done of [...this.open.values()]) done(null);
  }
}
