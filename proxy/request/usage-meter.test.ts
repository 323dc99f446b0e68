import fc from "fast-check";
import { expect, it } from "vitest";
import { ModelRestorer } from "#core/protocol/restore-model.ts";
import { rounds } from "#tests/support/rounds.ts";
import { Meter } from "./usage-meter.ts";

const start = `event: message_start\ndata: {"type":"message_start","message":{"model":"m","usage":{"input_tokens":1,"output_tokens":1}}}\n\n`;
const end = `event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n`;

const text = fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom("", '"', '"}}', "\\", "a\nb", ":", '":"', "é→😀"));
const blockStart = fc
  .constantFrom({ type: "tool_use", id: "t", name: "Bash", input: {} }, { type: "text", text: '"type":"tool_use"' })
  .map(
    (block) =>
      `event: content_block_start\ndata: ${JSON.stringify({ type: "content_block_start", index: 0, content_block: block })}\n\n`,
  );

const delta = fc
  .tuple(text, fc.constantFrom("text", "thinking", "partial_json", "signature"), fc.nat({ max: 12 }))
  .map(([texts, key, index]) => ({
    type: "content_block_delta",
    index,
    delta: { type: key === "partial_json" ? "input_json_delta" : `${key}_delta`, [key]: texts },
  }));

/** Line endings and field orders as providers write them, and as they might. */
const written = fc
  .tuple(delta, fc.constantFrom("usual", "usual", "usual", "usual", "crlf", "spaced", "unnamed", "ping", "two-lines"))
  .map(([event, manner]) => {
    const json = JSON.stringify(event);
    switch (manner) {
      case "crlf":
        return `event: content_block_delta\r\ndata: ${json}\r\n\r\n`;
      case "spaced":
        return `event: content_block_delta\ndata: ${JSON.stringify(event, null, 1).replaceAll("\n", "")}\n\n`;
      case "unnamed":
        return `data: ${json}\n\n`;
      case "ping":
        return `event: ping\ndata: {"type": "ping"}\n\n`;
      case "two-lines":
        return `event: content_block_delta\ndata: ${json.slice(0, 1)}\ndata: ${json.slice(1)}\n\n`;
      default:
        return `event: content_block_delta\ndata: ${json}\n\n`;
    }
  });

function read(pieces: readonly Uint8Array[]) {
  const meter = new Meter();
  for (const piece of pieces) meter.push(piece);
  const { deliveredBytes, isComplete, stopReason, answeredModel, tally, toolUses, isBetweenEvents } = meter;
  return { deliveredBytes, isComplete, stopReason, answeredModel, tally, toolUses, isBetweenEvents };
}

it("counts a stream that arrives at once like one that arrives byte by byte", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ arbitrary: written, weight: 5 }, { arbitrary: blockStart, weight: 1 }), {
        minLength: 20,
        maxLength: 60,
      }),
      fc.nat({ max: 400 }),
      (events, cut) => {
        const all = Buffer.from(start + events.join("") + end);
        const bytes = all.subarray(0, all.length - (cut > 300 ? 0 : cut));

        const atOnce = read([bytes]);

        expect(atOnce).toEqual(read([...bytes].map((byte) => Uint8Array.of(byte))));
        expect(atOnce).toEqual(read([bytes.subarray(0, 700), bytes.subarray(700)]));
      },
    ),
    { numRuns: rounds(50) },
  );
});

it("counts the text bytes of every delta, and nothing else", () => {
  const texts = Array.from({ length: 50 }, (_, n) => `word ${n} of an answer `);
  const deltas = texts.map(
    (one) =>
      `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"${one}"}}\n\n`,
  );

  const { deliveredBytes, isComplete } = read([Buffer.from(start + deltas.join("") + end)]);

  expect(deliveredBytes).toBe(texts.join("").length);
  expect(isComplete).toBe(true);
});

it.each(["\r", "\r\n"])("counts usage and sees the end of a stream whose lines end with %j", (eol) => {
  const meter = new Meter();
  for (const letter of Buffer.from((start + end).replaceAll("\n", eol))) meter.push(Uint8Array.of(letter));

  expect(meter.tally).toMatchObject({ isFinal: true, usage: { inputTokens: 1, outputTokens: 9 } });
  expect(meter).toMatchObject({ isComplete: true, answeredModel: "m", stopReason: "end_turn" });
});

