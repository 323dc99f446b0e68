import { describe, expect, it } from "vitest";
import { adaptedTo, type Json } from "#tests/support/adapted.ts";

const marker = { cache_control: { type: "ephemeral" } };
const text = (value: string, more: Json = {}) => ({ type: "text", text: value, ...more });
const reminder = (value: string, more: Json = {}) => text(`<system-reminder>\n${value}\n</system-reminder>`, more);
const user = (content: unknown, more: Json = {}) => ({ role: "user", content, ...more });
const system = (content: unknown, more: Json = {}) => ({ role: "system", content, ...more });
const assistant = (content: unknown = "ok") => ({ role: "assistant", content });
const effort = { output_config: { effort: "medium" } };

const buildRequest = (messages: unknown[]): Json => ({ model: "claude-opus-5-5", messages, max_tokens: 1000 });
const served = (messages: unknown[], to = "haiku-4-5") => adaptedTo(to, buildRequest(messages));

describe("E13: system messages become reminders", () => {
  const cases: [name: string, has: unknown[], sent: unknown[]][] = [
    [
      "at the end of the user turn before, cache marker kept",
      [user([text("a"), text("b")]), system([text("env", marker)], effort), assistant()],
      [user([text("a"), text("b"), reminder("env", marker)]), assistant()],
    ],
    ["of a user turn written as one text", [user("a"), system("s")], [user([text("a"), reminder("s")])]],
    ["of a user turn that is empty", [user([]), system("s"), assistant()], [user([reminder("s")]), assistant()]],
    ["of a user turn of an empty text", [user(""), system("s")], [user([reminder("s")])]],
    [
      "several in a row, in their order",
      [user("a"), system("s"), system([text("t"), text("u", marker)]), system("v"), assistant()],
      [user([text("a"), reminder("s"), reminder("t"), reminder("u", marker), reminder("v")]), assistant()],
    ],
    [
      "behind tool results, which must come first",
      [assistant([{ type: "tool_use", id: "1" }]), user([{ type: "tool_result", tool_use_id: "1" }]), system("s")],
      [assistant([{ type: "tool_use", id: "1" }]), user([{ type: "tool_result", tool_use_id: "1" }, reminder("s")])],
    ],
    [
      "as a separate user turn when none stands before them",
      [system([text("s")], effort), user("a"), assistant(), system("t", effort)],
      [user([reminder("s")]), user("a"), assistant(), user([reminder("t")])],
    ],
    [
      "which later ones join",
      [assistant(), system("s"), system([text("t")]), user("a")],
      [assistant(), user([reminder("s"), reminder("t")]), user("a")],
    ],
    ["not wrapped twice", [user("a"), system([reminder("s")])], [user([text("a"), reminder("s")])]],
    [
      "without the empty ones",
      [
        system(""),
        system([]),
        user("a"),
        system(""),
        system([text(""), text("s"), text("")]),
        system([]),
        assistant(),
        system(""),
      ],
      [user([text("a"), reminder("s")]), assistant()],
    ],
    ["and nothing else when all are empty", [user("a"), system(""), system([]), assistant()], [user("a"), assistant()]],
    [
      "the user turn keeps its other fields, but for its effort",
      [
        { output_config: {}, role: "user", content: [text("a")], id: "m1" },
        system("s"),
        { content: "b", output_config: {}, x: 1, role: "user" },
        system("t"),
      ],
      [
        { role: "user", content: [text("a"), reminder("s")], id: "m1" },
        { content: [text("b"), reminder("t")], x: 1, role: "user" },
      ],
    ],
  ];

  it.each(cases)("turns system messages into reminders: %s", (_name, has, sent) => {
    const found = served(has);

    expect(found.body.messages).toEqual(sent);
    expect(found.codes).toContain("E13");
  });

  it("leaves everything between the seams as it was written", () => {
    const written = '{"role": "user",\n "content": [ {"type":"text","text":"\\u00e4 \\/ 1.0"} ] , "n": 1.0}';
    const reminder =
      '{"content":[\n{"text":"line\\n\\"two\\"","n":12345678901234567890,"type":"text"} ],"role":"system"}';
    const found = adaptedTo("haiku-4-5", `{"model":"claude-opus-5-5","messages":[${written} , ${reminder}]}`);

    expect(found.text).toBe(
      '{"model":"claude-haiku-4-5-20251001","messages":[{"role": "user",\n "content": [ {"type":"text","text":"\\u00e4 \\/ 1.0"} ,' +
        '{"text":"<system-reminder>\\nline\\n\\"two\\"\\n</system-reminder>","n":12345678901234567890,"type":"text"}] , "n": 1.0}]}',
    );
  });

  it("begins a longer history with the same bytes", () => {
    const turns = [
      user("a"),
      system("s", effort),
      assistant(),
      user([text("b")]),
      system([text("t", marker)]),
      assistant(),
      user("c"),
    ];
    const whole = served(turns).body.messages as unknown[];
    for (const count of [2, 3, 5, 6]) {
      const part = served(turns.slice(0, count)).body.messages as unknown[];
      expect(whole.slice(0, part.length)).toEqual(part);
    }
  });

  it("drops the betas of what was moved", () => {
    const betas = [
      "mid-conversation-system-2026-04-07",
      "per-turn-control-2026-07-01",
      "mid-conversation-tool-changes-2026-07-01",
      "oauth-2025-04-20",
    ];
    const body = buildRequest([user("a"), system("s", effort)]);

    expect(adaptedTo("sonnet-5", body, { betas }).betas).toEqual(["oauth-2025-04-20"]);
  });
});

