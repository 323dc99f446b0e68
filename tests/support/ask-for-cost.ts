import { freshRequest } from "./fresh-request.ts";
import type { ProxyProcess } from "./proxy-process.ts";

/** Sends a request whose answer costs the same each time: the fake API counts the tokens that the header names. */
export const askForCost = (proxy: Pick<ProxyProcess, "url">, secret: string) =>
  freshRequest(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "anthropic-version": "2023-06-01",
      "x-api-key": secret,
      "x-mock-usage": '{"input":100000,"output":1000}',
    },
    body: '{"model":"claude-sonnet-5-5","max_tokens":50,"messages":[{"role":"user","content":"hi"}]}',
  });
