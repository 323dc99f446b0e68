// Long because every cause is shown by requests of the same few conversations.

import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import { indexBody } from "#core/json-index/body-index.ts";
import { WalkedMessages } from "#core/json-index/walked-messages.ts";
import { PromptPrint } from "#core/protocol/prompt-print.ts";
import { PromptPrefixes } from "./prompt-prefixes.ts";

const SEED = 7;
const catalogue = loadCatalogue();
const MARK = { cache_control: { type: "ephemeral" } };
const MINUTE_MS = 60_000;

interface Body {
  model: string;
  system: unknown;
  tools: unknown;
  messages: { role: string; content: unknown }[];
}

function readPrint(body: Body, spaces = 0): PromptPrint {
  const bytes = Buffer.from(JSON.stringify(body, null, spaces));
  const index = indexBody(bytes, isUtf8);
  if (!index.ok) throw new Error(index.error.message);
  const messages = WalkedMessages.find(bytes, index.value);
  const print = messages && PromptPrint.read(index.value, messages, SEED);
  if (print === null) throw new Error("the body has no print");
  return print;
}

const user = (content: unknown) => ({ role: "user", content });
const model = (content: unknown) => ({ role: "assistant", content });
const call = (id: string) => model([{ type: "tool_use", id, name: "Read", input: { path: id } }]);
const result = (id: string, more: object = {}) =>
  user([{ type: "tool_result", tool_use_id: id, content: [{ type: "text", text: `file ${id}` }], ...more }]);

/**
 * Marks the newest message as the client sends it. The message carries the mark, as a block even where it is plain text
 * otherwise.
 */
function marked(messages: Body["messages"]): Body["messages"] {
  const last = messages.at(-1);
  if (last === undefined) return [];
  const blocks = typeof last.content === "string" ? [{ type: "text", text: last.content }] : (last.content as object[]);
  const content = blocks.map((block, at) => (at === blocks.length - 1 ? { ...block, ...MARK } : block));
  return [...messages.slice(0, -1), { ...last, content }];
}

const OPENING: Body = {
  model: "claude-opus-5-5",
  system: [{ type: "text", text: "You are an agent. Today is 2026-11-28." }],
  tools: [{ name: "Read", description: "Reads a file.", input_schema: {} }],
  messages: [user("Fix the test")],
};
const grown = (body: Body, ...more: Body["messages"]): Body => ({ ...body, messages: [...body.messages, ...more] });
const sent = (body: Body): Body => ({ ...body, messages: marked(body.messages) });

interface Turn {
  body: Body;
  atMs?: number;
  served?: string;
  /** Written and read; as a rule all that was there before is read. */
  wrote?: number;
  read?: number;
  isCompacted?: boolean;
}

/** The causes of a sequence of requests of one agent. */
function listCauses(...turns: Turn[]) {
  const prefixes = new PromptPrefixes(SEED);
  return turns.map(({ body, atMs = 0, served = body.model, wrote = 500, read = 0, isCompacted = false }) => {
    const place = prefixes.place("agent", readPrint(body), body.model, isCompacted);
    const usage = { ...emptyUsage(), cacheWrite5mTokens: wrote, cacheReadTokens: read };
    return prefixes.answered(place, { startedAtMs: atMs, requested: body.model, served, usage, catalogue }).cause;
  });
}

const first = sent(OPENING);
const second = sent(grown(OPENING, call("a"), result("a")));
const FULL = { wrote: 100, read: 500 };

