import type { ModelEntry } from "#core/costs/catalogue.ts";
import { type Json, listBetas, model, wire } from "./adapted.ts";

export interface ClientRequest {
  body: Json;
  betas: string[];
}

/**
 * Builds the main request as Claude Code builds it for a model in print mode. The request follows what the catalogue
 * says of that shape.
 */
export function nativeRequest(name: string): ClientRequest {
  const entry = model(name);
  const shape = entry.clientShape;
  if (shape === null) throw new Error(`${name}: the client's shape is not known`);
  const recorded = wire(shape.systemRoleMessage ? "main-opus-5-5" : "main-haiku-4-5");
  const { model: _, output_config, ...rest } = recorded.body;
  const isManual = shape.thinking === "enabled";
  const thinking = isManual
    ? { budget_tokens: shape.thinkingBudget, type: "enabled", display: "omitted" }
    : { type: "adaptive", display: "omitted" };
  const body: Json = { model: entry.id, ...rest, max_tokens: shape.maxTokens, thinking };
  if (shape.effort !== null) body.output_config = { effort: shape.effort };
  if (shape.systemRoleMessage) body.messages = toMessages(recorded.body, shape);
  return { body, betas: nativeBetas(entry) };
}

/** The same in the interactive default mode: with safeguards, for the models the client sends them to. */
export function autoModeRequest(name: string): ClientRequest {
  const { body, betas } = nativeRequest(name);
  if (model(name).capabilities?.safeguards !== true) return { body, betas };
  const safeguards = [
    { type: "dangerous_tool_use", classifier_context: { permission_mode: "auto", live_cwd: "/work/app", rules: [] } },
  ];
  return { body: { ...body, safeguards }, betas: [...betas, "dangerous-tool-use-2026-09-03", "afk-mode-2026-01-31"] };
}

/** As the client of June 2026 (2.1.197) asks for opus-4-8. */
export function olderClientRequest(): ClientRequest {
  const { body, betas } = nativeRequest("opus-4-8");
  const older = ["prompt-caching-scope-2026-01-05", "mid-conversation-system-2026-04-07", "context-1m-2025-08-07"];
  return { body, betas: [...betas.filter((beta) => !beta.startsWith("mid-conversation-")), ...older] };
}

/** The second turn of the same session: a tool was called, and the marker moved on. */
export function nextTurn(body: Json): Json {
  const messages = (body.messages as Json[]).map(withoutMarkers);
  return {
    ...body,
    messages: [
      ...messages,
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "", signature: "c2lnbmF0dXJl/+==" },
          { type: "tool_use", id: "toolu_01", name: "Bash", input: { command: 'echo "{}" \\ ü' } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "toolu_01", content: "{}", cache_control: { type: "ephemeral" } },
        ],
      },
    ],
  };
}

export const markersIn = (text: string): number => text.split('"cache_control":').length - 1;

function toMessages(recorded: Json, shape: NonNullable<ModelEntry["clientShape"]>): Json[] {
  return (recorded.messages as Json[]).map((message) => {
    const { output_config, ...rest } = message;
    if (output_config === undefined || shape.systemRoleMessageHasOutputConfig !== true) return rest;
    return { ...rest, output_config: { effort: shape.effort } };
  });
}

function nativeBetas({ id, capabilities, clientShape }: ModelEntry): string[] {
  const all = listBetas(wire("main-opus-5-5"));
  const missing: string[] = [];
  if (clientShape?.systemRoleMessageHasOutputConfig !== true) missing.push("per-turn-control-");
  if (clientShape?.systemRoleMessage !== true || id === "claude-sonnet-5") missing.push("mid-conversation-");
  if (capabilities?.effort.length === 0) missing.push("effort-");
  return all.filter((beta) => !missing.some((name) => beta.startsWith(name)));
}

function withoutMarkers(message: Json): Json {
  if (!Array.isArray(message.content)) return message;
  return { ...message, content: message.content.map(({ cache_control: _, ...block }: Json) => block) };
}
