import { isUtf8 } from "node:buffer";
import { afterEach, expect, it, vi } from "vitest";

const BODY = JSON.stringify({
  model: "claude-opus-5-5",
  messages: [
    { role: "user", content: "Go" },
    { role: "assistant", content: "So." },
    { role: "user", content: "On" },
  ],
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** Reads the conversation as a process would that starts now. */
async function readConversation() {
  vi.resetModules();
  const [{ readConversation }, { indexBody }, { PromptPrefixes }, { jsonEngine }] = await Promise.all([
    import("./note-conversation.ts"),
    import("#core/json-index/body-index.ts"),
    import("../sessions/prompt-prefixes.ts"),
    import("#core/json-index/json-engine.ts"),
  ]);
  const bytes = Buffer.from(BODY);
  const index = indexBody(bytes, isUtf8);
  if (!index.ok) throw new Error(index.error.message);
  const ctx = { agentKey: "session", agentId: null, asked: { fields: { isOneShot: false } } };
  const prompts = new PromptPrefixes(7);
  const conversation = readConversation(ctx as Parameters<typeof readConversation>[0], bytes, index.value, { prompts });
  return { conversation, model: index.value.model, hasEngine: jsonEngine !== null };
}

it("says nothing of the conversation where the platform has no SIMD, and carries the body all the same", async () => {
  const { conversation, hasEngine } = await readConversation();
  expect(hasEngine).toBe(true);
  expect(conversation).toMatchObject({ turn: { messages: 3 }, isHumanTurn: true, prompt: { isFirst: false } });

  vi.stubGlobal("WebAssembly", { ...WebAssembly, validate: () => false });

  const model = "claude-opus-5-5";
  expect(await readConversation()).toEqual({ conversation: null, model, hasEngine: false });
});
