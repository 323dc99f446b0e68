// Long because every test here needs the same stand-in and sockets.
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PERSON_HEADER } from "#core/access/session-cookie.ts";
import { CONSOLE_BODY_BYTES_MAX } from "#core/console-body.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, until } from "#tests/support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const OWN_PAGE = ["Sec-Fetch-Site: same-origin", "Content-Type: application/json"];
/** How long a test waits for an answer that has to come: a slow machine must not fail it. */
const PATIENCE_MS = 30_000;

interface Arrived {
  line: string;
  bytes: number;
}

let standIn: Server;
let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;
let sockets: Socket[];
/** Number of the next person. */
let serial: number;
let arrived: Arrived[];
/** Answers that no caller of these tests reads. */
const LONG_ANSWER = Buffer.alloc(16 * 1024 * 1024, "y");
/** Answers that the stand-in of the console holds back: those to `/api/rules/try`. */
let heldBack: ServerResponse[];

beforeEach(async () => {
  sockets = [];
  serial = 0;
  arrived = [];
  heldBack = [];
  standIn = createServer((request, response) => {
    let bytes = 0;
    request.on("data", (piece: Buffer) => {
      bytes += piece.length;
    });
    request.on("end", () => {
      if (request.url === "/api/session") {
        const isFalse = request.headers.cookie?.includes("false") === true;
        response.writeHead(isFalse ? 401 : 200, { "content-type": "application/json" });
        response.end(JSON.stringify({ person: { id: `per ${request.headers.cookie}` }, role: "admin" }));
        return;
      }
      arrived.push({ line: `${request.method} ${request.url}`, bytes });
      if (request.url === "/api/rules/try") heldBack.push(response);
      else if (request.url === "/api/whoami")
        response.writeHead(200, { [PERSON_HEADER]: `per ${request.headers.cookie}` }).end("{}");
      else if (request.url === "/api/rules/publish") response.end(LONG_ANSWER);
      else response.end("{}");
    });
  });
  await new Promise<void>((resolve) => standIn.listen(0, "127.0.0.1", resolve));
  upstream = await startScriptedUpstream();
  proxy = await startProxy();
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await proxy.end();
  await upstream.close();
  standIn.closeAllConnections();
  standIn.close();
});

function startProxy(env: Record<string, string> = {}): Promise<ProxyInProcess> {
  const { port } = standIn.address() as AddressInfo;
  return startProxyInProcess({
    upstreamUrl: upstream.url,
    rules: NO_RULES,
    env: { CCO_CONSOLE_URL: `http://127.0.0.1:${port}`, ...env },
  });
}

interface Begun {
  socket: Socket;
  /** Everything the other side has sent so far. */
  got: string;
}

interface Sent {
  method?: string;
  path?: string;
  headers?: readonly string[];
  /** Bytes announced by a length, none by default, and bytes sent of them. */
  announced?: number;
  sent?: number;
  /** Address of this machine that the connection comes from. */
  from?: string;
}

