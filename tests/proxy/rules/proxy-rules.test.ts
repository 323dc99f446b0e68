import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startProxyAndUpstream } from "#tests/support/proxy-and-upstream.ts";
import { NO_RULES, ONE_RULE, type ProxyProcess, removeData, startProxy, until } from "#tests/support/proxy-process.ts";
import type { ScriptedUpstream } from "#tests/support/scripted-upstream.ts";
import { openSqliteFile } from "#tests/support/sqlite-file.ts";

let upstream: ScriptedUpstream;
let proxy: ProxyProcess;
let end: () => Promise<void>;

beforeAll(async () => {
  ({ upstream, proxy, end } = await startProxyAndUpstream(ONE_RULE));
});
afterAll(() => end?.());

const to = (target: string) => ONE_RULE.replace("claude-haiku-5-5", target);

/** The model that serves a request for opus right now; with a session id, that session's. */
async function served(session?: string, agent?: string): Promise<string | null> {
  const headers: Record<string, string> = {};
  if (session !== undefined) headers["x-claude-code-session-id"] = session;
  if (agent !== undefined) headers["x-claude-code-agent-id"] = agent;
  const answer = await fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    body: '{"model":"claude-opus-5-5"}',
    headers,
  });
  await answer.arrayBuffer();
  return answer.headers.get("x-cco-served-model");
}

/** What the audit log says of the newest version of the rules. */
async function audited(): Promise<string> {
  const ledger = openSqliteFile(join(proxy.dataDir, "cco.db"));
  const newest = "SELECT after FROM audit_entry WHERE action = 'rules.publish' ORDER BY id DESC LIMIT 1";
  const { rows } = await ledger.execute(newest).finally(() => ledger.close());
  return String(rows[0]?.after);
}

const health = async () =>
  (await (await fetch(`${proxy.url}/health`)).json()) as { rules_problem: string | null; rules_version: number | null };

describe("an edit of the rules file", () => {
  it("is in force without a restart, numbered, and keeps the model of running sessions", async () => {
    expect(await served("session-1")).toBe("claude-haiku-5-5");
    const before = (await until(async () => (await health()).rules_version)) ?? 0;

    proxy.writeRules(to("claude-sonnet-5-5"));

    await until(async () => (await served()) === "claude-sonnet-5-5");
    await until(async () => (await health()).rules_version === before + 1);
    expect(await served("session-1")).toBe("claude-haiku-5-5");
    expect(await served("session-1", "agent-1")).toBe("claude-sonnet-5-5");
    expect(await served("session-2")).toBe("claude-sonnet-5-5");
  });

  it("that switches overrides off affects every session immediately, and is reversible", async () => {
    proxy.writeRules(to("claude-sonnet-5-5").replace("enabled = true", "enabled = false"));
    await until(async () => (await served()) === "claude-opus-5-5");
    expect(await served("session-1")).toBe("claude-opus-5-5");

    proxy.writeRules(to("claude-sonnet-5-5"));
    await until(async () => (await served()) === "claude-sonnet-5-5");
    expect(await served("session-1")).toBe("claude-haiku-5-5");
  });

  it("that stops dropping safeguards takes effect immediately, on running sessions too", async () => {
    const guarded = async () => {
      const answer = await fetch(`${proxy.url}/v1/messages`, {
        method: "POST",
        body: '{"model":"claude-opus-5-5","messages":[],"max_tokens":9,"safeguards":[]}',
        headers: { "x-claude-code-session-id": "session-guarded" },
      });
      await answer.arrayBuffer();
      return answer.headers.get("x-cco-override");
    };
    const rule = '[[rule]]\nid = "night"\nfrom = "opus"\nto = "claude-haiku-4-5"\n';
    proxy.writeRules(`${rule}safeguards = "drop"\n`);
    await until(async () => (await served()) === "claude-haiku-4-5");

    expect(await guarded()).toBe("applied");
    await until(async () => (await audited()).includes('"dropsSafeguards":["night"]'));
    expect(upstream.arrived.at(-1)?.body.toString()).not.toContain("safeguards");
    proxy.writeRules(rule);

    await until(async () => (await guarded()) === "skipped:hazard:E23");
    expect(upstream.arrived.at(-1)?.body.toString()).toContain("safeguards");
    proxy.writeRules(to("claude-sonnet-5-5"));
    await until(async () => (await served()) === "claude-sonnet-5-5");
  });

  it("that breaks the file is reported while the last good rules serve, until it is fixed", async () => {
    for (const broken of ["[overrides", "\0\0", " \n", '[overrides]\nrules = "no"']) {
      proxy.writeRules(broken);
      const fault = await until(async () => (await health()).rules_problem);
      expect(fault).toContain("model-overrides.toml");
      expect(await served()).toBe("claude-sonnet-5-5");
      proxy.writeRules(to("claude-sonnet-5-5"));
      await until(async () => (await health()).rules_problem === null);
    }
    expect(proxy.output()).toContain("The last good rules go on serving.");
  });

  it("never fails a request, at any frequency", async () => {
    const states = [to("claude-haiku-5-5"), to("claude-sonnet-5-5"), "[broken", NO_RULES];
    const answers = new Set<string | null>();
    let isOver = false;
    const asking = Promise.all(
      Array.from({ length: 8 }, async () => {
        while (!isOver) answers.add(await served());
      }),
    );
    for (let i = 0; i < 40; i++) {
      proxy.writeRules(states[i % states.length] ?? "");
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    isOver = true;
    await asking;

    for (const answer of answers)
      expect(["claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"]).toContain(answer);
    expect(proxy.isAlive()).toBe(true);
  });
});

describe("a start with a broken rules file", () => {
  it("serves the last good rules when there are any", async () => {
    const first = await startProxy({ upstreamUrl: upstream.url, rules: ONE_RULE });
    await first.stop();
    writeFileSync(first.rulesFile, "[broken");
    const second = await startProxy({
      upstreamUrl: upstream.url,
      rules: "[broken",
      dataDir: join(first.dataDir, ".."),
    });
    const answer = await fetch(`${second.url}/v1/messages`, { method: "POST", body: '{"model":"claude-opus-5-5"}' });

    expect(answer.headers.get("x-cco-served-model")).toBe("claude-haiku-5-5");
    expect(second.output()).toContain("The last good rules serve meanwhile.");
    await second.stop();
    removeData(first);
  });
});

describe("the start line of an override", () => {
  it.each([
    ["json", /\{"event":"model_override","from":"claude-opus-5-5","to":"claude-haiku-5-5","timestamp":"[^"]+"\}/],
    ["text", /🔄 Model override: claude-opus-5-5 → claude-haiku-5-5\n📊 Override count: 1 \(cost saved: \$\d+\.\d\d\)/],
  ])(
    "is printed as %s",
    async (format, line) => {
      const own = await startProxy({ upstreamUrl: upstream.url, rules: ONE_RULE.replace("silent", format) });
      await fetch(`${own.url}/v1/messages`, { method: "POST", body: '{"model":"claude-opus-5-5"}' });

      await until(() => line.test(own.output()));
      await own.stop();
      removeData(own);
    },
    120_000,
  );
});
