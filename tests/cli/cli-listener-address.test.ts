import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { listenErrorCode } from "#core/exit-codes.ts";
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

test.each([
  ["http://localhost", 3, 'CCO_HOST="http://localhost" is no address to listen on'],
  ["127.0.0.1:80", 3, 'CCO_HOST="127.0.0.1:80" is no address to listen on'],
  [
    "203.0.113.9",
    71,
    "CCO_HOST names 203.0.113.9, which cannot be listened on (EADDRNOTAVAIL): it is no address of this",
  ],
])("CCO_HOST=%s ends a start with %s, and a flag that is wrong with 2", async (host, code, text) => {
  const { env } = doctorFolder(mock.url);
  const byVariable = await ccoHere(["run", "--no-console"], { ...env, CCO_HOST: host, CCO_PORT: "0" });
  const byFlag = await ccoHere(["run", "--no-console", "--host", host], { ...env, CCO_PORT: "0" });

  expect([byVariable.code, byVariable.stderr]).toEqual([code, expect.stringContaining(text)]);
  expect(byFlag.code).toBe(code === 3 ? 2 : code);
  expect(byVariable.stderr).not.toContain(`${host}:0`);
});

test("a name that cannot be looked up yet is worth a restart, one that does not exist is a wrong setting", () => {
  expect(["EADDRNOTAVAIL", "EAI_AGAIN", "ENOTFOUND", "EINVAL", undefined].map(listenErrorCode)).toEqual([
    71, 71, 3, 3, 3,
  ]);
});
