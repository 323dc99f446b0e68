import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attack } from "#tests/support/desync/attacker.ts";
import { Caller } from "#tests/support/desync/callers.ts";
import { buildAttack } from "#tests/support/desync/corpus.ts";
import { type StandIn, startStandIn } from "#tests/support/desync/stand-in.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES } from "#tests/support/proxy-process.ts";
import { seededRandom } from "#tests/support/seeded-random.ts";

const ROUNDS = Number(process.env.CCO_DESYNC_ROUNDS ?? 2_000);
const SEED = Number(process.env.CCO_DESYNC_SEED ?? Date.now() % 1_000_000);
/** Attacks under way at a time; honest callers ask on every carrier meanwhile, and after each of these groups. */
const AT_ONCE = 16;
/** Makes the numbers of neighbouring rounds differ from the first one on. */
const STRIDE = 7_919;
const SHOWN = 5;

let provider: StandIn;
let consoleServer: StandIn;
let proxy: ProxyInProcess;

beforeAll(async () => {
  provider = await startStandIn("provider");
  consoleServer = await startStandIn("console");
  proxy = await startProxyInProcess({
    upstreamUrl: provider.url,
    rules: NO_RULES,
    env: { CCO_CONSOLE_URL: consoleServer.url },
  });
});

afterAll(async () => {
  await proxy.end();
  provider.close();
  consoleServer.close();
});

describe("two callers beside an attacker", () => {
  it(
    "get only the responses to their own requests, on every path, and refused connections are closed",
    async () => {
      process.stdout.write(`desync: ${ROUNDS} rounds, CCO_DESYNC_SEED=${SEED}\n`);
      const callers = [
        new Caller(proxy.port, "alice", { text: "help", answer: /this list/ }),
        new Caller(proxy.port, "bob", { text: "stats", answer: /Requests: / }),
      ];
      const findings: string[] = [];
      for (let first = 0; first < ROUNDS && findings.length === 0; first += AT_ONCE) {
        const rounds = Array.from({ length: Math.min(AT_ONCE, ROUNDS - first) }, (_, at) => first + at);
        const attacks = rounds.map(async (round) => {
          const made = buildAttack(seededRandom(SEED + round * STRIDE), proxy.port);
          const wrong = await attack(made, proxy.port);
          if (wrong !== null) findings.push(`round ${round}: ${wrong}\n${shown(made.text)}`);
        });
        let isUnderWay = true;
        const over = Promise.all(attacks).then(() => {
          isUnderWay = false;
        });
        // During the attacks, and once more on the connections they leave behind.
        while (isUnderWay) await Promise.all(callers.map((caller) => caller.askAll()));
        await over;
        await Promise.all(callers.map((caller) => caller.askAll()));
        for (const { findings: found } of [...callers, provider, consoleServer])
          for (const finding of found.splice(0)) findings.push(`rounds ${first} to ${rounds.at(-1)}: ${finding}`);
      }
      for (const caller of callers) caller.end();

      expect(findings.slice(0, SHOWN), `CCO_DESYNC_SEED=${SEED}`).toEqual([]);
      for (const { answers } of callers) expect(answers).toBeGreaterThan(ROUNDS / AT_ONCE);
    },
    60_000 + ROUNDS * 60,
  );
});

/** A request as one line, without the fillers that are all alike. */
const shown = (text: string): string => JSON.stringify(text.replaceAll(/(X\d+: 1\r\n){3,}/g, "…\r\n")).slice(0, 1_500);
