import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { readAlerts } from "#control/alerts/list.ts";
import { lookAtAlerts } from "#control/alerts/look.ts";
import { readReplay } from "#control/alerts/replay.ts";
import { AppError } from "#core/errors.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";
import { ONE_RULE } from "#tests/support/proxy-process.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const noOverrides = { kind: "no-overrides", threshold: 0, minimumSample: 20, holdS: 0, coolDownS: 3_600 };

onBothDatabases((world) => {
  it("an alert is replayed from the sums and the versions that were live", async () => {
    const { deps, record, publish } = world();
    const nowMs = deps.now().getTime();
    const busy = (agoMs: number, decision: "override" | "pass") =>
      Array.from({ length: 25 }, (_, at) => {
        const startedAtMs = nowMs - agoMs + at * 1_000;
        return pricedEvent({ startedAtMs, endedAtMs: startedAtMs + 900, decision });
      });
    await publish(ONE_RULE, new Date(nowMs - 10 * DAY));
    await record([...busy(20 * DAY, "pass"), ...busy(5 * DAY, "pass"), ...busy(2 * DAY, "override")]);
    const admin = await world().person("admin");

    const found = await readReplay(admin, noOverrides, deps);

    // Twenty days ago no rule was live, two days ago they applied.
    expect(found).toMatchObject({ fired: 1, fromMs: nowMs - 20 * DAY });
    expect(Math.abs((found.lastFiredMs ?? 0) - (nowMs - 5 * DAY))).toBeLessThanOrEqual(HOUR / 4);
    expect(await readReplay(admin, { ...noOverrides, minimumSample: 26 }, deps)).toMatchObject({ fired: 0 });
  });

  it("a replay is refused to those who see no alerts, and for what cannot be judged of the past", async () => {
    const { deps } = world();
    const refusal = (work: Promise<unknown>) => work.catch((error: unknown) => error instanceof AppError && error.code);

    expect(await refusal(readReplay(await world().person("viewer"), noOverrides, deps))).toBe("auth.forbidden");
    const owner = await world().person("owner");
    for (const wrong of [{ kind: "budget" }, { minimumSample: 0 }, { holdS: -1 }, { more: 1 }])
      expect(await refusal(readReplay(owner, { ...noOverrides, ...wrong }, deps)), JSON.stringify(wrong)).toBe(
        "request.invalid",
      );
  });
});

it("the certificate of the public address is read from it, and fires when it ends soon", async () => {
  const { makeControlWorld } = await import("#tests/support/control-world.ts");
  const folder = mkdtempSync(join(tmpdir(), "cco-certificate-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem"];
  const args = ["req", "-x509", ...key, "-subj", "/CN=cco.example.com", "-days", "5", "-out", "cert.pem"];
  execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const read = (name: string) => readFileSync(join(folder, name));
  const server = createServer({ cert: read("cert.pem"), key: read("key.pem") });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  onTestFinished(stop);
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  const admin = await world.person("admin");
  const readState = async () => {
    world.wait(30_000);
    await lookAtAlerts(world.deps);
    return (await readAlerts(admin, world.deps)).rules.find(({ kind }) => kind === "certificate-expiry");
  };

  expect(await readState()).toMatchObject({ state: "ok", now: "no https address is set" });
  world.deps.config.publicUrl = `https://127.0.0.1:${port}`;
  world.wait(Date.now() - world.deps.now().getTime());
  expect(await readState()).toMatchObject({ state: "firing", now: `127.0.0.1:${port} expires in 4 days` });

  // An address that cannot be read says nothing of its certificate, and is tried again within a minute, then two.
  await stop();
  world.wait(HOUR);
  const unread = { state: "firing", now: `the certificate of 127.0.0.1:${port} cannot be read` };
  for (let turn = 0; turn < 2; turn += 1) expect(await readState()).toMatchObject(unread);
  const { firing } = await readAlerts(admin, world.deps);
  expect(firing[0]).toMatchObject({ endedAt: null, now: null, isWithinNow: false });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  expect((await readState())?.now).toBe(`127.0.0.1:${port} expires in 4 days`);
  world.deps.config.publicUrl = "https://127.0.0.1:1";
  const other = await readState();
  expect(other).toMatchObject({ state: "not-enough", now: "the certificate of 127.0.0.1:1 cannot be read" });
});
