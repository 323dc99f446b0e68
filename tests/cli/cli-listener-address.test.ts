import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Mock, startMock } from "#mock/server.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { diagnose, doctorFolder } from "#tests/support/doctor.ts";
import { freePort } from "#tests/support/free-port.ts";
import { runCco } from "#tests/support/run-cco.ts";

let mock: Mock;
beforeAll(async () => {
  mock = await startMock();
});
afterAll(() => mock.close());

test.each([
  { host: "::1", name: "[::1]" },
  { host: "127.0.0.2", name: "127.0.0.2" },
  { host: "0.0.0.0", name: "localhost" },
])("a CCO that listens on $host is found there by every command", async ({ host, name }) => {
  const place = doctorFolder(mock.url);
  const env = { ...place.env, CCO_HOST: host, CCO_PORT: String(await freePort()) };
  const cco = runCco(["run", "--no-console"], env);
  onTestFinished(() => cco.stop());
  const address = `http://${name}:${env.CCO_PORT}`;
  await cco.line(/^Override rules loaded/m);

  expect(cco.stdout()).toContain(`CCO started on ${address}\n`);
  const status = await ccoHere(["status"], env);
  expect([status.code, status.stdout]).toEqual([0, expect.stringContaining(`ready at ${address}`)]);
  const found = await diagnose(env, "--offline");
  expect(found.of("server")).toMatchObject({ level: "ok" });
  const connected = await ccoHere(["connect", "claude", "--dry-run"], env);
  expect(connected.stdout).toContain(address);
  const people = await ccoHere(["connect", "claude", "--dry-run"], { ...env, CCO_PUBLIC_URL: "https://cco.example" });
  expect(people.stdout).toContain("https://cco.example");
});
