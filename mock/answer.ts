import { createHash } from "node:crypto";
import { isRecord, type Json, list, record, text } from "#core/untyped-json.ts";
import type { Mood } from "./moods.ts";

export type Block =
  | { type: "thinking"; thinking: string; signature: string }
  | { type: "text"; text: string }
  | { type: "tool_use"; id: string; name: string; input: Json };

export interface Answer {
  blocks: Block[];
  stopReason: string;
  stopSequence: string | null;
  outputTokens: number;
  thinkingTokens: number;
}

/**
 * What the fake model says: the same for the same request. With tools it acts like an agent (one tool call for a prompt that
 * asks to read or run something, a closing text after the tool's result); a JSON schema is filled in; else it is small talk.
 */
export function answerTo(body: Json, servedModel: string, mood: Mood): Answer {
  const blocks: Block[] = [];
  const thinking = thinkingBlock(body, servedModel);
  if (thinking !== null) blocks.push(thinking);
  const call = mood.refusal ? null : toolCall(body);
  blocks.push(call ?? { type: "text", text: wordsFor(body, mood) });
  const thinkingTokens = thinking === null ? 0 : 24;
  const outputTokens = countTokens(JSON.stringify(blocks.at(-1))) + thinkingTokens;
  const stopReason = mood.refusal ? "refusal" : call === null ? "end_turn" : "tool_use";
  return shortened({ blocks, stopReason, stopSequence: null, outputTokens, thinkingTokens }, body);
}

/** `max_tokens` and stop sequences cut the last text. */
function shortened(answer: Answer, body: Json): Answer {
  const last = answer.blocks.at(-1);
  const maxTokens = Number(body.max_tokens);
  if (maxTokens === 0) return { ...answer, blocks: [], stopReason: "max_tokens", outputTokens: 0, thinkingTokens: 0 };
  if (last?.type !== "text") return answer;
  const stop = list(body.stop_sequences).find((sequence) => last.text.includes(text(sequence)));
  if (typeof stop === "string" && stop !== "") {
    last.text = last.text.slice(0, last.text.indexOf(stop));
    return {
      ...answer,
      stopReason: "stop_sequence",
      stopSequence: stop,
      outputTokens: countTokens(last.text) + answer.thinkingTokens,
    };
  }
  if (answer.outputTokens <= maxTokens) return answer;
  last.text = last.text.slice(0, Math.max(1, (maxTokens - answer.thinkingTokens) * 4));
  return { ...answer, stopReason: "max_tokens", outputTokens: maxTokens };
}

const countTokens = (words: string) => Math.max(1, Math.ceil(words.length / 4));

function thinkingBlock(body: Json, servedModel: string): Block | null {
  const thinking = record(body.thinking);
  const kind = text(thinking.type);
  if (kind !== "adaptive" && kind !== "enabled") return null;
  const shown = thinking.display === "omitted" ? "" : "The request is small; a short answer will do.";
  // The signature names its maker, so that tests can see whose block came back.
  return { type: "thinking", thinking: shown, signature: `EqQBCkYIAxgCIkA_mock_signature_${servedModel}` };
}

const smallTalk = [
  "Done. The change is small and the tests pass.",
  "Here is what I found: the module reads its settings once and keeps them.",
  "Yes. The loop ends early because the last element is skipped.",
  "I looked at it. Nothing else depends on this function.",
  "Hi there.",
];

