import type { Endpoint } from "#core/activity/request-event.ts";

const EXACT: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ["/v1/messages", "messages"],
  ["/v1/messages/count_tokens", "count_tokens"],
]);
const GROUPS = ["/v1/messages/batches", "/v1/models", "/v1/files"] as const;
const GROUP_ENDPOINTS: readonly Endpoint[] = ["batches", "models", "files"];
/** Decoding depth. A path may be escaped more than once; no client does it more often than this in good faith. */
const DECODINGS_MAX = 4;

/** The provider's endpoint with exactly this path. */
export function findEndpoint(path: string): Endpoint {
  const exact = EXACT.get(path);
  if (exact !== undefined) return exact;
  const group = GROUPS.findIndex((name) => path === name || path.startsWith(`${name}/`));
  return GROUP_ENDPOINTS[group] ?? "other";
}

/**
 * Finds the known endpoint that a lenient reader may take this path for, as its right path. Such a path differs by
 * case, escapes, parameters after a semicolon or slashes at the end. It may also have something before its `/v1`, or no
 * `/v1` at all. Null when there is none.
 */
export function knownPathLike(path: string): string | null {
  const segments = plainSegments(path);
  for (let at = segments.lastIndexOf("v1"); at !== -1; at = at === 0 ? -1 : segments.lastIndexOf("v1", at - 1)) {
    const found = rightPath(segments.slice(at + 1));
    if (found !== null) return found;
  }
  if (segments.includes("v1")) return null;
  const bare = segments.findIndex((name) => RESOURCES.has(name));
  return bare === -1 ? null : rightPath(segments.slice(bare));
}

const RESOURCES = new Set(["messages", "models", "files"]);
/**
 * Names of text completions and of endpoints in the style of OpenAI. The provider has some of them. Gateways in its
 * place have all.
 */
const GENERATING = new Set(["complete", "completions", "chat", "responses", "embeddings"]);
/** The names of a message endpoint at Vertex and Bedrock. */
const CLOUD_MESSAGE = /:(?:stream)?rawpredict|\/(?:invoke|converse)(?:-[a-z-]+|stream)?\/?$/i;
/**
 * Parts of names by which the provider, its agents, or a gateway in its place takes a prompt. They stand for
 * completions, responses and threads of OpenAI's style, and for generateContent, predict and invoke of the clouds'.
 * They also stand for pictures and speech, and for work that is started now and written later.
 */
const TAKES_PROMPT =
  /message|complet|chat|respon[sc]e|prompt|embed|generat|infer|predict|invoke|converse|rerank|moderat|realtime|assistant|thread|session|deployment|\bruns?\b|engine|batch|image|edits|audio|speech|transcri|translat|video/;
/** Resources of the provider that hold what is kept, and generate nothing. Behind each name in their paths stands an id. */
const KEPT = new Set(["skills", "agents", "environments", "vaults", "memory_stores", "user_profiles"]);
/** Methods that carry no prompt. */
const PROMPTLESS = new Set(["GET", "HEAD", "DELETE", "OPTIONS"]);

/**
 * Whether a request of this method to this path may generate text outside `/v1/messages`. There it would meet no rule,
 * no price and no budget. What carries a prompt is refused for such a name at any depth, also as a verb after a colon.
 * Ids may read like one.
 */
export function generatesElsewhere(path: string, method: string): boolean {
  const segments = plainSegments(path);
  const first = cutName(segments[segments.lastIndexOf("v1") + 1] ?? "");
  if (GENERATING.has(first) || CLOUD_MESSAGE.test(decoded(path))) return true;
  if (PROMPTLESS.has(method)) return false;
  const verbs = decoded(path).normalize("NFKC").toLowerCase().split(":").slice(1);
  return [...pickNames(segments.slice(segments.indexOf("v1") + 1)), ...verbs].some(takesPrompt);
}

const takesPrompt = (segment: string): boolean => TAKES_PROMPT.test(segment.replaceAll("_", "-"));

/** The segments of a path that are names, not ids of what is kept. */
function pickNames(segments: readonly string[]): readonly string[] {
  const [first = "", second, ...rest] = segments;
  if (first === "messages" && second === "batches") return rest.slice(1);
  if (first === "organizations") return segments.slice(1).filter((_, at) => at % 2 === 0);
  return KEPT.has(first) ? segments.filter((_, at) => at % 2 === 0) : segments;
}

/** The name a segment begins with: `messages` of `messages.json`. */
const cutName = (segment: string): string => segment.replace(/[^a-z0-9_-].*$/s, "");

function rightPath([start = "", ...rest]: readonly string[]): string | null {
  const first = cutName(start);
  // The beta endpoints of the provider's libraries have no separate path.
  if (first === "beta") return rightPath(rest);
  const [second = ""] = rest;
  if (!RESOURCES.has(first)) return null;
  const isOfMessages = first === "messages" && (second === "count_tokens" || second === "batches");
  return isOfMessages ? `/v1/messages/${second}` : `/v1/${first}`;
}

/** The path's segments as the most lenient reader sees them: one that skips what it cannot show. */
function plainSegments(path: string): string[] {
  const segments: string[] = [];
  for (const part of decoded(path).normalize("NFKC").toLowerCase().split(/[/\\]/)) {
    const segment = part
      .replace(HIDDEN, "")
      .replace(/[;:?#].*$/s, "")
      .trim();
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return segments;
}

/** Controls, marks without a width, and the replacement for bytes that are no UTF-8. */
const HIDDEN = /[\p{C}\ufffd]/gu;
const ESCAPES = /(?:%[0-9a-f]{2})+/gi;
const ESCAPE = /%[0-9a-f]{2}/i;

/**
 * Whether readers may disagree about what this path is. Its escapes spell bytes that are no text, controls, slashes, or
 * steps up and down, or are folded deeper than we look. No client of the provider writes such a path.
 */
export function isUnclear(path: string): boolean {
  if (!path.includes("%")) return false;
  const text = decoded(path);
  const segments = text.split(/[/\\]/);
  if (segments.length !== path.split("/").length || ESCAPE.test(text) || text.search(HIDDEN) !== -1) return true;
  return segments.some((segment) => /^\s*\.{1,2}\s*(?:;|$)/.test(segment));
}

function decoded(path: string): string {
  let text = path;
  for (let turn = 0; turn < DECODINGS_MAX && ESCAPE.test(text); turn++) text = text.replace(ESCAPES, decodeEscapes);
  return text;
}

/** Decodes a run of escapes to text. One byte that is no UTF-8 does not keep the rest from being read. */
const decodeEscapes = (escapes: string): string =>
  Buffer.from(shortest(escapes.replaceAll("%", "")), "hex").toString("utf8");

/**
 * Shortens overlong encodings to the character they stand for. Lenient readers take ASCII written as two or three bytes
 * for that character, such as a slash as `c0 af`.
 */
const shortest = (hex: string): string =>
  hex
    .replace(/../g, "$& ")
    .replace(
      /(?:e0 8([01]) |c([01]) )([89ab][0-9a-f]) /gi,
      (_, three: string | undefined, two: string, last: string) => {
        const code = (Number.parseInt(three ?? two, 16) << 6) | (Number.parseInt(last, 16) & 0x3f);
        return `${code.toString(16).padStart(2, "0")} `;
      },
    )
    .replaceAll(" ", "");
