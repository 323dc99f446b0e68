import { describe, expect, it } from "vitest";
import type { LedgerCommand } from "../messages.ts";
import { CommandQueue } from "./command-queue.ts";

const report = (n: number): LedgerCommand => ({ kind: "cache-report", report: `${n}` });
const use = (id: string, atMs: number): LedgerCommand => ({ kind: "key-use", uses: new Map([[id, atMs]]) });
const purge = (): LedgerCommand => ({
  kind: "purge-cache",
  target: { kind: "all" },
  by: { personId: "per_1", via: "console", token: null },
});

async function workOff(queue: CommandQueue): Promise<LedgerCommand[]> {
  const done: LedgerCommand[] = [];
  await queue.work(
    async (message) => void done.push(message),
    () => {},
  );
  return done;
}

describe("the queue of the ledger's commands", () => {
  it("holds the latest of what only the latest counts of, however long the database is away", async () => {
    const queue = new CommandQueue();
    for (let n = 0; n < 10_000; n += 1) {
      queue.add(report(n));
      queue.add(use(`key_${n % 3}`, n));
    }

    expect(queue.length).toBe(3);
    const uses = new Map([
      ["key_0", 9999],
      ["key_1", 9997],
      ["key_2", 9998],
    ]);
    expect(await workOff(queue)).toEqual([report(0), { kind: "key-use", uses }, report(9999)]);
  });

  it("does everything else in order, each of it", async () => {
    const queue = new CommandQueue();
    const messages: LedgerCommand[] = [purge(), { kind: "instance-joined", instance: "ins_a" }, purge(), purge()];
    for (const message of messages) queue.add(message);

    expect(await workOff(queue)).toEqual(messages);
  });

  it("tries what fails again, and gives it up in favour of the others at last", async () => {
    const queue = new CommandQueue();
    queue.add(purge());
    queue.add(report(1));
    const givenUp: LedgerCommand[] = [];
    let tries = 0;
    const round = () =>
      queue.work(
        async (message) => {
          if (message.kind !== "purge-cache") return;
          tries += 1;
          throw new Error("away");
        },
        (message) => givenUp.push(message),
      );
    for (let n = 1; n < 20; n += 1) await expect(round()).rejects.toThrow("away");
    await round();

    expect([tries, givenUp, queue.length]).toEqual([20, [purge()], 0]);
  });
});
