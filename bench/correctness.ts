import { agentRequest, requestedModel } from "./agent-request.ts";
import type { Target } from "./targets.ts";

/** Speed without correctness is worthless: each target must answer whole, and CCO must have overridden, restored and counted. */
export async function proveCorrect(target: Target): Promise<void> {
  for (const stream of [false, true]) {
    for (const bytes of [1_000, 150_000]) await proveOne(target, bytes, stream);
  }
  if (target.name === "CCO") await proveCounted(target.url);
}

async function proveOne(target: Target, bytes: number, stream: boolean): Promise<void> {
  const { path, headers, body } = agentRequest({ bytes, stream });
  const response = await fetch(target.url + path, { method: "POST", headers, body });
  const text = await response.text();
  const where = `${target.name}, ${bytes} bytes, ${stream ? "streamed" : "plain"}`;
  demand(response.status === 200, `${where}: status ${response.status}: ${text.slice(0, 200)}`);
  demand(
    stream ? text.includes("event: message_stop") : text.includes('"end_turn"'),
    `${where}: the answer is not whole`,
  );
  if (target.name !== "CCO") return;
  demand(response.headers.get("x-cco-override") === "applied", `${where}: not overridden`);
  demand(text.includes(`"model":"${requestedModel}"`), `${where}: the requested model was not restored`);
}

async function proveCounted(url: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const stats = (await (await fetch(`${url}/api/overrides/stats`)).json()) as { total_overrides: number };
    if (stats.total_overrides === 4) return;
    demand(Date.now() < deadline, `CCO counted ${stats.total_overrides} overrides of 4`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export function demand(fact: boolean, message: string): asserts fact {
  if (!fact) throw new Error(message);
}
