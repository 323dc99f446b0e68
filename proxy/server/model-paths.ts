import type { Endpoint } from "#core/activity/request-event.ts";

const EXACT: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ["/v1/messages", "messages"],
  ["/v1/messages/count_tokens", "count_tokens"],
]);
const GROUPS = ["/v1/messages/batches", "/v1/models", "/v1/files"] as const;
const GROUP_ENDPOINTS: readonly Endpoint[] = ["batches", "models", "files"];
/** A path may be escaped more than once; no client does it more often than this in good faith. */
const DECODINGS_MAX = 4;

/** Which endpoint of the provider this path is, exactly as it is written. */
export function endpointOf(path: string): Endpoint {
  const exact = EXACT.get(path);
  if (exact !== undefined) return exact;
  const group = GROUPS.findIndex((name) => path === name || path.startsWith(`${name}/`));
  return GROUP_ENDPOINTS[group] ?? "other";
}

/**
 * The known endpoint that a lenient reader may take this path for, as its right path: other case, escapes, parameters after
 * a semicolon, slashes at the end, something before its `/v1`, or no `/v1` at all. Null when there is none.
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
/** Text completions and endpoints in the style of OpenAI: the provider has some of them, gateways in its place have all. */
const GENERATING = new Set(["complete", "completions", "chat", "responses", "embeddings"]);
/** How Vertex and Bedrock name a message. */
const CLOUD_MESSAGE = /:(?:stream)?rawpredict|\/(?:invoke|converse)(?:-[a-z-]+|stream)?\/?$/i;

/** Whether this path may generate text outside `/v1/messages`: there it would meet no rule, no price and no budget. */
export function generatesElsewhere(path: string): boolean {
  const segments = plainSegments(path);
  const first = nameOf(segments[segments.lastIndexOf("v1") + 1] ?? "");
  return GENERATING.has(first) || CLOUD_MESSAGE.test(decoded(path));
}

/** The name a segment begins with: `messages` of `messages.json`. */
const nameOf = (segment: string): string => segment.replace(/[^a-z0-9_-].*$/s, "");

function rightPath([start = "", ...rest]: readonly string[]): string | null {
  const first = nameOf(start);
  // The beta endpoints of the provider's libraries have no path of their own.
  if (first === "beta") return rightPath(rest);
  const [second = ""] = rest;
  if (!RESOURCES.has(first)) return null;
  const isOfMessages = first === "messages" && (second === "count_tokens" || second === "batches");
  return isOfMessages ? `/v1/messages/${second}` : `/v1/${first}`;
}

/** The path's segments as the most lenient reader sees them. */
function plainSegments(path: string): string[] {
  const segments: string[] = [];
  for (const part of decoded(path).normalize("NFKC").toLowerCase().split(/[/\\]/)) {
    const segment = part.replace(/[;:?#].*$/s, "").trim();
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return segments;
}

function decoded(path: string): string {
  let text = path;
  for (let turn = 0; turn < DECODINGS_MAX && text.includes("%"); turn++) {
    try {
      text = decodeURIComponent(text);
    } catch {
      return text.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    }
  }
  return text;
}
