import { Socket } from "node:net";
import { expect, it } from "vitest";
import { readProxyEnv } from "#config/read-env.ts";
import { TrustedProxies } from "#config/trusted-proxies.ts";
import { isFromOwnPage } from "#core/access/own-page.ts";
import { databaseKind } from "#store/database-url.ts";
import { callerAddress, callerOrigin } from "./caller-origin.ts";
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

it.each([
  ["cco.example:443", {}, "https://cco.example"],
  ["CCO.example.", {}, "https://cco.example"],
  ["alt.example:443", {}, "https://alt.example"],
  ["alt.example", {}, "http://alt.example"],
  ["alt.example:80", {}, "http://alt.example"],
  ["alt.example", { "x-forwarded-proto": "https, http" }, "https://alt.example"],
  ["alt.example", { "x-forwarded-proto": "HTTPS" }, "https://alt.example"],
  ["alt.example:8443", { "x-forwarded-proto": "https" }, "https://alt.example:8443"],
])("says of a caller at Host %s with %j that it reached %s", (host, headers, origin) => {
  const reading = readProxyEnv({ CCO_PUBLIC_URL: "https://cco.example", CCO_TRUSTED_PROXIES: "10.0.0.1" });
  if (!reading.ok) throw new Error("the settings are right");
  const socket = { remoteAddress: "10.0.0.1" } as never;
  expect(callerOrigin({ headers: { host, ...headers }, socket }, reading.settings)).toBe(origin);
});

it("refuses an address of PostgreSQL that cannot be parsed, and does not show it", () => {
  expect(() => databaseKind("postgresql://user:SECRET@host:port/db")).toThrow(
    /^DATABASE_URL is no address: (?!.*SECRET)/,
  );
  expect(() => databaseKind("postgresql://user:SEC#RET@host/db")).toThrow(/^DATABASE_URL holds a #(?!.*SEC)/);
  expect(databaseKind("postgresql://user:pw@host:5432/db")).toBe("postgresql");
});

it.each([
  ["203.0.113.9", "203.0.113.9"],
  ["6.6.6.6, 203.0.113.9", "203.0.113.9"],
  ["203.0.113.9, 10.0.0.2", "203.0.113.9"],
  ["6.6.6.6, 203.0.113.9, 10.0.0.2, 10.0.0.3", "203.0.113.9"],
  ["203.0.113.9:4711, 10.0.0.2:8080", "203.0.113.9"],
  ["[2001:db8::9]:4711, 10.0.0.2:8080", "2001:db8::9"],
  ["2001:db8::9, 10.0.0.2", "2001:db8::9"],
  ["10.0.0.2", "10.0.0.2"],
  ["", "10.0.0.1"],
])("takes of X-Forwarded-For %j behind a trusted network the address %s", (forwarded, address) => {
  const socket = { remoteAddress: "::ffff:10.0.0.1" } as never;
  const headers = { "x-forwarded-for": forwarded };
  expect(callerAddress({ headers, socket }, new TrustedProxies(["10.0.0.0/24"]))).toBe(address);
  expect(callerAddress({ headers, socket }, new TrustedProxies([]))).toBe("10.0.0.1");
});

it("takes a page of a host with the root's dot for the console's own, as it is served", () => {
  const own = ["https://cco.example", "http://cco.example:3000"];
  for (const origin of ["https://cco.example.", "http://cco.example.:3000", "https://cco.example"])
    expect(isFromOwnPage({ site: "same-origin", origin }, own), origin).toBe(true);
  for (const origin of ["https://cco.example..", "https://cco.example.evil", "http://cco.example."])
    expect(isFromOwnPage({ site: "same-origin", origin }, own), origin).toBe(false);
});
