import { describe, expect, it } from "vitest";
import { cacheLines } from "./cache-lines.ts";

const nowhere = { enabled: null, max_mb: null, ttl_seconds: null, scope: null };

describe("where the cache is set", () => {
  it("names the line of each key, however the section is written", () => {
    expect(cacheLines("# first\n[cache]\nenabled = true\n\nttl_seconds = 60 # short\n")).toEqual({
      ...nowhere,
      enabled: 3,
      ttl_seconds: 5,
    });
    expect(cacheLines('\ncache = { max_mb = 8, scope = "project" }\n')).toEqual({ ...nowhere, max_mb: 2, scope: 2 });
    expect(cacheLines("cache.max_mb = 8\ncache.enabled = false\n")).toEqual({ ...nowhere, max_mb: 1, enabled: 2 });
  });

  it("claims no line where nothing is written, or nothing can be read", () => {
    for (const text of ["", "[overrides]\nenabled = true\n", "[cache\nmax_mb = 8\n"])
      expect(cacheLines(text)).toEqual(nowhere);
  });
});
