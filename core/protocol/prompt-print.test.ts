import { isUtf8 } from "node:buffer";
import { describe, expect, it } from "vitest";
import { indexBody } from "../json-index/body-index.ts";
import { WalkedMessages } from "../json-index/walked-messages.ts";
import { PromptPrint } from "./prompt-print.ts";

function readPrint(...messages: object[]): PromptPrint {
  const bytes = Buffer.from(JSON.stringify({ model: "m", messages }));
  const index = indexBody(bytes, isUtf8);
  const list = index.ok ? WalkedMessages.find(bytes, index.value) : null;
  const print = index.ok && list !== null ? PromptPrint.read(index.value, list, 7) : null;
  if (print === null) throw new Error("the body has no print");
  return print;
}

describe("the print of a prompt", () => {
  it("has the hashes of every message and the bytes before it, wherever it stands", () => {
    const messages = Array.from({ length: 30 }, (_, at) => ({
      role: at % 2 === 0 ? "user" : "assistant",
      content: `${at}`,
    }));
    const print = readPrint(...messages);
    const found = messages.map((_, position) => ({
      ...print.findForms(position),
      before: print.lengthBefore(position),
    }));

    const lengths = messages.map((message) => JSON.stringify(message).length);
    const expected = messages.map((message, at) => {
      const commas = Math.max(0, at - 1);
      return {
        ...readPrint(message).findForms(0),
        before: lengths.slice(0, at).reduce((sum, one) => sum + one, commas),
      };
    });
    expect(found).toEqual(expected);
    expect(new Set(found.map(({ blocks }) => blocks)).size).toBe(30);
  });

  it("counts the model's messages behind a position, up to a number", () => {
    const messages = Array.from({ length: 30 }, (_, at) => ({
      role: at % 2 === 0 ? "user" : "assistant",
      content: `${at}`,
    }));
    const print = readPrint(...messages);

    expect([0, 22, 23, 24, 29, 30].map((from) => print.countModels(from, 99))).toEqual([15, 4, 4, 3, 1, 0]);
    expect([0, 1, 2, 3].map((most) => print.countModels(24, most))).toEqual([0, 1, 2, 3]);
    const behind = Array.from({ length: 12 }, () => ({ role: "user", content: "and" }));
    expect(readPrint(...messages.slice(0, 3), ...behind).countModels(0, 2)).toBe(1);
    expect(readPrint(...behind).countModels(0, 2)).toBe(0);
  });

  it("is unlike any other where a marked message is too long to be read without its mark", () => {
    const forms = (length: number) => {
      const block = { type: "text", text: "x".repeat(length), cache_control: { type: "ephemeral" } };
      return readPrint({ role: "user", content: [block] }).findForms(0);
    };

    expect(forms(130_000).text).not.toBeNaN();
    expect(forms(132_000)).toEqual({ blocks: Number.NaN, text: Number.NaN });
  });
});
