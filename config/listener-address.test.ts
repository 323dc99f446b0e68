import { describe, expect, it } from "vitest";
import { buildListenerAddress, pickConnectHost, readListenHost } from "./listener-address.ts";

describe("the address of a listener", () => {
  it.each([
    ["127.0.0.1", "http://localhost:4708", "127.0.0.1"],
    ["localhost", "http://localhost:4708", "localhost"],
    ["0.0.0.0", "http://localhost:4708", "127.0.0.1"],
    ["::", "http://localhost:4708", "localhost"],
    ["0:0:0:0:0:0:0:0", "http://localhost:4708", "localhost"],
    ["::1", "http://[::1]:4708", "::1"],
    ["127.0.0.2", "http://127.0.0.2:4708", "127.0.0.2"],
    ["10.0.0.5", "http://10.0.0.5:4708", "10.0.0.5"],
    ["fd00::5", "http://[fd00::5]:4708", "fd00::5"],
    ["cco.internal", "http://cco.internal:4708", "cco.internal"],
  ])("of %s is %s, where %s is connected to", (host, address, connectTo) => {
    expect(buildListenerAddress(host, 4708)).toBe(address);
    expect(new URL(address).host).toBe(address.slice("http://".length));
    expect(pickConnectHost(host)).toBe(connectTo);
  });

  it.each([
    [undefined, "127.0.0.1"],
    ["[::1]", "::1"],
    [" ::1 ", "::1"],
  ])("is read from CCO_HOST=%s as %s", (value, host) => {
    expect(readListenHost({ CCO_HOST: value })).toBe(host);
  });
});