describe("the cause of a prompt-cache write", () => {
  it("is the beginning of a conversation, and then its growth while all that was there is read", () => {
    const third = sent(grown(OPENING, call("a"), result("a"), call("b"), result("b")));

    expect(listCauses({ body: first }, { body: second, ...FULL }, { body: third, wrote: 50, read: 600 })).toEqual([
      "first",
      "grown",
      "grown",
    ]);
  });

  it("is none where nothing was written", () => {
    expect(listCauses({ body: first, wrote: 0 }, { body: second, wrote: 0, read: 500 })).toEqual([null, null]);
  });

  it.each<[string, string, Partial<Turn> & { body: Body }]>([
    ["the tools have changed", "tools", { body: { ...second, tools: [] } }],
    [
      "a letter of the system prompt has changed",
      "system",
      { body: { ...second, system: [{ type: "text", text: "You are an agent. Today is 2026-11-29." }] } },
    ],
    [
      "an old message has changed",
      "history",
      { body: { ...second, messages: [user("Fix a test"), ...second.messages.slice(1)] } },
    ],
    ["an old message is missing", "history", { body: { ...second, messages: second.messages.slice(1) } }],
    [
      "a summary stands in place of the messages",
      "compacted",
      { body: sent({ ...OPENING, messages: [user("So far")] }), isCompacted: true },
    ],
    ["the messages have lost their marks", "marks", { body: grown(OPENING, call("a"), result("a")) }],
    ["five minutes have passed", "expired", { body: second, atMs: 5 * MINUTE_MS + 1 }],
    ["another model was asked for", "model-by-person", { body: { ...second, model: "claude-haiku-5-5" } }],
    ["another model was served", "model-by-rule", { body: second, served: "claude-haiku-5-5" }],
    ["the same prompt was not found", "missed", { body: second, atMs: 4 * MINUTE_MS }],
  ])("is known where %s", (_, cause, turn) => {
    expect(listCauses({ body: first }, { wrote: 600, read: 0, ...turn })).toEqual(["first", cause]);
  });

  it("is not the move of a cache mark, on a plain text or on a block among others", () => {
    const blocks = user([...(result("a").content as object[]), { type: "text", text: "Go on" }]);
    const two = sent(grown(OPENING, call("a"), blocks));
    const three = sent(grown(OPENING, call("a"), blocks, call("b"), user("Now the next")));
    const four = sent(grown(OPENING, call("a"), blocks, call("b"), user("Now the next"), call("c"), result("c")));
    const missed = { wrote: 1_000, read: 0 };

    expect(listCauses({ body: first }, ...[two, three, four].map((body) => ({ body, ...missed })))).toEqual([
      "first",
      "missed",
      "missed",
      "missed",
    ]);
  });

  it("is not the client's first line about itself, which is not part of what is cached", () => {
    const about = (version: string) => [
      { type: "text", text: `x-anthropic-billing-header: cc_version=${version};` },
      { type: "text", text: "You are an agent.", ...MARK },
    ];
    const turns = [first, second].map((body, at) => ({ body: { ...body, system: about(`2.1.${at}`) }, wrote: 600 }));

    expect(listCauses(...turns)).toEqual(["first", "missed"]);
  });

  it("is unknown where requests in between, or all before, were not seen by this process", () => {
    const later = sent(grown(OPENING, call("a"), result("a"), call("b"), result("b")));

    expect(listCauses({ body: second })).toEqual([null]);
    expect(listCauses({ body: first }, { body: later, wrote: 600 })).toEqual(["first", null]);
  });

  it("keeps a question beside the conversation from standing between two of its requests", () => {
    const aside = { ...sent({ ...OPENING, messages: [user("What is on this page?")] }), model: "claude-haiku-5-5" };

    expect(listCauses({ body: first }, { body: aside }, { body: second, wrote: 600, atMs: 1 })).toEqual([
      "first",
      "first",
      "missed",
    ]);
  });

  it("knows what a rule's switch and its end wrote again, and not what a change of the prompt did", () => {
    const prefixes = new PromptPrefixes(SEED);
    const third = sent(grown(OPENING, call("a"), result("a"), call("b"), result("b")));
    const turn = (body: Body, served: string, wrote: number, read: number) => {
      const place = prefixes.place("agent", readPrint(body), OPENING.model, false);
      const usage = { ...emptyUsage(), cacheWrite5mTokens: wrote, cacheReadTokens: read };
      const answered = { startedAtMs: 0, requested: OPENING.model, served, usage, catalogue };
      return prefixes.answered(place, answered).rewrittenTokens;
    };
    const served = "claude-haiku-5-5";

    expect(turn(first, OPENING.model, 500, 0)).toBe(0);
    expect(turn(second, served, 600, 0)).toBe(500);
    expect(turn(third, OPENING.model, 200, 500)).toBe(100);
    expect(turn(sent({ ...third, system: "Another" }), served, 700, 0)).toBe(0);
    expect(
      prefixes.answered(prefixes.place("unseen", readPrint(third), OPENING.model, false), {
        startedAtMs: 0,
        requested: OPENING.model,
        served,
        usage: { ...emptyUsage(), cacheWrite5mTokens: 700 },
        catalogue,
      }).rewrittenTokens,
    ).toBeNull();
  });

  it("takes an hour where the provider wrote for an hour", () => {
    const prefixes = new PromptPrefixes(SEED);
    const answer = (body: Body, startedAtMs: number, written: object) => {
      const place = prefixes.place("agent", readPrint(body), body.model, false);
      const usage = { ...emptyUsage(), ...written };
      return prefixes.answered(place, { startedAtMs, requested: body.model, served: body.model, usage, catalogue })
        .cause;
    };
    answer(first, 0, { cacheWrite1hTokens: 500 });

    expect(answer(second, 59 * MINUTE_MS, { cacheWrite1hTokens: 600 })).toBe("missed");
    expect(answer(second, 120 * MINUTE_MS, { cacheWrite1hTokens: 600 })).toBe("expired");
  });

  it("forgets the agents that were silent longest", () => {
    const prefixes = new PromptPrefixes(SEED);
    const usage = { ...emptyUsage(), cacheWrite5mTokens: 500 };
    const answered = { startedAtMs: 0, requested: OPENING.model, served: OPENING.model, usage, catalogue };
    for (let agent = 0; agent < 10_001; agent++)
      prefixes.answered(prefixes.place(`agent-${agent}`, readPrint(first), OPENING.model, false), answered);

    expect(prefixes.place("agent-0", readPrint(second), OPENING.model, false).earlier).toBeNull();
    expect(prefixes.place("agent-1", readPrint(second), OPENING.model, false).earlier).not.toBeNull();
  });
});

