/** What a caller got: whole or not, and by which event. */
export interface Answer {
  status: number;
  id: string;
  isWhole: boolean;
}

let asked = 0;

/** Sends this many streamed requests for opus, sixteen at a time, one session each. A broken connection counts as an incomplete response. */
export async function askMany(url: string, count: number, mood?: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  let left = count;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      answers.push(await ask(url, mood).catch(() => ({ status: 0, id: "", isWhole: false })));
    }
  };
  await Promise.all(Array.from({ length: Math.min(16, count) }, caller));
  return answers;
}

/** Answers that were not what a caller wants. */
export const failed = (answers: readonly Answer[]): Answer[] =>
  answers.filter(({ status, isWhole }) => status !== 200 || !isWhole);

async function ask(url: string, mood: string | undefined): Promise<Answer> {
  asked += 1;
  const response = await fetch(`${url}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-api-key": "sk-test",
      "anthropic-version": "2023-06-01",
      "x-claude-code-session-id": `asked-${asked}`,
      ...(mood === undefined ? {} : { "x-mock-mood": mood }),
    },
    body: JSON.stringify({
      model: "claude-opus-5-5",
      stream: true,
      max_tokens: 50,
      messages: [{ role: "user", content: `count ${asked}` }],
    }),
  });
  const text = await response.text();
  const id = response.headers.get("x-cco-request-id") ?? "";
  return { status: response.status, id, isWhole: text.endsWith('"type":"message_stop"}\n\n') };
}
