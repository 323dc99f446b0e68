import { LineMap } from "./toml-mistake.ts";
import { scanToml } from "./toml-scan.ts";

/** 1-based line of each setting of the response cache; null: absent, so the default applies. */
type CacheLines = Record<"enabled" | "max_mb" | "ttl_seconds" | "scope", number | null>;

/** Finds the lines of the keys of `[cache]`, so that a page that shows a setting can link to it. */
export function cacheLines(text: string): CacheLines {
  const scan = scanToml(text);
  const keys = scan.ok ? scan.root.children?.get("cache")?.children : undefined;
  const lines = new LineMap(text);
  const findLine = (name: keyof CacheLines): number | null => {
    const key = keys?.get(name)?.key ?? null;
    return key === null ? null : lines.findLine(key.start);
  };
  return {
    enabled: findLine("enabled"),
    max_mb: findLine("max_mb"),
    ttl_seconds: findLine("ttl_seconds"),
    scope: findLine("scope"),
  };
}