/** Pairs of requests whose first difference is known, as the provider reads them: tools, system, messages. */
const MUTATIONS: Record<string, [cause: string, change: (body: Body) => Partial<Turn> & { body?: Body }]> = {
  "a tool was added": [
    "tools",
    (body) => ({ body: { ...body, tools: [...(body.tools as object[]), { name: "Add" }] } }),
  ],
  "the tools stand in another order": [
    "tools",
    (body) => ({ body: { ...body, tools: [...(body.tools as object[])].reverse() } }),
  ],
  "a letter of a tool": [
    "tools",
    (body) => ({ body: { ...body, tools: [{ name: "Read", description: "Reads a file!" }, { name: "Write" }] } }),
  ],
  "the tools and the system prompt": [
    "tools",
    (body) => ({ body: { ...body, tools: [], system: "You are another agent." } }),
  ],
  "the date in the system prompt": [
    "system",
    (body) => ({ body: { ...body, system: [{ type: "text", text: "You are an agent. Today is 2026-12-01." }] } }),
  ],
  "a block of the system prompt": [
    "system",
    (body) => ({
      body: { ...body, system: [...(body.system as object[]), { type: "text", text: "On branch main." }] },
    }),
  ],
  "the system prompt and an old message": [
    "system",
    (body) => ({ body: { ...body, system: "Another.", messages: [user("Another"), ...body.messages.slice(1)] } }),
  ],
  "the first message": [
    "history",
    (body) => ({ body: { ...body, messages: [user("Something else"), ...body.messages.slice(1)] } }),
  ],
  "two messages are missing": ["history", (body) => ({ body: { ...body, messages: body.messages.slice(2) } })],
  "a summary": [
    "compacted",
    (body) => ({ body: { ...body, messages: marked([user("So far all went well")]) }, isCompacted: true }),
  ],
  "a summary with other tools": [
    "tools",
    (body) => ({ body: { ...body, tools: [], messages: marked([user("So far")]) }, isCompacted: true }),
  ],
  "no marks": ["marks", (body) => ({ body: withoutMarks(body) })],
  "a pause of five minutes and a millisecond": ["expired", () => ({ atMs: 5 * MINUTE_MS + 1 })],
  "a pause, and other tools": ["expired", (body) => ({ body: { ...body, tools: [] }, atMs: 6 * MINUTE_MS })],
  "a pause of five minutes": ["missed", () => ({ atMs: 5 * MINUTE_MS })],
  "another model of a rule": ["model-by-rule", () => ({ served: "claude-opus-5" })],
  "another model of a person": ["model-by-person", (body) => ({ body: { ...body, model: "claude-opus-5" } })],
  "another model after a pause": ["model-by-rule", () => ({ served: "claude-opus-5", atMs: 9 * MINUTE_MS })],
  nothing: ["missed", () => ({})],
};

const withoutMarks = (body: Body): Body =>
  JSON.parse(JSON.stringify(body, (key, value) => (key === "cache_control" ? undefined : value)));

