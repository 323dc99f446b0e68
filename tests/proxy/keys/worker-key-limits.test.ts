import { describe, expect, it, onTestFinished, vi } from "vitest";
import { issueProxyKey } from "#control/keys/issue.ts";
import type { KeyLimits } from "#core/access/key-limits.ts";
import { KeyLimiterServer } from "#proxy/cluster/key-limiter-server.ts";
import type { PrimaryToWorker, WorkerToPrimary } from "#proxy/cluster/messages.ts";
import { RemoteKeyLimiter } from "#proxy/cluster/remote-key-limiter.ts";
import { type Entry, LocalKeyLimiter } from "#proxy/keys/key-limiter.ts";
import { freshRequest } from "#tests/support/fresh-request.ts";
import { heldByKey } from "#tests/support/held-by-key.ts";
import { listChildren } from "#tests/support/list-children.ts";
import { NO_RULES, removeData, startProxy, until } from "#tests/support/proxy-process.ts";
import { answerJson, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";
import { sharedWorld } from "#tests/support/shared-world.ts";

const oneRequest: KeyLimits = {
  endpoints: "all",
  models: null,
  requestsPerMinute: null,
  openRequestsMax: 1,
  monthlyBudgetNanoUsd: null,
  monthlyPlanNanoUsd: null,
};

describe("limits of a key across several workers", () => {
  it("release the slots of a dead worker once, also when its request is admitted later", async () => {
    const left: string[] = [];
    let authorize: () => void = () => {};
    const refusal = { kind: "nearly-spent" as const, retryAfterMs: 1, at: 0 };
    const keeper = new KeyLimiterServer<object>({
      enter: ({ counters: [counter] }) => {
        const pass = {
          served: (model: string | null) => void left.push(`${counter} by ${model}`),
          confirm: (model: string, nanoUsd: number) => {
            left.push(`${counter} asks for ${nanoUsd} by ${model}`);
            return refusal;
          },
          settled: (settled: object) => void left.push(`${counter} ${JSON.stringify(settled)}`),
          leave: () => void left.push(`${counter} left`),
        };
        const entry: Entry = { kind: "in", pass };
        return counter === "key:slow" ? new Promise((resolve) => (authorize = () => resolve(entry))) : entry;
      },
    });
    const worker = {};
    const enter = (call: number, id: string) => {
      const holders = [{ kind: "key" as const, id, limits: oneRequest }];
      return keeper.receive(worker, { kind: "enter-key", call, holders, mode: "metered" }, () => {});
    };
    await enter(1, "a");
    await enter(2, "b");
    const settled = { estimatedNanoUsd: 7 };
    void keeper.receive(worker, { kind: "serve-key", call: 1, model: "opus", promptNanoUsd: 0 }, () => {});
    const said: PrimaryToWorker[] = [];
    const confirming = {
      kind: "confirm-key",
      call: 9,
      entered: 1,
      model: "opus",
      promptNanoUsd: 5,
      isOther: false,
    } as const;
    await keeper.receive(worker, confirming, (message) => said.push(message));
    expect(said).toEqual([{ kind: "key-entry", call: 9, refusal }]);
    void keeper.receive(worker, { kind: "settle-key", call: 1, settled }, () => {});
    void keeper.receive(worker, { kind: "leave-key", call: 1 }, () => {});
    const late = enter(3, "slow");
    keeper.left(worker);
    authorize();
    await late;

    expect(left).toEqual([
      "key:a by opus",
      "key:a asks for 5 by opus",
      'key:a {"estimatedNanoUsd":7}',
      "key:a left",
      "key:b left",
      "key:slow left",
    ]);
  });

  it("fall back to a worker's own admissions while the primary is silent, and a late reply keeps no slot", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const sent: WorkerToPrimary[] = [];
    const gate = new RemoteKeyLimiter((message) => sent.push(message), new LocalKeyLimiter(() => 0));
    const held = heldByKey("key", { ...oneRequest, monthlyBudgetNanoUsd: 100 });
    const first = gate.enter(held, "metered");
    await vi.advanceTimersByTimeAsync(1_000);
    const entry = await first;
    expect(entry).toMatchObject({ kind: "in" });
    const second = gate.enter(held, "metered");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await second).toMatchObject({ kind: "too-many" });

    gate.receive({ kind: "key-entry", call: 1, refusal: null });
    gate.receive({ kind: "key-entry", call: 2, refusal: { kind: "too-many", retryAfterMs: 1, at: 0 } });
    expect(sent.filter(({ kind }) => kind === "leave-key")).toEqual([{ kind: "leave-key", call: 1 }]);
    // Once it speaks again, its word counts.
    const third = gate.enter(held, "metered");
    gate.receive({ kind: "key-entry", call: 3, refusal: null });
    const again = await third;
    const settled = { id: "evt_1", startedAtMs: 0, nanoUsd: 7 };
    if (again.kind !== "in") throw new Error(again.kind);
    again.pass.served("opus", 0);
    again.pass.settled(settled);
    again.pass.leave();
    expect(sent.slice(-3)).toEqual([
      { kind: "serve-key", call: 3, model: "opus", promptNanoUsd: 0 },
      { kind: "settle-key", call: 3, settled },
      { kind: "leave-key", call: 3 },
    ]);
    // A large prompt asks again, and is let go on when there is no answer.
    const large = again.pass.confirm("opus", 300);
    expect(sent.at(-1)).toEqual({
      kind: "confirm-key",
      call: 4,
      entered: 3,
      model: "opus",
      promptNanoUsd: 300,
      isOther: false,
    });
    const refusal = { kind: "nearly-spent" as const, retryAfterMs: 1, at: 0 };
    gate.receive({ kind: "key-entry", call: 4, refusal });
    expect(await large).toEqual(refusal);
    const silent = again.pass.confirm("opus", 300);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await silent).toBeNull();
    expect(again.pass.confirm("opus", 10)).toBeNull();
    expect(sent.at(-1)).toEqual({ kind: "serve-key", call: 3, model: "opus", promptNanoUsd: 10 });
    // Subscription traffic reserves nothing under a budget of dollars: it has no amount.
    const fourth = gate.enter(held, "subscription");
    gate.receive({ kind: "key-entry", call: 6, refusal: null });
    const plan = await fourth;
    if (plan.kind === "in") plan.pass.settled(settled);
    expect(sent.at(-1)).toMatchObject({ kind: "enter-key", call: 6, mode: "subscription" });
    // One that another model serves now asks however small it is.
    void again.pass.confirm("opus", 10, true);
    expect(sent.at(-1)).toMatchObject({ kind: "confirm-key", promptNanoUsd: 10, isOther: true });
  });

  it("count slots for all workers together, and a killed worker releases its own", async () => {
    const held: (() => void)[] = [];
    let isHolding = false;
    const upstream = await startScriptedUpstream((response, arrived, request) => {
      if (isHolding) held.push(() => answerJson(response, arrived, request));
      else answerJson(response, arrived, request);
    });
    const { world, env, end } = await sharedWorld();
    const proxy = await startProxy({
      upstreamUrl: upstream.url,
      rules: NO_RULES,
      env: { ...env, CCO_WORKERS: "3" },
    });
    onTestFinished(async () => {
      for (const answer of held) answer();
      await proxy.stop();
      removeData(proxy);
      await end();
      await upstream.close();
    });
    const owner = await world.person("owner");
    const { secret } = await issueProxyKey(owner, { name: "Agent", openRequestsMax: 4 }, world.deps);
    const ask = () =>
      freshRequest(`${proxy.url}/v1/messages`, {
        method: "POST",
        headers: { "x-api-key": secret },
        body: '{"model":"claude-sonnet-5-5"}',
      }).catch(() => null);
    // Each of the workers knows the key.
    for (let inRow = 0; inRow < 12; ) inRow = (await ask())?.status === 200 ? inRow + 1 : 0;

    isHolding = true;
    const asked = Array.from({ length: 40 }, ask);
    const statuses: number[] = [];
    for (const one of asked) void one.then((answer) => statuses.push(answer?.status ?? 0));
    await until(() => statuses.length === 36);
    expect(new Set(statuses)).toEqual(new Set([429]));
    await until(() => held.length === 4);

    // One goes on, so that the port stays theirs; what it holds it gives back itself.
    for (const worker of listChildren(proxy.pid).slice(1)) process.kill(worker, "SIGKILL");
    for (const answer of held.splice(0)) answer();
    await Promise.all(asked);
    const again = Array.from({ length: 4 }, async () => {
      let answer = await ask();
      while (answer === null || answer.status === 429) answer = await ask();
      return answer.status;
    });
    await until(() => held.length === 4);
    for (const answer of held.splice(0)) answer();
    expect(await Promise.all(again)).toEqual([200, 200, 200, 200]);
  });
});
