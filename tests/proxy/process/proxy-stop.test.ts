import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type Mock, startMock } from "#mock/server.ts";
import { type Answered, freshRequest } from "#tests/support/fresh-request.ts";
import { ONE_RULE, type ProxyProcess, removeData, startProxy, until } from "#tests/support/proxy-process.ts";
import { RawClient, rawMessage } from "#tests/support/raw-client.ts";
import { openSqliteFile } from "#tests/support/sqlite-file.ts";

const STREAMS = 50;

let mock: Mock;
beforeAll(async () => {
  mock = await startMock({ record: false });
});
afterAll(() => mock?.close());

interface Streams {
  answers: Promise<(Answered | null)[]>;
  /** Resolves when all of them have had their first bytes. */
  begun: Promise<unknown>;
}

/** Streams in a mood, each on a separate connection; a broken one is null. */
function openStreams(proxy: ProxyProcess, count: number, mood: string): Streams {
  let begun = 0;
  const ask = (at: number) =>
    freshRequest(`${proxy.url}/v1/messages`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-api-key": "sk-test",
        "x-mock-mood": mood,
        "anthropic-version": "2023-06-01",
      },
      body: JSON.stringify({
        model: "claude-opus-5-5",
        stream: true,
        max_tokens: 50,
        messages: [{ role: "user", content: `count ${at}` }],
      }),
      begun: () => {
        begun += 1;
      },
    }).catch(() => null);
  const answers = Promise.all(Array.from({ length: count }, (_, at) => ask(at)));
  return { answers, begun: until(() => begun === count) };
}

const isWhole = (answer: Answered | null) => answer?.status === 200 && answer.text.includes("event: message_stop");
const spoolFolders = ({ dataDir }: ProxyProcess) =>
  readdirSync(join(dataDir, "spool"), { withFileTypes: true }).filter((entry) => entry.isDirectory());

async function start(env: Record<string, string>): Promise<ProxyProcess> {
  const proxy = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE, env });
  onTestFinished(async () => {
    if (proxy.isAlive()) await proxy.stop("SIGKILL");
    removeData(proxy);
  });
  return proxy;
}

/** Minimum time for which a stopping proxy still accepts connections. */
const LATECOMERS_MS = 2_000;

/** A caller that would keep its connection. */
function askLate({ port }: ProxyProcess, connection: RawClient) {
  const body = '{"model":"claude-opus-5-5","max_tokens":9,"messages":[{"role":"user","content":"late"}]}';
  return connection.send(rawMessage(port, body, { "anthropic-version": "2023-06-01" }));
}