describe("E12: effort of single messages", () => {
  it("leaves out an effort per message where it is not taken, and system messages stay where they are", () => {
    const found = served([user("a", effort), system("s", effort), assistant(), user("b")], "opus-4-8");

    expect(found.body.messages).toEqual([user("a"), system("s"), assistant(), user("b")]);
    expect(found.codes).toEqual(["E12"]);
  });

  it("takes only its own beta with it", () => {
    const betas = ["per-turn-control-2026-07-01", "mid-conversation-tool-changes-2026-07-01"];

    expect(adaptedTo("opus-4-8", buildRequest([user("a", effort)]), { betas }).betas).toEqual([betas[1]]);
  });
});

describe("what cannot be moved keeps its model", () => {
  const kept: [row: string, guarantee: string, to: string, messages: unknown[]][] = [
    ["E14", "tools that are added on the way", "sonnet-5", [user("a"), system([text("s"), { type: "tool_addition" }])]],
    ["E14", "tools that are removed on the way", "haiku-4-5", [user("a"), system([{ type: "tool_removal" }])]],
    ["E15", "system messages that end", "opus-5", [user("a"), system("s", { clear_at: "turn" })]],
    ["E15", "the same on models without any", "haiku-4-5", [user("a"), system("s", { clear_at: "turn" })]],
    ["E13", "system messages with pictures", "haiku-4-5", [user("a"), system([{ type: "image" }])]],
    ["E13", "system messages with unknown fields", "haiku-4-5", [user("a"), system("s", { pinned: true })]],
    [
      "E13",
      "system messages between a call and its result",
      "haiku-4-5",
      [assistant(), system("s"), user([{ type: "tool_result" }])],
    ],
    ["unclear", "user turns without content", "haiku-4-5", [{ role: "user" }, system("s")]],
    ["unclear", "content that is neither text nor blocks", "haiku-4-5", [user({ a: 1 }), system("s")]],
  ];

  it.each(kept)("keeps the requested model for %s: %s", (row, _guarantee, to, messages) => {
    expect(served(messages, to).verdict).toBe(row);
  });

  it("sends what cannot be moved to a model of the same generation as it is", () => {
    const messages = [
      user("a", effort),
      system([text("s"), { type: "tool_addition" }], { clear_at: "turn" }),
      assistant(),
      user("b"),
    ];

    expect(served(messages, "haiku-5-5").outcome).toMatchObject({ kind: "adapted", changes: [] });
  });
});
