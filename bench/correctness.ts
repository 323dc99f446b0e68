import { agentRequest, requestedModel } from "./agent-request.ts";
import type { Target } from "./targets.ts";

/** What a target may do with a request on its way. */
export type Promised =
  /** Every byte as it came. */
  | { kind: "untouched" }
  /** Only the model is another one, to the byte; the answer names the asked one again. */
  | { kind: "overridden"; served: string }
  /** Also what the served model does not take: thinking, effort, betas, system messages inside the conversation. */
  | { kind: "adapted"; served: string }
  /** The body parsed and serialised again: the same conversation for this model. */
  | { kind: "rewritten"; served: string };

type Json = Record<string, unknown>;

/**
 * Speed without correctness is worthless: the answer must be whole, and the provider must have been asked what was
 * promised. Returns the top-level fields that did not arrive as they were sent.
 */
export async function proveCorrect(
  upstreamUrl: string,
  target: Target,
  promised: Promised,
  options: { bytes: number; stream: boolean; project?: string },
): Promise<string[]> {
  const request = agentRequest({ ...options, session: `proof-${promised.kind}` });
  const where = `${target.name}, ${options.bytes} bytes, ${options.stream ? "streamed" : "plain"}`;
  await fetch(`${upstreamUrl}/record`);
  const response = await fetch(target.url + request.path, {
    method: "POST",
    headers: { ...request.headers, ...target.headers },
    body: request.body,
  });
  const answer = await response.text();
  demand(response.status === 200, `${where}: status ${response.status}: ${answer.slice(0, 300)}`);
  const isWhole = options.stream ? answer.includes("event: message_stop") : answer.includes('"end_turn"');
  demand(isWhole, `${where}: the answer is not whole: ${answer.slice(0, 300)}`);
  const received = await (await fetch(`${upstreamUrl}/recorded`)).text();
  if (promised.kind === "overridden" || promised.kind === "adapted") {
    demand(response.headers.get("x-cco-override") === "applied", `${where}: not overridden`);
    demand(response.headers.get("x-cco-cache") !== "hit", `${where}: answered from the response cache`);
    demand(answer.includes(`"model":"${requestedModel}"`), `${where}: the requested model was not restored`);
  }
  demandReceived(promised, request.body, received, where);
  return changedFields(JSON.parse(request.body), JSON.parse(received));
}

function demandReceived(promised: Promised, sent: string, received: string, where: string): void {
  if (promised.kind === "untouched") {
    demand(received === sent, `${where}: the body was changed`);
    return;
  }
  if (promised.kind === "overridden") {
    const wanted = sent.replace(`"model":"${requestedModel}"`, `"model":"${promised.served}"`);
    demand(received === wanted, `${where}: more than the model was changed`);
    return;
  }
  const body = JSON.parse(received) as Json;
  demand(body.model === promised.served, `${where}: ${body.model} was asked, not ${promised.served}`);
  if (promised.kind === "rewritten") {
    const before = JSON.parse(sent) as Json;
    for (const field of ["messages", "system", "tools", "max_tokens"])
      demand(JSON.stringify(body[field]) === JSON.stringify(before[field]), `${where}: ${field} was changed`);
    return;
  }
  demand((body.thinking as Json).type === "enabled", `${where}: thinking was not adapted`);
  demand(body.output_config === undefined, `${where}: the effort was not left out`);
  demand(!received.includes('"role":"system"'), `${where}: the system message was not moved`);
}

const changedFields = (sent: Json, received: Json): string[] =>
  Object.keys(sent).filter((field) => JSON.stringify(sent[field]) !== JSON.stringify(received[field]));

/** Every proof sent through CCO is in its books. */
export async function proveCounted(url: string, overrides: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const stats = (await (await fetch(`${url}/api/overrides/stats`)).json()) as { total_overrides: number };
    if (stats.total_overrides === overrides) return;
    demand(Date.now() < deadline, `CCO counted ${stats.total_overrides} overrides of ${overrides}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export function demand(fact: boolean, message: string): asserts fact {
  if (!fact) throw new Error(message);
}
