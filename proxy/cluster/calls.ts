/** RPCs to another process, by number, until they are answered or time out. */
export class Calls<Answer> {
  private readonly open = new Map<number, (answer: Answer | null) => void>();
  private lastCall = 0;

  constructor(private readonly withinMs: number) {}

  /** Makes a call; null when no answer came in time. */
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

  /** Delivers an answer; false when its call has timed out. */
  answered(call: number, answer: Answer): boolean {
    const done = this.open.get(call);
    done?.(answer);
    return done !== undefined;
  }

  /** Ends all calls: the other process is gone. */
  end(): void {
    for (const done of [...this.open.values()]) done(null);
  }
}