describe("a corpus of request pairs with a known first difference", () => {
  const tools = [{ name: "Read", description: "Reads a file." }, { name: "Write" }];

  it.each(Object.entries(MUTATIONS))("%s has its cause in every conversation", (_, [cause, change]) => {
    const turn = fc.tuple(fc.string({ unit: "grapheme", maxLength: 40 }), fc.boolean());
    const sizes = fc.record({
      held: fc.integer({ min: 2, max: 200_000 }),
      wrote: fc.integer({ min: 1, max: 200_000 }),
    });
    fc.assert(
      fc.property(fc.array(turn, { minLength: 2, maxLength: 12 }), sizes, fc.nat(), (turns, { held, wrote }, part) => {
        const messages = turns.flatMap(([text, isCall], at) =>
          isCall ? [call(`${at}${text}`), result(`${at}${text}`)] : [model(`a ${text}`), user(`q ${at} ${text}`)],
        );
        const before = { ...grown(OPENING, ...messages.slice(0, -2)), tools };
        const after = sent(grown(before, ...messages.slice(-2)));
        const read = part % held;
        const { body = after, atMs = 0, served = body.model, isCompacted = false } = change(after);
        const prefixes = new PromptPrefixes(SEED);
        const ask = (asked: Body, at: number, by: string, isSummary: boolean, tokens: [number, number]) =>
          prefixes.answered(prefixes.place("agent", readPrint(asked), asked.model, isSummary), {
            startedAtMs: at,
            requested: asked.model,
            served: by,
            usage: { ...emptyUsage(), cacheWrite5mTokens: tokens[0], cacheReadTokens: tokens[1] },
            catalogue,
          });
        ask(sent(before), 0, before.model, false, [held, 0]);

        const evidence = ask(body, atMs, served, isCompacted, [wrote, read]);

        expect(evidence.cause).toBe(cause);
        expect(evidence.lostTokens).toBe(held - read);
      }),
      { numRuns: 60 },
    );
  });

  it("counts what another tokenizer had cached in tokens of the model that serves now", () => {
    const prefixes = new PromptPrefixes(SEED);
    const ask = (body: Body, served: string, wrote: number) =>
      prefixes.answered(prefixes.place("agent", readPrint(body), body.model, false), {
        ...{ startedAtMs: 0, requested: body.model, served, catalogue },
        usage: { ...emptyUsage(), cacheWrite5mTokens: wrote },
      });
    ask(first, "claude-haiku-4-5", 1_000);

    const { cause, lostTokens } = ask(second, "claude-opus-5-5", 5_000);

    expect([cause, lostTokens]).toEqual(["model-by-rule", 1_300]);
  });

  it("has lost nothing where a conversation begins, and says nothing where no cause is known", () => {
    const prefixes = new PromptPrefixes(SEED);
    const ask = (body: Body, wrote: number) =>
      prefixes.answered(prefixes.place("agent", readPrint(body), body.model, false), {
        ...{ startedAtMs: 0, requested: body.model, served: body.model, catalogue },
        usage: { ...emptyUsage(), cacheWrite5mTokens: wrote },
      }).lostTokens;

    expect([ask(first, 1_000), ask(second, 0)]).toEqual([0, null]);
  });
});

describe("the print of a prompt", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 200 });
  const message = fc.record({ role: fc.constantFrom("user", "assistant"), content: text });

  it("finds the first place in which a prompt was changed in any conversation", () => {
    const change = fc.record({ at: fc.nat(), to: text, where: fc.constantFrom("tools", "system", "history") });
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 30 }),
        change,
        text,
        (messages, { at, to, where }, more) => {
          const body = { ...OPENING, messages };
          const changed = { ...body, messages: [...messages, model(more), user(more)] };
          if (where === "tools") changed.tools = [{ name: "Read", description: `${to}.` }];
          if (where === "system") changed.system = `${to}.`;
          const position = at % messages.length;
          if (where === "history") changed.messages[position] = { role: "user", content: `${to} changed ${more}.` };
          const isCompared = position === 0 || position >= messages.length - 6;
          const [before, after] = [messages[position], changed.messages[position]].map((one) => JSON.stringify(one));
          // In the middle, a message of the same length is taken for the same.
          fc.pre(isCompared || before === after || Buffer.byteLength(`${before}`) !== Buffer.byteLength(`${after}`));
          const isChanged = JSON.stringify(changed.messages.slice(0, messages.length)) !== JSON.stringify(messages);
          const prefixes = new PromptPrefixes(SEED);
          const usage = { ...emptyUsage(), cacheWrite5mTokens: 500 };
          const answered = { startedAtMs: 0, requested: body.model, served: body.model, usage, catalogue };
          prefixes.answered(prefixes.place("agent", readPrint(sent(body)), body.model, true), answered);

          const place = prefixes.place("agent", readPrint(sent(changed)), body.model, true);

          expect(place.change).toBe(where === "history" && !isChanged ? "none" : where);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is of another seed in another process", () => {
    const bytes = Buffer.from(JSON.stringify(first));
    const index = indexBody(bytes, isUtf8);
    if (!index.ok) throw new Error("no body");
    const messages = WalkedMessages.find(bytes, index.value);
    const [one, other] = [1, 2].map((seed) => messages && PromptPrint.read(index.value, messages, seed));

    expect(one?.prefix.system).not.toBe(other?.prefix.system);
    expect(one?.findForms(0)).not.toEqual(other?.findForms(0));
  });

  it("is taken of a body with white space, and not where there are more marks than a provider takes", () => {
    expect(readPrint(first, 2).prefix.markCount).toBe(1);
    const many = user(Array.from({ length: 9 }, () => ({ type: "text", text: "a", ...MARK })));
    expect(() => readPrint({ ...OPENING, messages: [many] })).toThrow("no print");
  });
});
