import { describe, expect, it } from "vitest";
import { SpoolTurn } from "./write-batch.ts";

function gathering() {
  const writes: string[] = [];
  const order: string[] = [];
  const turn = new SpoolTurn(({ all, lines }) => {
    expect(lines.at(-1)?.end).toBe(all.length);
    writes.push(all.toString());
    order.push("written");
  });
  const add = (text: string) => turn.add(Buffer.from(text), false).then(() => order.push(text));
  return { turn, writes, order, add };
}

describe("the lines of one turn", () => {
  it("are written in one go, in their order, before any waiting caller goes on", async () => {
    const { writes, order, add } = gathering();

    const waiting = [add("a"), add("b"), add("c")];

    expect(writes).toEqual([]);
    await Promise.all(waiting);
    expect(writes).toEqual(["abc"]);
    expect(order).toEqual(["written", "a", "b", "c"]);
  });

  it("are copied: their memory is the caller's again at once", async () => {
    const { turn, writes } = gathering();
    const line = Buffer.from("mine");

    const written = turn.add(line, true);
    line.fill("x");

    await written;
    expect(writes).toEqual(["mine"]);
  });

  it("are given with the place where each ends", async () => {
    const found: [string, boolean][] = [];
    const turn = new SpoolTurn(({ all, lines }) => {
      for (const [at, { end, isEnd }] of lines.entries())
        found.push([all.toString("latin1", lines[at - 1]?.end ?? 0, end), isEnd]);
    });

    await Promise.all([turn.add(Buffer.from("a"), false), turn.add(Buffer.from("bcd"), true)]);

    expect(found).toEqual([
      ["a", false],
      ["bcd", true],
    ]);
  });

  it("of the next turn are another write", async () => {
    const { writes, add } = gathering();

    await add("a");
    await add("b");

    expect(writes).toEqual(["a", "b"]);
  });

  it("do not wait for others once there are many, or more than there is room for", () => {
    const { writes, add } = gathering();

    for (let i = 0; i < 33; i++) void add("x");
    expect(writes).toEqual(["x".repeat(32)]);

    void add("y".repeat(64 * 1024 - 1));
    void add("zz");
    expect(writes.slice(1)).toEqual([`x${"y".repeat(64 * 1024 - 1)}`]);
  });

  it("keep their order around one that is too long to be gathered", async () => {
    const { writes, add } = gathering();
    const long = "l".repeat(70 * 1024);

    await Promise.all([add("a"), add(long), add("b")]);

    expect(writes).toEqual(["a", long, "b"]);
  });

  it("are written at once on request", async () => {
    const { turn, writes, add } = gathering();

    const waiting = add("a");
    turn.end();

    expect(writes).toEqual(["a"]);
    await waiting;
    turn.end();
    expect(writes).toEqual(["a"]);
  });
});
