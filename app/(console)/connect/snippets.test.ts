import { describe, expect, it } from "vitest";
import { type How, PLACEHOLDER, probe, snippetsFor, surfaces, waysToConnect } from "./snippets.ts";

const base = { baseUrl: "https://cco.example.com", secret: "cco_secret", shell: "posix" } as const;
const ways: How[] = ["proxy-key", "own-and-proxy-key", "own"];
const all = (secret: string | null) =>
  surfaces.flatMap((surface) => ways.flatMap((how) => snippetsFor(surface, { ...base, how, secret })));

describe("the set-up snippets", () => {
  it("name the one variable Claude Code reads, without /v1", () => {
    for (const { text } of all("cco_secret")) {
      expect(text).toContain("ANTHROPIC_BASE_URL");
      expect(text).not.toContain("ANTHROPIC_API_BASE_URL");
      expect(text).not.toContain("/v1");
    }
  });

  it("put the proxy key where the proxy looks for it and keep the caller's own login", () => {
    const shell = (how: How) => snippetsFor("shell", { ...base, how })[0]?.text;

    expect(shell("proxy-key")).toContain('ANTHROPIC_AUTH_TOKEN="cco_secret"');
    expect(shell("own-and-proxy-key")).toContain('ANTHROPIC_CUSTOM_HEADERS="x-cco-key: cco_secret"');
    expect(shell("own-and-proxy-key")).not.toContain("AUTH_TOKEN");
    expect(shell("own")).not.toContain("cco_secret");
  });

  it("never write a secret into a file that is committed or shared", () => {
    for (const surface of ["actions", "managed"] as const) {
      for (const how of ways) {
        for (const { text } of snippetsFor(surface, { ...base, how })) expect(text).not.toContain("cco_secret");
      }
    }
  });

  it("are valid JSON where they claim to be", () => {
    for (const surface of ["settings", "vscode", "managed"] as const) {
      for (const { text } of snippetsFor(surface, { ...base, how: "proxy-key" }))
        expect(() => JSON.parse(text)).not.toThrow();
    }
  });

  it("mark a missing key instead of leaving it empty", () => {
    expect(snippetsFor("settings", { ...base, how: "proxy-key", secret: null })[0]?.text).toContain(PLACEHOLDER);
    expect(probe({ ...base, how: "proxy-key", secret: null })).toContain(PLACEHOLDER);
  });

  it("offer the ways that the installation's keys allow", () => {
    expect(waysToConnect({ isRequired: true, hasOperatorKey: true })[0]).toBe("proxy-key");
    expect(waysToConnect({ isRequired: true, hasOperatorKey: false })).toEqual(["own-and-proxy-key"]);
    expect(waysToConnect({ isRequired: false, hasOperatorKey: false })[0]).toBe("own");
  });
});