function wordsFor(body: Json, mood: Mood): string {
  const prompt = lastUserText(body);
  if (mood.refusal) return "I can't help with that.";
  if (mood.hugeBytes !== null) return "All work and no play. ".repeat(Math.ceil(mood.hugeBytes / 22));
  const format = record(record(body.output_config).format);
  if (format.type === "json_schema") return JSON.stringify(buildSample(format.schema, prompt));
  const result = lastToolResult(body);
  if (result !== null) return `The tool answered: ${result.slice(0, 400)}`;
  if (mood.echo) return prompt === "" ? "(nothing)" : prompt;
  const wished =
    /(?:reply|respond|answer|say)(?: only)? (?:with )?(?:exactly|just|only)?:? ?["'`]?([^"'`\n]{1,200}?)["'`]?[.!]?\s*$/i.exec(
      prompt,
    );
  if (wished?.[1] !== undefined && wished[1] !== "hi") return wished[1];
  if (/\bsay hi\b/i.test(prompt)) return "Hi there.";
  const pick = createHash("sha1").update(prompt).digest()[0] ?? 0;
  return smallTalk[pick % smallTalk.length] ?? "Hi there.";
}

/** The user's own words: reminders that the client wraps around them are left out. */
function lastUserText(body: Json): string {
  const message = list(body.messages).findLast((candidate) => record(candidate).role === "user");
  const content = record(message).content;
  if (typeof content === "string") return content;
  const texts = list(content)
    .filter((block) => record(block).type === "text")
    .map((block) => text(record(block).text))
    .filter((words) => !words.trimStart().startsWith("<system-reminder>"));
  return texts.at(-1) ?? "";
}

function lastToolResult(body: Json): string | null {
  const message = list(body.messages).findLast((candidate) => record(candidate).role === "user");
  const result = list(record(message).content).findLast((block) => record(block).type === "tool_result");
  if (!isRecord(result)) return null;
  if (typeof result.content === "string") return result.content;
  return list(result.content)
    .map((block) => text(record(block).text))
    .join("\n");
}

function toolCall(body: Json): Block | null {
  const tools = list(body.tools).filter(isRecord);
  if (tools.length === 0 || lastToolResult(body) !== null) return null;
  const choice = record(body.tool_choice);
  if (choice.type === "none") return null;
  const prompt = lastUserText(body);
  const named = (name: string) => tools.find((tool) => text(tool.name) === name);
  const wanted =
    choice.type === "tool" ? named(text(choice.name)) : choice.type === "any" ? tools[0] : wantedTool(prompt, tools);
  if (wanted === undefined) return null;
  const name = text(wanted.name);
  const id = `toolu_mock${createHash("sha1")
    .update(`${prompt}${list(body.messages).length}`)
    .digest("hex")
    .slice(0, 20)}`;
  return { type: "tool_use", id, name, input: inputFor(name, wanted, prompt, body) };
}

function wantedTool(prompt: string, tools: readonly Json[]): Json | undefined {
  const named = (name: string) => tools.find((tool) => text(tool.name) === name);
  const mentioned = tools.find((tool) => new RegExp(`\\b${escaped(text(tool.name))}\\b`).test(prompt));
  if (mentioned !== undefined) return mentioned;
  if (/\b(write|create)\b.*\bfile\b/i.test(prompt)) return named("Write");
  if (/\b(read|open|show|look at)\b/i.test(prompt) && pathIn(prompt) !== null) return named("Read") ?? named("Bash");
  if (/\b(run|execute|list|ls)\b/i.test(prompt)) return named("Bash");
  return undefined;
}

const escaped = (name: string) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const pathIn = (prompt: string) =>
  /[`"']?((?:[\w@~.-]*\/)*[\w@-]+\.\w{1,8}|\/[\w./@-]+)[`"']?/.exec(prompt)?.[1] ?? null;

function inputFor(name: string, tool: Json, prompt: string, body: Json): Json {
  const path = absolute(pathIn(prompt) ?? "README.md", body);
  if (name === "Read") return { file_path: path };
  if (name === "Write") return { file_path: path, content: "Written by the mock upstream.\n" };
  if (name === "Bash") {
    const command = /`([^`]+)`/.exec(prompt)?.[1] ?? /\b(?:run|execute)\s+(?:the command\s+)?(.+)$/im.exec(prompt)?.[1];
    return { command: command?.trim() || "ls", description: "Run the command" };
  }
  return record(buildSample(tool.input_schema, prompt));
}

/** Claude Code's file tools want absolute paths; the prompt names the working directory. */
function absolute(path: string, body: Json): string {
  if (path.startsWith("/")) return path;
  const all = JSON.stringify([body.system, body.messages]);
  const folder = /[Ww]orking directory: ([^\\"\n]+)/.exec(all)?.[1];
  return folder === undefined ? path : `${folder.trim().replace(/\/$/, "")}/${path}`;
}

/** The smallest value that fits a JSON schema. */
function buildSample(schema: unknown, words: string, depth = 0): unknown {
  const shape = record(schema);
  if (shape.const !== undefined) return shape.const;
  const choices = list(shape.enum);
  if (choices.length > 0) return choices[0];
  if (shape.type === "object" || shape.properties !== undefined) {
    if (depth > 8) return {};
    const properties = record(shape.properties);
    const required = list(shape.required).map(text);
    const names = required.length > 0 ? required : Object.keys(properties);
    return Object.fromEntries(
      names.map((name) => [name, buildSample(properties[name], name === "title" ? title(words) : words, depth + 1)]),
    );
  }
  if (shape.type === "array") return [];
  if (shape.type === "number" || shape.type === "integer") return Number(shape.minimum ?? 1);
  if (shape.type === "boolean") return true;
  if (shape.type === "null") return null;
  return words.slice(0, 80) || "value";
}

const title = (words: string) =>
  words
    .replace(/<[^>]*>/g, "")
    .trim()
    .split(/\s+/)
    .slice(0, 6)
    .join(" ") || "Mock session";
