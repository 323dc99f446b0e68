import { headerNameProblem } from "#core/rules/header-names.ts";

/** Described request, with the field names of the API. */
export interface TryInput {
  model: string;
  project: string | null;
  person: string | null;
  team: string | null;
  /** Id or name of a proxy key. */
  key: string | null;
  /** Keyed by lower-case name. */
  headers: Readonly<Record<string, string>>;
  /** Path as received; null is the plain one. */
  path: string | null;
  subagent: boolean;
  promptTokens: number | null;
  hasTools: boolean;
  hasThinking: boolean;
  titleLike: boolean;
  session: string | null;
  /** ISO instant; null is now. */
  at: string | null;
}

/** Initial request, with the expensive model that most rules are about. */
export const emptyTry = (models: readonly { id: string }[]): TryInput => ({
  model: (models.find((model) => model.id.includes("opus")) ?? models[0])?.id ?? "opus",
  project: null,
  person: null,
  team: null,
  key: null,
  headers: {},
  path: null,
  subagent: false,
  promptTokens: null,
  hasTools: false,
  hasThinking: false,
  titleLike: false,
  session: "session-1",
  at: null,
});

/** Parses headers, one `name: value` per line; `problem` names the first invalid line. */
export function readHeaderLines(text: string): { headers: Record<string, string>; problem: string | null } {
  const headers = new Map<string, string>();
  let problem: string | null = null;
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const colon = line.indexOf(":");
    const name = (colon === -1 ? line : line.slice(0, colon)).trim().toLowerCase();
    const value = colon === -1 ? "" : line.slice(colon + 1).trim();
    const trouble = headerNameProblem(name);
    if (trouble === "secret") problem ??= `${name} may carry a credential: rules never look at it.`;
    else if (trouble !== null || colon === -1) problem ??= "Write one header a line: name: value";
    else headers.set(name, value.slice(0, 1000));
  }
  return { headers: Object.fromEntries(headers), problem };
}
