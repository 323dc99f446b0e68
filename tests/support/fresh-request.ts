import { type IncomingHttpHeaders, request } from "node:http";

export interface Answered {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Called when the head of the answer is here. */
  begun?(headers: IncomingHttpHeaders): void;
  /** Called with each part of the body as it arrives. */
  received?(part: string): void;
  withinMs?: number;
}

/** Sends one request on a new connection, so that any of several processes may get it. Rejects when the connection breaks. */
export function freshRequest(
  url: string,
  { method = "GET", headers = {}, body, begun, received, withinMs = 30_000 }: Sent = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false, signal: AbortSignal.timeout(withinMs) }, (answer) => {
      begun?.(answer.headers);
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        text += part;
        received?.(part);
      });
      answer.on("error", reject);
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
