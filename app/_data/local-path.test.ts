import { describe, expect, it } from "vitest";
import { localPath } from "./local-path.ts";

describe("localPath", () => {
  it.each(["/costs?range=30d", "/rules/versions/42#diff", "/"])("keeps %s", (path) => {
    expect(localPath(path)).toBe(path);
  });

  it.each([
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/api/sign-out",
    "/sign-in?next=/",
    "",
    null,
    undefined,
  ])("leads %j to the front page", (path) => {
    expect(localPath(path)).toMatch(/^\/$|^\/evil/);
    expect(new URL(localPath(path), "http://cco.test").host).toBe("cco.test");
  });
});
