import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ENVIRONMENT, type EnvironmentReader } from "#config/environment.ts";
import { readConsoleEnv } from "#config/read-console-env.ts";
import { readProxyEnv } from "#config/read-env.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

/** What one part of CCO sets for another, or a tool of development: no operator sets it. */
const INTERNAL = new Set([
  "AUTH_TRUST_HOST",
  "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED",
  "CCO_DEMO",
  "CCO_HAS_OPERATOR_KEY",
  "CCO_NEXT_DIST",
  "NODE_ENV",
  "TERM",
]);

/** Variables of Claude Code, which the command line looks at and does not go by. */
const OF_CLAUDE_CODE = new Set([
  "ANTHROPIC_API_BASE_URL",
  "ANTHROPIC_AUTH_TOKEN",
  "ANTHROPIC_BASE_URL",
  "ANTHROPIC_CUSTOM_HEADERS",
  "CLAUDE_CONFIG_DIR",
]);

/** Variables of the user's account, by which the command line finds programs and its cache. */
const OF_THE_ACCOUNT = new Set(["PATH", "XDG_CACHE_HOME"]);

/** Backups in a bucket make a reader look at all variables of storage. */
const STORAGE = { CCO_BACKUP_FOLDER: "s3://our-backups", CCO_S3_ENDPOINT: "http://storage.internal" };

const variables = Object.values(ENVIRONMENT).flat();
const names = variables.map(({ name }) => name);
const secrets = new Set(variables.filter(({ isSecret }) => isSecret).map(({ name }) => name));
const readme = readFileSync("README.md", "utf8");

describe("config/environment.ts", () => {
  it("names exactly what the proxy reads", () => {
    // A provider without TLS makes the reader look at the variable that allows it.
    const read = recordNames({ CCO_UPSTREAM_URL: "http://gateway.internal", ...STORAGE }, readProxyEnv);

    expect(read).toEqual(namesReadBy("proxy"));
  });

  it("names exactly what the console reads", () => {
    const given = {
      ...STORAGE,
      CCO_OIDC_ISSUER: "https://id.example",
      CCO_OIDC_CLIENT_ID: "cco",
      CCO_OIDC_CLIENT_SECRET: "secret",
    };
    const read = recordNames({ ...given, CCO_DATA_DIR: scratchFolder() }, readConsoleEnv);

    expect(read).toEqual(namesReadBy("console"));
  });

  it("names everything that a file of the product takes from the environment", () => {
    const found = ["config", "store", "control", "proxy", "app", "cli"].flatMap(namesInFolder);

    expect(found.filter((name) => !isKnown(name))).toEqual([]);
  });

  it("names only variables that the product reads", () => {
    const text = ["config", "control", "proxy", "cli"].flatMap(sourcesBelow).join("\n");

    expect(names.filter((name) => !text.includes(name))).toEqual([]);
  });

  it("has the defaults and bounds by which whole numbers are read", () => {
    for (const { name, integer } of variables) {
      if (integer === undefined) continue;
      const { least, most } = integer;
      for (const value of [least, most]) expect(readProxyEnv({ [name]: String(value) }).ok, name).toBe(true);
      for (const value of [least - 1, most + 1])
        expect(readProxyEnv({ [name]: String(value) }), name).toMatchObject({
          ok: false,
          mistakes: [{ variable: name }],
        });
    }
  });
});

describe("README.md", () => {
  it("names every variable and leads to the reference", () => {
    const missing = [...names.map((name) => `\`${name}`), "](docs/configuration.md)"].filter(
      (part) => !readme.includes(part),
    );

    expect(missing).toEqual([]);
  });
});

/** The variables a reader asks for, a secret's file under the name of the secret. */
function recordNames(
  given: Record<string, string>,
  read: (env: Record<string, string | undefined>) => unknown,
): string[] {
  const asked = new Set<string>();
  const env = new Proxy(given, {
    get: (target, name: string) => {
      asked.add(name);
      return target[name];
    },
  });
  read(env);
  return [...new Set([...asked].map(withoutFile))].filter((name) => !INTERNAL.has(name)).sort();
}

const namesReadBy = (reader: EnvironmentReader): string[] =>
  variables
    .filter(({ readBy }) => readBy.includes(reader))
    .map(({ name }) => name)
    .sort();

const withoutFile = (name: string): string =>
  secrets.has(name.replace(/_FILE$/, "")) ? name.replace(/_FILE$/, "") : name;

const isKnown = (name: string): boolean =>
  INTERNAL.has(name) || OF_CLAUDE_CODE.has(name) || OF_THE_ACCOUNT.has(name) || names.includes(withoutFile(name));

/** Names behind `env.`, in `env["…"]`, and taken apart from it. */
const namesInFolder = (folder: string): string[] =>
  sourcesBelow(folder).flatMap((text) => [
    ...[...text.matchAll(/\benv(?:\.|\[["'])([A-Z][A-Z0-9_]+)/g)].map((match) => match[1] ?? ""),
    ...[...text.matchAll(/\{([^{}]*)\}\s*=\s*(?:process\.)?env\b(?!\.)/g)].flatMap(([, taken = ""]) =>
      [...taken.matchAll(/(?:^|,)\s*([A-Z][A-Z0-9_]+)/g)].map((match) => match[1] ?? ""),
    ),
  ]);

function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.ts$|generated|^environment\.ts$/.test(name))
    .map((name) => readFileSync(join(folder, name), "utf8"));
}
