import type { CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";
import { CONDITION_KEYS } from "#config/condition-reader.ts";

const keysOf: Record<string, readonly string[]> = {
  rule: ["from", "to", "note", "enabled", "percentage", "when", "fallback", "cache", "safeguards", "fast_mode", "id"],
  "rule.when": CONDITION_KEYS,
  test: [
    "model",
    "project",
    "person",
    "team",
    "key",
    "header",
    "path",
    "subagent",
    "title_like",
    "prompt_tokens",
    "has_tools",
    "has_thinking",
    "expect",
  ],
  overrides: ["enabled", "rules"],
  analytics: ["log_overrides", "track_statistics", "report_format"],
  cache: ["enabled", "max_mb", "ttl_seconds", "scope"],
};
const families = ["opus", "sonnet", "haiku", "fable"];

/** Offers models inside quotes and, at the start of a line, the keys its table knows. */
export function rulesCompletions(models: readonly string[]): CompletionSource {
  const modelOptions = [...models, ...families].map((label) => ({ label }));
  return (context: CompletionContext): CompletionResult | null => {
    const inQuotes = context.matchBefore(/"[\w.*?-]*/);
    if (inQuotes) {
      const line = context.state.doc.lineAt(context.pos);
      const before = line.text.slice(0, inQuotes.from - line.from);
      if (!/(\b(from|to|model|expect|override_to)\s*=\s*|[[,]\s*|^\s*)$/.test(before)) return null;
      return { from: inQuotes.from + 1, options: modelOptions, validFor: /^[\w.*?-]*$/ };
    }
    const word = context.matchBefore(/^[\w]*/);
    if (!word || (word.from === word.to && !context.explicit)) return null;
    const keys = keysOf[tableAt(context)];
    return keys ? { from: word.from, options: keys.map((label) => ({ label: `${label} = ` })) } : null;
  };
}

function tableAt(context: CompletionContext): string {
  for (let number = context.state.doc.lineAt(context.pos).number; number > 0; number -= 1) {
    const name = /^\s*\[{1,2}([\w.]+)\]{1,2}/.exec(context.state.doc.line(number).text)?.[1];
    if (name) return name;
  }
  return "";
}
