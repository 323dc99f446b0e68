import { createServer, type IncomingHttpHeaders } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { readFields, toHeaderTable } from "../http1/head-lines.ts";
import { findFrontProxy } from "./front-proxy.ts";

/** The headers of one request with these lines, as Node reads them from a connection. */
async function headersFromNode(lines: readonly string[]): Promise<IncomingHttpHeaders> {
  const server = createServer();
  onTestFinished(() => void server.close());
  const arrived = new Promise<IncomingHttpHeaders>((resolve) => {
    server.on("request", (incoming, response) => {
      resolve(incoming.headers);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.write(["GET / HTTP/1.1", "Host: localhost", ...lines, "", ""].join("\r\n"));
  return arrived;
}

it.each([
  [["X-Client: foo", "X-Client: 203.0.113.9"]],
  [["X-Client:", "X-Client: 203.0.113.9"]],
  [["X-Client: a, b", "Accept: */*", "x-client: 2001:db8::9"]],
  [["X-Anything: 1.2.3", "X-Anything: [2001:db8::9]:443"]],
  [["Server: a", "Server: 203.0.113.9"]],
  [["Set-Cookie: a=b", "Set-Cookie: 203.0.113.9"]],
])("finds the address in any line of a header, as both readers of heads join them: %j", async (lines) => {
  const name = (lines[0] ?? "").split(":", 1)[0]?.toLowerCase();
  expect(findFrontProxy({ headers: await headersFromNode(lines) })).toBe(name);
  expect(findFrontProxy({ headers: toHeaderTable(readFields(["GET / HTTP/1.1", ...lines])) })).toBe(name);
});

it.each([
  ...["203.0.113.9", "203.0.113.9:5123", "203.0.113.9, 10.0.0.1", "203.0.113.9,", '"203.0.113.9"', "203.0.113.9/32"],
  ...["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443", "2001:DB8:0:0:0:0:0:1", "2001:db8:0:0:0:0:0:1:443", "::1"],
  ...[
    "::ffff:203.0.113.9",
    "fe80::1%eth0",
    "for=203.0.113.9;proto=https",
    'for="[2001:db8::1]:443"',
    "a 203.0.113.9 b",
  ],
  ...[
    "ip:203.0.113.9",
    "ip:203.0.113.9:80",
    "ip:2001:db8::1",
    '{"ip":"203.0.113.9"}',
    "(203.0.113.9)",
    "unknown;203.0.113.9",
  ],
  ...[
    "203.0.113.9-51234",
    "203.0.113.9_51234",
    "client_203.0.113.9",
    "203.0.113.9.",
    "http://203.0.113.9/",
    "a.203.0.113.9",
  ],
  ...[
    "TCP4/203.0.113.9/443",
    "17/203.0.113.9",
    "caller.example/203.0.113.9",
    "203.0.113.9%3A5123",
    "203%2E0%2e113%2E9",
  ],
  ...[
    "%22203.0.113.9%22",
    "203.0.113.9%2C10.0.0.1",
    "2001%3Adb8%3A%3A1",
    "%5B2001%3adb8%3A%3A1%5D",
    "2001%253Adb8%253A%253A1",
  ],
  ...[
    "2001:db8::1-443",
    "[2001:db8::1]-443",
    "2001:db8::1_443",
    "2001:db8::1.443",
    "2001:db8::1.",
    "http://[2001:db8::1]/",
  ],
  ...["TCP6/2001:db8::1/443", "src:2001:db8:0:0:0:0:0:1:443", "client:ip:2001:db8::1", "fe80::1%2520", "web/1.2.3.4"],
  ...["9.113.0.203.in-addr.arpa", "00:1a:2b:ff:fe:3c:4d:5"],
])("finds the address in %j under any name", (value) => {
  for (const name of ["x-client", "x-visitor", "x-sender", "x-ipv4", "x-ipaddress", "who-asks"])
    expect(findFrontProxy({ headers: { host: "localhost", [name]: value } }), name).toBe(name);
});

it.each([
  ...["via", "forwarded", "x-forwarded", "x-forwarded-for", "x-forwardedfor", "x_forwarded_for", "forwarded-for"],
  ...["x-forwarded-client-cert", "x-forwarded-method", "x-forwarded-groups", "x-forwarded-https", "x-forwarded-user"],
  ...["x-original-to", "x-original-method", "x-original-uri", "x-original-remote-addr", "x-real-ip", "x-real-port"],
  ...["x-srcip", "x-src-ip", "x-peerip", "x-callerip", "x-originip", "x-client-ip", "x-cluster-client-ip", "client-ip"],
  ...["x-clientip", "true-client-ip", "cf-connecting-ipv6", "do-connecting-ip", "x-cco-client-ip", "remote-addr"],
  ...[
    "x-vercel-id",
    "cdn-loop",
    "akamai-origin-hop",
    "x-akamai-edgescape",
    "x-arr-log-id",
    "x-arr-ssl",
    "x-appgw-trace-id",
  ],
  ...["cf-ray", "cf-ew-via", "cf-ipcountry", "cf-access-jwt-assertion", "x-amz-cf-id", "x-amzn-tls-version"],
  ...[
    "cloudfront-viewer-country",
    "azure-ref",
    "x-azure-fdid",
    "fly-region",
    "fly-client-ip",
    "fastly-ff",
    "x-varnish",
  ],
  ...["x-envoy-attempt-count", "x-appengine-country", "tailscale-user-login", "x-goog-iap-jwt-assertion"],
  ...[
    "front-end-https",
    "x-scheme",
    "x-nginx-proxy",
    "ssl-client-verify",
    "client-cert",
    "x-remote-user",
    "max-forwards",
  ],
  ...["x-unique-id", "x-ssl-cipher", "x-ssl-client-cn", "x-tls-version", "x-webauth-user", "x-pomerium-jwt-assertion"],
  ...["x-authentik-username", "remote-user", "remote-email", "remote-name", "remote-groups", "x-remote-groups"],
  ...["x-client-host", "remote-host", "x-consumer-username"],
])("knows by its name, with any value, the header %s", (name) => {
  for (const value of ["", "unknown", "203.0.113.9"])
    expect(findFrontProxy({ headers: { host: "localhost", [name]: value } })).toBe(name);
});

it.each([
  ...["x-client-sdk-version", "x-client-app-version", "x-client-build", "x-client-release", "x-client-os-version"],
  ...["x-client-runtime-version", "anthropic-client-sdk-version", "x-claude-code-client", "x-goog-api-client"],
  ...["x-source-app-version", "x-stainless-client", "x-stainless-runtime-version", "helicone-user-ip", "x-sdk", "os"],
  ...["host", "origin", "referer", "user-agent", "authorization", "cookie", "x-api-key", "x-cco-project", "x-cco-team"],
  ...["sec-ch-ua", "sec-ch-ua-platform-version", "accept", "content-disposition", "if-none-match", "baggage"],
])("takes no address or version of clients for a caller's: %s", (name) => {
  for (const value of ["1.2.3.4", "21.0.3.9", 'a/1.2.3.4 "b";v="8.0.0.0"', "server.address=10.0.0.1", "[::1]:3000"])
    expect(findFrontProxy({ headers: { [name]: value } })).toBeNull();
});

it.each([
  ["x-amzn-trace-id", "Root=1-67891233-abcdef012345678912345678;Parent=53995c3f42cd8ad8;Lineage=a87bd80c:1|68fd508a:5"],
  ["fly-prefer-region", "ams"],
  ["fly-force-instance-id", "e784079b449483"],
  ["cf-aig-authorization", "Bearer x"],
  ["cf-access-client-id", "88bf3b6d86161464f6509f7219099e57.access"],
  ["fastly-debug", "1"],
  ["x-forwarded-model", "m"],
  ["x-original-model", "m"],
  ["x-user-address", "a"],
  ["x-client-request-id", "1.2.3"],
  ["from", "ci@example.com"],
  ["expires", "0"],
  ["expires", "-1"],
  ["uberctx-server", "10.0.0.1"],
  ["uber-trace-id", "5b8aa5a2d2c872e8:1a2b3c4d5e6f7081:0:1"],
  ["x-portkey-custom-host", "http://10.0.0.1:8080/v1"],
  ["x-service", "Dead::Beef"],
  ["x-service", "a::b"],
  ["x-service", "abc::def"],
  ["x-service", "crate2::add"],
  ["x-service", "api::a1::b2"],
  ["x-device", "00:1a:2b:ff:fe:3c:4d:5e"],
  ["x-device", "mac:00-1A-2B-FF-FE-3C-4D-5E 00:1A:2B:FF:FE:3C:4D:5E:00"],
  ["x-certificate", "SHA256:1a:2b:3c:4d:5e:6f:70:81:92:a3:b4:c5:d6:e7:f8:09"],
  ["x-oid", "1.2.3.4.113549.1.1"],
  ["x-share", "100%"],
  ["http-referer", "http://127.0.0.1:3000/"],
  ["x-app", "1.2.3"],
  ["x-app", "1.2.3.4.5"],
  ["x-app", "1.2.3.400"],
  ["x-team", "Payments :: Shop"],
  ["x-module", "std::vec, a::b::c"],
  ["x-started-at", "2026-11-30T08:17:39.120Z 08:17:39"],
  ["x-device", "00:1a:2b:3c:4d:5e"],
  ["x-trace", "a:b:c"],
])("sees no front proxy in %s: %s", (name, value) => {
  expect(findFrontProxy({ headers: { host: "localhost:3000", [name]: value } })).toBeNull();
});

it.each([
  ["digits", "1"],
  ["letters", "z"],
  ["colons", ":"],
  ["groups", "a1:"],
  ["groups of letters", "z:"],
  ["versions", "1.2.3."],
  ["numbers", "255."],
  ["escapes", "%25"],
  ["pairs", "::1 "],
])("reads a long value of %s in a time that grows with its length", (_, part) => {
  const readMs = (length: number) => {
    const value = `1.2.3.x ::: ${part.repeat(length / part.length)}z`;
    const startedAtMs = performance.now();
    findFrontProxy({ headers: { "x-client": value } });
    return performance.now() - startedAtMs;
  };
  // A quadratic reader takes minutes.
  expect(readMs(1_000_000)).toBeLessThan(2_000);
});

it("says the same of every request with a name, also after a thousand other names", () => {
  for (let at = 0; at < 1_100; at++) {
    expect(findFrontProxy({ headers: { [`x-${at}`]: "a" } })).toBeNull();
    expect(findFrontProxy({ headers: { [`x-${at}`]: "203.0.113.9" } })).toBe(`x-${at}`);
  }
  expect(findFrontProxy({ headers: { via: "1.1 a" } })).toBe("via");
});

it.each([
  ...["ssl_client_verify", "ssl_client_s_dn", "x-auth-user", "x-auth-email", "x-authenticated-user", "x-proxy-user"],
  ...["x-host", "x-proto", "x-script-name", "x-client-subject-dn", "wl-proxy-ssl", "gap-auth", "x-kong-request-id"],
  ...["x-railway-edge", "l5d-client-id", "remote_user"],
])("knows a front proxy by %s with any value", (name) => {
  expect(findFrontProxy({ headers: { host: "localhost", [name]: "anything" } })).toBe(name);
});

it.each(["correlation-context", "ot-baggage-host", "jaeger-baggage", "baggage-host", "pinpoint-host"])(
  "leaves what a trace carries along in %s to the client",
  (name) => {
    expect(findFrontProxy({ headers: { host: "localhost", [name]: "client.address=10.0.0.1" } })).toBeNull();
  },
);
