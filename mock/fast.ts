import type { ServerResponse } from "node:http";
import { honest } from "./moods.ts";
import { frames, type Message, messageJson } from "./stream.ts";

const STREAMS = Buffer.from('"stream":true');
const MODEL = /"model"\s*:\s*"([^"]{1,100})"/;

interface Prepared {
  head: Buffer;
  rest: Buffer;
  json: Buffer;
}

/** Benchmark mode: one recorded answer per model, found without parsing the body. Same bytes every time. */
export class FastAnswers {
  private readonly prepared = new Map<string, Prepared>();

  answer(res: ServerResponse, raw: Buffer): void {
    const model = MODEL.exec(raw.toString("latin1", 0, 300))?.[1] ?? "claude-sonnet-5-5";
    let answer = this.prepared.get(model);
    if (answer === undefined) {
      answer = prepare(model);
      this.prepared.set(model, answer);
    }
    if (raw.includes(STREAMS, -200) || raw.includes(STREAMS)) {
      res.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
      res.write(answer.head);
      res.end(answer.rest);
      return;
    }
    res.writeHead(200, { "content-type": "application/json", "content-length": answer.json.length });
    res.end(answer.json);
  }
}

function prepare(model: string): Prepared {
  const words = "The change is small and the tests pass. ".repeat(6);
  const message: Message = {
    id: "msg_mockfast0000000000000",
    model,
    answer: {
      blocks: [{ type: "text", text: words }],
      stopReason: "end_turn",
      stopSequence: null,
      outputTokens: 60,
      thinkingTokens: 0,
    },
    prompt: { input: 11, write5m: 600, write1h: 400, read: 2000 },
    tier: "standard",
    geo: "global",
    speed: null,
  };
  const [head = "", ...rest] = frames(message, honest);
  return {
    head: Buffer.from(head),
    rest: Buffer.from(rest.join("")),
    json: Buffer.from(JSON.stringify(messageJson(message, honest))),
  };
}
