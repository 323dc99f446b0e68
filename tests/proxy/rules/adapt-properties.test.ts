import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusalFor } from "#mock/refusals.ts";
import { adaptedTo, catalogue, type Json, model } from "#tests/support/adapted.ts";
import { adaptableRequest, arbitraryMessage } from "#tests/support/arbitrary-request.ts";
import { rounds } from "#tests/support/rounds.ts";

const short = (id: string) => id.replace(/^claude-/, "");
const served = catalogue.models.filter((entry) => entry.status !== "retired" && entry.capabilities !== null);
const target = fc.constantFrom(...served.map((entry) => short(entry.id)));

const spacing = fc.constantFrom("", " ", "\n\t");
const version = fc.constantFrom("2023-06-01", "2026-10-21");

/** What the real model would say against it, as far as is known; null: it takes the request. */
function refusal(text: string, to: string, version: string): string | null {
  const body = JSON.parse(text) as Json;
  const headers = { "anthropic-version": version };
  const asked = { body, raw: Buffer.from(text), model: model(to), headers, promptTokens: 100, catalogue };
  return refusalFor(asked)?.message ?? null;
}

/** Reference implementation that parses and serialises: slower, simple, and the oracle for the spans. */
function translated(messages: Json[], to: string): Json[] {
  const can = model(to).capabilities;
  const turns: Json[] = [];
  let isOpen = false;
  for (const { output_config, ...message } of messages) {
    const kept: Json =
      output_config === undefined || can?.perMessageEffort !== true ? message : { ...message, output_config };
    if (message.role !== "system" || can?.systemRoleMessages === true) {
      turns.push(kept);
      isOpen = message.role === "user";
      continue;
    }
    const texts = toBlocks(message.content).filter((piece) => piece.text !== "");
    if (texts.length === 0) continue;
    const reminders = texts.map((piece) => ({
      ...piece,
      text: `<system-reminder>\n${piece.text}\n</system-reminder>`,
    }));
    const host = isOpen ? turns.pop() : { role: "user", content: [] };
    const before = host?.content === "" ? [] : toBlocks(host?.content);
    turns.push({ ...host, content: [...before, ...reminders] });
    isOpen = true;
  }
  return turns;
}

const toBlocks = (content: unknown): Json[] =>
  Array.isArray(content) ? (content as Json[]) : [{ type: "text", text: content }];

describe("adapt, for any request and any served model", () => {
  it("produces a request that the model accepts", () => {
    let all = 0;
    let adapted = 0;
    fc.assert(
      fc.property(adaptableRequest, target, version, spacing, (body, to, anthropicVersion, indent) => {
        const found = adaptedTo(to, JSON.stringify(body, null, indent), { version: anthropicVersion });
        all++;
        if (found.text === null) return;
        adapted++;
        const said = refusal(found.text, to, anthropicVersion);
        // Empty texts of the request's own are the client's mistake and stay.
        if (said !== null && !said.includes("must be non-empty") && !said.includes("at least one"))
          expect(said).toBeNull();
      }),
      { numRuns: rounds(1_000) },
    );
    expect(adapted / all).toBeGreaterThan(0.5);
  });

  it("is idempotent", () => {
    fc.assert(
      fc.property(adaptableRequest, target, version, (body, to, anthropicVersion) => {
        const once = adaptedTo(to, body, { version: anthropicVersion });
        if (once.text === null) return;
        const twice = adaptedTo(to, once.text, { version: anthropicVersion });
        expect(twice.text).toBe(once.text);
        expect(twice.codes).toEqual([]);
      }),
      { numRuns: rounds(400) },
    );
  });

  it("keeps every byte outside its edits and names the reason of each edit", () => {
    fc.assert(
      fc.property(adaptableRequest, target, spacing, (body, to, indent) => {
        const text = JSON.stringify(body, null, indent);
        const { outcome, text: sent, codes } = adaptedTo(to, text);
        if (outcome.kind === "skip" || sent === null) return;
        const bytes = Buffer.from(text);
        let rest = Buffer.from(sent);
        let at = 0;
        for (const edit of outcome.edits) {
          const kept = bytes.subarray(at, edit.start);
          expect(rest.subarray(0, kept.length).equals(kept)).toBe(true);
          rest = rest.subarray(kept.length + edit.bytes.length);
          at = edit.end;
          if (edit.code !== "model") expect(codes).toContain(edit.code);
        }
        expect(rest.equals(bytes.subarray(at))).toBe(true);
      }),
    );
  });

  it("moves and cuts the conversation like a program that parses it", () => {
    fc.assert(
      fc.property(fc.array(arbitraryMessage, { maxLength: 9 }), target, spacing, (messages, to, indent) => {
        const body = {
          model: "claude-opus-5-5",
          messages: [...messages, { role: "user", content: "end" }],
          max_tokens: 9,
        };
        const found = adaptedTo(to, JSON.stringify(body, null, indent));
        const clean = JSON.parse(JSON.stringify(body.messages)) as Json[];
        expect(found.body.messages).toEqual(translated(clean, to));
      }),
      { numRuns: rounds(700) },
    );
  });
});
