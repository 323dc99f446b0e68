/** A request as Claude Code sends it: what it is for, the model it asks for, and its wire form. */
export interface AgentRequest {
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

export interface AgentRequestOptions {
  /** Length of the body. Below 1,000 or so the fixed parts are already more. */
  bytes: number;
  stream: boolean;
  project?: string;
  session?: string;
  key?: string;
}

export const requestedModel = "claude-opus-5-5";

const betas = [
  "claude-code-20250219",
  "interleaved-thinking-2025-05-14",
  "context-management-2025-06-27",
  "per-turn-control-2026-07-01",
  "mid-conversation-tool-changes-2026-07-01",
  "effort-2025-11-24",
];

/**
 * Builds one turn of an agent's session, in the client's own key order. It has system blocks and tools with their cache
 * markers, adaptive thinking, an effort, and a `role:system` message. Then come tool calls and their results, which are
 * source code full of quotes and escapes. The same options give the same bytes.
 */
export function agentRequest(options: AgentRequestOptions): AgentRequest {
  const { project = "bench", session = "bench-session", key = "sk-bench" } = options;
  return {
    path: "/v1/messages?beta=true",
    headers: {
      accept: "application/json",
      "content-type": "application/json",
      "user-agent": "claude-cli/2.1.330 (external, sdk-cli)",
      "x-claude-code-session-id": session,
      "x-app": "cli",
      "x-stainless-lang": "js",
      "x-stainless-retry-count": "0",
      "anthropic-beta": betas.join(","),
      "anthropic-version": "2023-06-01",
      "x-api-key": key,
      "x-cco-project": project,
    },
    body: buildBody(options, session),
  };
}

function buildBody({ bytes, stream }: AgentRequestOptions, session: string): string {
  const isSmall = bytes < 40_000;
  const shell = (turns: readonly object[], lastResult: string) =>
    JSON.stringify({
      model: requestedModel,
      messages: [...opening(isSmall), ...turns, ...lastTurn(lastResult)],
      system: isSmall ? systemBlocks.slice(0, 1) : systemBlocks,
      tools: isSmall ? tools.slice(0, 1) : tools,
      metadata: { user_id: JSON.stringify({ device_id: "b".repeat(16), account_uuid: "", session_id: session }) },
      max_tokens: 64_000,
      thinking: { type: "adaptive", display: "omitted" },
      ...(isSmall ? {} : { context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] } }),
      output_config: { effort: "medium" },
      stream,
    });
  const turns: object[] = [];
  const base = shell([], "").length;
  let used = base;
  // Whole turns of about 5 kB, then a last result that fills what is missing.
  for (let turn = 1; bytes - used > 12_000; turn++) {
    const pair = toolTurn(turn);
    turns.push(...pair);
    used += JSON.stringify(pair).length - 1;
  }
  return shell(turns, buildSource(turns.length, Math.max(0, bytes - used)));
}

/** First user message, and the separate message in which Claude Code describes the environment. */
function opening(isSmall: boolean): object[] {
  const question = { type: "text", text: "Find out why the import of orders is slow, and fix it." };
  if (isSmall) return [{ role: "user", content: [question] }];
  const reminder = { type: "text", text: "<system-reminder>\nToday's date is 2026-11-20.\n</system-reminder>" };
  const text = `# Environment\n${prose("The working directory is a repository. ", 6_000)}`;
  return [
    { role: "user", content: [reminder, question] },
    {
      role: "system",
      content: [{ type: "text", text, cache_control: { type: "ephemeral" } }],
      output_config: { effort: "medium" },
    },
  ];
}

function toolTurn(turn: number): object[] {
  const id = `toolu_bench_${String(turn).padStart(6, "0")}`;
  const edits = turn % 3 === 0;
  const call = edits
    ? {
        name: "Edit",
        input: {
          file_path: `/work/shop/src/orders/import-${turn}.ts`,
          old_string: buildSource(turn, 700),
          new_string: buildSource(turn + 1, 800),
        },
      }
    : { name: "Read", input: { file_path: `/work/shop/src/orders/import-${turn}.ts`, offset: turn * 40 } };
  return [
    {
      role: "assistant",
      content: [
        { type: "text", text: `I'll look at "import-${turn}.ts" next.` },
        { type: "tool_use", id, ...call },
      ],
    },
    {
      role: "user",
      content: [{ tool_use_id: id, type: "tool_result", content: buildSource(turn * 7, edits ? 1_500 : 4_000) }],
    },
  ];
}

function lastTurn(result: string): object[] {
  const id = "toolu_bench_last";
  return [
    { role: "assistant", content: [{ type: "tool_use", id, name: "Bash", input: { command: 'rg "orders" -n' } }] },
    {
      role: "user",
      content: [{ tool_use_id: id, type: "tool_result", content: result, cache_control: { type: "ephemeral" } }],
    },
  ];
}

const lines = [
  'import { readFile } from "node:fs/promises";\n',
  '\tconst rows = await parse(text, { separator: "\\t", quote: \'"\' });\n',
  '    if (!row.id) throw new Error("line " + number + ": no \\"id\\"");\n',
  '  log.info({ "order": row.id, "state": "kept" }, "imported \\"%s\\"");\n',
  "\n",
  "  // every order is looked up on its own: 40,000 round trips\n",
  'export const pattern = /^"([^"\\\\]|\\\\.)*"$/;\n',
];

/** About `wireBytes` of numbered source text, measured as it will stand inside a JSON string. */
function buildSource(seed: number, wireBytes: number): string {
  const kept: string[] = [];
  let used = 0;
  for (let number = 1; used < wireBytes; number++) {
    const line = `${String(number).padStart(6)}\t${lines[(seed + number) % lines.length]}`;
    const cost = JSON.stringify(line).length - 2;
    if (used + cost > wireBytes) {
      kept.push("x".repeat(wireBytes - used));
      break;
    }
    kept.push(line);
    used += cost;
  }
  return kept.join("");
}

const prose = (sentence: string, length: number): string =>
  sentence.repeat(Math.ceil(length / sentence.length)).slice(0, length);

const systemBlocks = [
  { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.330.440; cc_entrypoint=sdk-cli;" },
  { type: "text", text: "You are a Claude agent.", cache_control: { type: "ephemeral" } },
  {
    type: "text",
    text: prose('Prefer "small" changes.\nUse the tools, say what you found, and name files with their lines. ', 7_000),
    cache_control: { type: "ephemeral" },
  },
];

const toolNames = ["Bash", "Read", "Edit", "Write", "Glob", "Grep", "Agent", "Skill", "WebFetch", "TodoWrite"];
const tools = toolNames.map((name, index) => ({
  name,
  description: prose(`${name} does one thing.\n- Quote paths with spaces: "a b". `, index === 0 ? 60 : 1_800),
  input_schema: {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: {
      command: { description: 'What to run, with "quotes" where needed', type: "string" },
      timeout: { description: "Milliseconds", type: "number" },
    },
    required: ["command"],
    additionalProperties: false,
  },
}));
