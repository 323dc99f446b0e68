import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BalancedPair, buildBody, buildHeaders, type StartBalancer, SteadyLoad } from "../support/balanced-pair.ts";
import { freshRequest } from "../support/fresh-request.ts";
import { startHaproxy } from "../support/haproxy.ts";
import { startNginx } from "../support/nginx.ts";

const ROUNDS = 5;
/** Beyond the 60 s after which balancers give up on an answer by default. */
const SILENT_MS = 65_000;

const balancers: { name: string; file: string; start: StartBalancer }[] = [
  { name: "nginx", file: "nginx/cco.conf", start: startNginx },
  { name: "HAProxy", file: "haproxy/haproxy.cfg", start: startHaproxy },
];

// Nothing here is random, so there is no seed to print. What differs from run to run is when a restart meets a request.
describe.each(balancers)("$name", ({ file, start }) => {
  const pair = new BalancedPair();
  beforeAll(() => pair.start(readFileSync(join(import.meta.dirname, "../../deploy", file), "utf8"), start));
  afterAll(() => pair.stop());

  it("waits for an answer that is silent for longer than a minute", { timeout: 300_000 }, async () => {
    const credentials = { "x-api-key": "sk-test", "content-type": "application/json" };
    const headers = { ...buildHeaders("silent"), ...credentials, "x-mock-mood": `slow-headers-${SILENT_MS}` };
    const sent = { method: "POST", headers, body: buildBody("silent", false), withinMs: SILENT_MS * 3 };

    expect((await freshRequest(`${pair.url}/v1/messages`, sent)).status).toBe(200);
    expect(pair.mock.served.get("request-silent")?.received).toBe(1);
  });

  it("turns no request away through ten restarts under load", { timeout: 1_200_000 }, async () => {
    const load = new SteadyLoad(pair);
    for (let round = 0; round < ROUNDS; round++) for (const at of [0, 1]) expect(await pair.restart(at)).toBe(0);
    await load.end();

    console.log(`${load.asked} requests through ${ROUNDS * 2} restarts: ${load.turnedAway.length} turned away`);
    expect(load.broken).toEqual([]);
    expect(load.turnedAway).toEqual([]);
    expect(load.notOnce()).toEqual([]);
  });
});
