import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ccoHere } from "#tests/support/cco-here.ts";
import { type ControlWorld, makeControlWorld } from "#tests/support/control-world.ts";
import { endWithTest } from "#tests/support/end-with-test.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";
import { finished, root, runCco } from "#tests/support/run-cco.ts";
import { eventually } from "#tests/support/scratch.ts";

let world: ControlWorld;
let env: Record<string, string>;

const at = (agoMs: number) => ({ startedAtMs: Date.now() - agoMs - 1000, endedAtMs: Date.now() - agoMs });

beforeAll(async () => {
  world = await makeControlWorld();
  env = { CCO_DATA_DIR: world.deps.config.dataDir, HOME: world.deps.config.dataDir };
  const ann = await world.person("developer", "ann");
  await world.record([
    pricedEvent({ ...at(60_000), id: "evt_1", project: "docs", personId: ann.id, ruleId: "rule_a" }),
    pricedEvent({
      ...at(50_000),
      id: "evt_2",
      project: "shop\n\u001b[2J",
      ended: "error",
      status: 529,
      errorType: "overloaded_error",
    }),
    pricedEvent({ ...at(40_000), id: "evt_3", project: "docs", personId: ann.id, servedModel: "claude-sonnet-5-5" }),
  ]);
});

afterAll(() => world.end());

const ids = async (...args: string[]) => {
  const { stdout } = await ccoHere(["logs", "--json", ...args], env);
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line).id]));
};

describe("cco logs", () => {
  test("shows an interrupted request as unpriced: it may have used much, and nothing says what", async () => {
    const event = pricedEvent({ ...at(30_000), id: "evt_cut", project: "cut", costs: null, costNanoUsd: null });
    const unknown = { savedNanoUsd: null, baselineNanoUsd: null, usageState: "none", ended: "interrupted" } as const;
    await world.record([{ ...event, ...unknown }]);
    onTestFinished(() => world.deps.db.eventRow.deleteMany({ where: { id: "evt_cut" } }).then(() => {}));

    const { stdout } = await ccoHere(["logs", "--project", "cut"], env);

    expect(stdout).toMatch(/\tunpriced\n$/);
  });

  test("shows the newest requests, oldest first, each on one line that no name can break", async () => {
    const { code, stdout } = await ccoHere(["logs"], env);
    const lines = stdout.trimEnd().split("\n");

    expect(code).toBe(0);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\tann\tdocs\topus-5-5 → haiku-5-5\toverride rule_a\t200\t/,
    );
    expect(lines[0]).toMatch(/\t\$\d+\.\d+$/);
    expect(lines[1]).toContain("\tshop\ufffd\ufffd[2J\t");
    expect(lines[1]).toContain("\t529 overloaded_error\t");
  });

  test("filters by project, person, model and outcome, and prints one object a line with --json", async () => {
    expect(await ids()).toEqual(["evt_1", "evt_2", "evt_3"]);
    expect(await ids("--project", "docs")).toEqual(["evt_1", "evt_3"]);
    expect(await ids("--user", "ann", "--limit", "1")).toEqual(["evt_3"]);
    expect(await ids("--model", "claude-sonnet-5-5")).toEqual(["evt_3"]);
    expect(await ids("--errors")).toEqual(["evt_2"]);
    expect(await ccoHere(["logs", "--user", "x@example.com"], env)).toMatchObject({ code: 1 });
    expect(await ccoHere(["logs", "--limit", "0"], env)).toMatchObject({ code: 2 });
  });

  test("follows what ends from now on, each request once, until it is interrupted", async () => {
    const run = runCco(["logs", "-f", "--limit", "1"], env);
    await run.line(/sonnet-5-5/);
    await world.record([pricedEvent({ ...at(0), id: "evt_4", project: "later" })]);
    await run.line(/\tlater\t/);
    run.child.kill("SIGINT");

    expect(await run.ended).toBe(130);
    expect(run.stdout().match(/\tlater\t/g)).toHaveLength(1);
    expect(run.stderr()).toBe("");
  });

  test("ends with 0 when its reader closes the pipe", async () => {
    const child = endWithTest(
      spawn("node", ["bin/cco.mjs", "logs", "-f", "--limit", "1"], {
        cwd: root,
        env: { ...process.env, ...env },
      }),
    );
    onTestFinished(() => void child.kill("SIGKILL"));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.stdout.destroy();
    let count = 0;
    // A pipe is found closed by the second write at the latest.
    const writer = setInterval(() => {
      count += 1;
      void world.record([pricedEvent({ ...at(0), id: `evt_p${count}` })]);
    }, 300);
    const code = await new Promise((resolve) => child.once("exit", resolve));
    clearInterval(writer);

    expect(code).toBe(0);
  });

  test("connects to a server again after it was away, and gives up where it is refused", async () => {
    let answers = 0;
    const server = createServer((request, response) => {
      answers += 1;
      if (answers === 1) response.destroy();
      else if (answers === 2)
        response.writeHead(503, { link: '</errors/console.starting>; rel="help"' }).end('{"error":"starting"}');
      else if (answers === 3)
        response.end(
          JSON.stringify({ rows: [], until: Date.now(), isCut: false, asked: request.headers.authorization }),
        );
      else response.writeHead(401, { link: '</errors/auth.required>; rel="help"' }).end('{"error":"Sign in first."}');
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await eventually(() => {
      if (!server.listening) throw new Error("not listening yet");
    });
    const CCO_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const run = await finished(["logs", "-f"], { ...env, CCO_URL, CCO_TOKEN: "ccoat_x" });

    expect(run).toMatchObject({ code: 4, stdout: "" });
    expect(run.stderr).toMatch(
      /does not answer; trying again\nconnected again\nerror: .* refuses the access token of CCO_TOKEN: Sign in first\.\nhint: .*create another/,
    );
  });
});
