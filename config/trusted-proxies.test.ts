import { expect, it } from "vitest";
import { readProxyEnv } from "./read-env.ts";
import { TrustedProxies } from "./trusted-proxies.ts";

it("trusts addresses and ranges of both families, and no other", () => {
  const trusted = new TrustedProxies(["10.0.0.7", "10.1.0.0/16", "fd00::/8", "2001:db8::1"]);
  for (const peer of ["10.0.0.7", "::ffff:10.0.0.7", "10.1.255.255", "::ffff:10.1.2.3", "fd12::9", "2001:db8:0::1"])
    expect(trusted.has(peer), peer).toBe(true);
  for (const peer of ["10.0.0.8", "10.2.0.0", "::ffff:10.2.0.1", "fe80::1", "2001:db8::2", "", "name"])
    expect(trusted.has(peer), peer).toBe(false);
  expect(new TrustedProxies([]).has("127.0.0.1")).toBe(false);
});

it.each([
  "balancer",
  "10.0.0.0/33",
  "10.0.0.0/0",
  "10.0.0/8",
  "fd00::/129",
  "10.0.0.0/8/8",
  "10.0.0.7/",
  "10.0.0.7:80",
])("refuses %s in CCO_TRUSTED_PROXIES, which would trust none or all", (entry) => {
  const reading = readProxyEnv({ CCO_TRUSTED_PROXIES: `127.0.0.1, ${entry}` });
  expect(reading).toMatchObject({ ok: false, mistakes: [{ message: expect.stringContaining(`"${entry}"`) }] });
});
