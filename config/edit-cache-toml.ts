import type { Result } from "#core/result.ts";
import { err, ok } from "#core/result.ts";
import { type RuleValue, setKeyOfTable, tomlLiteral } from "./edit-rules-toml.ts";
import { scanToml } from "./toml-scan.ts";

/** Keys of `[cache]` as they are written in the file. */
export interface CacheKeys {
  enabled: boolean;
  max_mb: number;
  ttl_seconds: number;
  scope: "caller" | "project";
}

/** Sets keys of `[cache]` and changes nothing else, comments included; a file without the section gets it at its end. */
export function editCacheToml(text: string, keys: Partial<CacheKeys>): Result<string, string> {
  let edited = text;
  for (const [key, value] of Object.entries(keys)) {
    const next = setCacheKey(edited, key, value);
    if (!next.ok) return next;
    edited = next.value;
  }
  return ok(edited);
}

function setCacheKey(text: string, key: string, value: RuleValue): Result<string, string> {
  const scan = scanToml(text);
  if (!scan.ok) return err("The text has a mistake: fix it first.");
  const section = scan.root.children?.get("cache");
  if (section === undefined) return ok(withSection(text, `${key} = ${tomlLiteral(value)}`));
  // Dotted keys (`cache.enabled = …`) make a table that was never opened: there is no line to put another key under.
  if (section.kind !== "inline" && !section.isDefined && !section.children?.has(key))
    return err("[cache] is written in dotted keys here: change it in the file.");
  return setKeyOfTable(text, section, key, value);
}

function withSection(text: string, assignment: string): string {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const before = text.trimEnd();
  return `${before}${before === "" ? "" : eol + eol}[cache]${eol}${assignment}${eol}`;
}
