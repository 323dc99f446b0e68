import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import type { CacheCause } from "#core/activity/request-event.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import { indexBody } from "#core/json-index/body-index.ts";
import { WalkedMessages } from "#core/json-index/walked-messages.ts";
import { readLastTurn } from "#core/protocol/last-turn.ts";
import { PromptPrint } from "#core/protocol/prompt-print.ts";
import { SPELLINGS, type Spelling, spellJson } from "#tests/support/spell-json.ts";
import { PromptPrefixes } from "./prompt-prefixes.ts";

interface Message {
  role: string;
  content: unknown;
}
interface Prompt {
  model: string;
  system: unknown;
  tools: unknown;
  messages: Message[];
}
/** A request, and what of its prompt the provider read from its cache. */
interface Sent {
  prompt: Prompt;
  read?: number;
  spelling?: Spelling;
}

const catalogue = loadCatalogue();
const MODEL = "claude-opus-5-5";
const MARK = { cache_control: { type: "ephemeral" } };
const SUMMARY = "This session is being continued from a previous conversation that ran out of context.";

/** The causes of one agent's requests; null also where the prompt has no print. */
function listCauses(requests: readonly Sent[], spelling: Spelling): (CacheCause | null)[] {
  const prefixes = new PromptPrefixes(7);
  return requests.map(({ prompt, read = 0, spelling: own = spelling }) => {
    const bytes = Buffer.from(spellJson(prompt, own));
    const index = indexBody(bytes, isUtf8);
    if (!index.ok) throw new Error(index.error.message);
    const messages = WalkedMessages.find(bytes, index.value);
    if (messages === null) throw new Error("the body has no messages");
    const { isCompacted } = readLastTurn(messages);
    const print = PromptPrint.read(index.value, messages, prefixes.seed);
    if (print === null) return null;
    const place = prefixes.place("agent", print, MODEL, isCompacted);
    const usage = { ...emptyUsage(), cacheWrite5mTokens: 500, cacheReadTokens: read };
    return prefixes.answered(place, { startedAtMs: 0, requested: MODEL, served: MODEL, usage, catalogue }).cause;
  });
}

const user = (content: unknown) => ({ role: "user", content });
const model = (content: unknown) => ({ role: "assistant", content });

/** Marks the last block of the newest message, and makes a text alone a block for that. */
function marked(messages: readonly Message[]): Message[] {
  const last = messages.at(-1);
  if (last === undefined) return [];
  const blocks = typeof last.content === "string" ? [{ type: "text", text: last.content }] : (last.content as object[]);
  const content = blocks.map((block, at) => (at === blocks.length - 1 ? { ...block, ...MARK } : block));
  return [...messages.slice(0, -1), { ...last, content }];
}

const buildPrompt = (messages: readonly Message[], more: Partial<Prompt> = {}): Prompt => ({
  model: MODEL,
  system: [
    { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.330.440;" },
    { type: "text", text: "You are an agent.", ...MARK },
  ],
  tools: [{ name: "Read", input_schema: { type: "object" } }],
  messages: marked(messages),
  ...more,
});

const words = fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom('"', "\\", "{", "a".repeat(1_500)));
const block = fc.oneof(
  words.map((text) => ({ type: "text", text })),
  words.map((content) => ({ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: content }] })),
);
const said = fc.oneof(words, fc.array(block, { minLength: 1, maxLength: 3 }));
const call = words.map((path) => [{ type: "tool_use", id: "t", name: "Read", input: { path } }]);
const turns = (least: number) =>
  fc
    .array(fc.tuple(said, fc.oneof(words, call)), { minLength: least, maxLength: 9 })
    .map((list) => list.flatMap(([asked, answered]) => [user(asked), model(answered)]));
const conversation = fc.tuple(turns(1), said, call, said).map(([before, asked, answered, more]) => ({
  before: [...before, user(asked)],
  after: [model(answered), user(more)],
}));

