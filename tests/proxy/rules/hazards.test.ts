// Long because every hazard passes through one proxy and one set of helpers.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { RecordedEdit } from "#core/activity/recorded-edit.ts";
import { readRecordedEdits } from "#core/activity/recorded-edits.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { adaptive, effort, hi, OLDER, system, tool } from "#core/rules/hazards/example.ts";
import { HAZARDS } from "#core/rules/hazards/registry.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { adaptedTo, type Json, catalogue as known, model } from "#tests/support/adapted.ts";
import { type HazardRow, hazardRows, thought } from "#tests/support/hazard-rows.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { parseRules } from "#tests/support/rule-builders.ts";

const catalogue: Catalogue = {
  ...known,
  models: known.models.map((entry) =>
    entry.id === model(OLDER).id ? { ...entry, status: "legacy", retiredAt: null, retiresAt: null } : entry,
  ),
};
/** One project per rule, named after the target and the rule's options. */
const toProject = ({ to, rule = "" }: Pick<HazardRow, "to" | "rule">) => `${to}${rule.replace(/\W+/g, "-")}`;
const projects = new Map(hazardRows.map((row) => [toProject(row), row]));
const rules = [
  '[overrides]\nenabled = true\n[analytics]\nreport_format = "silent"',
  ...[...projects].map(
    ([project, { to, rule = "" }]) =>
      `[[rule]]\nfrom = "*"\nto = "${model(to).id}"\nwhen = { project = "${project}" }\n${rule}`,
  ),
].join("\n");

let upstream: Mock;
let proxy: ProxyInProcess;
beforeAll(async () => {
  upstream = await startMock({ catalogue });
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules, catalogue });
});
afterEach(() => {
  upstream.reset();
  proxy.closed.length = 0;
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

async function post(url: string, text: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "x-api-key": "k", "anthropic-version": "2023-06-01", "content-type": "application/json", ...headers },
    body: text,
  });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}
const parseMessage = (text: string) => (JSON.parse(text) as { error?: { message?: string } }).error?.message ?? text;
const betaHeader = (betas: string | undefined): Record<string, string> => (betas ? { "anthropic-beta": betas } : {});
const through = (to: string, body: Json, headers: Record<string, string> = {}, path = "/v1/messages") =>
  post(`${proxy.url}/p/${to}${path}`, JSON.stringify(body), headers);
const straight = (body: Json, betas?: string) =>
  post(`${upstream.url}/v1/messages`, JSON.stringify(body), betaHeader(betas));
const sentBody = (at = -1) => upstream.requests.at(at)?.body?.toString() ?? "";
const words = ({ code, field, action }: RecordedEdit) => `${code} ${field} ${action}`;
const readEdits = (at = -1) => readRecordedEdits(proxy.closed.at(at)?.edits ?? null).map(words);
const asked = (name: string, more: Json = {}): Json => ({
  model: model(name).id,
  messages: [hi],
  max_tokens: 32_000,
  ...more,
});
const named = "model model override-model";

/**
 * Every row of the hazard table, sent through the real proxy. The upstream refuses what the real models refuse. For
 * each row three things are shown. The model that was asked for takes the request. The other model refuses it with
 * nothing but the name replaced. Through the proxy it is answered, changed (or left alone) as the row says.
 */
