// Long because every way to take, keep and give back a turn needs the same stand-in of the console.
import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { PassThrough } from "node:stream";
import { encode } from "next-auth/jwt";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PERSON_HEADER } from "#core/access/session-cookie.ts";
import type { SecretTable } from "#proxy/keys/known-keys.ts";
import type { KeyHolder } from "#proxy/request/find-caller.ts";
import { holdDownload } from "#proxy/routes/console-turn.ts";
import { ConsoleTurns } from "#proxy/server/console-turns.ts";
import { SessionSeal } from "#proxy/server/session-seal.ts";
import { hashSecret } from "#store/hashes.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, until } from "#tests/support/proxy-process.ts";
import { type Arrived, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

/** How long a test waits for what has to come: a slow machine must not fail it. */
const PATIENCE_MS = 60_000;
const AT_ONCE = 6;

let consoleServer: ScriptedUpstream;
let proxy: ProxyInProcess;
/** Answers that the stand-in of the console holds back. */
let held: (() => void)[];
/** What `/api/slow` was asked, by the session's cookie. */
const slow = (cookie: string) =>
  consoleServer.arrived.filter(({ url, headers }) => url === "/api/slow" && headers.cookie?.includes(`=${cookie}`));

beforeEach(async () => {
  held = [];
  consoleServer = await startScriptedUpstream((response, arrived) => {
    const person = readPerson(arrived);
    const isSignedIn = person !== null;
    if (arrived.url === "/ended-page") {
      response.writeHead(307, { location: "/sign-in?next=%2Fcosts" }).end();
      return;
    }
    if (arrived.url === "/api/download") {
      const file = { "content-disposition": "attachment", [PERSON_HEADER]: person ?? "" };
      response.writeHead(200, { "content-type": "text/csv", ...file });
      response.write(Buffer.alloc(16 * 1024 * 1024, "x"));
      return;
    }
    const end = () => {
      response.writeHead(isSignedIn ? 200 : 401, {
        "content-type": "application/json",
        ...(isSignedIn ? { [PERSON_HEADER]: person } : {}),
      });
      response.end(JSON.stringify(isSignedIn ? { person: { id: person }, role: "admin" } : {}));
    };
    if (arrived.url === "/api/slow" || arrived.url === "/slow-page") held.push(end);
    else end();
  });
  const env = { CCO_CONSOLE_URL: consoleServer.url, CCO_PUBLIC_URL: "http://cco.example" };
  proxy = await startProxyInProcess({ upstreamUrl: consoleServer.url, rules: NO_RULES, env });
});
afterEach(async () => {
  for (const end of held.splice(0)) end();
  await proxy.end();
  await consoleServer.close();
});

/** Sessions `ann-1`, `ann-2` … are Ann's, and every name that begins with `false` is no session. */
function readPerson({ headers }: Arrived): string | null {
  const [, name = "false"] = /cco\.session=(\w+)/.exec(decodeURIComponent(headers.cookie ?? "")) ?? [];
  return name === "false" ? null : `per_${name}`;
}

/** One request on a new connection; `status` is null until its answer is there. */
function ask(path: string, cookie: string, { method = "GET", isRead = true } = {}) {
  const asked: {
    status: number | null;
    headers: NodeJS.Dict<string | string[]>;
    hasBytes: boolean;
    leave: () => void;
  } = {
    status: null,
    hasBytes: false,
    headers: {},
    leave: () => sent.destroy(),
  };
  const sent = request(proxy.url + path, {
    agent: false,
    method,
    headers: { host: "cco.example", cookie: `cco.session=${cookie}` },
  });
  sent.on("error", () => {});
  sent.on("response", (answer) => {
    asked.status = answer.statusCode ?? 0;
    asked.headers = answer.headers;
    answer.on("error", () => {});
    answer.once("data", () => {
      asked.hasBytes = true;
      if (!isRead) answer.pause();
    });
  });
  sent.end();
  return asked;
}

const answered = (asked: ReturnType<typeof ask>) => until(() => asked.status !== null, PATIENCE_MS);

it("T28b: hands the console six requests of a person at once, and another person's beside them", async () => {
  for (const cookie of ["ann-1", "ben-1"]) await answered(ask("/api/quick", cookie));
  const many = Array.from({ length: 40 }, () => ask("/api/slow", "ann-1"));
  await until(() => slow("ann").length === AT_ONCE, PATIENCE_MS);
  const other = ask("/api/quick", "ben-1");
  await answered(other);

  expect(other.status).toBe(200);
  expect(slow("ann")).toHaveLength(AT_ONCE);

  await until(() => {
    for (const end of held.splice(0)) end();
    return many.every(({ status }) => status === 200);
  }, PATIENCE_MS);
  expect(slow("ann")).toHaveLength(40);
});

it("T28b: counts sessions that the console has not named for their address, however many there are", async () => {
  await answered(ask("/api/quick", "ben-1"));
  for (let at = 0; at < 40; at++) ask("/api/slow", `false-${at}`);
  await until(() => slow("false").length === AT_ONCE, PATIENCE_MS);
  const known = ask("/api/quick", "ben-1");
  await answered(known);
  const spelledOtherwise = ask("/api/quick", "%62en-1; cco.session.4=x");
  await answered(spelledOtherwise);

  expect([known.status, spelledOtherwise.status]).toEqual([200, 200]);
  expect(slow("false")).toHaveLength(AT_ONCE);
});

it("T28b: hands on the turns of callers who left, waiting or not, once the console has answered", async () => {
  await answered(ask("/api/quick", "ann-1"));
  const many = Array.from({ length: AT_ONCE + 3 }, () => ask("/api/slow", "ann-1"));
  await until(() => slow("ann").length === AT_ONCE, PATIENCE_MS);
  for (const { leave } of many) leave();
  for (const end of held.splice(0)) end();
  const last = ask("/api/quick", "ann-1");
  await answered(last);

  expect(last.status).toBe(200);
});

it("checks who opens a stream while pages of the same person wait", async () => {
  await answered(ask("/api/quick", "ann-1"));
  for (let at = 0; at < AT_ONCE + 3; at++) ask("/api/slow", "ann-1");
  await until(() => slow("ann").length === AT_ONCE, PATIENCE_MS);
  const stream = ask("/api/stream", "ann-1");
  await answered(stream);
  stream.leave();

  expect(stream.status).toBe(200);
});

it("keeps the console's word on whose session it is to itself", async () => {
  const asked = ask("/api/quick", "ann-1");
  await answered(asked);

  expect(Object.keys(asked.headers)).not.toContain(PERSON_HEADER);
});

it("T28b: hands the console six requests at once of all who are known by address only, and takes their networks in turn", async () => {
  const turns = new ConsoleTurns({ token: () => null, current: () => null }, null, 60_000);
  const { signal } = new AbortController();
  const order: string[] = [];
  const ends: (() => void)[] = [];
  const take = (address: string) => {
    const name = turns.identifyCaller({ headers: {} } as IncomingMessage, address);
    void turns.take(name, signal).then((end) => {
      order.push(address);
      ends.push(end);
    });
  };
  for (let at = 0; at < 256; at++) for (const host of [1, 2]) take(`2001:db8:1:${at.toString(16)}::${host}`);
  await until(() => order.length === 6);
  for (const address of ["10.0.0.1", "2001:db8:2::1", "2001:db8:1:ffff::1"]) take(address);
  await turns.take("person ann", signal);
  expect(order).toHaveLength(6);
  for (let at = 0; at < 3; at++) {
    ends[at]?.();
    await until(() => order.length === 7 + at);
  }

  // One of the many addresses of the site that came first, and then those of others.
  expect(order.slice(7)).toEqual(["10.0.0.1", "2001:db8:2::1"]);
  while (order.length < 515) {
    const before = order.length;
    for (const end of ends.splice(0)) end();
    await until(() => order.length > before);
  }
});

it("T28b: ends a body of a stranger that arrives slowly while strangers at other addresses wait", async () => {
  const turns = new ConsoleTurns({ token: () => null, current: () => null }, null, 60_000);
  const { signal } = new AbortController();
  const refused: string[] = [];
  for (let at = 0; at < AT_ONCE; at++) {
    const end = await turns.take(`address 10.0.0.${at}`, signal);
    const arrived = turns.arriving(`address 10.0.0.${at}`, ({ code }) => {
      refused.push(code);
      arrived();
      end();
    });
  }
  await turns.take("address 10.0.1.1", signal);

  expect(refused).toEqual(["busy"]);
});

it.each([0, 1_024])("ends a download of %i bytes that the console has made before it had its place", async (bytes) => {
  const turns = new ConsoleTurns({ token: () => null, current: () => null }, null);
  const server = createServer((_asked, response) => {
    const answer = new PassThrough();
    if (bytes > 0) answer.write(Buffer.alloc(bytes));
    answer.end();
    const isOver = holdDownload(turns, "person ann", answer as unknown as IncomingMessage, response, 60_000);
    answer.pipe(response);
    isOver();
    if (bytes === 0) answer.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/`);

  expect((await answer.arrayBuffer()).byteLength).toBe(bytes);
  server.close();
});

it("refuses a request that waits too long for its turn", async () => {
  const turns = new ConsoleTurns({ token: () => null, current: () => null }, null, 20);
  const { signal } = new AbortController();
  const ends = await Promise.all(Array.from({ length: AT_ONCE }, () => turns.take("ann", signal)));

  await expect(turns.take("ann", signal)).rejects.toMatchObject({ code: "busy" });
  for (const end of ends) end();
  await expect(turns.take("ann", signal)).resolves.toBeTypeOf("function");
});

it("names a caller by the person of a session, token or key, else by a pipeline's key or the address", () => {
  const holder = (id: string, personId: string | null) => ({ id, personId }) as KeyHolder;
  const keys = new Map([
    [hashSecret("cco_ann"), holder("key_1", "ann")],
    [hashSecret("cco_pipeline"), holder("key_2", null)],
  ]);
  const tokens = new Map([
    [hashSecret("ccoat_ann"), { personId: "ann", expiresAtMs: Date.now() + 60_000 }],
    [hashSecret("ccoat_over"), { personId: "ann", expiresAtMs: Date.now() - 1 }],
  ]);
  const secrets = { token: (hash: string) => tokens.get(hash) ?? null, current: () => keys };
  const turns = new ConsoleTurns(secrets as unknown as SecretTable, null);
  turns.learn(turns.readSession({ headers: { cookie: "cco.session=s1" } } as IncomingMessage), "ann");
  const named = (headers: Record<string, string>) => turns.identifyCaller({ headers } as IncomingMessage, "10.0.0.1");
  const bearer = (secret: string) => named({ authorization: `Bearer ${secret}` });

  expect([named({ cookie: "a=1; cco.session=s1" }), bearer("ccoat_ann")]).toEqual(Array(2).fill("person ann"));
  expect(bearer("cco_ann")).toBe("keys of person ann");
  expect(bearer("cco_pipeline")).toBe("key key_2");
  const placed = (address: string) => turns.identifyCaller({ headers: {} } as IncomingMessage, address);
  expect(placed("2001:db8:1:2::1")).toBe(placed("2001:db8:1:2:3:4:5:6"));
  expect(placed("2001:db8:1:2::1")).not.toBe(placed("2001:db8:1:3::1"));
  turns.learn(turns.readSession({ headers: { cookie: "cco.session=s1" } } as IncomingMessage), null);
  expect([named({ cookie: "cco.session=s1" }), bearer("ccoat_over")]).toEqual(Array(2).fill("address 10.0.0.1"));
  expect([named({ cookie: "cco.session=s2" }), bearer("cco_made-up"), named({})]).toEqual(
    Array(3).fill("address 10.0.0.1"),
  );
});

it("T28b: counts a request whose caller left for as long as the console works on it", async () => {
  await answered(ask("/api/quick", "ann-1"));
  const leavers = Array.from({ length: AT_ONCE }, () => ask("/api/slow", "ann-1"));
  await until(() => slow("ann").length === AT_ONCE, PATIENCE_MS);
  for (const { leave } of leavers) leave();
  const next = ask("/api/quick", "ann-1");
  // What another person asks afterwards is answered, and this is still waiting.
  await answered(ask("/api/quick", "ben-1"));

  expect(next.status).toBeNull();
  expect(slow("ann").every(({ isAborted }) => !isAborted)).toBe(true);
  held.shift()?.();
  await answered(next);
  expect(next.status).toBe(200);
});

it.each([
  ["never comes", "content-length: 5\r\n\r\n"],
  ["has come", "content-length: 5\r\n\r\nhello"],
  ["breaks off", "transfer-encoding: chunked\r\n\r\n5\r\nhel"],
])("T28b: counts a request whose caller left, with a body that is not needed and %s", async (_, rest) => {
  const leavers = Array.from({ length: AT_ONCE }, () => {
    const socket = connect(proxy.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(`POST /slow-page HTTP/1.1\r\nhost: cco.example\r\n${rest}`);
    return socket;
  });
  const pages = () => consoleServer.arrived.filter(({ url }) => url === "/slow-page");
  await until(() => pages().length === AT_ONCE, PATIENCE_MS);
  for (const socket of leavers) socket.destroy();
  const next = ask("/api/quick", "false-1");
  await answered(ask("/api/stream", "ann-1"));

  expect(next.status).toBeNull();
  expect(pages().every(({ isAborted }) => !isAborted)).toBe(true);
  for (const end of held.splice(0)) end();
  await answered(next);
  expect(next.status).toBe(401);
});

/** The console works on six requests of the address, and on none of a person that the proxy knows. */
async function fillAddress(): Promise<void> {
  for (let at = 0; at < AT_ONCE; at++) ask("/api/slow", "false-1");
  await until(() => slow("false").length === AT_ONCE, PATIENCE_MS);
}

it.each([
  ["a sign-out", "POST", "/api/sign-out", "ann-1"],
  ["a page that leads to the sign-in", "GET", "/ended-page", "ann-1"],
  ["a sign-out everywhere, in another session", "POST", "/api/sign-out/everywhere", "ann-2"],
])("T28b: counts a session for its person no longer after %s", async (_, method, path, by) => {
  for (const cookie of ["ann-1", "ann-2"]) await answered(ask("/api/quick", cookie));
  await answered(ask(path, by, { method }));
  await fillAddress();
  const dead = ask("/api/quick", "ann-1");
  await answered(ask("/api/stream", "ben-1"));

  expect(dead.status).toBeNull();
});

it("T28b: counts a session for its person a minute at most after the console named it", async () => {
  const clock = vi.spyOn(performance, "now");
  const turns = new ConsoleTurns({ token: () => null, current: () => null }, null);
  const named = () => turns.identifyCaller({ headers: { cookie: "cco.session=s1" } } as IncomingMessage, "10.0.0.1");
  turns.learn(turns.readSession({ headers: { cookie: "cco.session=s1" } } as IncomingMessage), "ann");
  expect(named()).toBe("person ann");
  const now = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 20));
  clock.mockReturnValue(now + 61_000);

  expect(named()).toBe("address 10.0.0.1");
  clock.mockRestore();
});

describe("T28b: a session cookie under the console's seal", () => {
  const SECRET = "s".repeat(32);
  const seal = new SessionSeal(SECRET);
  const claims = { sub: "per_ann", sessionId: "ses_1", sessionVersion: 1 };
  const asked = (cookie: string) => ({ headers: { cookie: `cco.session=${cookie}` } }) as IncomingMessage;
  const sealedTurns = (waitMs?: number) =>
    new ConsoleTurns({ token: () => null, current: () => null }, null, waitMs, seal);

  it("has turns of its person before the console has named it, and after an idle time, beside the person's own", async () => {
    const clock = vi.spyOn(performance, "now");
    const turns = sealedTurns();
    const request = asked(await encode({ token: claims, secret: SECRET }));
    const named = () => turns.identifyCaller(request, "10.0.0.1");

    expect(named()).toBe("unchecked sessions of person per_ann");
    // Only the console's word allows more than turns, such as a large body.
    expect(turns.isKnown(request)).toBe(false);
    turns.learn(turns.readSession(request), "per_ann");
    expect(named()).toBe("person per_ann");
    const now = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    clock.mockReturnValue(now + 61_000);
    expect(named()).toBe("unchecked sessions of person per_ann");
    clock.mockRestore();
  });

  it("counts for its address once the console has not accepted it, until it does", async () => {
    const turns = sealedTurns();
    const request = asked(await encode({ token: claims, secret: SECRET }));
    turns.learn(turns.readSession(request), null);
    expect(turns.identifyCaller(request, "10.0.0.1")).toBe("address 10.0.0.1");
    // A wrong password beside a session that holds is a 401, too.
    turns.learn(turns.readSession(request), "per_ann");
    turns.forget("per_ann");
    expect(turns.identifyCaller(request, "10.0.0.1")).toBe("unchecked sessions of person per_ann");
  });

  it("is not taken for one where it is made up, changed, expired, for another purpose or under another secret", async () => {
    const good = await encode({ token: claims, secret: SECRET });
    const [header = "", , iv, sealed = "", tag = ""] = good.split(".");
    const otherHeader = Buffer.from('{"alg":"dir","enc":"A256GCM","zip":"DEF"}').toString("base64url");
    const changed = `${sealed.startsWith("A") ? "B" : "A"}${sealed.slice(1)}`;
    const wrong = [
      "A".repeat(60),
      `${good}.x`,
      `${good}=`,
      good.replace(`.${tag}`, `.${tag.slice(0, 9)}+${tag.slice(9)}`),
      [header, "", iv, changed, tag].join("."),
      [header, "", iv, sealed, tag.slice(0, 8)].join("."),
      [header, "x", iv, sealed, tag].join("."),
      [otherHeader, "", iv, sealed, tag].join("."),
      await encode({ token: claims, secret: SECRET, maxAge: -60 }),
      await encode({ token: claims, secret: "t".repeat(32) }),
      await encode({ token: claims, secret: SECRET, salt: "cco.state" }),
      await encode({ token: { sub: "per_ann" }, secret: SECRET }),
    ];
    const turns = sealedTurns();

    expect(seal.readPerson(`cco.session=${good}`, Date.now())).toBe("per_ann");
    for (const cookie of wrong) expect(turns.identifyCaller(asked(cookie), "10.0.0.1")).toBe("address 10.0.0.1");
  });

  it("is asked for at once while strangers of 300 networks wait, with made-up cookies as well", async () => {
    const turns = sealedTurns(60_000);
    const signal = new AbortController().signal;
    setMaxListeners(0, signal);
    const waiting = { pages: 0, checks: 0 };
    for (let at = 0; at < 300; at++) {
      const name = turns.identifyCaller(asked(`made-up-${at}`), `2001:db8:${at.toString(16)}::1`);
      turns.take(name, signal).then(
        () => waiting.pages++,
        () => {},
      );
      turns.takeForCheck(name, signal).then(
        () => waiting.checks++,
        () => {},
      );
    }
    const known = turns.identifyCaller(asked(await encode({ token: claims, secret: SECRET })), "2001:db8:ffff::1");
    const ends = [await turns.take(known, signal), await turns.takeForCheck(known, signal)];

    expect(ends).toHaveLength(2);
    expect(waiting).toEqual({ pages: AT_ONCE, checks: AT_ONCE });
  });
});

it("T28b: downloads that are not read keep no page of their person waiting, and wait for six places", async () => {
  await answered(ask("/api/quick", "ann-1"));
  const downloads: ReturnType<typeof ask>[] = [];
  const began = () => downloads.filter(({ hasBytes }) => hasBytes).length;
  for (let at = 0; at < AT_ONCE + 1; at++) downloads.push(ask("/api/download", "ann-1", { isRead: false }));
  await until(() => began() === AT_ONCE && downloads.every(({ status }) => status === 200), PATIENCE_MS);
  const page = ask("/api/quick", "ann-1");
  await answered(page);
  const other = ask("/api/download", "ben-1", { isRead: false });
  await until(() => other.hasBytes, PATIENCE_MS);

  expect(page.status).toBe(200);
  expect(began()).toBe(AT_ONCE);
  downloads.find(({ hasBytes }) => hasBytes)?.leave();
  await until(() => began() === AT_ONCE + 1, PATIENCE_MS);
});

it("ends a download whose caller takes nothing of it, and none that is read", async () => {
  const turns = new ConsoleTurns({ token: () => null, current: () => null }, null);
  const ended: string[] = [];
  const server = createServer((asked, response) => {
    const answer = new PassThrough();
    const end = setInterval(() => answer.write(Buffer.alloc(256 * 1024)), 10);
    response.on("close", () => {
      clearInterval(end);
      ended.push(asked.url ?? "");
    });
    holdDownload(turns, "person ann", answer as unknown as IncomingMessage, response, 600);
    answer.pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const get = (path: string) => request({ port, host: "127.0.0.1", path, agent: false }).on("error", () => {});
  const read = get("/read").on("response", (answer) => answer.on("error", () => {}).resume());
  read.end();
  get("/unread")
    .on("response", (answer) => answer.on("error", () => {}).pause())
    .end();
  await until(() => ended.length === 1, PATIENCE_MS);
  await new Promise((resolve) => setTimeout(resolve, 1_500));

  expect(ended).toEqual(["/unread"]);
  server.closeAllConnections();
  server.close();
});