/** Begins a request on a new connection and leaves it open. */
function begin({ method = "POST", path = "/api/reset", headers = OWN_PAGE, from = "127.0.0.1", ...body }: Sent): Begun {
  const socket = connect({ port: proxy.port, host: "127.0.0.1", localAddress: from });
  const begun: Begun = { socket, got: "" };
  socket.on("error", () => {});
  socket.on("data", (part) => {
    begun.got += part.toString("latin1");
  });
  // Each of another person: one alone has six turns at the console.
  const sent = headers.map((header) => header.replace("session=each", `session=person${serial++}`));
  const lines = [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${proxy.port}`, ...sent];
  if (body.announced !== undefined) lines.push(`Content-Length: ${body.announced}`);
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  socket.write(Buffer.alloc(body.sent ?? body.announced ?? 0, "x"));
  sockets.push(socket);
  return begun;
}

const parseStatus = ({ got }: Begun) => /^HTTP\/1\.1 (\d{3})/.exec(got)?.[1] ?? "none";

async function answered(begun: Begun): Promise<string> {
  await until(() => begun.got !== "" || begun.socket.destroyed, PATIENCE_MS);
  return parseStatus(begun);
}

const SIGN_IN = { path: "/api/auth/callback/password", announced: 180 };
const CHANGE = { path: "/api/keys", announced: 300, headers: [...OWN_PAGE, "Cookie: cco.session=each"] };

/** Bodies without their last byte: 31 of the largest, then smaller and smaller ones that fill what is left. */
async function holdRoom(count: number, options: Pick<Sent, "headers" | "from"> = {}): Promise<Begun[]> {
  const first = serial;
  // The console has named these persons: strangers of one address would share its turns.
  const named = Array.from({ length: count }, () =>
    begin({ ...options, headers: options.headers ?? CHANGE.headers, method: "GET", path: "/api/whoami" }),
  );
  for (const one of named) await answered(one);
  arrived.length = 0;
  serial = first;
  const all = Array.from({ length: count }, (_, n) => {
    const announced = n < 31 ? CONSOLE_BODY_BYTES_MAX : Math.max(17, 2 ** (19 - ((n - 31) % 16)));
    return begin({ ...CHANGE, ...options, announced, sent: announced - 1 });
  });
  await until(() => all.every(({ socket, got }) => got !== "" || socket.writableLength === 0), PATIENCE_MS);
  await new Promise((resolve) => setTimeout(resolve, 300));
  return all;
}

describe("T28a: bodies for the console that are never finished", () => {
  it.each([34, 100, 500])("keep no sign-in and no change out while %i connections hold them", async (count) => {
    const all = await holdRoom(count);

    for (let n = 0; n < 5; n += 1) {
      expect(await answered(begin(SIGN_IN))).toBe("200");
      expect(await answered(begin(CHANGE))).toBe("200");
    }
    // The address keeps a part of the room: those that began last are still open, the others were refused.
    const statuses = all.map(parseStatus);
    expect(new Set(statuses)).toEqual(new Set(["none", "503"]));
    expect(all.filter((one) => parseStatus(one) === "none").length).toBeGreaterThan(2);
  });

  it("keep no sign-in out that comes from one more address than those that fill the room", async () => {
    for (let n = 2; n < 42; n += 1)
      begin({ ...CHANGE, announced: CONSOLE_BODY_BYTES_MAX, sent: CONSOLE_BODY_BYTES_MAX - 1, from: `127.0.1.${n}` });
    await new Promise((resolve) => setTimeout(resolve, 500));

    expect(await answered(begin({ ...SIGN_IN, from: "127.0.2.1" }))).toBe("200");
  });

  it("keep no large body out that arrives beside many smaller ones of other addresses", async () => {
    for (let n = 1; n <= 85; n += 1) begin({ ...CHANGE, announced: 400_000, sent: 399_999, from: `127.0.3.${n}` });
    await new Promise((resolve) => setTimeout(resolve, 500));

    expect(await answered(begin({ ...CHANGE, announced: 900_000, from: "127.0.2.1" }))).toBe("200");
  });

  it("do not end a body that another address began before", async () => {
    const slow = begin({ ...CHANGE, announced: 900_000, sent: 500_000, from: "127.0.0.2" });
    await holdRoom(60);
    slow.socket.write(Buffer.alloc(400_000, "x"));

    expect(await answered(slow)).toBe("200");
    expect(arrived).toContainEqual({ line: "POST /api/keys", bytes: 900_000 });
  });

  it("count for the address that a trusted proxy names, not for the proxy", async () => {
    await proxy.end();
    proxy = await startProxy({ CCO_TRUSTED_PROXIES: "127.0.0.1" });
    const buildHeaders = (address: string) => [...CHANGE.headers, `X-Forwarded-For: 203.0.113.9, ${address}`];
    const slow = begin({ ...CHANGE, headers: buildHeaders("198.51.100.2"), announced: 900_000, sent: 500_000 });
    await holdRoom(60, { headers: buildHeaders("198.51.100.1") });
    slow.socket.write(Buffer.alloc(400_000, "x"));

    expect(await answered(slow)).toBe("200");
  });

  it("count together for all addresses of one IPv6 network", async () => {
    await proxy.end();
    proxy = await startProxy({ CCO_TRUSTED_PROXIES: "127.0.0.1" });
    const all = Array.from({ length: 9 }, (_, n) => {
      const headers = [...CHANGE.headers, `X-Forwarded-For: 2001:db8:9:9::${n + 1}`];
      return begin({ ...CHANGE, headers, announced: CONSOLE_BODY_BYTES_MAX, sent: CONSOLE_BODY_BYTES_MAX - 1 });
    });

    await until(() => all.some((one) => parseStatus(one) === "503"), PATIENCE_MS);
  });

  it("leave their part of the room when their callers leave", async () => {
    for (let round = 0; round < 3; round += 1) {
      const all = await holdRoom(40);
      for (const { socket } of all) socket.destroy();
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    const whole = Array.from({ length: 8 }, () => begin({ ...CHANGE, announced: CONSOLE_BODY_BYTES_MAX }));

    for (const one of whole) expect(await answered(one)).toBe("200");
  });
});

describe("T28a: whole bodies that wait for the console", () => {
  it("count as long as they are in memory, and only for their address", async () => {
    const waiting: Begun[] = [];
    for (let n = 1; n <= 12; n += 1) {
      // Each of another person: one alone has six turns at the console.
      const headers = [...OWN_PAGE, `Cookie: cco.session=person${n}`];
      await answered(begin({ method: "GET", path: "/api/whoami", headers }));
      waiting.push(begin({ headers, path: "/api/rules/try", announced: CONSOLE_BODY_BYTES_MAX }));
      await until(() => heldBack.length + waiting.filter(({ got }) => got !== "").length === n, PATIENCE_MS);
    }

    expect(waiting.map(parseStatus)).toEqual([...Array(8).fill("none"), ...Array(4).fill("503")]);
    expect(heldBack).toHaveLength(8);
    expect(await answered(begin({ ...SIGN_IN, from: "127.0.0.2" }))).toBe("200");

    for (const response of heldBack.splice(0)) response.end("{}");
    await until(() => waiting.every(({ got }) => got !== ""), PATIENCE_MS);
    expect(await answered(begin(SIGN_IN))).toBe("200");
  });
});

it("T28a: bodies that wait for a turn take no room", async () => {
  const waiting: Begun[] = [];
  const headers = [...OWN_PAGE, "Cookie: cco.session=person"];
  const beginSix = () => {
    for (let n = 0; n < 6; n += 1)
      waiting.push(begin({ headers, path: "/api/rules/try", announced: CONSOLE_BODY_BYTES_MAX }));
  };
  beginSix();
  // None of them waits while others arrive, which a busy machine may take long for.
  await until(() => heldBack.length === 6, PATIENCE_MS);
  beginSix();

  // Two more fit into the part of the address: six are in memory.
  for (let n = 0; n < 2; n += 1)
    expect(await answered(begin({ ...CHANGE, announced: CONSOLE_BODY_BYTES_MAX }))).toBe("200");
  expect(waiting.map(parseStatus)).toEqual(Array(12).fill("none"));
});

it("T28a: a body that arrives slowly gives its turn to others of its caller that wait", async () => {
  const slow = Array.from({ length: 6 }, () => begin({ announced: 300, sent: 200 }));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const next = begin(SIGN_IN);

  expect(await answered(next)).toBe("200");
  expect(slow.map(parseStatus).sort()).toEqual(["503", ...Array(5).fill("none")]);
});

it("T28a: whole bodies leave the room when the console has answered, also where no caller reads the answer", async () => {
  for (let n = 1; n <= 12; n += 1) {
    const { socket } = begin({ ...CHANGE, path: "/api/rules/publish", announced: CONSOLE_BODY_BYTES_MAX });
    socket.pause();
    await until(() => arrived.length === n, PATIENCE_MS);
  }

  expect(await answered(begin({ ...CHANGE, announced: CONSOLE_BODY_BYTES_MAX }))).toBe("200");
});

describe("T28a: a body that its head makes useless", () => {
  const JSON_TYPE = "Content-Type: application/json";
  it.each([
    ["no word of its page", "/api/reset", [JSON_TYPE]],
    ["another origin", "/api/reset", [JSON_TYPE, "Origin: https://evil.example"]],
    ["another site", "/api/reset", [JSON_TYPE, "Sec-Fetch-Site: cross-site"]],
    ["another type than JSON", "/api/reset", ["Content-Type: text/plain", "Sec-Fetch-Site: same-origin"]],
    ["no type", "/api/reset", ["Sec-Fetch-Site: same-origin"]],
    ["the address of a page", "/sign-in", OWN_PAGE],
  ])("is not waited for: %s", async (_name, path, headers) => {
    const begun = begin({ path, headers, announced: CONSOLE_BODY_BYTES_MAX, sent: 1_000 });

    expect(await answered(begun)).toBe("200");
    expect(arrived).toEqual([{ line: `POST ${path}`, bytes: 0 }]);
    expect(begun.got.toLowerCase()).toContain("connection: close");
  });

  it.each([
    ["an origin of the address it came by", "POST", () => [JSON_TYPE, `Origin: http://127.0.0.1:${proxy.port}`]],
    ["an access token", "POST", () => [JSON_TYPE, "Authorization: Bearer ccoat_x"]],
    ["a DELETE of any type", "DELETE", () => ["Content-Type: text/plain", "Sec-Fetch-Site: same-origin"]],
  ])("is read behind %s", async (_name, method, headers) => {
    expect(await answered(begin({ method, headers: headers(), announced: 1_000 }))).toBe("200");
    expect(arrived).toEqual([{ line: `${method} /api/reset`, bytes: 1_000 }]);
  });
});

