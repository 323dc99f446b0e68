import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { loadedPins } from "#proxy/sessions/loaded-pins.ts";
import { startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { ONE_RULE } from "#tests/support/proxy-process.ts";
import { answerJson, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

describe("the wait for the decisions of sessions from before a start", () => {
  afterEach(() => void vi.useRealTimers());

  /**
   * Starts the wait on a ledger that becomes ready, or has a problem, when the test says so. It shows whether the wait
   * is over after some time.
   */
  function wait() {
    vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
    let become = () => {};
    let problem: string | null = null;
    let isOver = false;
    const ready = new Promise<void>((resolve) => {
      become = resolve;
    });
    void loadedPins({ ready, problem: () => problem }).then(() => {
      isOver = true;
    });
    return {
      become: () => become(),
      fail: () => {
        problem = "away";
      },
      isOverAfter: async (ms: number) => {
        await vi.advanceTimersByTimeAsync(ms);
        return isOver;
      },
    };
  }

  it("ends when they are loaded", async () => {
    const { become, isOverAfter } = wait();
    expect(await isOverAfter(1_000)).toBe(false);
    become();
    expect(await isOverAfter(20)).toBe(true);
  });

  it("ends when the database cannot be read", async () => {
    const { fail, isOverAfter } = wait();
    expect(await isOverAfter(1_000)).toBe(false);
    fail();
    expect(await isOverAfter(20)).toBe(true);
  });

  it("ends after five seconds", async () => {
    const { isOverAfter } = wait();
    expect(await isOverAfter(4_900)).toBe(false);
    expect(await isOverAfter(200)).toBe(true);
  });
});

it("a message waits for the decisions of sessions, a list of models does not", async () => {
  const upstream = await startScriptedUpstream(answerJson);
  let load = () => {};
  const warmUp = new Promise<void>((resolve) => {
    load = resolve;
  });
  const proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: ONE_RULE, warmUp });
  onTestFinished(() => proxy.end().then(() => upstream.close()));
  const order: string[] = [];
  const post = { method: "POST", body: '{"model":"claude-opus-5-5"}' };
  const message = fetch(`${proxy.url}/v1/messages`, post).then(() => order.push("message"));
  await fetch(`${proxy.url}/v1/models`).then(() => order.push("models"));

  expect(order).toEqual(["models"]);
  load();
  await message;
  expect(order).toEqual(["models", "message"]);
});
