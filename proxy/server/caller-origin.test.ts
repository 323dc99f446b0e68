import { expect, it } from "vitest";
import { readProxyEnv } from "#config/read-env.ts";
import { TrustedProxies } from "#config/trusted-proxies.ts";
import { callerAddress, callerOrigin } from "./caller-origin.ts";

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

it.each([
  ["203.0.113.9", "203.0.113.9"],
  ["6.6.6.6, 203.0.113.9", "203.0.113.9"],
  ["203.0.113.9, 10.0.0.2", "203.0.113.9"],
  ["6.6.6.6, 203.0.113.9, 10.0.0.2, 10.0.0.3", "203.0.113.9"],
  ["203.0.113.9:4711, 10.0.0.2:8080", "203.0.113.9"],
  ["[2001:db8::9]:4711, 10.0.0.2:8080", "2001:db8::9"],
  ["2001:db8::9, 10.0.0.2", "2001:db8::9"],
  ["203.0.113.9, ::ffff:a00:2, ::FFFF:10.0.0.3", "203.0.113.9"],
  ["::ffff:cb00:7109, 10.0.0.2", "203.0.113.9"],
  ["6.6.6.6, 203.0.113.9, ", "203.0.113.9"],
  ["6.6.6.6, 203.0.113.9 ,, 10.0.0.2,", "203.0.113.9"],
  ["10.0.0.2", "10.0.0.2"],
  [" , ", "10.0.0.1"],
  ["", "10.0.0.1"],
])("takes of X-Forwarded-For %j behind a trusted network the address %s", (forwarded, address) => {
  const socket = { remoteAddress: "::ffff:10.0.0.1" } as never;
  const headers = { "x-forwarded-for": forwarded };
  expect(callerAddress({ headers, socket }, new TrustedProxies(["10.0.0.0/24"]))).toBe(address);
  expect(callerAddress({ headers, socket }, new TrustedProxies([]))).toBe("10.0.0.1");
});