describe.each([["1"], ["2"]])("R16: SIGTERM with CCO_WORKERS=%s", (workers) => {
  it("turns readiness off, serves until listening stops, then closes each connection after its response, and ends with 0", async () => {
    const proxy = await start({ CCO_WORKERS: workers });
    const streams = openStreams(proxy, STREAMS, "slow-500");
    await streams.begun;

    const saidAt = performance.now();
    const stopped = proxy.stop();
    await until(async () => (await freshRequest(`${proxy.url}/readyz`)).status === 503);
    const connection = new RawClient(proxy.port);
    const first = await askLate(proxy, connection).catch(() => null);
    // Only a machine so busy that the time for latecomers was over before one could ask may turn it away.
    if (first === null) expect(performance.now() - saidAt).toBeGreaterThan(LATECOMERS_MS);
    else expect([first.status, first.headers.get("connection")]).not.toContain("close");
    await until(() =>
      freshRequest(`${proxy.url}/readyz`).then(
        () => false,
        () => true,
      ),
    );
    const last = await askLate(proxy, connection).catch(() => null);
    if (last !== null) expect([last.status, last.headers.get("connection")]).toEqual([200, "close"]);
    const answered = STREAMS + [first, last].filter((answer) => answer !== null).length;
    expect((await streams.answers).filter(isWhole)).toHaveLength(STREAMS);
    expect(await stopped).toBe(0);
    const ended = (await proxy.events(answered)).map(({ ended }) => ended);
    expect(ended).toEqual(Array(answered).fill("complete"));
    expect(spoolFolders(proxy)).toEqual([]);
  });

  it("ends open responses after the timeout, with their records, and exits with 0", async () => {
    const proxy = await start({ CCO_WORKERS: workers, CCO_SHUTDOWN_SECONDS: "3" });
    const streams = openStreams(proxy, 5, "hang-mid-2");
    await streams.begun;

    expect(await proxy.stop()).toBe(0);

    expect((await streams.answers).filter(isWhole)).toEqual([]);
    await everyOneIsRecorded(proxy, 5);
  });

  it("sent again ends open responses immediately", async () => {
    const proxy = await start({ CCO_WORKERS: workers, CCO_SHUTDOWN_SECONDS: "3600" });
    const streams = openStreams(proxy, 5, "hang-mid-2");
    await streams.begun;

    const stopped = proxy.stop();
    await until(() => {
      // Within a moment of the first it would be an echo of that.
      if (proxy.isAlive()) process.kill(proxy.pid, "SIGTERM");
      return proxy.output().includes("SIGTERM again: open requests are ended now.");
    });

    expect(await stopped).toBe(0);
    await everyOneIsRecorded(proxy, 5);
  });

  it("sent twice within a moment, as to a process group, still lets streams finish", async () => {
    const proxy = await start({ CCO_WORKERS: workers });
    const streams = openStreams(proxy, 5, "slow-400");
    await streams.begun;

    const stopped = proxy.stop();
    void proxy.stop("SIGINT");

    expect((await streams.answers).filter(isWhole)).toHaveLength(5);
    expect(await stopped).toBe(0);
  });
});

/** None of them is lost: written down by the end, or found by the next start. */
async function everyOneIsRecorded(before: ProxyProcess, count: number): Promise<void> {
  const next = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE, dataDir: join(before.dataDir, "..") });
  const events = await next.events(count);
  expect(await next.stop()).toBe(0);
  expect(events).toHaveLength(count);
  for (const event of events) {
    expect(event.ended).not.toBe("complete");
    expect(
      Number(event.input_tokens) + Number(event.cache_read_tokens) + Number(event.cache_write_5m_tokens),
    ).toBeGreaterThan(0);
  }
  expect(spoolFolders(next)).toEqual([]);
}

it("ends with 0 while another program holds SQLite's lock, and not by an abort of the driver", async () => {
  const proxy = await start({ CCO_WORKERS: "2" });
  await proxy.events(0);
  const client = openSqliteFile(join(proxy.dataDir, "cco.db"));
  const lock = await client.transaction("write");
  onTestFinished(async () => {
    await lock.rollback();
    client.close();
  });
  // Each of them sends the ledger's thread a message: all of that waits in front of the stop.
  await openStreams(proxy, 5, "ok").answers;

  expect(await proxy.stop()).toBe(0);
  expect(proxy.output()).not.toContain("panicked");
});

it("with several workers, listening ends with the last of them, so that no connection waits unaccepted in the primary", async () => {
  const proxy = await start({ CCO_WORKERS: "2" });
  const streams = openStreams(proxy, 8, "slow-500");
  await streams.begun;
  const stopped = proxy.stop();
  await until(async () => (await freshRequest(`${proxy.url}/readyz`)).status === 503);
  // A primary that still had the socket could not close it now: the kernel would go on making connections.
  process.kill(proxy.pid, "SIGSTOP");
  onTestFinished(() => void (proxy.isAlive() && process.kill(proxy.pid, "SIGCONT")));
  const outcome = await until(async () => {
    const asked = freshRequest(`${proxy.url}/livez`).then(
      () => null,
      (problem: NodeJS.ErrnoException) => problem.code ?? problem.name,
    );
    const seen = await Promise.race([asked, wait(3_000, "unanswered")]);
    // The kernel resets what waited in a socket that was just closed.
    return seen === "ECONNRESET" ? null : seen;
  });
  process.kill(proxy.pid, "SIGCONT");

  expect(outcome).toBe("ECONNREFUSED");
  expect((await streams.answers).filter(isWhole)).toHaveLength(8);
  expect(await stopped).toBe(0);
});
