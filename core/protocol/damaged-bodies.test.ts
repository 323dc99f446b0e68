import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { expect, it } from "vitest";
import { indexBody } from "../json-index/body-index.ts";
import { WalkedMessages } from "../json-index/walked-messages.ts";
import { readLastTurn } from "./last-turn.ts";
import { PromptPrint } from "./prompt-print.ts";

const mark = fc.constantFrom("", "", ',"cache_control":{"type":"ephemeral"}');
const text = fc.constantFrom(
  "hi",
  "",
  'a\\"b',
  "\\u0041",
  "<system-reminder>",
  "[Request interrupted",
  "x".repeat(700),
);
const block = fc.oneof(
  fc.tuple(text, mark).map(([said, end]) => `{"type":"text","text":"${said}"${end}}`),
  fc.tuple(text, mark).map(([said, end]) => `{"type":"tool_use","name":"N","input":{"a":[1,{"b":"${said}"}]}${end}}`),
  text.map((said) => `{"type":"tool_result","content":[{"type":"text","text":"${said}"}],"is_error":true}`),
);
const content = fc.oneof(
  text.map((said) => `"${said}"`),
  fc.array(block, { maxLength: 3 }).map((blocks) => `[${blocks.join(",")}]`),
);
const message = fc
  .tuple(fc.constantFrom("user", "assistant", "system"), content)
  .map(([role, said]) => `{"role":"${role}","content":${said}}`);
const body = fc
  .array(message, { maxLength: 12 })
  .map((messages) => `{"model":"m","system":[{}],"tools":[{"name":"N"}],"messages":[${messages.join(",")}]}`);

/** Where, how many bytes go, and what comes in their place. */
const damage = fc.array(
  fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat(4),
    fc.constantFrom("", '"', "{", "}", "[", "]", ",", ":", "\\", "1", '""'),
  ),
  { maxLength: 4 },
);

it("a damaged body is refused, or its conversation is counted without an error", () => {
  fc.assert(
    fc.property(body, damage, (whole, places) => {
      let damaged = whole;
      for (const [share, gone, come] of places) {
        const at = Math.floor(share * damaged.length);
        damaged = damaged.slice(0, at) + come + damaged.slice(at + gone);
      }
      const bytes = Buffer.from(damaged);
      const index = indexBody(bytes, isUtf8);
      if (!index.ok) return;
      const messages = WalkedMessages.find(bytes, index.value);
      if (messages === null) return;
      expect(readLastTurn(messages).messages).toBeGreaterThanOrEqual(0);
      PromptPrint.read(index.value, messages, 7);
    }),
    { numRuns: 5_000 },
  );
});
