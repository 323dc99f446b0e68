import type { IncomingHttpHeaders } from "node:http";

/** Base names of the beta values the provider knows; the date behind the name is not looked at. */
const knownBetas = new Set(
  "claude-code interleaved-thinking context-management per-turn-control mid-conversation-tool-changes thinking-token-count advanced-tool-use effort thinking-display-updates dangerous-tool-use afk-mode prompt-caching-scope mid-conversation-system mid-conversation-output-config context-1m structured-outputs redact-thinking token-counting fallback-credit fast-mode oauth extended-cache-ttl prompt-caching message-batches files-api computer-use code-execution mcp-client fine-grained-tool-streaming output-128k token-efficient-tools search-results skills model-context-window-exceeded task-budgets tool-search-tool web-fetch pdfs max-tokens-3-5-sonnet message-threads server-side-fallback memory tool-examples compact block-binding user-profiles advisor-tool managed-agents".split(
    " ",
  ),
);

/**
 * Why the `anthropic-beta` header would be refused; null when every value is known. Short because it is one list of the
 * provider.
 */
export function unknownBeta(headers: IncomingHttpHeaders): string | null {
  const header = headers["anthropic-beta"];
  if (header === undefined) return null;
  const values = (Array.isArray(header) ? header : [header]).flatMap((value) => value.split(","));
  const unknown = values.map((value) => value.trim()).find((value) => value !== "" && !knownBetas.has(betaName(value)));
  return unknown === undefined
    ? null
    : `Unexpected value(s) \`${unknown}\` for the \`anthropic-beta\` header. Please consult our documentation at docs.claude.com or try again without the header.`;
}

const betaName = (value: string) => value.replace(/-\d{4}-?\d{2}-?\d{2}$/, "");
