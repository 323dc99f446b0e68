/** The request whose response, and the session whose decision, the recorded values of Redis hold. */
export const keptQuestion = {
  model: "claude-haiku-4-5-20251001",
  max_tokens: 9,
  temperature: 0,
  stream: true,
  messages: [{ role: "user", content: "What is kept?" }],
};
export const KEPT_SESSION = "a-session-of-before";
export const SESSION_MODEL = "claude-opus-5-5";

/** Values of Redis as a release has left them. */
export interface RecordedMemory {
  /** When they were stored, epoch ms. */
  atMs: number;
  /** What the caller was answered. */
  text: string;
  servedModel: string;
  /** Name -> sealed value, base64. */
  values: Record<string, string>;
}

/** Sends the question, and one request of the session; what came back of both. */
export async function askBoth(url: string) {
  const post = (body: unknown, headers: Record<string, string>) =>
    fetch(`${url}/v1/messages`, { method: "POST", headers, body: JSON.stringify(body) });
  const question = await post(keptQuestion, { "x-api-key": "sk-ant-kept" });
  const text = await question.text();
  const session = await post({ model: SESSION_MODEL }, { "x-claude-code-session-id": KEPT_SESSION });
  await session.arrayBuffer();
  return {
    cache: question.headers.get("x-cco-cache"),
    text,
    servedModel: session.headers.get("x-cco-served-model"),
    statuses: [question.status, session.status],
  };
}