describe("the hazard table", () => {
  it.each(hazardRows)(
    "$row: $what ($from → $to)",
    async ({ from, to, body, betas, refusal, laidOver, sent, sentBetas, ...row }) => {
      const request = asked(from, body);
      const served = model(to).id;

      if (row.isTakenAsAsked !== false) expect(await straight(request, betas)).toMatchObject({ status: 200 });
      const refused = await straight({ ...request, ...laidOver, model: served }, refusal === null ? undefined : betas);
      if (refusal === null) expect(refused.status).toBe(200);
      else expect([refused.status, parseMessage(refused.text)]).toEqual([400, expect.stringMatching(refusal)]);

      const answer = await through(toProject({ to, ...row }), request, betaHeader(betas));

      expect(answer.status).toBe(200);
      if ("skip" in sent) {
        expect(sentBody()).toBe(JSON.stringify(request));
        expect(answer.headers.get("x-cco-override")).toBe(`skipped:hazard:${String(sent.skip)}`);
        expect(readEdits()).toEqual(row.edits);
      } else {
        const expected = JSON.parse(JSON.stringify({ ...request, ...sent, model: served })) as Json;
        expect(JSON.parse(sentBody())).toEqual(expected);
        expect(answer.headers.get("x-cco-override")).toBe("applied");
        expect(readEdits()).toEqual([named, ...row.edits]);
      }
      const expectedBetas = "skip" in sent || sentBetas === undefined ? betas : sentBetas || undefined;
      expect(upstream.requests.at(-1)?.headers["anthropic-beta"]).toBe(expectedBetas);
      expect(proxy.closed).toHaveLength(1);
      expect(proxy.closed[0]?.edits ?? "").not.toMatch(/secret|brief|hi"/);
    },
  );

  it("has a test for each of its rows", () => {
    const elsewhere = ["E36", "E37", "E38", "E39", "E41"]; // below: they are no change of one body
    const covered = new Set([...hazardRows.map(({ row }) => row), ...elsewhere]);

    for (let row = 1; row <= 42; row++) expect(covered, `E${row}`).toContain(`E${row}`);
    for (const { codes } of HAZARDS) for (const { code } of codes) expect(covered).toContain(code);
  });
});

describe("max_tokens at its limits", () => {
  const targets = ["haiku-4-5", "sonnet-4-5", "sonnet-4-6", "opus-4-8", "haiku-5-5", "sonnet-5-5", "opus-5-5"];
  const hasPlainBody = ({ body }: HazardRow) => JSON.stringify(body).length < 10_000;
  const thinkers = [
    adaptive,
    { thinking: { type: "enabled", budget_tokens: 1024 } },
    { thinking: { type: "disabled" } },
  ];

  it.each([0, 1, 1024, 1025, 64_000, 128_000])(
    "leaves no request of the hazard table refused for max_tokens %i or its thinking",
    (maxTokens) => {
      const refusals: string[] = [];
      const rows = [...hazardRows.filter(hasPlainBody).map(({ body }) => body), ...thinkers];
      for (const body of rows) {
        for (const to of targets) {
          const request = asked("opus-5-5", { ...body, max_tokens: maxTokens });
          const { outcome, body: sent } = adaptedTo(to, request);
          if (outcome.kind === "skip") continue;
          const thinking = sent.thinking as { type?: string; budget_tokens?: number } | undefined;
          const budget = thinking?.type === "enabled" ? Number(thinking.budget_tokens) : null;
          const most = model(to).maxOutputTokens ?? 0;
          const isWithin = Number(sent.max_tokens) <= most && (budget === null || budget < Number(sent.max_tokens));
          if (!isWithin) refusals.push(`${to}: ${JSON.stringify({ thinking, max_tokens: sent.max_tokens })}`);
        }
      }

      expect(refusals).toEqual([]);
    },
  );
});

describe("E36: counting tokens", () => {
  const turn = { messages: [hi, system()], tools: [tool] };

  it("asks the model that serves the session, with the same rewrite as its messages", async () => {
    const session = { "x-claude-code-session-id": "s-count" };
    await through("sonnet-4-6", asked("opus-5-5", turn), session);
    const answered = JSON.parse(sentBody()) as Json;
    const { max_tokens: _, ...count } = asked("opus-5-5", turn);
    const refused = await post(
      `${upstream.url}/v1/messages/count_tokens`,
      JSON.stringify({ ...count, model: model("sonnet-4-6").id }),
    );

    const counted = await through("sonnet-4-6", count, session, "/v1/messages/count_tokens");

    expect(refused).toMatchObject({ status: 400 });
    expect(counted.status).toBe(200);
    expect(JSON.parse(sentBody())).toEqual({
      model: answered.model,
      messages: answered.messages,
      tools: answered.tools,
    });
    expect(readEdits()).toEqual([named, "E13 messages move"]);
  });

  it("keeps the requested model where the session is pinned to it", async () => {
    const session = { "x-claude-code-session-id": "s-count-skipped" };
    await through("haiku-4-5", asked("opus-5-5", { ...turn, safeguards: [] }), session);
    const { max_tokens: _, ...count } = asked("opus-5-5", turn);

    await through("haiku-4-5", count, session, "/v1/messages/count_tokens");

    expect(sentBody()).toBe(JSON.stringify(count));
    expect(readEdits()).toEqual(["E23 safeguards skip"]);
  });
});

describe("E37: batches", () => {
  it("pass byte for byte regardless of their models", async () => {
    const batch = JSON.stringify({
      requests: [{ custom_id: "a", params: asked("opus-5-5", { thinking: { type: "adaptive" } }) }],
    });

    const answer = await post(`${proxy.url}/p/haiku-4-5/v1/messages/batches`, batch);

    expect(answer.status).toBe(200);
    expect(sentBody()).toBe(batch);
    expect(proxy.closed.at(-1)).toMatchObject({ endpoint: "batches", edits: null });
  });
});

describe("a served model that refuses unexpectedly", () => {
  it.each([
    ["E32: a conversation bound to the model asked for", { messages: thought("only-claude-opus-5-5") }, "", 400],
    ["E38: a plan without the served model", {}, "status-403@claude-haiku-5-5", 403],
    ["E39: an organisation without data retention", {}, "status-400@claude-haiku-5-5", 400],
    ["E41: a model the provider does not know any more", {}, "status-404@claude-haiku-5-5", 404],
  ])("%s", async (name, body, mood, status) => {
    const request = asked("opus-5-5", { ...body, fallbacks: [] });
    const headers = { "x-mock-mood": mood, "x-claude-code-session-id": `s-${name.slice(0, 3)}` };

    const first = await through("haiku-5-5", request, headers);
    const [refused, original] = [sentBody(-2), sentBody(-1)];
    const next = await through("haiku-5-5", request, headers);

    expect(first.status).toBe(200);
    expect(JSON.parse(refused)).toMatchObject({ model: "claude-haiku-5-5" });
    expect(original).toBe(JSON.stringify(request));
    expect(first.headers.get("x-cco-override")).toBe(`fallback:upstream_${status}`);
    expect(readEdits(0)).toEqual([named, "E26 fallbacks drop"]);
    expect(next.headers.get("x-cco-override")).toBe(`skipped:pinned:upstream_${status}`);
    expect(sentBody()).toBe(JSON.stringify(request));
    expect(readEdits()).toEqual([]);
  });
});

describe("a session that enters auto mode", () => {
  it("is released to its requested model, byte for byte, and does not return", async () => {
    const session = { "x-claude-code-session-id": "s-mode" };
    const plain = asked("opus-5-5", adaptive);
    const auto = { ...plain, safeguards: [{ type: "dangerous_tool_use", classifier_context: {} }] };

    const before = await through("haiku-4-5", plain, session);
    const guarded = await through("haiku-4-5", auto, session);
    expect(sentBody()).toBe(JSON.stringify(auto));
    const after = await through("haiku-4-5", plain, session);

    expect(sentBody()).toBe(JSON.stringify(plain));
    expect([before, guarded, after].map(({ headers }) => headers.get("x-cco-override"))).toEqual([
      "applied",
      "skipped:hazard:E23",
      "skipped:hazard:E23",
    ]);
    expect(readEdits()).toEqual(["E23 safeguards skip"]);
  });

  it("stays with a served model that accepts the safeguards itself", async () => {
    const session = { "x-claude-code-session-id": "s-mode-native" };
    const auto = asked("opus-5-5", { safeguards: [{ type: "dangerous_tool_use", classifier_context: {} }] });

    await through("haiku-5-5", asked("opus-5-5"), session);
    const guarded = await through("haiku-5-5", auto, session);

    expect(guarded.headers.get("x-cco-override")).toBe("applied");
    expect(JSON.parse(sentBody())).toEqual({ ...auto, model: "claude-haiku-5-5" });
  });
});

describe("E21: a session that grows towards the end of the window", () => {
  const prompt = (bytes: number, more: Json = {}) =>
    asked("opus-5-5", { messages: [{ role: "user", content: "word ".repeat(bytes / 5) }], max_tokens: 8_000, ...more });
  const overrides = (...answers: { headers: Headers }[]) => answers.map(({ headers }) => headers.get("x-cco-override"));

  it.each([{}, { stream: true }])("stays while the count of the served model leaves room (%o)", async (more) => {
    const session = { "x-claude-code-session-id": `s-window-${"stream" in more}` };

    const unknown = await through("haiku-4-5", prompt(600_000, more), { "x-claude-code-session-id": "s-window-new" });
    const first = await through("haiku-4-5", prompt(480_000, more), session);
    const second = await through("haiku-4-5", prompt(600_000, more), session);
    const last = await through("haiku-4-5", prompt(780_000, more), session);
    const after = await through("haiku-4-5", prompt(400_000, more), session);

    // By bytes alone 600 kB are 200,000 tokens. The fake upstream has counted 120,000 for 480 kB, so 160,000 at most now.
    expect(overrides(unknown, first, second)).toEqual(["skipped:hazard:E21", "applied", "applied"]);
    expect(overrides(last, after)).toEqual(["skipped:hazard:E21", "skipped:hazard:E21"]);
    expect([last, after].map(({ status }) => status)).toEqual([200, 200]);
    expect(readEdits()).toEqual(["E21 messages skip"]);
  });

  it("is released in time when its text is denser than average", async () => {
    const session = { "x-claude-code-session-id": "s-window-dense" };
    const usage = (input: number) => ({ ...session, "x-mock-usage": JSON.stringify({ input, output: 25 }) });

    const first = await through("haiku-4-5", prompt(300_000), usage(150_000));
    const second = await through("haiku-4-5", prompt(450_000), usage(190_000));

    expect(overrides(first, second)).toEqual(["applied", "skipped:hazard:E21"]);
  });

  it("is decided again after its prompt has shrunk, and the new decision is pinned", async () => {
    const session = { "x-claude-code-session-id": "s-window-shrunk" };

    const tooLong = await through("haiku-4-5", prompt(780_000), session);
    const compacted = await through("haiku-4-5", prompt(1_000), session);
    const grown = await through("haiku-4-5", prompt(400_000), session);
    const again = await through("haiku-4-5", prompt(790_000), session);
    const edge = await through("haiku-4-5", prompt(400_000), session);

    expect(overrides(tooLong, compacted, grown)).toEqual(["skipped:hazard:E21", "applied", "applied"]);
    expect(overrides(again, edge)).toEqual(["skipped:hazard:E21", "skipped:hazard:E21"]);
  });

  it("is decided again once its pictures are gone", async () => {
    const session = { "x-claude-code-session-id": "s-pictures-gone" };
    const pictures = Array.from({ length: 101 }, () => ({
      type: "image",
      source: { type: "url", url: "https://a/b" },
    }));
    const many = asked("opus-5-5", { messages: [{ role: "user", content: pictures }] });

    const skipped = await through("haiku-4-5", many, session);
    const still = await through("haiku-4-5", many, session);
    const compacted = await through("haiku-4-5", asked("opus-5-5"), session);

    expect(overrides(skipped, still, compacted)).toEqual(["skipped:hazard:E33", "skipped:hazard:E33", "applied"]);
  });

  it("is estimated by bytes again after a compaction", async () => {
    const session = { "x-claude-code-session-id": "s-window-compacted" };
    const full = { ...session, "x-mock-usage": JSON.stringify({ input: 190_000, output: 25 }) };

    const first = await through("haiku-4-5", prompt(480_000), full);
    const compacted = await through("haiku-4-5", prompt(100_000), session);

    expect(overrides(first, compacted)).toEqual(["applied", "applied"]);
  });
});

describe("E23: a rule that drops safeguards", () => {
  it("has a warning at its line", () => {
    const text = '[[rule]]\nfrom = "opus"\nto = "claude-haiku-4-5"\nsafeguards = "drop"';

    const warned = parseRules(text).problems.map(({ code, line, severity }) => ({ code, line, severity }));

    expect(warned).toEqual([{ code: "drops-safeguards", line: 1, severity: "warning" }]);
  });
});

describe("every turn of a session", () => {
  it("gets the same rewrite, so that its prompt cache hits", async () => {
    const session = { "x-claude-code-session-id": "s-turns" };
    const messages: Json[] = [hi, system()];
    const sent: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      await through("haiku-4-5", asked("opus-5-5", { ...adaptive, ...effort("medium"), messages }), session);
      sent.push(sentBody().replace(/\],"max_tokens".*$/, ""));
      messages.push(
        { role: "assistant", content: `answer ${turn}` },
        { role: "user", content: "on" },
        system(effort("low")),
      );
    }

    for (const [turn, text] of sent.entries()) if (turn > 0) expect(text.startsWith(sent[turn - 1] ?? "?")).toBe(true);
    expect(new Set(proxy.closed.map(({ servedModel }) => servedModel))).toEqual(new Set([model("haiku-4-5").id]));
  });
});
