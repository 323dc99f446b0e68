import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { serialize } from "node:v8";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Attribution } from "#core/access/attribution.ts";
import { NO_PURGES } from "#core/cache/purges.ts";
import { readKeptState } from "#proxy/ledger/client/kept-state.ts";
import type { ControlState } from "#proxy/ledger/client/ledger-client.ts";
import { Seal } from "#store/seal.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const MODEL = "claude-haiku-4-5-20251001";
const RULES = `[[rule]]
from = "${MODEL}"
to = "claude-opus-5-5"
when = { project = ["victim"] }
[analytics]
report_format = "silent"
[cache]
scope = "project"
`;
const toSecret = (name: string) => `cco_${name.padEnd(43, "x")}`;
const buildKey = (name: string, attribution: Attribution, project: string | null, team: string | null) => ({
  id: `key_${name}`,
  keyHash: createHash("sha256").update(toSecret(name)).digest("hex"),
  personId: null,
  personEmail: null,
  personName: null,
  name,
  team,
  project,
  expiresAtMs: null,
  attribution,
  limits: null,
});
const STATE: ControlState = {
  revision: 1,
  rules: null,
  proxyKeys: [
    buildKey("locked", "locked", "checkout", "payments"),
    buildKey("victim", "locked", "victim", "payments"),
    buildKey("open", "locked", null, null),
    buildKey("free", "free", "checkout", "payments"),
  ],
  holderLimits: [],
  budgetRaises: [],
  accessTokens: [],
  cachePurges: NO_PURGES,
  prices: null,
  draftHeaders: [],
  settings: { organisation: "", reportingZone: "UTC", rulesFileHash: null },
  hasPeople: true,
};

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;
beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  const env = { CCO_REQUIRE_KEY: "1", ANTHROPIC_API_KEY: "sk-operator" };
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: RULES, state: STATE, env });
});
beforeEach(() => {
  proxy.closed.length = 0;
  proxy.server.context.cache.clear();
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

const FORGED = { "x-cco-project": "victim", "x-cco-team": "other" };

async function ask(key: string, headers: Record<string, string> = {}, prefix = "") {
  const answer = await fetch(`${proxy.url}${prefix}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": toSecret(key), "anthropic-version": "2023-06-01", ...headers },
    body: JSON.stringify({
      model: MODEL,
      max_tokens: 64,
      temperature: 0,
      messages: [{ role: "user", content: "Why?" }],
    }),
  });
  await answer.arrayBuffer();
  return { status: answer.status, served: answer.headers.get("x-cco-served-model"), event: proxy.closed.at(-1) };
}

describe("T22b: a key that is locked to its project", () => {
  it.each([
    ["a header", FORGED, ""],
    ["a path with a project", {}, "/p/victim"],
    ["a path with a team and a project", {}, "/t/other/victim"],
    ["header and path together", FORGED, "/other/victim"],
  ])("counts for its own project and team and ignores %s", async (_name, headers, prefix) => {
    const { status, event } = await ask("locked", headers, prefix);

    expect(status).toBe(200);
    expect(event).toMatchObject({ proxyKeyId: "key_locked", project: "checkout", team: "payments" });
  });

  it("counts for the default project and no team where it names neither", async () => {
    expect((await ask("open", FORGED, "/t/other/victim")).event).toMatchObject({ project: "default", team: null });
  });

  it("is matched by its project's rules, not by those of the project it claims", async () => {
    expect((await ask("victim")).served).toBe("claude-opus-5-5");
    expect((await ask("locked", FORGED, "/p/victim")).event).toMatchObject({ decision: "pass", servedModel: MODEL });
  });

  it("gets no stored response of the project it claims, and replays its own", async () => {
    await ask("victim");

    expect((await ask("locked", FORGED, "/p/victim")).event).toMatchObject({ cache: "miss" });
    expect((await ask("locked")).event).toMatchObject({ cache: "hit", project: "checkout" });
  });
});

describe("a key that is free to name its project", () => {
  it("counts for the project in header or path, and for its own without one", async () => {
    expect((await ask("free", FORGED)).event).toMatchObject({ project: "victim", team: "other" });
    expect((await ask("free", {}, "/p/shop")).event).toMatchObject({ project: "shop", team: "payments" });
    expect((await ask("free")).event).toMatchObject({ project: "checkout", team: "payments" });
  });
});

describe("keys of a state kept by an earlier release", () => {
  const limits = { endpoints: "all", models: null, requestsPerMinute: 1, openRequestsMax: null };

  it("are locked with a project or team, free without, and have no limit unknown at that time", () => {
    const folder = mkdtempSync(join(tmpdir(), "cco-kept-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const place = { file: join(folder, "kept"), secret: "s".repeat(64) };
    const old = (name: string, project: string | null) => {
      const { attribution: _unknown, ...key } = buildKey(name, "free", project, null);
      return { ...key, limits: { ...limits, monthlyBudgetNanoUsd: null } };
    };
    const state = { ...STATE, proxyKeys: [old("named", "checkout"), old("bare", null)] };
    const kept = { format: 1, confirmedAtMs: 1_000, messages: [{ kind: "state", state }] };
    writeFileSync(place.file, new Seal(place.secret).close(basename(place.file), serialize(kept)));

    const message = readKeptState(place, 2_000)?.messages[0];

    if (message?.kind !== "state") throw new Error("the state was not read");
    expect(message.state.proxyKeys.map(({ attribution }) => attribution)).toEqual(["locked", "free"]);
    expect(message.state.proxyKeys[0]?.limits?.monthlyPlanNanoUsd).toBeNull();
  });
});
