import { LineMap } from "./toml-mistake.ts";
import { scanToml } from "./toml-scan.ts";

/** The 1-based line each setting of the response cache stands on; null: it is not written, its default holds. */
type CacheLines = Record<"enabled" | "max_mb" | "ttl_seconds" | "scope", number | null>;

/** Where `[cache]` says what, so that a page that shows a setting can lead to it. */
export function cacheLines(text: string): CacheLines {
  const scan = scanToml(text);
  const keys = scan.ok ? scan.root.children?.get("cache")?.children : undefined;
  const lines = new LineMap(text);
  const lineOf = (name: keyof CacheLines): number | null => {
    const key = keys?.get(name)?.key ?? null;
    return key === null ? null : lines.lineOf(key.start);
  };
  return {
    enabled: lineOf("enabled"),
    max_mb: lineOf("max_mb"),
    ttl_seconds: lineOf("ttl_seconds"),
    scope: lineOf("scope"),
  };
}
