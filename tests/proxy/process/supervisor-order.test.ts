import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Output } from "#cli/output.ts";
import { Supervisor } from "#cli/supervisor.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";

const quiet = { note: () => {}, error: () => {} } as unknown as Output;

/** A proxy that drains for a second, and a console beside it; both write what happens to one list. */
function startBoth(drainMs: number) {
  const cwd = scratchFolder();
  const script = (name: string, text: string) => writeFileSync(join(cwd, name), text);
  script(
    "proxy.mjs",
    `let n=0;process.on("SIGTERM",()=>{if(n++)process.exit(0);setTimeout(()=>process.exit(0),${drainMs})});console.log("up");process.on("exit",()=>console.log("ended"));setInterval(()=>{},1e3)`,
  );
  script(
    "console.mjs",
    'console.log("up " + process.pid);process.on("exit",()=>console.log("ended"));setInterval(()=>{},1e3)',
  );
  const seen: string[] = [];
  const supervisor = new Supervisor(quiet);
  const buildPlan = (name: string) => ({
    name,
    command: [`${name}.mjs`],
    cwd,
    env: { PATH: process.env.PATH ?? "" },
    onLine: (line: string) => void seen.push(`${name} ${line}`),
  });
  supervisor.keep({
    plan: { ...buildPlan("console"), ignoresSignals: true },
    deathsMax: null,
    finalCodes: [],
    stopsAfter: "proxy",
  });
  supervisor.keep({ plan: buildPlan("proxy"), deathsMax: 5, finalCodes: [] });
  onTestFinished(() => supervisor.signalAll("SIGKILL"));
  const up = eventually(() => expect(seen.filter((line) => line.includes(" up"))).toHaveLength(2));
  return { supervisor, seen, up };
}

const endings = (seen: readonly string[]) => seen.filter((line) => line.endsWith("ended"));

it("ends the console after the proxy, also when a signal to the group reaches the console directly", async () => {
  const { supervisor, seen, up } = startBoth(1_500);
  await up;
  const pid = Number(seen.find((line) => line.startsWith("console up"))?.split(" ")[2]);
  supervisor.stop();
  process.kill(pid, "SIGINT");
  process.kill(pid, "SIGTERM");
  expect(await supervisor.ended()).toBe(0);
  await eventually(() => expect(endings(seen)).toEqual(["proxy ended", "console ended"]));
});

it("ends both at once at a second request to stop", async () => {
  const { supervisor, seen, up } = startBoth(60_000);
  await up;
  supervisor.stop();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  supervisor.stop();
  await supervisor.ended();
  await eventually(() => expect(endings(seen).toSorted()).toEqual(["console ended", "proxy ended"]));
});