describe.each(Object.entries(SPELLINGS))("the cause of a prompt-cache write, of bodies with %s", (_, spelling) => {
  it.each<[CacheCause, (before: Message[], after: Message[]) => Sent]>([
    ["grown", (before, after) => ({ prompt: buildPrompt([...before, ...after]), read: 1_000 })],
    ["missed", (before, after) => ({ prompt: buildPrompt([...before, ...after]) })],
    [
      "missed",
      (before, after) => {
        // The client's line about itself differs from request to request, and is not cached.
        const [, agent] = buildPrompt([]).system as object[];
        const system = [{ type: "text", text: "x-anthropic-billing-header: cc_version=2.1.330.51;" }, agent];
        return { prompt: buildPrompt([...before, ...after], { system }) };
      },
    ],
    ["system", (before, after) => ({ prompt: buildPrompt([...before, ...after], { system: "You are another." }) })],
    ["tools", (before, after) => ({ prompt: buildPrompt([...before, ...after], { tools: [] }) })],
    [
      "history",
      (before, after) => ({ prompt: buildPrompt([user("Something else altogether."), ...before.slice(1), ...after]) }),
    ],
    ["history", (before, after) => ({ prompt: buildPrompt([...before.slice(2), ...after]) })],
    ["marks", (before, after) => ({ prompt: buildPrompt([], { messages: [...before, ...after] }) })],
    ["compacted", () => ({ prompt: buildPrompt([user(SUMMARY)]) })],
    ["compacted", (_, after) => ({ prompt: buildPrompt([user([{ type: "text", text: SUMMARY }]), ...after]) })],
  ])("is %s", (cause, next) => {
    fc.assert(
      fc.property(conversation, ({ before, after }) => {
        const opening = buildPrompt(before.slice(0, 1));
        const requests = [{ prompt: opening }, { prompt: buildPrompt(before), read: 500 }, next(before, after)];
        const [first, , last] = listCauses(requests, spelling);

        expect([first, last]).toEqual(["first", cause]);
      }),
      { numRuns: 40 },
    );
  });

  it("is none of a conversation that goes on and was not seen before", () => {
    fc.assert(
      fc.property(turns(1), said, (before, asked) => {
        expect(listCauses([{ prompt: buildPrompt([...before, user(asked)]) }], spelling)).toEqual([null]);
        // The model's only message may be long ago.
        const long = [...before, ...Array.from({ length: 9 }, () => user(asked))];
        expect(listCauses([{ prompt: buildPrompt(long) }], spelling)).toEqual([null]);
      }),
      { numRuns: 40 },
    );
  });

  it("is none where the next request is written in another way, and grown where all was read", () => {
    fc.assert(
      fc.property(conversation, fc.constantFrom(...Object.values(SPELLINGS)), ({ before, after }, other) => {
        fc.pre(other !== spelling);
        const requests = [
          { prompt: buildPrompt(before.slice(0, 1)) },
          { prompt: buildPrompt(before), spelling: other },
        ];

        expect(listCauses(requests, spelling)[1]).toBeNull();
        const grown = { prompt: buildPrompt([...before, ...after]), spelling: other, read: 1_000 };
        expect(listCauses([...requests, grown], spelling)[2]).toBe("grown");
      }),
      { numRuns: 40 },
    );
  });
});

it("is none where names are written with escapes, which may hide a mark or a role", () => {
  const spelling = { isEscaped: true };
  const body = (messages: Message[]) => `{"model":"${MODEL}","messages":${spellJson(marked(messages), spelling)}}`;
  const read = (written: string) => {
    const bytes = Buffer.from(written);
    const index = indexBody(bytes, isUtf8);
    const list = index.ok ? WalkedMessages.find(bytes, index.value) : null;
    return list && index.ok ? PromptPrint.read(index.value, list, 7) : "no messages";
  };

  expect(read(body([user("Go"), model("So"), user("On")]))).toBeNull();
  expect(read(`{"model":"m","messages":[{"role":"user","role":"assistant","content":""}]}`)).toBeNull();
});

it("is that of a conversation of the model where the role is written with an escape", () => {
  const bytes = Buffer.from(
    '{"model":"m","messages":[{"role":"user","content":""},{"role":"\\u0061ssistant","content":""}]}',
  );
  const index = indexBody(bytes, isUtf8);
  const list = index.ok ? WalkedMessages.find(bytes, index.value) : null;

  expect(list && index.ok && PromptPrint.read(index.value, list, 7)?.countModels(0, 1)).toBe(1);
});
