import { readClaudeSettings, readEnv, settingsFilesRead } from "../claude-settings.ts";
import { CliError } from "../cli-error.ts";
import { type Finding, ok, problem, skipped, warning } from "./finding.ts";

const OFF = new Set(["0", "false", "no", "off"]);

interface Said {
  value: string;
  /** A file, or "this shell". */
  where: string;
}

/**
 * Checks the settings of Claude Code on this account and in this folder. The first that sets a variable wins. The check
 * is of the address it uses, and of switches that CCO suffers from. `address`: CCO's own.
 */
export function checkClaudeCode(address: string, env: Readonly<Record<string, string | undefined>>): Finding[] {
  const subject = "Claude Code";
  const files: { where: string; env: Record<string, string> }[] = [];
  for (const file of settingsFilesRead()) {
    try {
      files.push({ where: file, env: readEnv(readClaudeSettings(file)) });
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      return [problem(subject, error.message, "correct it: Claude Code does not start with it either")];
    }
  }
  const said = (name: string): Said | null => {
    for (const { where, env: set } of files) if (set[name] !== undefined) return { value: set[name], where };
    const value = env[name];
    return value ? { value, where: "this shell" } : null;
  };
  return [
    addressFinding(said("ANTHROPIC_BASE_URL"), address),
    ...attributionFindings(said("CLAUDE_CODE_ATTRIBUTION_HEADER")),
  ];
}

function addressFinding(said: Said | null, address: string): Finding {
  const subject = "Claude Code";
  if (said === null) return skipped(subject, "is not set up on this account; `cco connect claude` does that");
  const { value, where } = said;
  if (!URL.canParse(value))
    return problem(subject, `ANTHROPIC_BASE_URL of ${where} is no address`, "cco connect claude");
  const url = new URL(value);
  if (url.username !== "" || url.password !== "")
    return problem(
      subject,
      `ANTHROPIC_BASE_URL of ${where} holds a password`,
      "remove it: programs print this variable",
    );
  if (isSameAddress(url, new URL(address))) return ok(subject, `uses ${url.origin} (${where})`);
  return warning(
    subject,
    `uses ${url.origin}, not ${address} (${where})`,
    "cco connect claude, when it should use this CCO",
  );
}

/** A path is a project's or the old `/v1`; `localhost` and its number are one place. */
function isSameAddress(one: URL, other: URL): boolean {
  const host = (url: URL) => (/^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname) ? "this machine" : url.hostname);
  return host(one) === host(other) && one.port === other.port && one.protocol === other.protocol;
}

/** Without its line about itself, Claude Code's automatic mode fails behind any gateway. */
function attributionFindings(said: Said | null): Finding[] {
  if (said === null || !OFF.has(said.value.toLowerCase())) return [];
  return [
    warning(
      "Claude Code",
      `CLAUDE_CODE_ATTRIBUTION_HEADER is switched off (${said.where})`,
      "remove it: behind a gateway auto mode needs that header",
    ),
  ];
}
