import type { DecideInput } from "./decide-input.ts";

/** Partial description of a request; facts left out are those of a plain request without person, team or key. */
interface RequestDescription extends Partial<Omit<DecideInput, "header">> {
  model: string;
  nowMs: number;
  headers?: Readonly<Record<string, string>>;
}

/** Builds the facts of a described request: for tests of rules, for trying them, for samples. */
export function describedRequest({ headers = {}, ...said }: RequestDescription): DecideInput {
  const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    project: "default",
    person: null,
    personEmail: null,
    team: null,
    key: null,
    keyName: null,
    sessionKey: null,
    agentId: null,
    promptTokens: null,
    hasTools: false,
    hasThinking: false,
    titleLike: false,
    path: "/v1/messages",
    header: (name) => byName.get(name) ?? null,
    ...said,
  };
}
