/** Requests that hold a mark wherever people and programs put what is theirs, and the ways they can end. */

/** No word of ours. */
export const mark = "ZQXMARK";
export const asked = "claude-opus-5-5";

/** A body with a mark in every place where people and programs put what is theirs. */
function marked(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    model: asked,
    max_tokens: 64_000,
    stream: true,
    system: [{ type: "text", text: `${mark}SYSTEM`, cache_control: { type: "ephemeral" } }],
    messages: [
      { role: "user", content: `${mark}PROMPT` },
      {
        role: "assistant",
        content: [{ type: "tool_use", id: "toolu_1", name: `${mark}TOOL`, input: { path: `${mark}PATH` } }],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_1", content: `${mark}RESULT` }] },
      { role: "system", content: `${mark}REMINDER` },
      { role: "user", content: `${mark}QUESTION` },
    ],
    tools: [{ name: `${mark}TOOL`, description: `${mark}DESCRIPTION`, input_schema: { type: "object" } }],
    metadata: { user_id: `${mark}USER` },
    stop_sequences: [`${mark}STOP`],
    thinking: { type: "adaptive" },
    output_config: { effort: "high" },
    ...fields,
  };
}

const plain = {
  tools: undefined,
  thinking: undefined,
  output_config: undefined,
  messages: [{ role: "user", content: `${mark}PLAIN` }],
};

export interface Way {
  name: string;
  path?: string;
  method?: string;
  body?: string;
  headers?: Record<string, string>;
  mood?: string;
  /** CCO answers itself: nothing of the request may come back. */
  isOurs?: boolean;
  /** The caller hangs up so early, in ms. */
  hangUpMs?: number;
}

/** As it is sent. */
export const encodeRequest = (fields?: Record<string, unknown>) => JSON.stringify(marked(fields));
export const ways: readonly Way[] = [
  { name: "overridden, streamed", mood: "echo" },
  { name: "overridden, whole", mood: "echo", body: encodeRequest({ stream: false }) },
  { name: "adapted", path: "/p/adapted/v1/messages?beta=true", mood: "echo" },
  {
    name: "skipped for its safeguards",
    path: "/p/adapted/v1/messages",
    body: encodeRequest({ safeguards: [{ type: "dangerous_tool_use" }] }),
  },
  { name: "not matched", body: encodeRequest({ model: "claude-haiku-5-5" }), mood: "echo" },
  { name: "cached", body: encodeRequest({ ...plain, stream: false }), mood: "echo" },
  { name: "answered from the cache", body: encodeRequest({ ...plain, stream: false }), mood: "echo" },
  { name: "tokens counted", path: "/v1/messages/count_tokens", body: encodeRequest({ stream: undefined }) },
  {
    name: "refused by the served model, then served by the asked one",
    mood: "status-400@claude-haiku-5-5",
    body: encodeRequest({ metadata: { user_id: `${mark}FALLBACK` } }),
  },
  { name: "refused by the provider", mood: "status-400" },
  { name: "provider overloaded", mood: "overloaded" },
  { name: "provider down", mood: "html-502" },
  { name: "redirected", mood: "redirect", isOurs: true },
  { name: "connection reset", mood: "reset", isOurs: true },
  { name: "cut in mid-stream", mood: "cut-after-3" },
  { name: "an error in mid-stream", mood: "error-mid-4" },
  { name: "given up by the caller", mood: "slow-100", hangUpMs: 250 },
  {
    name: "given up in mid-body",
    body: `${encodeRequest().slice(0, -40)}`,
    hangUpMs: 150,
    headers: { "content-length": "9000" },
  },
  { name: "broken JSON", body: `${encodeRequest()}${mark}BROKEN`, isOurs: true },
  { name: "a field twice", body: `{"model":"${mark}FIRST",${encodeRequest().slice(1)}`, isOurs: true },
  { name: "no UTF-8", body: `${encodeRequest()}\xff`, isOurs: true },
  { name: "no model", body: encodeRequest({ model: undefined }), isOurs: true },
  { name: "compressed in a way we do not know", headers: { "content-encoding": `${mark}-br` }, isOurs: true },
  { name: "a wrong key", headers: { "x-cco-key": `cco_${mark}WRONGKEY` }, isOurs: true },
  { name: "another method", method: "PUT", isOurs: true },
  { name: "another host", headers: { host: `${mark}.example` }, isOurs: true },
  { name: "a path without an endpoint", path: `/v1/${mark}/v1/../messages`, isOurs: true },
  { name: "models", path: `/v1/models?after_id=${mark}AFTER`, method: "GET" },
  { name: "a file", path: "/v1/files", body: `${mark}FILE` },
  {
    name: "a batch",
    path: "/v1/messages/batches",
    body: JSON.stringify({ requests: [{ custom_id: `${mark}CUSTOM`, params: marked() }] }),
  },
  { name: "something else of the provider's", path: `/v1/organizations/${mark}ORG`, method: "GET" },
];
