import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endWithTest } from "#tests/support/end-with-test.ts";
import { freePort } from "../support/free-port.ts";
import { root } from "../support/run-cco.ts";
import { startScriptedUpstream } from "../support/scripted-upstream.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cco-node-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Tests that start processes, use the database's driver and threads: what another Node could break. */
const TESTED = ["proxy-bytes", "ledger", "spool", "migrate", "cli-run", "proxy-stop", "proxy-workers"];

/** The newest Node of a major version, from the package that holds its program for this platform. */
function fetchNode(major: number): string {
  const name = `node-linux-${process.arch}`;
  const packed = spawnSync("npm", ["pack", `${name}@^${major}`, "--silent"], { cwd: folder, encoding: "utf8" });
  const archive = packed.stdout.trim().split("\n").at(-1) ?? "";
  expect(archive, packed.stderr).toMatch(/\.tgz$/);
  const target = join(folder, String(major));
  spawnSync("bash", ["-c", `mkdir -p ${target} && tar xzf ${join(folder, archive)} -C ${target}`]);
  return join(target, "package/bin/node");
}

// Long because one installation is started for both of its tests, and each is a whole way.
describe.skipIf(process.platform !== "linux").each([22, 24, 26])("Node %i", (major) => {
  let node: string;
  beforeAll(() => {
    node = fetchNode(major);
  });

  it("serves the console and an overridden request, warns of nothing and stops with 0", async () => {
    const upstream = await startScriptedUpstream();
    const port = await freePort();
    const child = endWithTest(
      spawn(node, [join(root, "bin/cco.mjs"), "run", "--port", String(port)], {
        env: {
          PATH: process.env.PATH ?? "",
          HOME: folder,
          NODE_ENV: "production",
          CCO_DATA_DIR: join(folder, `data-${major}`),
          CCO_UPSTREAM_URL: upstream.url,
        },
      }),
    );
    let errors = "";
    child.stderr.on("data", (part) => {
      errors += part;
    });
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    const url = `http://127.0.0.1:${port}`;
    await expect.poll(() => readStatus(`${url}/readyz`)).toBe(200);
    await expect.poll(() => readStatus(`${url}/sign-in`)).toBe(200);
    const body = { model: "claude-opus-5-5", max_tokens: 10, messages: [{ role: "user", content: "hello" }] };
    const answer = await fetch(`${url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": "sk-ant-x", "anthropic-version": "2023-06-01" },
      body: JSON.stringify(body),
    });
    child.kill("SIGTERM");

    expect(answer.status).toBe(200);
    expect(await ended).toBe(0);
    expect(errors).not.toMatch(/warning|deprecat/i);
    await upstream.close();
  });

  it("runs the tests of processes, threads and databases", () => {
    const files = TESTED.map((name) => `/${name}.test.ts`);
    const run = spawnSync(
      node,
      ["node_modules/vitest/vitest.mjs", "run", "--config", "tests/vitest.config.ts", ...files],
      {
        cwd: root,
        encoding: "utf8",
        env: { ...process.env, NO_COLOR: "1" },
      },
    );

    expect(run.status, run.stdout.slice(-4_000)).toBe(0);
    expect(run.stdout).toMatch(/Tests {2}\d+ passed/);
  });
});

async function readStatus(url: string): Promise<number | null> {
  const response = await fetch(url, { redirect: "follow" }).catch(() => null);
  await response?.arrayBuffer();
  return response?.status ?? null;
}
