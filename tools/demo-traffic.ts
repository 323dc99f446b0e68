import { type Random, seededRandom } from "./seed-random.ts";
import { type SeedPerson, seedSecret, seedTeam, toKeyId } from "./seed-team.ts";

interface LiveSession {
  id: string;
  agentId: string | null;
  person: SeedPerson;
  model: string;
  project: string;
  prompt: number;
  cached: number;
  turnsLeft: number;
}

const SESSIONS = 6;

/** Keeps a handful of Claude Code sessions going through the proxy, one request every second or two, until stopped. */
export function startDemoTraffic(address: string): () => void {
  const random = seededRandom(Date.now() % 1_000_000);
  const sessions: LiveSession[] = [];
  let timer: NodeJS.Timeout | null = null;
  const beat = () => {
    while (sessions.length < SESSIONS) sessions.push(newSession(random));
    const session = random.pick(sessions);
    session.turnsLeft -= 1;
    if (session.turnsLeft <= 0) sessions.splice(sessions.indexOf(session), 1);
    // A proxy that restarts loses a request of the demo; the next one follows.
    sendTurn(address, session, random).catch(() => {});
    timer = setTimeout(beat, random.between(600, 2200));
  };
  beat();
  return () => {
    if (timer !== null) clearTimeout(timer);
  };
}

function newSession(random: Random): LiveSession {
  const person = random.pick(seedTeam.filter((one) => one.intensity > 0));
  return {
    id: crypto.randomUUID(),
    agentId: random.chance(0.3) ? `agent-${random.hex(8)}` : null,
    person,
    model: random.weighted(person.models),
    project: random.weighted(person.projects),
    prompt: random.skewed(24_000, 0.3),
    cached: 0,
    turnsLeft: random.whole(4, 24),
  };
}

async function sendTurn(address: string, session: LiveSession, random: Random): Promise<void> {
  session.prompt += random.skewed(5200, 0.6);
  const read = Math.round(session.cached);
  const fresh = Math.round(session.prompt) - read;
  const input = Math.min(fresh, random.whole(3, 120));
  const usage = { input, write5m: fresh - input, write1h: 0, read, output: Math.round(random.skewed(1500, 0.7)) };
  session.cached = session.prompt;
  const moods = [`slow-${random.whole(20, 220)}`, ...(random.chance(0.006) ? ["overloaded"] : [])];
  const response = await fetch(`${address}/v1/messages?beta=true`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-api-key": "demo",
      "x-cco-key": seedSecret(toKeyId(session.person)),
      "x-cco-project": session.project,
      "anthropic-version": "2023-06-01",
      "user-agent": `claude-cli/${session.person.client} (external, cli)`,
      "x-claude-code-session-id": session.id,
      ...(session.agentId === null ? {} : { "x-claude-code-agent-id": session.agentId }),
      "x-mock-usage": JSON.stringify(usage),
      "x-mock-mood": moods.join(","),
    },
    body: JSON.stringify({
      model: session.model,
      messages: [{ role: "user", content: "Where is the retry handled, and why twice?" }],
      tools: [{ name: "Read", description: "Reads a file", input_schema: { type: "object", properties: {} } }],
      max_tokens: 32_000,
      stream: true,
    }),
  });
  await response.arrayBuffer();
}