it("T28a: a body in pieces of one byte takes no more memory than its bytes", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const heapBytes = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = heapBytes();
  const slow = begin({ headers: [...OWN_PAGE, "Transfer-Encoding: chunked"] });
  slow.socket.write("1\r\nx\r\n".repeat(200_000));
  await until(() => slow.socket.writableLength === 0, PATIENCE_MS);
  await new Promise((resolve) => setTimeout(resolve, 500));

  expect(heapBytes() - before).toBeLessThan(8 * 1024 * 1024);
});

describe("T28a: a body before sign-in", () => {
  const COOKIE = "Cookie: cco.session=x";
  const TOKEN = `Authorization: Bearer ccoat_${"a".repeat(40)}`;
  it.each<[string, string, readonly string[], string]>([
    ["to a path without sign-in", "/api/reset", [COOKIE], "413"],
    ["to the sign-in itself", "/api/auth/callback/password", [COOKIE], "413"],
    ["without a session", "/api/keys", [], "413"],
    ["with a Bearer that is no access token", "/api/keys", ["Authorization: Bearer x"], "413"],
    ["with the cookie of a session", "/api/keys", [COOKIE], "200"],
  ])("of 20 kB %s is answered by %4$s", async (_, path, more, status) => {
    const whole = begin({ path, headers: [...OWN_PAGE, ...more], announced: 20_000 });

    expect(await answered(whole)).toBe(status);
    expect(arrived.map(({ bytes }) => bytes)).toEqual(status === "200" ? [20_000] : []);
  });

  it.each([
    ["a made-up cookie", ["Cookie: cco.session=false"]],
    ["an unknown access token", [TOKEN]],
  ])("of 20 kB with %s is not read, and refused by the console", async (_, more) => {
    const { bytes, ...sent } = { bytes: 19_000, headers: [...OWN_PAGE, ...more], path: "/api/keys" };

    expect(await answered(begin({ ...sent, announced: 20_000, sent: bytes }))).toBe("200");
    expect(arrived.map((one) => one.bytes)).toEqual([0]);
  });

  it("in chunks is refused at 16 kB, before the rest has come", async () => {
    const begun = begin({ headers: [...OWN_PAGE, "Transfer-Encoding: chunked"] });
    begun.socket.write(`5000\r\n${"x".repeat(0x5000)}\r\n`);

    expect(await answered(begun)).toBe("413");
    expect(arrived).toEqual([]);
  });
});