it("counts the tool calls an answer asks for, in a stream and in one piece", () => {
  const call = { type: "tool_use", id: "t", name: "Bash", input: {} };
  const blocks = [{ type: "text", text: '{"type":"tool_use"}' }, call, { ...call, type: "server_tool_use" }, call];
  const started = blocks.map(
    (block, index) =>
      `event: content_block_start\ndata: ${JSON.stringify({ type: "content_block_start", index, content_block: block })}\n\n`,
  );
  const whole = new Meter();
  whole.readJson(Buffer.from(JSON.stringify({ model: "m", stop_reason: "tool_use", content: blocks })), 200);

  expect(read([Buffer.from(start + started.join("") + end)]).toolUses).toBe(2);
  expect(whole.toolUses).toBe(2);
});

it("reads a response in one piece as a parser of all of it does", () => {
  const usage = { input_tokens: 7, output_tokens: 9 };
  const read = (text: string) => {
    const meter = new Meter();
    meter.readJson(Buffer.from(text), 200);
    const { isComplete, answeredModel, stopReason, toolUses, tally } = meter;
    return {
      isComplete,
      answeredModel,
      stopReason,
      toolUses,
      output: tally.usage.outputTokens,
      isFinal: tally.isFinal,
    };
  };
  const known = { isComplete: true, answeredModel: "m", stopReason: "end_turn", toolUses: 1, output: 9, isFinal: true };
  const ending = `"stop_reason":"end_turn","usage":${JSON.stringify(usage)}`;
  const none = { isComplete: false, answeredModel: null, stopReason: null, toolUses: 0, output: 0, isFinal: false };

  // A type spelt with an escape, a field given twice, a name with an escape.
  expect(read(`{"model":"m","content":[{"type":"tool\\u005fuse"}],${ending}}`)).toEqual(known);
  expect(read(`{"model":"x","model":"m","content":[{"type":"tool_use"}],${ending}}`)).toEqual(known);
  expect(read(`{"mod\\u0065l":"m","content":[{"type":"tool_use"}],${ending}}`)).toEqual(known);
  expect(read(`{"model":"m","content":[{"type":"text","text":"é\\n{"}],${ending}}`)).toEqual({ ...known, toolUses: 0 });
  // No message, and nothing that could be read.
  expect(read("[]")).toEqual({ ...none, isComplete: true });
  expect(read('{"model":"m","usage":{"output_tokens":9}')).toEqual(none);
  expect(read("<html>")).toEqual(none);
});

/** Starts of a stream, as providers write them and as they might. */
const startEvents = fc
  .tuple(
    fc.constantFrom(
      '{"type":"message_start","message":{"model":"served","id":"m","usage":{}}}',
      '{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"served","content":[]}}',
      '{"type":"message_start","message":{"id":"m","content":[],"model":"served"}}',
      '{"type":"message_start","message":{"id":"m","note":"\\"model\\":\\"x\\"","model":"served"}}',
      '{"type":"message_start","message":{"model":"ser\\u0076ed","model":"twice"}}',
      '{"type":"message_start","message":{"model":null}}',
      '{"type":"message_start","message":{"model":"served"',
      '{"type":"message_start","message":{"id":"é","model":"served"}}',
      '{"type": "message_start", "message": {"model": "served"}}',
      '{"message":{"model":"served"},"type":"message_start"}',
      '{"type":"message_start","message":{},"message":{"model":"served"}}',
      '{"type":"message_start","message":{"model":"served"},"type":"ping"}',
      '{"type":"ping"}',
    ),
    fc.constantFrom("message_start", "message_start", "ping", "content_block_delta", ""),
    fc.constantFrom("\n", "\n", "\n", "\r\n", "\r"),
    fc.constantFrom("", "", ": note", "id: 1", "data: "),
  )
  .map(([json, name, end, more]) =>
    [...(name === "" ? [] : [`event: ${name}`]), ...(more === "" ? [] : [more]), `data: ${json}`, "", ""].join(end),
  );

it("shows a restorer the name that it would find without it", () => {
  let shown = 0;
  fc.assert(
    fc.property(
      fc.constantFrom("", "", "\ufeff"),
      fc.array(startEvents, { minLength: 1, maxLength: 3 }),
      fc.option(fc.nat({ max: 300 })),
      (first, events, cut) => {
        const stream = Buffer.from(first + events.join("") + end);
        const pieces = cut === null ? [stream] : [stream.subarray(0, cut), stream.subarray(cut)];
        const meter = new Meter();
        const [helped, alone] = [new ModelRestorer("asked"), new ModelRestorer("asked")];
        for (const piece of pieces) {
          meter.push(piece);
          if (meter.startSpan !== null) shown++;
          const sent = Buffer.concat(helped.push(piece, meter.startSpan)).toString();
          expect(sent).toBe(Buffer.concat(alone.push(piece)).toString());
        }
        expect(Buffer.concat(helped.end()).toString()).toBe(Buffer.concat(alone.end()).toString());
      },
    ),
    { numRuns: rounds(500) },
  );
  expect(shown).toBeGreaterThan(20);
});
