/** Credential that Claude Code sends. */
export type How =
  /** The proxy key only: CCO replaces it by the organisation's key. */
  | "proxy-key"
  /** The caller's own login or key, and the proxy key in a header for attribution. */
  | "own-and-proxy-key"
  /** The caller's own login or key only. */
  | "own";

/** Where Claude Code runs, in the order it is offered. */
export const surfaces = ["shell", "settings", "vscode", "actions", "managed"] as const;
export type Surface = (typeof surfaces)[number];
export type Shell = "posix" | "fish" | "powershell";

interface Snippet {
  label: string;
  text: string;
}

export interface SnippetInput {
  baseUrl: string;
  how: How;
  /** The secret while it is known; null: a placeholder is shown. */
  secret: string | null;
  shell: Shell;
}

export const PLACEHOLDER = "cco_your-proxy-key";

/** Credentials that callers can choose, the default first. */
export function waysToConnect(keys: { isRequired: boolean; hasOperatorKey: boolean }): How[] {
  const own: How[] = keys.isRequired ? [] : ["own"];
  return keys.hasOperatorKey ? ["proxy-key", "own-and-proxy-key", ...own] : [...own, "own-and-proxy-key"];
}

/** Snippets for one place where Claude Code runs. `ANTHROPIC_BASE_URL` alone has the address, without `/v1`. */
export function snippetsFor(surface: Surface, input: SnippetInput): Snippet[] {
  const variables = buildVariables(input);
  switch (surface) {
    case "shell":
      return [{ label: shellFiles[input.shell], text: shellLines(input.shell, variables) }];
    case "settings":
      return [{ label: "~/.claude/settings.json", text: pretty({ env: Object.fromEntries(variables) }) }];
    case "vscode": {
      const list = variables.map(([name, value]) => ({ name, value }));
      return [{ label: "VS Code user settings (JSON)", text: pretty({ "claudeCode.environmentVariables": list }) }];
    }
    case "actions":
      return [{ label: ".github/workflows/claude.yml", text: workflow(input) }];
    case "managed":
      return [{ label: "managed-settings.json", text: pretty({ env: { ANTHROPIC_BASE_URL: input.baseUrl } }) }];
  }
}

/** Request to send by hand. With only the proxy key it tests address and key; else it tests the address. */
export function probe({ baseUrl, how, secret }: SnippetInput): string {
  const status = "curl -sS -o /dev/null -w '%{http_code}\\n'";
  if (how !== "proxy-key") return `${status} ${baseUrl}/health`;
  return `${status} -H "x-api-key: ${secret ?? PLACEHOLDER}" ${baseUrl}/v1/models`;
}

type Variables = [name: string, value: string][];

function buildVariables({ baseUrl, how, secret }: SnippetInput): Variables {
  const key = secret ?? PLACEHOLDER;
  const address: Variables = [["ANTHROPIC_BASE_URL", baseUrl]];
  if (how === "proxy-key") return [...address, ["ANTHROPIC_AUTH_TOKEN", key]];
  return how === "own" ? address : [...address, ["ANTHROPIC_CUSTOM_HEADERS", `x-cco-key: ${key}`]];
}

const shellFiles: Record<Shell, string> = {
  posix: "Terminal, or ~/.zshrc and ~/.bashrc to keep it",
  fish: "Terminal, or ~/.config/fish/config.fish to keep it",
  powershell: "PowerShell, or $PROFILE to keep it",
};

function shellLines(shell: Shell, variables: Variables): string {
  const set = {
    posix: (name: string, value: string) => `export ${name}="${value}"`,
    fish: (name: string, value: string) => `set -gx ${name} "${value}"`,
    powershell: (name: string, value: string) => `$env:${name} = "${value}"`,
  }[shell];
  return [...variables.map(([name, value]) => set(name, value)), "claude"].join("\n");
}

/** Workflow file without the secret, which is a repository secret. */
function workflow({ baseUrl, how }: SnippetInput): string {
  const key = how === "proxy-key" ? "CCO_PROXY_KEY" : "ANTHROPIC_API_KEY";
  const lines = [
    "- uses: anthropics/claude-code-action@v1",
    "  with:",
    `    anthropic_api_key: \${{ secrets.${key} }}`,
    "  env:",
    `    ANTHROPIC_BASE_URL: ${baseUrl}`,
  ];
  if (how === "own-and-proxy-key")
    lines.push(`    ANTHROPIC_CUSTOM_HEADERS: "x-cco-key: \${{ secrets.CCO_PROXY_KEY }}"`);
  return lines.join("\n");
}

const pretty = (value: object): string => JSON.stringify(value, null, 2);
