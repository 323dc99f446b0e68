import { Socket } from "node:net";
import { expect, it } from "vitest";
import { readProxyEnv } from "#config/read-env.ts";
import { HostList } from "./hosts.ts";

it("serves the public host with the port that its scheme has anyway, and with no other", () => {
  for (const [url, usual, other] of [
    ["https://cco.example", 443, 80],
    ["http://cco.example", 80, 443],
  ] as const) {
    const reading = readProxyEnv({ CCO_PUBLIC_URL: url });
    if (!reading.ok) throw new Error("the settings are right");
    const list = new HostList(reading.settings, 3000);
    const allows = (host: string) => list.allows({ headers: { host }, socket: new Socket() as never });
    expect([allows("cco.example"), allows(`CCO.example:${usual}`), allows(`cco.example:${other}`)]).toEqual([
      ...[true, true, false],
    ]);
    expect([allows("cco.example."), allows("cco.example:"), allows(`cco.example.:${usual}`)]).toEqual([
      ...[true, true, true],
    ]);
  }
});

it.each([
  ["alt.example:443", ["alt.example", "alt.example:443"], ["alt.example:80"]],
  ["bücher.example", ["xn--bcher-kva.example", "xn--bcher-kva.example:3000"], ["xn--bcher.example"]],
  ["fd00:0::1", ["[fd00::1]", "[fd00::1]:3000"], ["[fd00::2]"]],
  ["[fd00::1]:3000", ["[fd00::1]:3000"], ["[fd00::1]"]],
  ["Alt.Example.", ["alt.example", "ALT.example.:1"], ["example"]],
])("serves the host %s of CCO_ALLOWED_HOSTS in every writing", (name, served, refused) => {
  const reading = readProxyEnv({ CCO_ALLOWED_HOSTS: name });
  if (!reading.ok) throw new Error("the settings are right");
  const list = new HostList(reading.settings, 3000);
  const allows = (host: string) => list.allows({ headers: { host }, socket: new Socket() as never });
  expect(served.map(allows)).toEqual(served.map(() => true));
  expect(refused.map(allows)).toEqual(refused.map(() => false));
});

it.each(["https://alt.example", "alt.example/path", "a b", "*.example", "user@alt.example", "alt.example:port"])(
  "refuses %j in CCO_ALLOWED_HOSTS, which no request could name",
  (name) => {
    const reading = readProxyEnv({ CCO_ALLOWED_HOSTS: name });
    expect(reading).toMatchObject({ ok: false, mistakes: [{ message: expect.stringMatching(/which is no host/) }] });
  },
);

it.each(["80", "443"])("serves the address a connection arrived on without the port %s", (port) => {
  const reading = readProxyEnv({ CCO_HOST: "0.0.0.0", CCO_REQUIRE_KEY: "1" });
  if (!reading.ok) throw new Error("the settings are right");
  const list = new HostList(reading.settings, Number(port));
  const allows = (host: string, localPort: number) =>
    list.allows({ headers: { host }, socket: { localAddress: "::ffff:10.9.9.9", localPort } as never });
  expect([allows("10.9.9.9", Number(port)), allows(`10.9.9.9:${port}`, Number(port))]).toEqual([true, true]);
  expect([allows("10.9.9.8", Number(port)), allows("10.9.9.9", 3000), allows("name", Number(port))]).toEqual([
    ...[false, false, false],
  ]);
});
